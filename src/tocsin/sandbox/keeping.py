"""Starts the keeper of a room: the process that ends the room should its owner be killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from tocsin.errors import TocsinError
from tocsin.sandbox.keeper import KEEPER_SIGNALS
from tocsin.sandbox.scratch import Scratch

OWNER_GRACE = timedelta(seconds=15)
"""How long a room outlives its owner, unless told otherwise: time enough to take it over."""
_PATH = "/usr/local/bin:/usr/bin:/bin"


def start_keeper(scratch: Scratch, grace: timedelta) -> subprocess.Popen[bytes]:
    """The keeper of this room. It need not be awake yet: an owner that dies before is found dead.

    Its environment has no room's name in it: it must not be taken for a process of the room.
    """
    log = os.open(scratch.path / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    # A SIGTERM that comes before the keeper can understand it must wait, not kill it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, KEEPER_SIGNALS)
    try:
        keeper = subprocess.Popen(
            [
                sys.executable, "-m", "tocsin.sandbox.keeper", str(scratch.manifest),
                "--grace", str(grace.total_seconds()),
            ],
            cwd="/",
            # It runs from the same packages as we do, however those were found.
            env={
                "PATH": _PATH, "LANG": "C.UTF-8", "TZ": "UTC",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )  # fmt: skip
    except OSError as wrong:
        raise TocsinError(f"Could not start the room's keeper: {wrong.strerror}.") from wrong
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(log)
    return keeper
