"""Incidents as the pages hold them: read once, then only what is new."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from tocsin.engine.history import decoded
from tocsin.errors import NotFound
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident, apply
from tocsin.incident.line import Line
from tocsin.incident.timeline import timeline
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents
from tocsin.store.tx import Tx

_ROOMS_MAX = 300


@dataclass(frozen=True, slots=True)
class Room:
    """An incident with its timeline, oldest line first. naming: the events that later lines take their names from."""

    incident: Incident
    lines: tuple[Line, ...] = ()
    naming: tuple[ev.Recorded, ...] = ()


class Rooms:
    """The incidents somebody looks at. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[IncidentId, Room] = OrderedDict()

    def room(self, tx: Tx, identifier: IncidentId) -> Room:
        """The incident as it is now. Raises NotFound."""
        with self._lock:
            before = self._known.get(identifier)
        if before is None:
            if not incidents.exists(tx, identifier):
                raise NotFound(f"There is no incident {identifier}.")
            before = Room(Incident(identifier))
        new = decoded(tx, identifier, before.incident.position)
        after = _further(before, new) if new else before
        with self._lock:
            kept = self._known.get(identifier)
            if kept is None or kept.incident.position < after.incident.position:
                self._known[identifier] = after
            self._known.move_to_end(identifier)
            while len(self._known) > _ROOMS_MAX:
                self._known.popitem(last=False)
        return after


def _further(room: Room, new: tuple[ev.Recorded, ...]) -> Room:
    incident = room.incident
    for record in new:
        incident = apply(incident, record.event, record.at)
    after = room.incident.position
    named = tuple(each for each in new if isinstance(each.event, ev.StepQueued | ev.AskMade))
    lines = tuple(line for line in timeline((*room.naming, *new)) if line.position > after)
    return replace(room, incident=incident, lines=(*room.lines, *lines), naming=(*room.naming, *named))
