"""Durations as people write them, in both directions."""

import re
from datetime import timedelta

_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_WORD = {
    "millisecond": "ms", "milliseconds": "ms", "msec": "ms",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "day": "d", "days": "d", "week": "w", "weeks": "w",
}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)")


def parse(text: str) -> timedelta | None:
    """The duration a text such as "15 min", "1h30m" or "48 hours" means, or None if it is not one.

    The whole text must be a duration; "within 5 minutes of" is not.

    >>> parse("1h 30m")
    datetime.timedelta(seconds=5400)
    >>> parse("soon") is None
    True
    """
    total = timedelta()
    position = 0
    stripped = text.strip()
    for part in _PART.finditer(stripped):
        if stripped[position : part.start()].strip():
            return None
        unit = part[2].lower()
        unit = _WORD.get(unit, unit)
        if unit not in _UNIT:
            return None
        total += float(part[1]) * _UNIT[unit]
        position = part.end()
    if position == 0 or stripped[position:].strip():
        return None
    return total


def spell(value: timedelta) -> str:
    """A duration as a tired person reads it: "45 s", "5 min", "1 h 30 min", "2 d".

    >>> spell(timedelta(minutes=90))
    '1 h 30 min'
    """
    seconds = value.total_seconds()
    if seconds < 0:
        return "-" + spell(-value)
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (secs, "s")]
    named = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(named[:2])
