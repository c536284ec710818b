"""An incident read back from the log."""

from tocsin.incident import codec
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident, fold
from tocsin.kit.ids import IncidentId
from tocsin.store import log
from tocsin.store.tx import Tx


def load(tx: Tx, identifier: IncidentId) -> Incident:
    """Rebuild an incident from the log."""
    return fold(identifier, records(tx, identifier))


def records(tx: Tx, identifier: IncidentId) -> tuple[Recorded, ...]:
    """The events of an incident, decoded, in order."""
    return tuple(
        Recorded(line.position, line.at, line.actor, codec.decode_event(line.kind, line.body))
        for line in log.events(tx, identifier)
    )
