"""Sees to it that no room outlives its owner: `python -m tocsin.sandbox.keeper MANIFEST`.

One small process per room. It ends the room when it is told to (SIGTERM), or when the room's owner has
been gone for the grace time and nobody has taken the room over. It exits when the room is over.
Should it be killed as well, the next run sweeps what is left.
"""

import argparse
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tocsin.errors import NotFound, TocsinError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.sandbox import ending, processes
from tocsin.sandbox import manifest as manifests

KEEPER_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Each of them tells a keeper to end its room. They are blocked when it is born and let through here."""
_EVERY = timedelta(milliseconds=200)


def keep(manifest: Path, grace: timedelta, told: threading.Event, clock: Clock) -> None:
    """Wait for one of the two reasons, then end the room; returns when the room is over.

    Raises:
        TocsinError: it could not be ended.
    """
    gone_since: float | None = None
    while not told.wait(_EVERY.total_seconds()):
        try:
            room = manifests.load(manifest)
        except FileNotFoundError:
            return
        if processes.alive(room.owner):
            gone_since = None
        elif gone_since is None:
            gone_since = clock.monotonic()
        elif clock.monotonic() - gone_since >= grace.total_seconds():
            break
    ending.end(manifest)


def hand_over(manifest: Path, pid: int) -> None:
    """Make another process the owner of a room, which then lives as long as that one.

    Raises:
        NotFound: there is no such room or no such process.
    """
    seen = processes.look(pid)
    if seen is None or seen.zombie:
        raise NotFound(f"There is no process {pid} that could own the room {manifests.name_of(manifest)}.")
    try:
        manifests.change(manifest, lambda room: replace(room, owner=seen.identity))
    except FileNotFoundError:
        raise NotFound(f"There is no room {manifests.name_of(manifest)} any more.") from None


def main() -> int:
    """Keep one room, end one (`--end`), or sweep a directory (`--sweep`). Exit status 1 if something is left."""
    parser = argparse.ArgumentParser(prog="python -m tocsin.sandbox.keeper", description=__doc__)
    parser.add_argument("path", type=Path, help="a room's manifest; with --sweep the directory of manifests")
    parser.add_argument("--grace", type=float, default=15.0, help="seconds a room outlives its owner")
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--end", action="store_true", help="end the room now")
    act.add_argument("--sweep", action="store_true", help="end every room whose owner is gone")
    wanted = parser.parse_args()
    told = threading.Event()
    for number in KEEPER_SIGNALS:
        signal.signal(number, lambda *_: told.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, KEEPER_SIGNALS)
    try:
        if wanted.sweep:
            for name in ending.sweep(wanted.path.absolute()):
                print(f"ended room {name}")
        elif wanted.end:
            ending.end(wanted.path.absolute())
        else:
            keep(wanted.path.absolute(), timedelta(seconds=wanted.grace), told, SystemClock())
    except TocsinError as wrong:
        print(wrong, file=sys.stderr)
        return wrong.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
