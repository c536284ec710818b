"""People and plans for the tests of this folder."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, settings

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.layer import Layer, Window, first_handover
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.oncall.schedule import Level, OnCall, SpecialContact

# A busy machine is no defect.
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BERLIN = ZoneInfo("Europe/Berlin")
# "localtime" is whatever this machine says.
ZONES = sorted(available_timezones() - {"localtime", "posixrules"})
WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)
_ids = count(1)


def ids(*names: str) -> tuple[PersonId, ...]:
    return tuple(PersonId(name) for name in names)


def person(name: str, *, page: tuple[str, ...] = ("push", "phone"), role: str = "responder") -> Person:
    return Person(
        PersonId(name), name.title(), AccessRole(role), tuple(Method(pager, name) for pager in page)
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def wall(text: str, zone: tzinfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def layer(
    *people: str,
    name: str = "primary",
    zone: tzinfo = BERLIN,
    start: str = "2025-01-06",
    at: str = "09:00",
    length: timedelta = WEEK,
    until: str | None = None,
    only: tuple[Window, ...] = (),
) -> Layer:
    first = first_handover(date.fromisoformat(start), time.fromisoformat(at), None)
    ends = None if until is None else datetime.combine(date.fromisoformat(until), first.time())
    return Layer(name, ids(*people), zone, first, length, first, ends, only)


def plan(
    *levels: Level | tuple[str, ...],
    people: tuple[Person, ...] | None = None,
    contacts: tuple[SpecialContact, ...] = (),
) -> OnCall:
    """Levels as plans, or as plain lists of names; everybody named can be reached unless `people` says otherwise."""
    made = tuple(level if isinstance(level, Level) else Level(ids(*level)) for level in levels)
    names = dict.fromkeys(name for level in made for name in level.everybody)
    return OnCall(people if people is not None else tuple(person(name) for name in names), made, contacts)


def rotation(*layers: Layer) -> Level:
    return Level((), layers, layers[0].zone)


def amendment(
    kind: Kind,
    who: str,
    start: datetime,
    end: datetime,
    *,
    other: str | None = None,
    level: int | None = None,
    number: int | None = None,
    origin: str | None = None,
) -> Amendment:
    return Amendment(
        next(_ids) if number is None else number, kind, PersonId(who), start, end, "ana", utc("2025-01-01T00:00"),
        None if other is None else PersonId(other), level, "", origin,
    )  # fmt: skip
