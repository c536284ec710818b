"""An iCalendar file (RFC 5545) as overrides or absences: recurring, excepted, all-day and floating events too.

Every occurrence becomes one amendment with an end, named by calendar, UID and beginning, so that reading the same
calendar again changes nothing and a moved event moves. Recurrence is computed on the wall of the event's zone; a time
that does not exist or exists twice is read as RFC 5545, section 3.3.5, says. What cannot be read is told, by event.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from dateutil.rrule import rrule, rruleset, rrulestr
from icalendar import Calendar, Event

from tocsin.errors import InputError
from tocsin.kit.ids import PersonId, sha256
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.ical_write import LEVEL, PERSON
from tocsin.oncall.schedule import OnCall
from tocsin.oncall.walltime import local

_MOST = 20_000  # occurrences of one event that are looked at
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})


@dataclass(frozen=True, slots=True)
class Asked:
    """How a calendar is to be read.

    Attributes:
        calendar: the name it is kept under. kind: what its events are: overrides (shifts) or absences.
        level, person: of events that do not say themselves.
        zone: of times without one. start, end: occurrences that touch this time are read.
        by, now: who reads it, and when.
    """

    calendar: str
    kind: Kind
    level: int | None
    person: PersonId | None
    zone: tzinfo
    start: datetime
    end: datetime
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What a calendar says.

    Attributes:
        problems: what could not be read, one sentence each; then nothing of it should be kept.
        remarks: what was read and is worth a look.
    """

    amendments: tuple[Amendment, ...]
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Occurrence:
    key: str  # the beginning the series gave it, which it keeps when it is moved
    start: datetime
    end: datetime


def read(content: bytes, plan: OnCall, asked: Asked) -> Read:
    """What a file says about a stretch of time.

    Raises:
        InputError: this is no iCalendar file.
    """
    events = _events(content)
    found: list[Amendment] = []
    problems: list[str] = []
    moved: set[tuple[str, str]] = set()
    for event in events:
        if "RECURRENCE-ID" in event:
            try:
                moved.add((_uid(event), _key(event, asked.zone)))
            except (ValueError, OverflowError, InputError):
                continue  # told below, with its reason
    for event in events:
        try:
            found.extend(_amendments(event, moved, plan, asked))
        except (ValueError, OverflowError, InputError) as problem:
            problems.append(f"{_title(event)}: {problem}")
    found.sort(key=lambda each: (each.start, each.level or 0, each.person))
    return Read(tuple(found), tuple(problems), tuple(_doubled(found)))


def _events(content: bytes) -> list[Event]:
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except ValueError as problem:
        raise InputError(
            f"This is no iCalendar file: {str(problem).splitlines()[0]}.",
            hint="It begins with BEGIN:VCALENDAR.",
        ) from problem
    found = [event for calendar in calendars for event in getattr(calendar, "events", ())]
    if not any(getattr(calendar, "name", None) == "VCALENDAR" for calendar in calendars):
        raise InputError("This is no iCalendar file.", hint="It begins with BEGIN:VCALENDAR.")
    return found


def _amendments(event: Event, moved: set[tuple[str, str]], plan: OnCall, asked: Asked) -> Iterator[Amendment]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    for name, problem in event.errors:
        raise InputError(f"{name} cannot be read: {problem}")
    occurrences = [
        each
        for each in _occurrences(event, asked)
        if "RECURRENCE-ID" in event or (_uid(event), each.key) not in moved
    ]
    if not occurrences:
        return
    person = _person(event, plan, asked)
    level = _level(event, asked)
    for each in occurrences:
        yield Amendment(
            0, asked.kind, person, each.start, each.end, asked.by, asked.now, None, level,
            str(event.get("SUMMARY", "")), f"{asked.calendar}#{_uid(event)}/{each.key}",
        )  # fmt: skip


def _occurrences(event: Event, asked: Asked) -> Iterator[_Occurrence]:
    """Every occurrence that touches the time asked for."""
    if "DTSTART" not in event:
        raise InputError("it has no DTSTART.")
    begin, end = event.start, event.end
    zone = _zone(begin, asked.zone)
    first = _wall(begin, zone)
    length = _wall(end, zone) - first
    if length <= timedelta(0):
        raise InputError("it ends before it begins.")
    moved_from = _key(event, asked.zone) if "RECURRENCE-ID" in event else None
    for number, wall in enumerate(_walls(event, first, zone, asked)):
        if number >= _MOST:
            raise InputError(f"it occurs more than {_MOST} times.")
        start, until = _instant(wall, zone), _instant(wall + length, zone)
        if start >= asked.end:
            return
        if until > asked.start and start < until:
            yield _Occurrence(moved_from or _written(start), start, until)


def _walls(event: Event, first: datetime, zone: tzinfo, asked: Asked) -> Iterable[datetime]:
    """When it begins each time, on the wall, in order."""
    rules = _listed(event.get("RRULE"))
    more = [at for each in _listed(event.get("RDATE")) for at in each.dts]
    if (not rules and not more) or "RECURRENCE-ID" in event:
        return (first,)
    series = rruleset()
    series.rdate(first)
    for rule in rules:
        if "FREQ" not in rule:
            raise InputError("its rule does not say how often.")
        if _TOO_OFTEN & {str(freq).upper() for freq in rule.get("FREQ", ())}:
            raise InputError("a shift that repeats within the hour is no shift.")
        ends = [_wall_until(until, first, zone) for until in rule.get("UNTIL", ())]
        text = type(rule)({**rule, "UNTIL": ends} if ends else rule).to_ical().decode()
        one = rrulestr(text, dtstart=first)
        if isinstance(one, rrule):  # it always is: a set takes more than one line
            series.rrule(one)
    for each in more:
        series.rdate(_wall(each.dt[0] if isinstance(each.dt, tuple) else each.dt, zone))
    left_out = [at.dt for each in _listed(event.get("EXDATE")) for at in each.dts]
    days = {at for at in left_out if not isinstance(at, datetime)}
    walls = {_wall(at, zone) for at in left_out if isinstance(at, datetime)}
    return (wall for wall in series if wall not in walls and wall.date() not in days)


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _wall_until(until: date, first: datetime, zone: tzinfo) -> datetime:
    """The last beginning a rule allows; a day without a time means all of it."""
    if isinstance(until, datetime):
        return _wall(until, zone)
    return datetime.combine(until, max(first.time(), time(23, 59, 59)))


def _zone(begin: date, otherwise: tzinfo) -> tzinfo:
    own = begin.tzinfo if isinstance(begin, datetime) else None
    return own or otherwise


def _wall(at: date, zone: tzinfo) -> datetime:
    """What the clock of the event's zone shows; a day begins at midnight."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(0))
    return at if at.tzinfo is None else local(at, zone)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    """RFC 5545, 3.3.5: a time that comes twice is the first; one that never comes is read with the offset before."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _key(event: Event, otherwise: tzinfo) -> str:
    """The beginning that a moved occurrence had in its series. Raises InputError where the rest would move too."""
    value = event["RECURRENCE-ID"]
    began = getattr(value, "dt", None)
    if not isinstance(began, date) or "RANGE" in getattr(value, "params", {}):
        raise InputError("it moves all that follow it; write those as a series of their own.")
    zone = _zone(began, _zone(event.start, otherwise) if "DTSTART" in event else otherwise)
    return _written(_instant(_wall(began, zone), zone))


def _uid(event: Event) -> str:
    return str(event.get("UID") or sha256(event.to_ical().decode("utf-8", "replace"))[:16])


def _title(event: Event) -> str:
    return f'"{event.get("SUMMARY") or _uid(event)}"'


# -- whose shift it is -------------------------------------------------------------------------------


def _person(event: Event, plan: OnCall, asked: Asked) -> PersonId:
    """Whom an event is about: said by tocsin itself, by whoever imports, by an attendee, or by its title."""
    said = event.get(PERSON)
    if said is not None:
        return PersonId(str(said))
    if asked.person is not None:
        return asked.person
    mails = {str(each).casefold().removeprefix("mailto:") for each in _listed(event.get("ATTENDEE"))}
    invited = {
        person.id
        for person in plan.people
        if any(method.address.casefold() in mails for method in person.methods)
    }
    title = str(event.get("SUMMARY", ""))
    named = {person.id for person in plan.people if _names(person.id, title) or _names(person.name, title)}
    for people in (invited, named):
        if len(people) == 1:
            return next(iter(people))
        if people:
            raise InputError(f"it is about {', '.join(sorted(people))}; say who with --person.")
    raise InputError(
        "nobody knows whom it is about; write a name of tocsin.toml into its title, or use --person."
    )


def _names(name: str, title: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE))


def _level(event: Event, asked: Asked) -> int | None:
    if asked.kind is Kind.ABSENCE:
        return None
    said = str(event.get(LEVEL, "")).strip()
    if said.isdecimal():
        return int(said)
    if asked.level is None:
        raise InputError("nobody knows at which level; say --level.")
    return asked.level


def _doubled(found: Iterable[Amendment]) -> Iterator[str]:
    """Two people at one level at the same time: the one written last would win."""
    last: dict[int | None, Amendment] = {}
    for each in found:
        before = last.get(each.level)
        if each.kind is Kind.OVERRIDE and before is not None:
            if before.person != each.person and each.start < before.end:
                yield (
                    f"{before.person} and {each.person} are both at level {each.level} at "
                    f"{each.start:%Y-%m-%d %H:%M %Z}; only the one written last is called"
                )
        if before is None or each.end > before.end:
            last[each.level] = each
