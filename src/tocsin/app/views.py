"""Incidents as documents: one shape for `--json` and for the HTTP API, described in docs/reference/cli.md."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.app import document
from tocsin.detection.alert import AlertState
from tocsin.detection.change_event import ChangeEvent
from tocsin.detection.suspect import Suspect
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.preview import preview_of
from tocsin.incident.state import Ask, AskState, Run, RunState, Stage
from tocsin.incident.timeline import timeline
from tocsin.incident.undone import undone_by
from tocsin.response.options import Option
from tocsin.store.incidents import IncidentRow

SCHEMA = document.SCHEMA


class RowView(msgspec.Struct):
    """An incident as a list shows it."""

    id: str
    title: str
    severity: str | None
    stage: str
    section: str | None
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    drill: bool


class ReadView(msgspec.Struct):
    """A text of the repository that a step runs and was judged by: where it stands, and the hash of that file."""

    file: str
    line: int
    sha256: str


class AskView(msgspec.Struct):
    """A question that waits for a person, or waited: the whole text, where it runs, what it would do, the way back.

    `no_dry_run` says why it cannot be tried; where it can, the run whose `previews` names this ask shows what it would do.
    """

    id: str
    state: AskState
    number: str
    title: str
    text: str
    target: str
    effect: str
    flags: list[str]
    why: list[str]
    undo: str | None
    undoable: str
    lost: str | None
    warnings: list[str]
    passed_over: list[str]
    digest: str
    expires: datetime
    approvals_needed: int
    approved_by: list[str]
    proposed_by: str
    reasons: list[str] = []
    undoes: str | None = None
    identities: dict[str, str] = {}
    break_glass: str | None = None
    read: list[ReadView] = []
    no_dry_run: str | None = None


class ExpectationView(msgspec.Struct):
    """What the runbook says should be seen, and whether it was: met, not met or unknown."""

    text: str
    state: str
    seen: str


class OptionView(msgspec.Struct):
    """One thing that can be done, with the reasons for its place and against it."""

    rank: int
    number: str
    title: str
    text: list[str]
    standing: str
    general: bool
    reasons: list[str]
    against: list[str]


class ManualView(msgspec.Struct):
    """A step only a person can do, and who did it."""

    number: str
    title: str
    links: list[str]
    done_by: str | None
    note: str | None


class RunView(msgspec.Struct):
    """One run of one step."""

    id: str
    number: str
    title: str
    text: str
    target: str
    effect: str
    purpose: str
    state: RunState
    outcome: str | None
    sentence: str | None
    exit_status: int | None
    took_seconds: float | None
    facts: dict[str, str]
    evidence: str | None
    evidence_sha256: str | None
    undo: str | None
    undone_by: str | None = None
    undoes: str | None = None
    expectations: list[ExpectationView] = []
    statements: int = 1
    ended_well: int = 0
    previews: str | None = None


class RunbookView(msgspec.Struct):
    """The text an incident is pinned to, and where its section begins."""

    path: str
    sha256: str
    line: int | None


class AlertView(msgspec.Struct):
    """The last claim of one fingerprint."""

    fingerprint: str
    state: AlertState
    title: str
    labels: dict[str, str]


class ClockView(msgspec.Struct):
    """One deadline and the promise it comes from."""

    name: str
    state: str
    due: datetime
    why: str


class PageView(msgspec.Struct):
    """One page and what became of it."""

    key: str
    person: str
    level: int
    state: str
    urgent: bool
    why: str


class RefusedView(msgspec.Struct):
    """A step that was passed over, with the reasons."""

    number: str
    title: str
    text: str
    effect: str
    reasons: list[str]


class LineView(msgspec.Struct):
    """One line of the timeline. `loud` lines are those a tired person needs."""

    at: datetime
    mark: str
    text: str
    detail: list[str]
    evidence: str | None
    loud: bool


class LinkView(msgspec.Struct):
    """A link and what it is called."""

    text: str
    href: str


class ChangeView(msgspec.Struct):
    """Something that was changed on purpose, as another tool told it."""

    key: str
    title: str
    source: str
    at: datetime
    state: str
    who: str
    links: list[LinkView]
    labels: dict[str, str]
    fit: str | None = None
    reasons: list[str] = []


class IncidentView(msgspec.Struct):
    """A whole incident."""

    schema: int
    id: str
    title: str | None
    severity: str
    severity_reasons: list[str]
    stage: Stage
    section: str | None
    match_reasons: list[str]
    candidates: list[str]
    runbook: RunbookView | None
    declared_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    commander: str | None
    resolved_at: datetime | None
    alerts: list[AlertView]
    clocks: list[ClockView]
    pages: list[PageView]
    open_ask: AskView | None
    asks: list[AskView]
    in_doubt: list[RunView]
    runs: list[RunView]
    refused: list[RefusedView]
    postmortem: str | None
    timeline: list[LineView]
    manual: list[ManualView] = []
    parameters: dict[str, str] = {}
    undo_due: dict[str, datetime] = {}
    waiting: dict[str, str] = {}
    changes: list[ChangeView] = []


def row(found: IncidentRow) -> RowView:
    """An incident as a list shows it."""
    return RowView(
        found.id, found.title, found.severity, found.stage, found.section, found.opened_at, found.updated_at,
        found.resolved_at, found.drill,
    )  # fmt: skip


def ask(found: Ask) -> AskView:
    """A question that waits for a person, or waited."""
    made = found.made
    return AskView(
        made.ask, found.state, made.number, made.title, made.text, made.target, made.effect, list(made.flags),
        list(made.why), made.undo, made.undoable, made.lost, list(made.warnings), list(made.passed_over), made.digest,
        made.expires, made.approvals_needed, [answer.by for answer in found.approvals], made.proposed_by,
        list(made.reasons), made.undoes, dict(made.identities),
        next((answer.break_glass for answer in found.approvals if answer.break_glass), None),
        [ReadView(*each) for each in made.read],
        preview_of(made).because or None,
    )  # fmt: skip


def option(found: Option) -> OptionView:
    """One thing that can be done."""
    remedy = found.remedy
    texts = [action.text for step in remedy.steps for action in step.actions]
    return OptionView(
        found.rank, remedy.number, remedy.title, texts, found.standing.value, found.general, list(found.reasons),
        list(found.against),
    )  # fmt: skip


def run(found: Run, undone_by: str | None = None) -> RunView:
    """One run of one step, and the run that took it back."""
    queued, ended = found.queued, found.finished
    return RunView(
        queued.run, queued.number, queued.title, queued.text, queued.target, queued.effect, queued.purpose, found.state,
        ended.outcome if ended else None,
        ended.sentence if ended else None,
        ended.exit_status if ended else None,
        ended.took.total_seconds() if ended else None,
        dict(ended.facts) if ended else {},
        ended.evidence if ended else None,
        ended.evidence_sha256 if ended else None,
        ended.undo if ended else None,
        undone_by,
        queued.undoes,
        [ExpectationView(each.text, each.state, each.seen) for each in ended.expectations] if ended else [],
        ended.statements if ended else 1,
        ended.ended_well if ended else 0,
        queued.previews,
    )  # fmt: skip


def change(found: ChangeEvent, beside: Suspect | None = None) -> ChangeView:
    """A change as people and programs see it. beside: how well it fits the incident beside which it is shown."""
    links = [LinkView(text, href) for text, href in found.links]
    fit, reasons = (None, ()) if beside is None else (beside.fit.value, beside.reasons)
    return ChangeView(
        found.key, found.title, found.source, found.at, found.state, found.who, links, dict(found.labels), fit,
        list(reasons),
    )  # fmt: skip


def incident(found: Incident, records: Sequence[Recorded], changes: Sequence[Suspect] = ()) -> IncidentView:
    """A whole incident. `changes`: what was changed on purpose around it."""
    declared = found.declared
    return IncidentView(
        schema=SCHEMA,
        id=found.id,
        title=declared.title if declared else None,
        severity=found.severity,
        severity_reasons=list(declared.severity_reasons) if declared else [],
        stage=found.stage,
        section=declared.section_title if declared else None,
        match_reasons=list(declared.match_reasons) if declared else [],
        candidates=list(declared.candidates) if declared else [],
        runbook=RunbookView(declared.runbook_path, declared.runbook_sha256, declared.section_line)
        if declared
        else None,
        declared_at=found.declared_at,
        acknowledged_by=found.acknowledged_by,
        acknowledged_at=found.acknowledged_at,
        commander=found.commander,
        resolved_at=found.resolved_at,
        alerts=[
            AlertView(alert.fingerprint, alert.state, alert.title, alert.labels)
            for alert in found.alerts.values()
        ],
        clocks=[
            ClockView(name, clock.state, clock.started.due, clock.started.why)
            for name, clock in found.clocks.items()
        ],
        pages=[
            PageView(
                key, page.queued.person, page.queued.level, page.state, page.queued.urgent, page.queued.why
            )
            for key, page in found.pages.items()
        ],
        open_ask=ask(found.open_ask) if found.open_ask else None,
        asks=[ask(each) for each in found.asks.values()],
        in_doubt=[run(each) for each in found.in_doubt],
        runs=[run(each, undone_by(found).get(key)) for key, each in found.runs.items()],
        refused=[
            RefusedView(each.number, each.title, each.text, each.effect, list(each.reasons))
            for each in found.refused.values()
        ],
        postmortem=found.postmortem.path if found.postmortem else None,
        manual=_manual(found),
        parameters={name: given.value for name, given in found.doing.parameters.items()},
        undo_due={run: wanted.due for run, wanted in found.doing.undo_due.items() if wanted.due is not None},
        waiting={run: f"{wait.holder} has {wait.target}" for run, wait in found.doing.waiting.items()},
        timeline=lines(records),
        changes=[change(each.change, each) for each in changes],
    )


def _manual(found: Incident) -> list[ManualView]:
    """The steps that a person does by hand."""
    return [
        ManualView(
            number,
            task.opened.title,
            list(task.opened.links),
            task.done.by if task.done else None,
            task.done.note if task.done else None,
        )
        for number, task in found.doing.manual.items()
    ]


def lines(records: Sequence[Recorded]) -> list[LineView]:
    """The timeline."""
    return [
        LineView(line.at, line.mark, line.text, list(line.detail), line.evidence, line.loud)
        for line in timeline(records)
    ]
