"""CookCam, "Option C: Scale Up (Performance)": one expensive request keeps the only process busy."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from tocsin.sandbox import look
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.service import wait_until

HEADING = "Option C: Scale Up (Performance)"
_BUSY = ".busy"
_PATIENCE_SECONDS = 3600.0
_SOON_SECONDS = 5.0
_LOOKS = 4
_WITHIN = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Before:
    """The room as it was."""

    normal: Normal


def inject(room: CookCamRoom) -> Before:
    """Ask for a report that takes for ever: nothing else is answered by that process. Raises TocsinError."""
    before = Before(note(room))
    (room.workdir / _BUSY).touch()
    threading.Thread(
        target=look.ask, args=(room.pm2.port, "/report"), kwargs={"seconds": _PATIENCE_SECONDS}, daemon=True
    ).start()
    wait_until(lambda: confirm(room), "the process is busy", _WITHIN)
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether nobody answers soon, of several that are asked at once: a free process would be found."""
    with ThreadPoolExecutor(_LOOKS) as crowd:
        asked = [
            crowd.submit(look.ask, room.pm2.port, "/health", seconds=_SOON_SECONDS) for _ in range(_LOOKS)
        ]
        return all(one.result().status is None for one in asked)


def restore(room: CookCamRoom, before: Before) -> None:
    """The report is done, and everything else as it was. Raises TocsinError."""
    bring_back(room, before.normal, fresh=True)


BUSY = Fault(
    "option_c_scale_up", HEADING, inject, confirm, restore, oracles, rooms=("cookcam", "cookcam-cluster")
)
