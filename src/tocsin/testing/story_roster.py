"""Rotations and what amends them, in a story.

    rotation: ana, dee; at 03:10; every 1 day
    second rotation: bo, chen; at 09:00; every 1 week; in Europe/Berlin
    contact database: dee

    03:05 >> dee takes the pager until 04:00
    03:05 >> bo takes the pager of level 2 until 04:00
    03:05 >> ana is away until 09:00
    03:05 >> ana and dee swap until 09:00

The first of a rotation has the turn that runs when the day of the story begins.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.contacts import CASES, MAJOR
from tocsin.oncall.escalation import Roster
from tocsin.oncall.layer import Layer
from tocsin.oncall.schedule import Level, OnCall, SpecialContact
from tocsin.oncall.walltime import instant, local
from tocsin.testing.world import World

_ROTATIONS = ("rotation", "second rotation", "third rotation")
_PART = re.compile(r"^(?P<what>at|every|in) (?P<value>\S.*)$")
_PAGER = re.compile(
    r"^(?P<who>[a-z]+) takes the pager(?: of level (?P<level>\d))? until (?P<until>\d\d:\d\d)$"
)
_AWAY = re.compile(r"^(?P<who>[a-z]+) is away until (?P<until>\d\d:\d\d)$")
_SWAP = re.compile(r"^(?P<who>[a-z]+) and (?P<other>[a-z]+) swap until (?P<until>\d\d:\d\d)$")


def levels(text: str) -> tuple[tuple[PersonId, ...], ...]:
    """Who stands on level 1, 2, 3 of "ana, bo, chen", where "-" is nobody."""
    names = (name.strip() for name in text.split(","))
    return tuple((PersonId(name),) if name != "-" else () for name in names)


def plan(head: Mapping[str, str], known: Roster, day: datetime) -> OnCall:
    """The plan a story's first lines set: rotations where they say so, else the levels as they are.

    Raises:
        InputError: a line that is no rotation.
    """
    levels = [Level(people) for people in known.levels]
    for number, key in enumerate(_ROTATIONS):
        if key in head:
            levels[number] = _rotation(head[key], day)
    contacts = tuple(
        SpecialContact(name, _people(text), CASES.get(name, (name,)), name in MAJOR)
        for key, text in head.items()
        if (name := key.removeprefix("contact ")) != key
    )
    return OnCall(known.people, tuple(levels), contacts)


def amendment(world: World, text: str) -> Amendment | None:
    """What these words change about the plan, or None if they are about something else."""
    pager, away, swap = _PAGER.match(text), _AWAY.match(text), _SWAP.match(text)
    found = pager or away or swap
    if found is None:
        return None
    hour, minute = (int(part) for part in found["until"].split(":"))
    until = world.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    kind = Kind.OVERRIDE if pager else Kind.ABSENCE if away else Kind.SWAP
    made = Amendment(
        len(world.amendments) + 1, kind, PersonId(found["who"]), world.now, until, found["who"], world.now
    )
    if pager:
        return replace(made, level=int(pager["level"] or 1))
    return replace(made, other=PersonId(swap["other"])) if swap else made


def _rotation(text: str, day: datetime) -> Level:
    names, *parts = (part.strip() for part in text.split(";"))
    said = {found["what"]: found["value"] for part in parts if (found := _PART.match(part))}
    length = duration.parse(said.get("every", "1 week"))
    if len(said) < len(parts) or length is None:
        raise InputError(f"this is no rotation: {text}", hint='Write "ana, dee; at 03:10; every 1 day".')
    zone = ZoneInfo(said.get("in", "UTC"))
    first = datetime.combine(local(day, zone).date(), time.fromisoformat(said.get("at", "09:00"))) - length
    if instant(first + length, zone) <= day:
        first += length
    layer = Layer("rotation", _people(names), zone, first, length, begins=first - 100 * length)
    return Level((), (layer,), zone)


def _people(names: str) -> tuple[PersonId, ...]:
    return tuple(PersonId(name.strip()) for name in names.split(",") if name.strip())
