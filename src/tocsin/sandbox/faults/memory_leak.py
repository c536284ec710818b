"""CookCam, "4. Memory Leak": the application keeps memory that it never uses again."""

from datetime import timedelta
from pathlib import Path

from tocsin.sandbox import look
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.service import wait_until

HEADING = "Memory Leak"
LEAKS = 30
"""Of ten megabytes each: well above a normal day, well below what any machine has."""
_MUCH = 250 * 1024 * 1024
_WITHIN = timedelta(seconds=180)


def inject(room: CookCamRoom) -> Normal:
    """Requests that each keep ten megabytes. Raises TocsinError."""
    before = note(room)
    for _ in range(LEAKS):
        look.ask(room.pm2.port, "/leak")
    wait_until(lambda: confirm(room), "the application holds what it leaked", _WITHIN)
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether one process of the application holds more than 250 MB, as the kernel counts it."""
    return any(resident(one.pid) > _MUCH for one in room.pm2.applications())


def resident(pid: int) -> int:
    """Bytes of memory a process holds; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def restore(room: CookCamRoom, before: Normal) -> None:
    """An application that holds nothing, and everything else as it was. Raises TocsinError."""
    bring_back(room, before, fresh=True)


LEAK = Fault("memory_leak", HEADING, inject, confirm, restore, oracles, rooms=("cookcam",))
