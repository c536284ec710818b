"""Where alerts and people's words come in. Stored before we answer; decided by the engine, in order.

Any process may call these: the command line, the HTTP door, the check runner. Only the engine decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert
from tocsin.incident import codec as event_codec
from tocsin.incident.events import Event
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents, signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

ALERT = "Alert"  # a signal kind of its own: it has to find its incident first


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert as it waits: the claim, and the number of its stored original."""

    alert: Alert
    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a signal.

    Attributes:
        accepted: whether it was recorded. incident: where. refusal: why not.
        stage: of the incident afterwards.
    """

    accepted: bool
    incident: str | None
    refusal: str | None
    stage: str | None = None


def put_alert(tx: Tx, alert: Alert, raw: str, now: datetime, dedup: str | None = None) -> int:
    """Keep an alert and its original text inside a transaction of the caller; returns the signal's number.

    An alert whose `dedup` is known was kept before: it is the same delivery again, and nothing new is kept.
    """
    if dedup is not None:
        known = signals.known(tx, dedup)
        if known is not None:
            return known
    number = incidents.put_alert(tx, alert.fingerprint, alert.source, raw, now)
    return signals.put(
        tx, ALERT, codec.encode(Waiting(alert, number)), now, actor=alert.source, incident=None, dedup=dedup
    )


def accept_alert(database: Database, alert: Alert, raw: str, now: datetime, dedup: str | None = None) -> int:
    """Keep an alert; returns after the commit, with the signal's number."""
    with database.write() as tx:
        return put_alert(tx, alert, raw, now, dedup)


def accept_word(database: Database, incident: IncidentId, event: Event, actor: str, now: datetime) -> int:
    """Keep what a person said about an incident; returns after the commit, with the signal's number."""
    with database.write() as tx:
        return put_event(tx, incident, event, actor, now)


def put_event(
    tx: Tx, incident: IncidentId, event: Event, actor: str, now: datetime, dedup: str | None = None
) -> int:
    """Keep an event for an incident inside a transaction of the caller; returns the signal's number."""
    return signals.put(
        tx, event_codec.kind_of(event), event_codec.encode(event), now, actor=actor, incident=incident, dedup=dedup
    )


def wait_for_answer(database: Database, signal: int, clock: Clock, limit: timedelta) -> Answer | None:
    """What the engine made of a signal, or None if it has not decided within the limit."""
    until = clock.monotonic() + limit.total_seconds()
    while True:
        with database.read() as tx:
            found = signals.answer(tx, signal)
        if found is not None:
            return codec.decode(found, Answer)
        rest = until - clock.monotonic()
        if rest <= 0:
            return None
        database.wait(timedelta(seconds=min(rest, 0.05)))
