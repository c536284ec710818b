"""`[people]` and `[oncall]` of a tocsin.toml: who can be reached how, and who is on call when."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec

from tocsin.app.settings_file import Place, SettingsFile
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.oncall.contacts import CASES, MAJOR
from tocsin.oncall.layer import Layer, Window, first_handover
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.oncall.schedule import Level, OnCall, SpecialContact

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class LayerTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[[oncall.levelN.layers]]`."""

    people: list[str]
    handover: str
    start: date
    name: str | None = None
    every: str = "1 week"
    until: date | None = None
    only: list[str] = []
    zone: str | None = None


class LevelTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[oncall.levelN]`."""

    layers: list[LayerTable]
    zone: str | None = None


class ContactTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[oncall.contacts.NAME]`."""

    people: list[str]
    cases: list[str] | None = None
    major: bool | None = None


def read_oncall(found: SettingsFile, place: Place) -> OnCall:
    """The people and the plan of a settings file.

    Raises:
        ConfigError: a key is unknown or wrong; names file, line and key.
    """
    people = tuple(_person(key, found, place) for key in found.people)
    levels: dict[int, Level] = {}
    contacts: tuple[SpecialContact, ...] = ()
    for key, value in found.oncall.items():
        digits = re.fullmatch(r"level([1-9])", key)
        if key == "contacts" and isinstance(value, dict):
            contacts = tuple(_contact(name, table, found, place) for name, table in value.items())
        elif digits is None:
            raise place.error(
                f"oncall.{key}",
                "levels are called level1, level2 and so on.",
                'Beside them there is only "contacts".',
            )
        elif isinstance(value, list):
            levels[int(digits[1])] = Level(_known(f"oncall.{key}", value, found, place))
        else:
            levels[int(digits[1])] = _level(f"oncall.{key}", value, found, place)
    top = max(levels, default=0)
    return OnCall(people, tuple(levels.get(level, Level()) for level in range(1, top + 1)), contacts)


def read_outlets(found: SettingsFile, place: Place) -> dict[str, tuple[Method, ...]]:
    """Where what a person sends goes, by audience: the table [updates].

    Raises:
        ConfigError: a channel that is not written "pager:address", or a pager that is not there.
    """
    table = found.updates
    named = {
        "public": table.public,
        "customers": table.customers,
        "executives": table.executives,
        "team": table.team,
    }
    return {
        audience: tuple(_outlet(f"updates.{audience}", text, found, place) for text in texts)
        for audience, texts in named.items()
        if texts
    }


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ValueError with the nearest known name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        names = {known.casefold(): known for known in available_timezones()}
        near = difflib.get_close_matches(name.casefold(), names, n=1)
        hint = f'Did you mean "{names[near[0]]}"?' if near else 'For example "Europe/Berlin" or "UTC".'
        raise ValueError(hint) from problem


def _person(key: str, found: SettingsFile, place: Place) -> Person:
    person = found.people[key]
    try:
        access = AccessRole(person.role)
    except ValueError as problem:
        known = ", ".join(role.value for role in AccessRole)
        raise place.error(
            f"people.{key}.role", f'"{person.role}" is not a role.', f"Known: {known}."
        ) from problem
    methods = tuple(_method(key, method, found, place) for method in person.page)
    return Person(PersonId(key), person.name, access, methods)


def _method(person: str, text: str, found: SettingsFile, place: Place) -> Method:
    """A way to reach somebody, written "pager:address"."""
    return _outlet(f"people.{person}.page", text, found, place)


def _outlet(key: str, text: str, found: SettingsFile, place: Place) -> Method:
    pager, colon, address = text.partition(":")
    if not colon or not address:
        raise place.error(key, f'"{text}" is not "pager:address".', 'For example "sink:ana".')
    if pager not in found.pagers:
        known = ", ".join(found.pagers) or "none yet"
        raise place.error(key, f'there is no pager "{pager}".', f"Pagers: {known}.")
    return Method(pager, address)


def _known(key: str, names: Iterable[object], found: SettingsFile, place: Place) -> tuple[PersonId, ...]:
    people = []
    for name in names:
        if not isinstance(name, str) or name not in found.people:
            near = difflib.get_close_matches(str(name), found.people, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"Add [people.{name}]."
            raise place.error(key, f'"{name}" is not among the people.', hint)
        people.append(PersonId(name))
    return tuple(people)


def _level(key: str, table: Mapping[str, object], found: SettingsFile, place: Place) -> Level:
    level = _converted(key, table, LevelTable, place)
    if not level.layers:
        raise place.error(f"{key}.layers", "a level with layers has at least one.", "Or list its people.")
    zone = _zone(f"{key}.zone", level.zone, place) if level.zone is not None else None
    layers = tuple(
        _layer(f"{key}.layers", number, layer, zone, found, place)
        for number, layer in enumerate(level.layers, start=1)
    )
    names = [layer.name for layer in layers]
    if len(set(names)) < len(names):
        raise place.error(f"{key}.layers", "two layers have the same name.")
    return Level((), layers, zone or layers[0].zone)


def _layer(
    key: str, number: int, table: LayerTable, zone: ZoneInfo | None, found: SettingsFile, place: Place
) -> Layer:
    own = _zone(f"{key}.zone", table.zone, place) if table.zone is not None else zone
    if own is None:
        raise place.error(
            f"{key}.zone", "a rotation needs a time zone.", 'For example zone = "Europe/Berlin".'
        )
    people = _known(f"{key}.people", table.people, found, place)
    if not people:
        raise place.error(f"{key}.people", "nobody takes turns here.", 'For example people = ["ana", "bo"].')
    length = duration.parse(table.every)
    if length is None or length < timedelta(hours=1) or length % timedelta(hours=1):
        raise place.error(
            f"{key}.every",
            f'"{table.every}" is no length of a turn.',
            'Write it like "1 week", "2 days" or "12 h".',
        )
    weekday, at = _handover(f"{key}.handover", table.handover, place)
    if weekday is not None and length % timedelta(days=7):
        raise place.error(
            f"{key}.handover", f'"{table.handover}" names a weekday, but a turn is {table.every}.',
            'Leave the weekday out, or make turns of whole weeks.',
        )  # fmt: skip
    if table.until is not None and table.until <= table.start:
        raise place.error(f"{key}.until", "is not after start.", "From that day on the layer says nothing.")
    first = first_handover(table.start, at, weekday)
    begins = max(first, datetime.combine(table.start, at if weekday is None else time(0)))
    return Layer(
        name=table.name or f"layer {number}",
        people=people,
        zone=own,
        first=first,
        length=length,
        begins=begins,
        ends=None if table.until is None else datetime.combine(table.until, at),
        only=tuple(_window(f"{key}.only", text, place) for text in table.only),
    )


def _contact(name: str, value: object, found: SettingsFile, place: Place) -> SpecialContact:
    key = f"oncall.contacts.{name}"
    if isinstance(value, list):
        table = ContactTable(value)
    elif isinstance(value, dict):
        table = _converted(key, value, ContactTable, place)
    else:
        raise place.error(key, "a contact is a list of people, or a table.", f'For example {name} = ["ana"].')
    if name not in CASES and not table.cases and not table.major:
        known = ", ".join(CASES)
        raise place.error(
            key,
            "nobody can tell when this contact is called.",
            f"Give it cases = [...]; known by name: {known}.",
        )
    people = _known(key, table.people, found, place)
    cases = tuple(table.cases) if table.cases is not None else CASES.get(name, ())
    return SpecialContact(name, people, cases, table.major if table.major is not None else name in MAJOR)


_Table = TypeVar("_Table", bound=msgspec.Struct)
_AT = re.compile(r" - at `\$\.?([^`]*)`")


def _converted(key: str, table: Mapping[str, object], kind: type[_Table], place: Place) -> _Table:
    """The table as what it has to be, or what is wrong about it."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as problem:
        at = _AT.search(str(problem))
        said = _AT.sub("", str(problem)).removeprefix("Object ").strip().rstrip(".")
        where = ".".join(part for part in (key, re.sub(r"\[\d+\]", "", at[1]) if at else "") if part)
        fields = ", ".join((LayerTable if "layers" in where else kind).__struct_fields__)
        raise place.error(where, f"{said}.", f"Known here: {fields}.") from problem


def _zone(key: str, name: str, place: Place) -> ZoneInfo:
    try:
        return zone_named(name)
    except ValueError as problem:
        raise place.error(key, f'there is no time zone "{name}".', str(problem)) from problem


def _handover(key: str, text: str, place: Place) -> tuple[int | None, time]:
    """ "Mon 09:00" or "09:00"."""
    words = text.split()
    at = _time(words[-1]) if words else None
    weekday = _weekday(words[0]) if len(words) == 2 else None
    if at is None or len(words) > 2 or (len(words) == 2 and weekday is None):
        raise place.error(key, f'"{text}" is no hand-over.', 'Write it like "Mon 09:00" or "09:00".')
    return weekday, at


def _window(key: str, text: str, place: Place) -> Window:
    """ "Mon-Fri 09:00-18:00", "Sat,Sun" or "22:00-06:00"."""
    words = text.split()
    days: frozenset[int] | None = frozenset(range(7))
    hours: tuple[time, time] | None = (time(0), time(0))
    if words and words[0][:1].isalpha():
        days = _days(words.pop(0))
    if words:
        begin, dash, end = words.pop(0).partition("-")
        first, last = _time(begin), _time(end)
        hours = (first, last) if dash and first is not None and last is not None else None
    if words or days is None or hours is None or not text.strip():
        raise place.error(
            key,
            f'"{text}" are no hours.',
            'Write them like "Mon-Fri 09:00-18:00", "Sat,Sun" or "22:00-06:00".',
        )
    return Window(days, *hours)


def _days(text: str) -> frozenset[int] | None:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _weekday(first)
        end = _weekday(last) if dash else begin
        if begin is None or end is None:
            return None
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def _weekday(text: str) -> int | None:
    """ "Mon", "monday" and all between."""
    word = text.casefold()
    return next((n for n, name in enumerate(_WEEKDAYS) if len(word) >= 3 and name.startswith(word)), None)


def _time(text: str) -> time | None:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)|(24):00", text)
    if found is None:
        return None
    return time(0) if found[3] else time(int(found[1]), int(found[2]))
