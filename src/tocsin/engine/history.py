"""An incident read back from the log."""

from collections.abc import Iterator

from tocsin.incident import codec
from tocsin.incident.events import Recorded, StepFinished
from tocsin.incident.incident import Incident, fold
from tocsin.kit.ids import EvidenceId, IncidentId
from tocsin.store import log
from tocsin.store.tx import Tx


def load(tx: Tx, identifier: IncidentId) -> Incident:
    """Rebuild an incident from the log."""
    return fold(identifier, records(tx, identifier))


def records(tx: Tx, identifier: IncidentId) -> tuple[Recorded, ...]:
    """The events of an incident, decoded, in order."""
    return decoded(tx, identifier, 0)


def decoded(tx: Tx, identifier: IncidentId, after: int) -> tuple[Recorded, ...]:
    """The events of an incident after a position, decoded, in order."""
    return tuple(
        Recorded(line.position, line.at, line.actor, codec.decode_event(line.kind, line.body))
        for line in log.events(tx, identifier, after)
    )


def cited(kind: str, body: str) -> Iterator[tuple[EvidenceId, str]]:
    """What evidence an event names, with the hash it says."""
    if kind == StepFinished.__name__:
        event = codec.decode_event(kind, body)
        if isinstance(event, StepFinished):
            yield event.evidence, event.evidence_sha256
