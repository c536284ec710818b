"""Samples counted into days, a piece at a time, so that the page never has to read them all."""

import threading
from collections.abc import Iterable

from tocsin.detection.check import CheckSpec
from tocsin.status.days import Mark, Rule, Spent, count
from tocsin.store import status
from tocsin.store.database import Database

_PIECE = 20_000  # samples of one check in one transaction

_Piece = tuple[status.Counted, Mark, dict[int, Spent]]


def roll(database: Database, specs: Iterable[CheckSpec], stop: threading.Event | None = None) -> int:
    """Count every sample that is not counted yet. Returns how many were.

    Safe to run in several processes: a piece is added only if nobody has gone on from the same mark meanwhile.
    """
    rules = {spec.name: Rule.of(spec) for spec in specs}
    total = 0
    while stop is None or not stop.is_set():
        with database.read() as tx:
            pieces: list[_Piece] = []
            seen = 0
            for counted in status.marks(tx):
                rule = rules.get(counted.name)
                if rule is None or seen >= _PIECE:
                    continue
                after = counted.mark.at_ms if counted.mark is not None else -1
                taken = status.samples_after(tx, counted.number, after, _PIECE)
                mark, spent = count(counted.mark, taken, rule)
                if taken and mark is not None:
                    pieces.append((counted, mark, spent))
                    seen += len(taken)
        if not pieces:
            return total
        with database.write() as tx:
            now = {each.number: each.mark for each in status.marks(tx)}
            for counted, mark, spent in pieces:
                if now.get(counted.number) == counted.mark:
                    status.add(tx, counted.number, mark, spent)
        total += seen
    return total
