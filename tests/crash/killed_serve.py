"""`tocsin` that kills itself with SIGKILL at its n-th commit: just before it is durable, or just after.

Environment: KILL_AT (0: never), KILL_WHEN ("before" or "after").
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.cli.main import main
from tocsin.store.database import Database
from tocsin.store.tx import Tx

KILL_AT = int(os.environ["KILL_AT"])
BEFORE = os.environ["KILL_WHEN"] == "before"

really = Database.write
counting = threading.Lock()
commits = 0


@contextmanager
def write(self: Database) -> Iterator[Tx]:
    global commits
    with really(self) as tx:
        yield tx
        with counting:
            commits += 1
            mine = commits
        if mine == KILL_AT and BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
    if mine == KILL_AT and not BEFORE:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Database.write = write  # type: ignore[method-assign]  # this is the point of this program
    main()
