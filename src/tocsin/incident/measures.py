"""How well it went, in numbers: from one incident's log, and over many. Anybody can recompute them from the log.

Rules MET-01 to MET-07: medians and 90th percentiles, never only means; drills are left out unless asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident

# measure -> the two events it lies between
MEASURES = {
    "detect": "the trouble was seen (by the source's clock) → the first alert was stored",
    "page": "the first alert was stored → a channel took the first page",
    "acknowledge": "declared → acknowledged",
    "first_update": "declared → the first update was sent",
    "mitigate": "declared → the last change that took effect",
    "resolve": "declared → resolved",
    "publish": "resolved → post-mortem published",
}
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 7  # local hours (MET-03)
_QUIET_CLOCKS = ("look", "watch", "settle")


@dataclass(frozen=True, slots=True)
class Measures:
    """One incident.

    Attributes:
        times: measure → how long it took, or None if it has not happened.
        missed: names of the clocks that passed. pages: (person, when) of every page that woke somebody.
        changes, helped: changes that ran, and how many of them did not fail to help.
    """

    id: str
    title: str
    severity: str
    section: str | None
    drill: bool
    declared_at: datetime
    times: dict[str, timedelta | None]
    missed: tuple[str, ...]
    pages: tuple[tuple[str, datetime], ...]
    changes: int
    helped: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Many values of one measure; `median` and `p90` are real values (nearest rank), none is made up."""

    count: int
    median: timedelta
    p90: timedelta
    worst: timedelta


@dataclass(frozen=True, slots=True)
class Load:
    """What a person was woken with. `night` counts those between 22 and 7 o'clock of the team's time zone."""

    person: str
    pages: int
    night: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Many incidents.

    Attributes:
        by_severity: severity → measure → spread. counts: severity → incidents.
        missed: clock → how often it passed. load: by person, the most woken first.
        sections: section → incidents, those that came more than once, most often first.
        open_actions, overdue_actions: promises that are not kept yet.
    """

    incidents: int
    counts: dict[str, int]
    by_severity: dict[str, dict[str, Spread]]
    missed: dict[str, int]
    load: tuple[Load, ...]
    sections: dict[str, int]
    open_actions: int
    overdue_actions: int


def measure(incident: Incident, records: Sequence[ev.Recorded]) -> Measures | None:
    """The measures of one incident, or None if it was never declared."""
    declared, begun = incident.declared, incident.declared_at
    if declared is None or begun is None:
        return None
    alert = next((record for record in records if isinstance(record.event, ev.AlertReceived)), None)
    seen = alert.event.alert.at if alert and isinstance(alert.event, ev.AlertReceived) else None
    paged = _first(records, lambda event: isinstance(event, ev.PageSent))
    mitigated = _last_help(incident, records)
    # The first of everything is meant: an incident that came back was acknowledged before.
    answered = _first(records, lambda event: isinstance(event, ev.Acknowledged))
    resolved = _first(records, lambda event: isinstance(event, ev.Resolved))
    updated = _first(records, lambda event: isinstance(event, ev.UpdateSent))
    times = {
        "detect": _between(seen, alert.at if alert else None),
        "page": _between(alert.at if alert else None, paged),
        "acknowledge": _between(begun, answered),
        "first_update": _between(begun, updated),
        "mitigate": _between(begun, mitigated),
        "resolve": _between(begun, resolved),
        "publish": _between(incident.resolved_at, incident.postmortem_published_at),
    }
    changes = [run for run in incident.runs.values() if run.changes and run.took_effect]
    helped = [run for run in changes if run.queued.run not in incident.failed_changes]
    return Measures(
        incident.id, declared.title, incident.severity, declared.section_title, declared.drill, begun, times,
        _missed(records), _pages(records), len(changes), len(helped),
    )  # fmt: skip


def summary(found: Iterable[tuple[Incident, Measures]], now: datetime, zone: tzinfo) -> Summary:
    """Many incidents as one. `zone`: whose nights count."""
    rows = list(found)
    by_severity: dict[str, dict[str, list[timedelta]]] = {}
    for _, one in rows:
        kept = by_severity.setdefault(one.severity, {})
        for name, took in one.times.items():
            if took is not None:
                kept.setdefault(name, []).append(took)
    sections = Counter(one.section for _, one in rows if one.section)
    actions = [
        view.opened for incident, _ in rows for view in incident.actions.values() if view.closed is None
    ]
    return Summary(
        len(rows),
        dict(sorted(Counter(one.severity for _, one in rows).items())),
        {
            name: {key: spread(values) for key, values in kept.items()}
            for name, kept in sorted(by_severity.items())
        },
        dict(Counter(name for _, one in rows for name in one.missed).most_common()),
        _load(rows, zone),
        {name: count for name, count in sections.most_common() if count > 1},
        len(actions),
        sum(1 for item in actions if item.due <= now),
    )


def spread(values: Sequence[timedelta]) -> Spread:
    """Median, 90th percentile (nearest rank) and worst of at least one value."""
    ordered = sorted(values)

    def rank(share: float) -> timedelta:
        return ordered[max(ceil(share * len(ordered)) - 1, 0)]

    return Spread(len(ordered), rank(0.5), rank(0.9), ordered[-1])


def _load(rows: Sequence[tuple[Incident, Measures]], zone: tzinfo) -> tuple[Load, ...]:
    pages: Counter[str] = Counter()
    nights: Counter[str] = Counter()
    for _, one in rows:
        for person, at in one.pages:
            pages[person] += 1
            nights[person] += _night(at.astimezone(zone).hour)
    return tuple(Load(person, count, nights[person]) for person, count in pages.most_common())


def _night(hour: int) -> bool:
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS


def _first(records: Sequence[ev.Recorded], wanted: Callable[[ev.Event], bool]) -> datetime | None:
    return next((record.at for record in records if wanted(record.event)), None)


def _last_help(incident: Incident, records: Sequence[ev.Recorded]) -> datetime | None:
    """When the last change that took effect and was not found useless ended."""
    found = None
    for record in records:
        match record.event:
            case ev.StepFinished(run) | ev.DoubtSettled(run):
                known = incident.runs.get(run)
                if known and known.changes and known.took_effect and run not in incident.failed_changes:
                    found = record.at
            case _:
                pass
    return found


def _missed(records: Sequence[ev.Recorded]) -> tuple[str, ...]:
    return tuple(
        record.event.name
        for record in records
        if isinstance(record.event, ev.ClockPassed) and record.event.name not in _QUIET_CLOCKS
    )


def _pages(records: Sequence[ev.Recorded]) -> tuple[tuple[str, datetime], ...]:
    """Whom a page woke, and when a channel took it."""
    urgent: dict[str, str] = {}
    sent: dict[str, datetime] = {}
    for record in records:
        match record.event:
            case ev.PageQueued(key, _, person, _, True):
                urgent[key] = person
            case ev.PageSent(key) if key in urgent:
                sent.setdefault(key, record.at)
            case _:
                pass
    return tuple((urgent[key], at) for key, at in sent.items())


def _between(begin: datetime | None, end: datetime | None) -> timedelta | None:
    """How long, never below nothing: two clocks may disagree by a moment."""
    return max(end - begin, timedelta()) if begin is not None and end is not None else None
