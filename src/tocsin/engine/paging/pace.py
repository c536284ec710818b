"""When a contact may get one more message: pure arithmetic over what it got (PAG-12)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tocsin.connectors.api import Limit


def earliest(limits: Iterable[Limit], lately: Sequence[datetime], now: datetime) -> datetime:
    """The first moment from now on at which one more message keeps every limit.

    Args:
        lately: when earlier ones were sent, in order; as far back as the longest limit reaches.
    """
    at = now
    for limit in limits:
        if len(lately) >= limit.count:
            at = max(at, lately[-limit.count] + limit.within)
    return at
