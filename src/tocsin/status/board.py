"""What the status page says, before anybody writes it down as HTML, JSON or a feed.

Everything here is meant for the public, except `internal`, which only the internal file shows, and `remediations`, which are
shown where a team says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from tocsin.status.spans import Span, joined, length, without

DAYS = 90
_DAY = timedelta(days=1)
_MS = timedelta(milliseconds=1)


class State(Enum):
    """How a component is. No data is a state of its own, never "operational"."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"
    MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


_ORDER = (State.OPERATIONAL, State.MAINTENANCE, State.UNKNOWN, State.DEGRADED, State.PARTIAL, State.MAJOR)


def worst(states: Iterable[State]) -> State:
    """The state that counts of several; nothing at all is unknown."""
    return max(states, key=_ORDER.index, default=State.UNKNOWN)


class Impact(Enum):
    """What an incident means for users, in the words of the Statuspage format."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


IMPACT_STATE = {
    Impact.NONE: State.OPERATIONAL,
    Impact.MINOR: State.DEGRADED,
    Impact.MAJOR: State.PARTIAL,
    Impact.CRITICAL: State.MAJOR,
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of a component.

    Attributes:
        known: for how much of it there are samples; zero is "no data". down, degraded: parts of `known`.
        down_spans, degraded_spans: when that was; they may tell less.
    """

    date: date
    known: timedelta = timedelta()
    down: timedelta = timedelta()
    degraded: timedelta = timedelta()
    down_spans: tuple[Span, ...] = ()
    degraded_spans: tuple[Span, ...] = ()

    @property
    def told_whole(self) -> bool:
        """Whether the spans tell all of it, so that it can be united with that of other checks."""
        return (length(self.down_spans) * _MS, length(self.degraded_spans) * _MS) == (
            self.down,
            self.degraded,
        )

    @property
    def word(self) -> str:
        """ "outage", "degraded", "fine" or "no data": the worst of the day."""
        if not self.known:
            return "no data"
        if self.down:
            return "outage"
        return "degraded" if self.degraded else "fine"


@dataclass(frozen=True, slots=True)
class Component:
    """Something users know by name.

    Attributes:
        id: the same as long as the name is. slug: its name in addresses of badges. position: from 1.
        since: when it came into its state, as far as the checks know. days: exactly `DAYS`, oldest first.
    """

    id: str
    slug: str
    name: str
    position: int
    state: State
    since: datetime | None
    days: tuple[Day, ...]
    group: str | None = None
    about: str | None = None

    @property
    def known(self) -> timedelta:
        """For how long of the days shown there is data."""
        return sum((day.known for day in self.days), timedelta())

    @property
    def uptime_percent(self) -> float | None:
        """Share of the known time without an outage, cut (never rounded up) to two digits; None without data."""
        known = self.known
        if not known:
            return None
        down = sum((day.down for day in self.days), timedelta())
        return int((1 - down / known) * 10_000) / 100


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """A word that a person sent to the public.

    Attributes:
        state: "investigating", "identified", "monitoring" or "resolved".
        text: Markdown as it was sent; empty if it was withdrawn.
    """

    id: str
    at: datetime
    state: str
    text: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident of which the public was told.

    Attributes:
        id: 12 letters and digits that say nothing about our own numbering.
        updates: newest first, at least one. components: ids.
        next_by: when the next word was promised, or None. postmortem: whether its post-mortem is published.
        remediations: addresses of the runbook section, public only with `Board.remediations_public`; section: its title.
        internal: our own name for it, never shown in public. restricted: it leads nobody to the runbook: that would tell what it is.
    """

    id: str
    name: str
    impact: Impact
    updates: tuple[PublicUpdate, ...]
    started_at: datetime
    components: tuple[str, ...] = ()
    next_by: datetime | None = None
    remediations: tuple[str, ...] = ()
    postmortem: bool = False
    internal: str = ""
    section: str = ""
    restricted: bool = False

    @property
    def state(self) -> str:
        """The state the public was told last."""
        return next((u.state for u in self.updates if not u.withdrawn), "investigating")

    @property
    def open(self) -> bool:
        """Whether the public was not told yet that it is over."""
        return self.state != "resolved"

    @property
    def updated_at(self) -> datetime:
        """When the public heard last."""
        return self.updates[0].at

    def first(self, state: str) -> datetime | None:
        """When the public first heard this state, or None."""
        return next((u.at for u in reversed(self.updates) if u.state == state and not u.withdrawn), None)

    @property
    def resolved_at(self) -> datetime | None:
        """When the public was told that it is over, or None."""
        return None if self.open else next(u.at for u in self.updates if not u.withdrawn)

    def overdue(self, now: datetime) -> bool:
        """Whether the promised time of the next word has passed."""
        return self.open and self.next_by is not None and self.next_by < now


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Work that was announced.

    Attributes:
        components: ids. text: Markdown. over_at: when a person said that it is over or called off, or None.
    """

    id: str
    name: str
    text: str
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    components: tuple[str, ...] = ()
    over_at: datetime | None = None

    def status(self, now: datetime) -> str:
        """ "scheduled", "in_progress" or "completed"."""
        if self.over_at is not None or now >= self.ends_at:
            return "completed"
        return "in_progress" if now >= self.starts_at else "scheduled"


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page at one moment.

    Attributes:
        id: of the page; the same as long as the installation lives. url: without a slash at its end.
        at: when it was made. stale_after: from which age on its generator must be taken for silent.
        incidents: newest first. subscribe_url: where people can ask for mails, or None.
        remediations_public: whether incidents lead readers to their runbook section.
    """

    id: str
    name: str
    url: str
    at: datetime
    stale_after: timedelta
    components: tuple[Component, ...]
    incidents: tuple[PublicIncident, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    about: str | None = None
    subscribe_url: str | None = None
    remediations_public: bool = False

    def leads_to_runbook(self, incident: PublicIncident) -> bool:
        """Whether readers may be led to the runbook section of this incident."""
        return self.remediations_public and not incident.restricted

    @property
    def open_incidents(self) -> tuple[PublicIncident, ...]:
        """Those that are not over."""
        return tuple(incident for incident in self.incidents if incident.open)

    def maintenance(self, *statuses: str) -> tuple[Maintenance, ...]:
        """Announced work in one of these states, the nearest first."""
        found = (each for each in self.maintenances if each.status(self.at) in statuses)
        return tuple(sorted(found, key=lambda each: each.starts_at))

    @property
    def state(self) -> State:
        """The state of everything together."""
        states = [component.state for component in self.components]
        told = [IMPACT_STATE[incident.impact] for incident in self.open_incidents]
        return worst([*states, *told])

    @property
    def changed_at(self) -> datetime:
        """When anything that is said here changed last; the beginning of the day if nothing ever did."""
        moments = [incident.updated_at for incident in self.incidents]
        moments += [component.since for component in self.components if component.since is not None]
        moments += [each.over_at or each.announced_at for each in self.maintenances]
        midnight = datetime(self.at.year, self.at.month, self.at.day, tzinfo=UTC)
        return max(moments, default=midnight)

    def named(self, ids: Iterable[str]) -> tuple[Component, ...]:
        """The components of these ids, in the order of the page."""
        wanted = set(ids)
        return tuple(component for component in self.components if component.id in wanted)


def last_days(today: date, days: Iterable[Day]) -> tuple[Day, ...]:
    """Exactly `DAYS` days up to today; those of which nothing is known say so."""
    known = {day.date: day for day in days}
    wanted = (today - _DAY * back for back in range(DAYS - 1, -1, -1))
    return tuple(known.get(each, Day(each)) for each in wanted)


def together(today: date, histories: Iterable[Iterable[Day]]) -> tuple[Day, ...]:
    """The days of a component with several checks.

    Down is when any of them was, degraded when any of them was and none was down. Of days that were counted before it
    was remembered when, it is the longest of any of them. Known is the least, for what one check did not see nobody knows.
    """
    rows = [last_days(today, history) for history in histories]
    if len(rows) < 2:
        return rows[0] if rows else last_days(today, ())
    return tuple(_united(same) for same in zip(*rows, strict=True))


def _united(same: tuple[Day, ...]) -> Day:
    """One day of several checks as one."""
    least = min(day.known for day in same)
    if not all(day.told_whole for day in same):
        down, degraded = max(day.down for day in same), max(day.degraded for day in same)
        return Day(same[0].date, max(least, down), down, degraded)
    bad = joined(span for day in same for span in day.down_spans)
    slow = without(joined(span for day in same for span in day.degraded_spans), bad)
    down, degraded = length(bad) * _MS, length(slow) * _MS
    return Day(same[0].date, max(least, down + degraded), down, degraded, tuple(bad), tuple(slow))
