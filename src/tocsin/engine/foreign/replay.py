"""A stored request read once more by today's parser. With unchanged code and settings it changes nothing (C11)."""

from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.detection.alert import Alert
from tocsin.engine.foreign.unpack import Means, Unpacked, unpack
from tocsin.engine.intake import ALERT, Waiting
from tocsin.kit import codec
from tocsin.kit.ids import sha256
from tocsin.store import alert_rows, requests
from tocsin.store.alert_rows import NewAlert, NewSignal
from tocsin.store.database import Database
from tocsin.store.requests import State, Stored
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Replayed:
    """What reading a request again comes to.

    Attributes:
        before, after: its state then, and what it is read as today.
        added: alerts (JSON) it says today and did not say then. removed: the other way round; they stay as they are.
        note: why it cannot be read, or notices.
        applied: whether anything was handed to the engine.
    """

    request: int
    before: State
    after: State
    added: tuple[str, ...]
    removed: tuple[str, ...]
    note: str | None
    applied: bool = False

    @property
    def changes(self) -> bool:
        """Whether it says anything else than it said then."""
        return bool(self.added or self.removed) or (
            self.before in (State.UNPARSED, State.REFUSED, State.IGNORED) and self.after is State.READ
        )


def replay(
    database: Database, stored: Stored, means: Means, now: datetime, dry_run: bool, refused: bool = False
) -> Replayed:
    """Read a request again and, unless it is a dry run, hand what is new in it to the engine.

    Args:
        refused: whether one whose sender could not prove itself is taken all the same, because a person says so.
    """
    found = unpack(stored, means)
    with database.read() as tx:
        told = _compared(tx, stored, found)
    if told.before is State.REFUSED and not refused:
        return replace(told, after=State.REFUSED, added=(), removed=())  # nobody has spoken for its sender
    if dry_run or not told.changes or told.after is not State.READ:
        return told
    with database.write() as tx:
        if told.before is State.READ:
            _add(tx, stored, told.added, now)
        else:
            # Not read before: it waits in its place among all others, as if it had just come.
            waiting = [(stored.id, State.PENDING, stored.request.note, len(found.alerts))]
            requests.settle_all(tx, waiting, now)
            tx.announce()
    return replace(told, applied=True)


def _compared(tx: Tx, stored: Stored, found: Unpacked) -> Replayed:
    then = [raw for raw, _, _ in alert_rows.of_request(tx, stored.id)]
    now = [codec.encode(alert) for alert, _, _ in found.alerts]
    before, after = stored.request.state, found.state
    if before in (State.REPEATED, State.PENDING):
        now, after = then, before  # the first delivery of it was read, or it is about to be: nothing is owed
    elif after is State.READ and found.read.quiet:
        after = State.IGNORED
    added, left = [], list(then)
    for each in now:
        if each in left:
            left.remove(each)
        else:
            added.append(each)
    return Replayed(stored.id, before, after, tuple(added), tuple(left), "; ".join(found.notes) or None)


def _add(tx: Tx, stored: Stored, added: tuple[str, ...], now: datetime) -> None:
    dedups = [f"{stored.request.key}:again:{sha256(text)[:16]}" for text in added]
    known = alert_rows.known_of(tx, dedups)
    new = [(text, dedup) for text, dedup in zip(added, dedups, strict=True) if dedup not in known]
    alerts = [codec.decode(text, Alert) for text, _ in new]
    rows = [
        NewAlert(alert.fingerprint, alert.source, text, stored.id)
        for alert, (text, _) in zip(alerts, new, strict=True)
    ]
    numbers = alert_rows.put_alerts(tx, rows, now)
    signals = [
        NewSignal(ALERT, codec.encode(Waiting(alert, number)), alert.source, dedup)
        for alert, number, (_, dedup) in zip(alerts, numbers, new, strict=True)
    ]
    alert_rows.put_signals(tx, signals, now)
    count = stored.request.alerts + len(new)
    requests.settle_all(tx, [(stored.id, State.READ, stored.request.note, count)], now)
