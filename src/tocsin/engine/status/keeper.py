"""Keeps the page true: looks every two seconds, writes when something changed, and at least as often as is promised.

It only reads what the engine committed, in a thread of its own: a page that cannot be written never holds up the
response, and nothing of the response has to know about it.
"""

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.detection.check import CheckSpec
from tocsin.engine.status import files as status_files
from tocsin.engine.status import post as status_post
from tocsin.engine.status.board import Sight
from tocsin.engine.status.days import roll
from tocsin.engine.status.files import Places
from tocsin.errors import TocsinError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import sha256
from tocsin.status import site, v2
from tocsin.status.board import Board
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.engine")

_LOOK = timedelta(seconds=2)  # a change reaches the page within 5 s of its commit (COM-10)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Keeper:
    """Writes the page of one installation."""

    def __init__(
        self, database: Database, sight: Sight, specs: tuple[CheckSpec, ...], clock: Clock, places: Places
    ) -> None:
        self._database = database
        self._sight = sight
        self._specs = specs
        self._clock = clock
        self._places = places
        self._written_at = _NEVER
        self._shown = ""

    def turn(self) -> bool:
        """Look once. Returns whether the page was written.

        Raises:
            TocsinError: it cannot be read or written.
        """
        now = self._clock.now()
        due = now - self._written_at >= self._sight.plan.every
        if due:
            roll(self._database, self._specs)
        with self._database.read() as tx:
            board = self._sight.board(tx, now, fresh=due)
        status_post.announce(self._database, board, now)
        shown = fingerprint(board)
        if not due and shown == self._shown:
            return False
        build(board, self._places)
        self._written_at, self._shown = now, shown
        return True

    def watch(self, stop: threading.Event) -> None:
        """Keep the page true until told to stop. Trouble is told once, and looked at again."""
        trouble = ""
        while not stop.is_set():
            try:
                if self.turn() and trouble:
                    logger.warning("the status page is written again")
                    trouble = ""
            except TocsinError as problem:
                if str(problem) != trouble:
                    trouble = str(problem)
                    logger.error("the status page is not written: %s", problem)
            stop.wait(_LOOK.total_seconds())


def build(board: Board, places: Places) -> int:
    """Write the page and the internal file. Returns how many files changed. Raises InputError or StoreError."""
    changed = status_files.write(places.public, site.files(board))
    return changed + status_files.replace(places.internal, v2.internal(board))


def fingerprint(board: Board) -> str:
    """Equal as long as a reader would see nothing new but the time it was made.

    Bars grow with every sample; that alone can wait until the page is written anyway.
    """
    overdue = [each.id for each in board.incidents if each.overdue(board.at)]
    work = [each.status(board.at) for each in board.maintenances]
    still = replace(
        board, at=_NEVER, components=tuple(replace(each, days=(), since=None) for each in board.components)
    )
    return sha256(codec.encode((still, overdue, work, board.at.date())))
