"""From the store to what the status page says: states of checks, days, announced work and updates that were sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tocsin.detection.check import CheckSpec, Verdict
from tocsin.detection.condition import CheckState
from tocsin.engine.history import load
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.kit.ids import CheckName, IncidentId
from tocsin.kit.redact import Redactor
from tocsin.status.board import (
    DAYS,
    IMPACT_STATE,
    Board,
    Component,
    Day,
    Maintenance,
    PublicIncident,
    State,
    together,
    worst,
)
from tocsin.status.days import speaks
from tocsin.status.plan import Plan, PlannedComponent
from tocsin.status.public import public_id, public_incident
from tocsin.store import checks, incidents, status
from tocsin.store.tx import Tx

_NEWEST = 200  # incidents that are looked at
_MS = timedelta(milliseconds=1)
# The state of a check that stays well is stored every few seconds only (`engine.watch`), and the public is not told that
# nobody knows because a fast check came late once.
_SPEAKS_AT_LEAST = timedelta(seconds=30)
_STATES = {Verdict.UP: State.OPERATIONAL, Verdict.DEGRADED: State.DEGRADED, Verdict.UNKNOWN: State.UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Kept:
    """An incident as it was read at a position of its log."""

    position: int
    incident: PublicIncident | None


class Sight:
    """Reads the page from the store. Remembers incidents that have not gone on, so that looking again is cheap.

    Args:
        installation: makes ids that are ours and say nothing. redactor: hides secrets, once more, in public words.
    """

    def __init__(self, plan: Plan, specs: Iterable[CheckSpec], installation: str, redactor: Redactor) -> None:
        self.plan = plan
        self._specs = {spec.name: spec for spec in specs}
        self._installation = installation
        self._redactor = redactor
        self._kept: dict[IncidentId, _Kept] = {}
        self._ids = {each.name: public_id(installation, f"component {each.name}") for each in plan.components}
        self._days: dict[str, tuple[Day, ...]] = {}
        self._days_of: date | None = None
        self._hits: dict[CheckName, tuple[str, ...]] = {}
        for each in plan.components:
            for check in each.checks:
                self._hits[check] = (*self._hits.get(check, ()), self._ids[each.name])

    def board(self, tx: Tx, now: datetime, fresh: bool = True) -> Board:
        """The page at this moment.

        Args:
            fresh: whether the days are read again; else, on the same day, those of the last time are good enough.
        """
        if fresh or self._days_of != now.date():
            self._read_days(tx, now.date())
        told = self._incidents(tx)
        works = self._works(tx, now)
        states = {name: self._state(name, text, now) for name, text in checks.states(tx).items()}
        components = tuple(
            self._component(number, each, states, told, works, now)
            for number, each in enumerate(self.plan.components, start=1)
        )
        return Board(
            id=public_id(self._installation, "page"),
            name=self.plan.name,
            url=self.plan.url,
            at=now,
            stale_after=self.plan.stale_after,
            components=components,
            incidents=told,
            maintenances=works,
            about=self.plan.about,
            subscribe_url=self.plan.subscribe_url,
            remediations_public=self.plan.remediations_public,
        )

    def _read_days(self, tx: Tx, today: date) -> None:
        found = days_of(tx, today)
        self._days = {
            self._ids[each.name]: together(today, [found.get(check, []) for check in each.checks])
            for each in self.plan.components
        }
        self._days_of = today

    def _incidents(self, tx: Tx) -> tuple[PublicIncident, ...]:
        found = []
        for row in incidents.listing(tx, limit=_NEWEST):
            kept = self._kept.get(row.id)
            if kept is None or kept.position != row.position:
                shown = public_incident(
                    load(tx, row.id), self._installation, self._hits, self._redactor, self.plan.runbook_url
                )
                kept = self._kept[row.id] = _Kept(row.position, shown)
            if kept.incident is not None:
                found.append(kept.incident)
        return tuple(sorted(found, key=lambda each: each.started_at, reverse=True))

    def _works(self, tx: Tx, now: datetime) -> tuple[Maintenance, ...]:
        return tuple(
            Maintenance(
                id=public_id(self._installation, f"work {work.id}"),
                name=self._redactor.redact(work.name),
                text=self._redactor.redact(work.text),
                starts_at=work.starts_at,
                ends_at=work.ends_at,
                announced_at=work.announced_at,
                components=tuple(self._ids[name] for name in work.components if name in self._ids),
                over_at=work.over_at,
            )
            for work in status.works(tx, now - timedelta(days=DAYS))
        )

    def _state(self, name: CheckName, text: str, now: datetime) -> CheckState:
        """What a check says; one that was not looked at for a while says nothing."""
        spec = self._specs.get(name)
        try:
            state = codec.decode(text, CheckState)
        except InputError:
            return CheckState()  # the engine says so in its log, and begins anew
        if spec is None or state.last is None or now - state.last.at > max(speaks(spec), _SPEAKS_AT_LEAST):
            return CheckState()
        return state

    def _component(
        self,
        number: int,
        planned: PlannedComponent,
        states: Mapping[CheckName, CheckState],
        told: tuple[PublicIncident, ...],
        works: tuple[Maintenance, ...],
        now: datetime,
    ) -> Component:
        name = self._ids[planned.name]
        seen = [states.get(check, CheckState()) for check in planned.checks]
        by_checks = _measured(state.verdict for state in seen)
        if any(name in work.components for work in works if work.status(now) == "in_progress"):
            by_checks = State.MAINTENANCE  # what fails while we work on it is expected
        said = [IMPACT_STATE[each.impact] for each in told if each.open and name in each.components]
        return Component(
            id=name,
            slug=planned.slug,
            name=planned.name,
            position=number,
            state=worst([by_checks, *said]),
            since=max((state.since for state in seen if state.since is not None), default=None),
            days=self._days[name],
            group=planned.group,
            about=planned.about,
        )


def _measured(verdicts: Iterable[Verdict]) -> State:
    """The worst of its checks; all of them down is a major outage, some of them a partial one."""
    found = list(verdicts)
    down = sum(1 for verdict in found if verdict is Verdict.DOWN)
    if down:
        return State.MAJOR if down == len(found) else State.PARTIAL
    return worst(_STATES[verdict] for verdict in found)


def days_of(tx: Tx, today: date) -> dict[CheckName, list[Day]]:
    """The days of every check that the page shows, as far as they are counted."""
    found: dict[CheckName, list[Day]] = {}
    for row in status.days(tx, today - timedelta(days=DAYS - 1)):
        spent = row.spent
        known = (spent.up + spent.degraded + spent.down) * _MS
        day = Day(
            row.date,
            known,
            spent.down * _MS,
            spent.degraded * _MS,
            tuple(spent.down_spans),
            tuple(spent.degraded_spans),
        )
        found.setdefault(row.check, []).append(day)
    return found
