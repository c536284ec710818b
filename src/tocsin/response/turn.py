"""One turn of a decision: the events it records and the commands it asks for, in order."""

from collections import deque
from dataclasses import dataclass, field

from tocsin.incident.commands import Command
from tocsin.incident.events import ClockStarted, ClockStopped, Event
from tocsin.incident.incident import Incident, apply
from tocsin.incident.situation import Situation
from tocsin.response import warning

TOCSIN = "tocsin"


@dataclass(slots=True)
class Turn:
    """What the phases write on while one event is being decided. Lives inside one `decide`, nowhere else."""

    incident: Incident
    situation: Situation
    events: list[tuple[Event, str]] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    unread: deque[Event] = field(default_factory=deque)

    def record(self, event: Event, actor: str = TOCSIN) -> None:
        """Let it have happened: the incident moves on, and every phase will be told."""
        self.incident = apply(self.incident, event, self.situation.now)
        self.events.append((event, actor))
        self.unread.append(event)

    def command(self, command: Command) -> None:
        """Ask it of the world, after this turn is committed."""
        self.commands.append(command)

    def start_clock(self, clock: ClockStarted) -> None:
        """Start a clock, replacing one of the same name that still runs; with it those that warn before."""
        self.stop_clock(clock.name, "replaced")
        self.record(clock)
        leads = warning.before(clock.name, clock.due - self.situation.now)
        for name, lead in zip(warning.of(clock.name), leads, strict=False):
            self.record(ClockStarted(name, clock.due - lead, f"{clock.name} comes near"))

    def stop_clock(self, name: str, because: str) -> None:
        """Stop a clock if it runs, and those that warn before it."""
        for each in (name, *warning.of(name)):
            if self.incident.clock_running(each):
                self.record(ClockStopped(each, because))
