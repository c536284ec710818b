"""From what a clock on the wall shows to the one instant that is meant, on the nights clocks change too.

One rule, and everything else follows from it: **a wall-clock time means the first instant at which the clock on the
wall shows that time or a later one.** So a time that comes twice means its first coming; a time that never comes (the
clock was put forward over it, or a whole day was left out at the date line) means the moment the clock jumped. Hence
two different wall-clock times never change their order, which is why shifts can neither overlap nor leave a hole.
"""

from datetime import UTC, datetime, timedelta, tzinfo

_SECOND = timedelta(seconds=1)
_ZERO = timedelta(0)


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The instant (in UTC) a wall-clock time means in a zone.

    Args:
        wall: what the clock shows, without a zone. zone: with the rules of the place, such as a ZoneInfo.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if local(first, zone) == wall:
        return first
    return _jump(wall, zone)


def local(at: datetime, zone: tzinfo) -> datetime:
    """What the clock on the wall shows at an instant, without a zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _jump(wall: datetime, zone: tzinfo) -> datetime:
    """The moment the clock jumps over this time, to the second: zones change at whole seconds."""
    before = _offset(wall, zone, 0)
    after = _offset(wall, zone, 1)
    low = (wall - max(before, after)).replace(tzinfo=UTC, microsecond=0)
    high = (wall - min(before, after)).replace(tzinfo=UTC, microsecond=0) + _SECOND
    while high - low > _SECOND:
        middle = low + ((high - low) // 2) // _SECOND * _SECOND
        if local(middle, zone) >= wall:
            high = middle
        else:
            low = middle
    return high


def _offset(wall: datetime, zone: tzinfo, fold: int) -> timedelta:
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or _ZERO
