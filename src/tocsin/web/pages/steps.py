"""The steps of an incident as people see them: the runbook's text joined with what was asked, refused and run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from tocsin.effects.effect import Undoable
from tocsin.incident.doing import ManualView
from tocsin.incident.events import Expectation, StepRefused
from tocsin.incident.incident import Incident
from tocsin.incident.preview import dry_run_of
from tocsin.incident.state import Ask, AskState, Run, RunState
from tocsin.incident.undone import undone_by
from tocsin.kit import duration
from tocsin.kit.ids import RunId, StepId
from tocsin.runbook.book import Runbook, StepKind
from tocsin.runbook.plan.as_json import step_text
from tocsin.runbook.plan.outlook import PlannedStep, plan


class State(Enum):
    """How a step stands, as its mark shows it."""

    TODO = "todo"
    RUNNING = "running"
    DONE = "done"
    WAITING = "waiting"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"
    DOUBT = "doubt"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a step would do, in a word, with the icon and the colour that go with it."""

    word: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class Card:
    """One step.

    Attributes:
        number: as printed in the runbook; people say it on the phone. line: where it stands, or None.
        words: how it stands, in a phrase. reasons: why it is blocked or skipped. output: the first lines it showed.
        since: when it began, while it runs. ask, run, manual: what waits or was done, newest; None where nothing did.
        tried: the dry run of what waits, or None.
    """

    number: str
    title: str
    command: str
    badge: Badge
    why: tuple[str, ...]
    flags: tuple[str, ...]
    line: int | None
    target: str | None = None
    option: str | None = None
    state: State = State.TODO
    words: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    output: str = ""
    evidence: str | None = None
    reasons: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    expectations: tuple[Expectation, ...] = ()
    since: datetime | None = None
    ask: Ask | None = None
    run: Run | None = None
    manual: ManualView | None = None
    undo_due: datetime | None = None
    links: tuple[str, ...] = ()
    tried: Run | None = None


def badge(effect: str, undoable: str | None = None, *, manual: bool = False) -> Badge:
    """The badge of an effect: always colour, icon and word."""
    if manual:
        return Badge("Manual", "hand", "human")
    back = {"yes": " · reversible", "partly": " · partly reversible", "no": " · not reversible"}.get(
        undoable or "", ""
    )
    match effect:
        case "observe":
            return Badge("Read-only", "eye", "read")
        case "change":
            return Badge(f"Change{back}", "pencil", "change")
        case "disrupt":
            return Badge(f"Disrupts{back}", "rotate-cw", "change")
        case "destroy":
            return Badge("Destructive", "skull", "danger")
        case _:
            return Badge("Unknown, treated as destructive", "circle-help", "danger")


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a room: of the matched section in its order, and what else was run or is asked for."""

    cards: tuple[Card, ...]
    others: tuple[Card, ...]


def steps(incident: Incident, book: Runbook | None) -> Plan:
    """The steps of an incident's section, and those that ran beside it."""
    section = None
    if book is not None and incident.declared is not None and incident.declared.section is not None:
        section = book.section(incident.declared.section)
    planned = (
        [step for part in plan(book, section).sections for step in part.steps]
        if book is not None and section is not None
        else []
    )
    runs = _newest(incident)
    asks = {ask.made.step: ask for ask in incident.asks.values()}
    back = {key: by for key, by in undone_by(incident).items() if by is not None}
    refused = {each.step: each for each in incident.refused.values()}
    seen: set[StepId] = set()
    cards = []
    for each in planned:
        identifier = each.step.id
        seen.add(identifier)
        card = _planned(each)
        cards.append(
            _joined(card, incident, asks.get(identifier), runs.get(identifier), refused.get(identifier), back)
        )
    others = [
        _joined(_from_run(run), incident, asks.get(identifier), run, None, back)
        for identifier, run in runs.items()
        if identifier not in seen
    ]
    others += [
        _joined(_from_ask(ask), incident, ask, None, None, back)
        for identifier, ask in asks.items()
        if identifier not in seen and identifier not in runs
    ]
    others += [
        _joined(_from_refused(each), incident, None, None, each, back)
        for identifier, each in refused.items()
        if identifier not in seen and identifier not in runs and identifier not in asks
    ]
    return Plan(tuple(cards), tuple(others))


def _newest(incident: Incident) -> dict[StepId, Run]:
    """The last run of each step; a way back is shown with the step it takes back."""
    return {
        run.queued.step: run
        for run in incident.runs.values()
        if run.queued.undoes is None and run.queued.previews is None
    }


def _planned(each: PlannedStep) -> Card:
    step = each.step
    judged = step.judgement
    manual = step.kind is StepKind.MANUAL
    undoable = judged.undo.undoable if judged.undo is not None else Undoable.NO
    return Card(
        step.number,
        step.title,
        step_text(step) if not manual else step.text,
        badge(judged.effect.word, undoable.value, manual=manual),
        tuple(dict.fromkeys(reason.sentence for reason in judged.reasons)),
        tuple(sorted(flag.value for flag in judged.flags)),
        step.span.first_line,
        each.target,
        each.option,
        rules=tuple((each.rule, each.message) for each in each.blocked),
        # Of a text of others only what leads to a page becomes a link; "javascript:" does not.
        links=tuple(url for url in step.links if url.startswith(("https://", "http://"))),
    )


def _from_run(run: Run) -> Card:
    queued = run.queued
    return Card(
        queued.number, queued.title, queued.text, badge(queued.effect), (), (), None, queued.target
    )  # fmt: skip


def _from_ask(ask: Ask) -> Card:
    made = ask.made
    return Card(
        made.number, made.title, made.text, badge(made.effect, made.undoable), made.why, made.flags, None, made.target
    )  # fmt: skip


def _from_refused(found: StepRefused) -> Card:
    return Card(found.number, found.title, found.text, badge(found.effect), (), (), None)


def _joined(
    card: Card,
    incident: Incident,
    ask: Ask | None,
    run: Run | None,
    refused: StepRefused | None,
    undone: Mapping[RunId, str],
) -> Card:
    """The card with what became of its step. What waits for a person comes before what was."""
    if ask is not None:
        made = ask.made
        card = replace(
            card, badge=badge(made.effect, made.undoable), target=made.target, command=made.text, ask=ask
        )
    if ask is not None and ask.state is AskState.OPEN:
        tried = dry_run_of(incident, made.ask)
        return replace(card, state=State.WAITING, words=f"asked by {made.proposed_by}", run=run, tried=tried)
    if run is not None:
        return _ran(
            replace(card, run=run, target=run.queued.target, command=run.queued.text), incident, run, undone
        )
    manual = incident.doing.manual.get(card.number)
    if manual is not None:
        return _by_hand(card, manual)
    if ask is not None and ask.state is not AskState.APPROVED:
        return replace(card, state=State.SKIPPED, words=_unanswered(ask))
    if refused is not None:
        return replace(card, state=State.BLOCKED, words="blocked", reasons=refused.reasons)
    if card.rules:
        return replace(card, state=State.BLOCKED, words="blocked by the linter")
    return replace(card, words="runs by itself" if card.badge.tone == "read" else "")


def _unanswered(ask: Ask) -> str:
    match ask.state:
        case AskState.REJECTED:
            return "rejected"
        case AskState.EXPIRED:
            return "nobody answered in time"
        case _:
            return "no longer wanted"


def _by_hand(card: Card, manual: ManualView) -> Card:
    if manual.done is None:
        return replace(card, state=State.HAND, words="waits for a person's hands", manual=manual)
    note = manual.done.note or ""
    return replace(card, state=State.DONE, words=f"done by {manual.done.by}", manual=manual, sentence=note)


def _ran(card: Card, incident: Incident, run: Run, undone: Mapping[RunId, str]) -> Card:
    queued, ended = run.queued, run.finished
    by = _who(incident, run)
    if run.state is RunState.RUNNING:
        waits = incident.doing.waiting.get(queued.run)
        words = f"waits: {waits.holder} has {waits.target}" if waits is not None else by
        return replace(card, state=State.RUNNING, words=words, since=run.at)
    if run.state is RunState.IN_DOUBT:
        return replace(card, state=State.DOUBT, words="tocsin stopped while this ran")
    if ended is None:
        assert run.settled is not None
        state = State.DONE if run.settled.took_effect else State.SKIPPED
        said = "it took effect" if run.settled.took_effect else "it did not take effect"
        return replace(card, state=state, words=f"{run.settled.by} looked: {said}")
    parts = [by, _short(ended.took)]
    card = replace(
        card, facts=ended.facts, sentence=ended.sentence, output=ended.summary, evidence=ended.evidence,
        expectations=ended.expectations,
    )  # fmt: skip
    if queued.run in undone:
        return replace(card, state=State.UNDONE, words="undone, as asked")
    due = incident.doing.undo_due.get(queued.run)
    card = replace(card, undo_due=due.due if due is not None else None)
    match ended.outcome:
        case "done":
            return replace(card, state=State.DONE, words=" · ".join(parts))
        case "failed":
            status = f"exit {ended.exit_status}" if ended.exit_status is not None else "no exit status"
            return replace(card, state=State.FAILED, words=f"failed · {_short(ended.took)} · {status}")
        case "no effect":
            return replace(card, state=State.SKIPPED, words=f"no effect · {' · '.join(parts)}")
        case "takes effect later":
            return replace(card, state=State.DONE, words=f"takes effect later · {' · '.join(parts)}")
        case "undone":
            return replace(card, state=State.UNDONE, words="undone")
        case other:
            return replace(card, state=State.SKIPPED, words=other)


def _short(value: timedelta) -> str:
    return "under 0.1 s" if value < timedelta(seconds=0.1) else duration.spell(value)


def _who(incident: Incident, run: Run) -> str:
    ask = incident.asks.get(run.queued.ask) if run.queued.ask is not None else None
    if ask is None:
        return "ran by itself"
    return f"approved by {' and '.join(each.by for each in ask.approvals)}"
