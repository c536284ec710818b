"""Deadlines are told of before they pass, while they can still be kept: how long before, and the clock that does it.

The respond clock has no warning: its page says when the next level is called, and whoever sleeps is not told twice.
"""

from datetime import timedelta

PREFIX = "warn "

# How long before a deadline somebody is told.
BEFORE = {
    "initial response": timedelta(minutes=2),
    "investigate": timedelta(minutes=5),
    "escalate": timedelta(minutes=5),
    "public update": timedelta(minutes=5),
    "baseline": timedelta(minutes=5),
    "watch": timedelta(minutes=5),
    "stale": timedelta(minutes=5),
}


def of(name: str) -> str:
    """The name of the clock that warns before the clock of this name."""
    return f"{PREFIX}{name}"


def before(name: str, lasts: timedelta) -> timedelta | None:
    """How long before its end a clock that lasts this long is told of, or None if it is too short for a warning."""
    known = BEFORE.get(name)
    return known if known is not None and lasts >= 2 * known else None
