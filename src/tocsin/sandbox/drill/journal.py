"""What a run does, as it does it: told to whoever watches, kept for the record, noted in the incident's own log."""

import json

from tocsin.drill.record import Moved, State
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import Clock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.drill.engine import Engine


class Journal:
    """The transitions of one run.

    Attributes:
        moved: all of them, in order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.moved: list[Moved] = []
        self._noted = 0

    def enter(self, state: State, what: str) -> None:
        """A state is entered."""
        moved = Moved(self._clock.now(), state, what)
        self.moved.append(moved)
        told = {"at": moved.at.isoformat(), "state": state.value, "what": what}
        print(json.dumps(told, ensure_ascii=False), flush=True)

    def note(self, engine: Engine, incident: Incident, by: PersonId) -> None:
        """Write what has not been noted yet into the incident's log; what came before it existed comes with its time."""
        lines = [
            f"{moved.at:%H:%M:%S.%f}"[:-3] + f" {moved.state.value}: {moved.what}"
            for moved in self.moved[self._noted :]
        ]
        if lines:
            self._noted = len(self.moved)
            engine.say(incident.id, ev.NoteAdded(by, "DRILL\n" + "\n".join(lines)), by)
