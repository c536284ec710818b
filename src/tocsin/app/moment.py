"""Moments as people write them: "2026-11-27 18:00", "2026-11-27", "18:00", "+2 h", "now"."""

import re
from datetime import datetime, timedelta, tzinfo

from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.oncall.walltime import instant, local

_HINT = 'Write it like "2026-11-27 18:00", "2026-11-27", "18:00" (the next), "+2 h" or "now".'


def moment(text: str, zone: tzinfo, now: datetime) -> datetime:
    """The instant a text means.

    Args:
        zone: where the wall is that it is read from; a text with an offset ("2026-11-27T18:00Z") needs none.
        now: for what is relative: "+2 h", and "18:00", which is the next 18:00.

    Raises:
        InputError: it is none of the forms.
    """
    said = text.strip()
    if said == "now":
        return now
    if said.startswith("+"):
        later = duration.parse(said[1:])
        if later is not None:
            return now + later
        raise InputError(f'"{text}" is no time.', hint=_HINT)
    hour = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", said)
    if hour is not None:
        today = local(now, zone).replace(hour=int(hour[1]), minute=int(hour[2]), second=0, microsecond=0)
        at = instant(today, zone)
        return at if at > now else instant(today + timedelta(days=1), zone)
    try:
        at = datetime.fromisoformat(said)
    except ValueError as problem:
        raise InputError(f'"{text}" is no time.', hint=_HINT) from problem
    return instant(at, zone) if at.tzinfo is None else at
