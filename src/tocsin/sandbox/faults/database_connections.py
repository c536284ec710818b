"""CookCam, "2. Database Connection Issues": the application takes connections and never gives them back."""

from datetime import timedelta

from tocsin.errors import TocsinError
from tocsin.sandbox import look
from tocsin.sandbox.cookcam import DATABASE, ROLE, CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.postgres import is_full
from tocsin.sandbox.service import wait_until

HEADING = "Database Connection Issues"
_WITHIN = timedelta(seconds=180)
_LEAK_SECONDS = 10.0
_YOUNG = (
    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    " AND now() - state_change <= interval '5 seconds'"
)


def inject(room: CookCamRoom) -> Normal:
    """Requests that each keep a connection, in a transaction, until there is none left for the role. Raises TocsinError.

    Afterwards no client of that role gets in, and the application itself has none to ask with.
    """
    before = note(room)
    wait_until(lambda: _leak(room), "every connection of the role is kept", _WITHIN)
    # A session that is idle for a moment is no leak, and whoever mends with care leaves it alone.
    wait_until(
        lambda: room.postgres.query(_YOUNG) == "0", "what is kept has been kept for five seconds", _WITHIN
    )
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether the application's role is refused for want of a slot.

    Asked with a login of the sandbox's own, not through the application or its checks.
    """
    try:
        room.postgres.query("SELECT 1", DATABASE, ROLE)
    except TocsinError as refused:
        return is_full(refused)
    return False


def restore(room: CookCamRoom, before: Normal) -> None:
    """An application that holds nothing, and everything else as it was. Raises TocsinError."""
    bring_back(room, before, fresh=True)
    wait_until(lambda: not confirm(room), "the role is let in again", _WITHIN)


EXHAUSTED = Fault("database_connections", HEADING, inject, confirm, restore, oracles, rooms=("cookcam",))


def _leak(room: CookCamRoom) -> bool:
    """Leak once; whether nothing is left to leak, also not what somebody else held a moment ago."""
    leaked = look.ask(room.pm2.port, "/leakconn", seconds=_LEAK_SECONDS)
    return leaked.status == 503 and confirm(room) and room.health().status == 503
