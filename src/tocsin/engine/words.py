"""Where people's words about an incident come in, and how the engine answers. Stored before we answer; decided in order.

Any process may call these: the command line, the HTTP door, a chat. Only the engine decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.incident import codec as event_codec
from tocsin.incident.events import Event
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.store import signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

_LOOK_SECONDS = 0.05  # between two looks whether the engine has answered
_MOST_AT_ONCE_SECONDS = 0.2  # what a look may count, however long this process was stopped


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


def accept_word(database: Database, incident: IncidentId, event: Event, actor: str, now: datetime) -> int:
    """Keep what a person said about an incident; returns after the commit, with the signal's number."""
    with database.write() as tx:
        return put_event(tx, incident, event, actor, now)


def put_event(
    tx: Tx, incident: IncidentId, event: Event, actor: str, now: datetime, dedup: str | None = None
) -> int:
    """Keep an event for an incident inside a transaction of the caller; returns the signal's number."""
    return signals.put(
        tx,
        event_codec.kind_of(event),
        event_codec.encode(event),
        now,
        actor=actor,
        incident=incident,
        dedup=dedup,
    )


def wait_for_answer(database: Database, signal: int, clock: Clock, limit: timedelta) -> Answer | None:
    """What the engine made of a signal, or None if it has not decided within the limit.

    A pause of this process counts for little: the engine, which often stands in it too, was stopped as well.
    """
    left, seen = limit.total_seconds(), clock.monotonic()
    while True:
        with database.read() as tx:
            found = signals.answer(tx, signal)
        if found is not None:
            return codec.decode(found, Answer)
        if left <= 0:
            return None
        database.wait(timedelta(seconds=min(left, _LOOK_SECONDS)))
        now = clock.monotonic()
        left -= min(now - seen, _MOST_AT_ONCE_SECONDS)
        seen = now
