"""What the incident room shows beside its steps: stages, clocks, the one decision, people, changes nearby."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.alert import AlertState
from tocsin.detection.check import Verdict
from tocsin.engine.near_changes import near
from tocsin.incident.events import Approved
from tocsin.incident.incident import Incident
from tocsin.incident.said import Update, UpdateState
from tocsin.incident.state import Stage
from tocsin.incident.team import ROLES
from tocsin.kit.ids import CheckName, IncidentId, PersonId
from tocsin.store import checks, incidents, log
from tocsin.store.checks import KeptSample
from tocsin.store.tx import Tx
from tocsin.web.pages.charts import Spark, spark
from tocsin.web.pages.steps import Card, State

_MEASURED = timedelta(minutes=20)
_CHECKS_SHOWN = 2
_NEARBY = timedelta(hours=24)
_NEARBY_MAX = 6
_OTHERS = 20

Named = Callable[[PersonId | str | None], str]


@dataclass(frozen=True, slots=True)
class Phase:
    """One stage of the bar. state: past, here or ahead. at: when it was reached; after: since the declaration."""

    word: str
    state: str
    at: datetime | None
    after: timedelta | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One clock or measure.

    Attributes:
        due, since: what it counts down to or up from; None of both for a measure. value: of a measure.
        tone: "", "change", "danger" or "ok". note: one short phrase beside it.
    """

    name: str
    icon: str
    due: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    value: str = ""
    tone: str = ""
    note: str = ""
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What needs a person now. kind: ask, doubt, hand, acknowledge."""

    kind: str
    text: str
    number: str = ""
    expires: datetime | None = None
    ask: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Helper:
    """One person in the room: what they have, and whether they have been heard of."""

    id: str
    name: str
    what: str
    heard: bool


@dataclass(frozen=True, slots=True)
class Nearby:
    """A change shortly before or since. incident: for which tocsin made it, or None. source: who tells of it."""

    at: datetime
    incident: str | None
    text: str
    source: str


def phases(incident: Incident) -> tuple[Phase, ...]:
    """The stages in their order, with when each was reached."""
    began = incident.begun_at
    changed = next((run.at for run in incident.runs.values() if run.changes), None)
    reached = {
        Stage.DETECTED: began,
        Stage.ACKNOWLEDGED: incident.acknowledged_at,
        Stage.MITIGATING: changed,
        Stage.WATCHING: None,
        Stage.RESOLVED: incident.resolved_at,
    }
    order = list(reached)
    here = order.index(incident.stage) if incident.stage in reached else 0
    found = []
    for at, stage in enumerate(order):
        moment = reached[stage]
        state = "here" if at == here else "past" if at < here else "ahead"
        if stage is Stage.RESOLVED and at == here:
            state = "past"
        after = moment - began if moment is not None and began is not None and at > 0 else None
        found.append(Phase(stage.value.capitalize(), state, moment, after))
    return tuple(found)


def clocks(incident: Incident, now: datetime) -> tuple[Cell, ...]:
    """The clocks a room shows, at most four: how long it runs, when the next word is due, who is called next."""
    began = incident.begun_at or now
    goal = incident.clocks.get("baseline")
    cells = [
        Cell(
            "Ran for" if incident.resolved_at else "Running for", "clock", since=began, until=incident.resolved_at,
            note=f"opened {began:%H:%M} UTC" if goal is None else f"good by {goal.started.due:%H:%M} UTC",
        )
    ]  # fmt: skip
    names = (
        ("respond", "Answer due", "bell-ring", "change"),
        ("watch", "Watching until", "eye", "ok"),
        ("public update", "Public update due", "megaphone", "change"),
        ("internal update", "Team update due", "message-square", ""),
        ("escalate", f"Escalates to level {incident.level + 1}", "arrow-up-right", ""),
        ("investigate", "Cause wanted", "search", ""),
        ("post-mortem", "Post-mortem due", "file-text", ""),
    )
    for name, words, icon, tone in names:
        clock = incident.clocks.get(name)
        if clock is None or clock.state != "running" or len(cells) == 4:
            continue
        cells.append(Cell(words, icon, due=clock.started.due, tone=tone, note=clock.started.why))
    return tuple(cells)


def measures(tx: Tx, incident: Incident, now: datetime) -> tuple[Cell, ...]:
    """What the checks behind the incident's alerts measured last."""
    names = dict.fromkeys(
        CheckName(alert.labels["check"]) for alert in incident.alerts.values() if "check" in alert.labels
    )
    found = []
    for name in list(names)[:_CHECKS_SHOWN]:
        kept = checks.history(tx, name, now - _MEASURED, limit=60)
        if kept:
            found.append(measure(name, kept))
    return tuple(found)


def measure(name: str, kept: Sequence[KeptSample]) -> Cell:
    """One check as a cell: its last verdict, when that was, and the time its samples took."""
    last = kept[-1]
    took = [each.took / timedelta(milliseconds=1) if each.took is not None else 0.0 for each in kept]
    tone = {Verdict.UP: "ok", Verdict.DEGRADED: "change", Verdict.DOWN: "danger"}.get(last.verdict, "")
    word = last.verdict.value.capitalize()
    value = (
        f"{word} · {took[-1]:.0f} ms" if last.took is not None and last.verdict is not Verdict.DOWN else word
    )
    return Cell(name, "activity", value=value, tone=tone, note=f"at {last.at:%H:%M:%S}", spark=spark(took))


def decision(incident: Incident, cards: Sequence[Card]) -> Decision | None:
    """The one thing that needs a person most, or None."""
    if not incident.open:
        return None
    if incident.in_doubt:
        run = incident.in_doubt[0].queued
        return Decision(
            "doubt",
            f"did step {run.number} take effect? tocsin stopped while it ran.",
            run.number,
            run=run.run,
        )
    ask = incident.open_ask
    if ask is not None:
        made = ask.made
        return Decision("ask", f"step {made.number}, {made.title}", made.number, made.expires, ask=made.ask)
    if not incident.acknowledged:
        return Decision("acknowledge", "nobody has this incident yet.")
    hand = next((card for card in cards if card.state is State.HAND), None)
    if hand is not None:
        return Decision("hand", f"step {hand.number}, {hand.title}, waits for a person's hands.", hand.number)
    return None


def people(incident: Incident, named: Named) -> tuple[Helper, ...]:
    """Who is in it: roles first, then who was called."""
    found: dict[str, list[str]] = {}
    for role in ROLES:
        if (holder := incident.roles.get(role)) is not None:
            found.setdefault(holder, []).append(role)
    states = {page.queued.person: page.state for page in incident.pages.values()}
    for person in (*states, *sorted(incident.team.acted)):
        found.setdefault(person, [])
    helpers = []
    for name, roles in found.items():
        heard = name in incident.team.acted
        page = f"paged, {states[PersonId(name)]}" if name in states else "took part"
        what = ", ".join(roles) or ("here" if heard else page)
        helpers.append(Helper(name, named(name), what, heard))
    return tuple(helpers)


def nearby(tx: Tx, incident: Incident, room: Callable[[Tx, IncidentId], Incident]) -> tuple[Nearby, ...]:
    """What was changed in the day before this incident began and since then, newest first: the first suspects.

    Deployments and flags as other tools told them, and what tocsin itself changed for other incidents.
    """
    began = incident.begun_at
    if began is None:
        return ()
    found = [
        Nearby(
            each.change.at,
            None,
            f"{each.change.title}{f' ({each.change.who})' if each.change.who else ''}: {each.fit.value}, {'; '.join(each.reasons)}",
            each.change.source,
        )
        for each in near(tx, incident)
    ]
    others = [
        row.id
        for row in incidents.listing(tx, limit=_OTHERS)
        if row.updated_at >= began - _NEARBY and row.id != incident.id
    ]
    # Nothing changes without a yes: only where one was said is there anything to read.
    changed = log.having(tx, others, Approved.__name__)
    for other in [each for each in others if each in changed]:
        for run in room(tx, other).runs.values():
            if run.changes and run.at >= began - _NEARBY and not run.never_began:
                text = f"{run.queued.number} {run.queued.text.splitlines()[0]}"
                found.append(Nearby(run.at, other, text, "tocsin"))
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:_NEARBY_MAX])


def outdated(incident: Incident) -> tuple[Update, ...]:
    """The drafts nobody sent for whose audience there is a newer text, newest first."""
    newest = {each.drafted.audience: each for each in incident.said.updates.values()}
    return tuple(
        each
        for each in reversed(incident.said.updates.values())
        if each.state is UpdateState.DRAFT and newest[each.drafted.audience] is not each
    )


def stated(alerts: Incident) -> tuple[str, ...]:
    """The alerts that still say something is wrong, in their own words."""
    return tuple(alert.title for alert in alerts.alerts.values() if alert.state is AlertState.FIRING)
