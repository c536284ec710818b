"""CookCam, "Option A: Rollback (Fastest)": a release that answers every health check with 503."""

from datetime import timedelta

from tocsin.errors import TocsinError
from tocsin.sandbox import look
from tocsin.sandbox.cookcam import APPLICATION, CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.service import wait_until

ROLLBACK = "Option A: Rollback (Fastest)"
RELEASE = "Release 1.5.0"
WORKS = "AS bookings FROM bookings'"
BROKEN = "AS bookings FROM bookings_v2'"
"""What the release asks for, and nobody made: its migration was forgotten."""
_WITHIN = timedelta(seconds=180)


def inject(room: CookCamRoom) -> Normal:
    """Commit, push and deploy the release. Raises TocsinError."""
    before = note(room)
    source = room.workdir / "server.js"
    text = source.read_text(encoding="utf-8")
    if WORKS not in text:
        raise TocsinError(
            "The application's health check is not the one this fault breaks.", hint="Drop the room."
        )
    source.write_text(text.replace(WORKS, BROKEN), encoding="utf-8")
    room.checkout.commit(RELEASE, "server.js")
    room.checkout.git("push", "--quiet", "origin", "main")
    room.pm2.run("restart", APPLICATION)
    wait_until(lambda: confirm(room), "the release answers, and badly", _WITHIN)
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether what answers behind nginx is that release: it names the table that does not exist."""
    seen = look.ask(room.pm2.port, "/health")
    return seen.status == 503 and "bookings_v2" in seen.body


def restore(room: CookCamRoom, before: Normal) -> None:
    """The release before it, here and at the origin. Raises TocsinError."""
    bring_back(room, before, fresh=confirm(room))
    room.checkout.git("push", "--quiet", "--force", "origin", "main")


BAD_RELEASE = Fault(
    "option_a_rollback",
    ROLLBACK,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("cookcam",),
    stand_ins=("npm ci links packages that are there already",),
)
