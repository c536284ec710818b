"""Deadlines are told of before they pass, while they can still be kept: how long before, and the clock that does it.

The respond clock has no warning: its page says when the next level is called, and whoever sleeps is not told twice.
"""

from datetime import timedelta

# How long before a deadline somebody is told; of several, each is told.
BEFORE = {
    "initial response": (timedelta(minutes=2),),
    "investigate": (timedelta(minutes=5),),
    "escalate": (timedelta(minutes=5),),
    "public update": (timedelta(minutes=5),),
    "baseline": (timedelta(minutes=5),),
    "watch": (timedelta(minutes=5),),
    "stale": (timedelta(minutes=5),),
    "post-mortem": (timedelta(hours=24), timedelta(hours=4)),  # PM-01: 24 h and 44 h after the end
    "action": (timedelta(days=7), timedelta(days=1)),
}

# A warning comes when a third of the time or more has passed. Half would be too strict: the post-mortem's clock begins
# with the draft, some seconds after the end its 48 h are counted from, and is told of 24 h before.
_WORTH = 1.5


def before(name: str, lasts: timedelta) -> tuple[timedelta, ...]:
    """How long before its end a clock that lasts this long is told of: not at all if it is too short for a warning."""
    kind = name.partition(" INC-")[0]  # "action INC-1.t1" is one of many of its kind
    return tuple(lead for lead in BEFORE.get(kind, ()) if lasts >= lead * _WORTH)


def of(name: str) -> tuple[str, ...]:
    """The names of the clocks that may warn before the clock of this name."""
    kind = name.partition(" INC-")[0]
    return tuple(f"{_SIGNS[number]}{name}" for number in range(len(BEFORE.get(kind, ()))))


def watched(name: str) -> str | None:
    """The clock that the clock of this name warns of, or None if it warns of none."""
    sign = next((sign for sign in _SIGNS if name.startswith(sign)), None)
    return None if sign is None else name.removeprefix(sign)


_SIGNS = ("warn of ", "warn again of ")
