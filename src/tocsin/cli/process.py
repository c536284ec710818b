"""What the commands share that run until they are told to stop."""

import logging
import os
import threading
from datetime import timedelta

from tocsin.app.settings import Settings


def log_to_stderr(verbose: bool) -> None:
    """One line for each thing that is told; quiet about what goes well unless asked."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def stepped(by: timedelta) -> None:
    """A step of the machine's clock is told: times in logs of others no longer fit ours (SELF-09)."""
    logging.getLogger("tocsin.clock").warning(
        "the clock of this machine stepped by %+.1f s", by.total_seconds()
    )


def until_closed(*stop: threading.Event) -> None:
    """Whoever started us holds the other end: when it is gone, however it went, we stop."""
    # Not by sys.stdin: Python wants its lock at the end, and aborts when a thread waits inside.
    while os.read(0, 1024):
        pass
    for each in stop:
        each.set()


def shown(found: Settings) -> str:
    """The store without a password."""
    scheme, separator, rest = found.database.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else found.database
