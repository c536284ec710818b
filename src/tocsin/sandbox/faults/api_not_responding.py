"""CookCam, "1. API Not Responding": the application is stopped, or dies as soon as it starts."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.sandbox import ending
from tocsin.sandbox.cookcam import APPLICATION, CookCamRoom
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.service import wait_until

HEADING = "API Not Responding"
_WITHIN = timedelta(seconds=180)
_SOURCE = "server.js"
_DEFECT = "throw new Error('drill: this release does not start');\n"


@dataclass(frozen=True, slots=True)
class Before:
    """What the way back needs: the application's source as it was."""

    source: bytes


def stop(room: CookCamRoom) -> Before:
    """Stop the application under PM2; nginx then answers 502."""
    before = _before(room)
    room.pm2.run("stop", APPLICATION)
    return before


def crash_loop(room: CookCamRoom) -> Before:
    """Put a release in place that throws when it starts; PM2 starts it again and again, then gives up.

    A restart does not help: the fault is in the files.
    """
    before = _before(room)
    (room.workdir / _SOURCE).write_bytes(_DEFECT.encode() + before.source)
    room.pm2.run("restart", APPLICATION)
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether nginx answers, and answers that there is nobody behind it.

    503 would be the application itself, saying that its database is gone: another fault.
    """
    return room.health().status in {502, 504}


def restore(room: CookCamRoom, before: Before) -> None:
    """The old source, exactly one application of the right name, health 200. Raises TocsinError.

    Unless all of that holds already, PM2 itself is started anew: deleting an application in the middle
    of its own restart may leave a process that PM2 has forgotten and that still holds the port.
    """
    source = room.workdir / _SOURCE
    unharmed = source.read_bytes() == before.source
    if unharmed and _only_ours_online(room) and room.health().status == 200:
        return
    room.pm2.stop()
    ending.end_strays(room.room.scratch.record, room.workdir)
    source.write_bytes(before.source)
    room.pm2.start()
    wait_until(lambda: room.health().status == 200, "the application answers 200 again", _WITHIN)


def oracles(room: CookCamRoom) -> Oracles:
    """Rows and their sum, PM2's list of names, the release on disk, nginx's configuration.

    A restart changes none of them.
    """
    rows = room.postgres.query("SELECT count(*), sum(amount_cents) FROM bookings", "cookcam")
    names = sorted(one.name for one in room.pm2.applications())
    return {
        "postgres.bookings": rows,
        "pm2.applications": ", ".join(names),
        "release": _digest(room.workdir / _SOURCE),
        "nginx.configuration": _digest(room.nginx.config),
        "nginx.runs": str(room.nginx.pid is not None),
    }


STOPPED = Fault("api_not_responding.stopped", HEADING, stop, confirm, restore, oracles, rooms=("cookcam",))
CRASH_LOOP = Fault(
    "api_not_responding.crash_loop", HEADING, crash_loop, confirm, restore, oracles, rooms=("cookcam",)
)


def _before(room: CookCamRoom) -> Before:
    if not _only_ours_online(room):
        raise TocsinError(
            f"{APPLICATION} is not online, so it cannot be broken.",
            hint="Restore the room, or start a new one.",
        )
    return Before((room.workdir / _SOURCE).read_bytes())


def _only_ours_online(room: CookCamRoom) -> bool:
    """Whether PM2 lists exactly the one application, and as online."""
    return [(one.name, one.status) for one in room.pm2.applications()] == [(APPLICATION, "online")]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else "absent"
