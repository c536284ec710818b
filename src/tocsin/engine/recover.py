"""After a crash: what was begun and has no end. Nothing is lost, and no change is ever run twice.

A page is handed over again with the same key, so that the other side can tell. A step that only looks is run again.
A change is *in doubt*: nobody can say whether it took effect, so a person is asked (MIT-12).
"""

import logging
from datetime import datetime

from tocsin.engine import decisions as kinds
from tocsin.engine.perform import decode
from tocsin.engine.words import put_event
from tocsin.incident.commands import RunStep
from tocsin.incident.events import StepInterrupted
from tocsin.store import outbox
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")


def recover(tx: Tx, now: datetime) -> int:
    """Settle what an earlier process began. Returns how many changes are in doubt."""
    in_doubt = 0
    for row in outbox.started(tx):
        if row.kind != kinds.CHANGE:
            outbox.retry(tx, row.id, now, "begun by a process that ended before it was done")
            continue
        command = decode(row.body)
        if not isinstance(command, RunStep):
            continue
        in_doubt += 1
        because = f"tocsin ({row.holder}) stopped while it ran, begun at {row.started_at:%H:%M:%S} UTC"
        count = len(command.texts)
        if count > 1:
            at = row.error if row.error and row.error.startswith("statement ") else f"statement 1 of {count}"
            because += f"; it was at {at}"
        outbox.finish(tx, row.id, "in doubt", now)
        put_event(
            tx,
            row.incident,
            StepInterrupted(command.run, because),
            "tocsin",
            now,
            f"{command.run}.interrupted",
        )
        logger.warning("in doubt incident=%s run=%s", row.incident, command.run)
    return in_doubt
