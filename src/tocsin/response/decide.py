"""The only door of the response procedure: an event in, events and commands out. Pure.

The phases are told every event, in the order of urgency: people are woken before anything is looked at, and
things are looked at before anything is proposed. Read the imports below as the table of contents of the process
that both seed runbooks describe.
"""

from dataclasses import dataclass

from tocsin.incident.commands import Command
from tocsin.incident.events import Event
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.response import (
    acknowledge,
    alive,
    assess,
    baseline,
    cause,
    communicate,
    document,
    escalate,
    first_minutes,
    glass,
    investigate,
    kept,
    kinship,
    manual,
    mitigate,
    near,
    preview,
    resolve,
    roles,
    specialists,
    suspects,
    tasks,
    undo,
    verify,
)
from tocsin.response.accept import objection
from tocsin.response.turn import TOCSIN, Turn

PHASES = (
    near.react,
    assess.react,
    escalate.react,
    specialists.react,
    glass.react,
    acknowledge.react,
    alive.react,
    roles.react,
    tasks.react,
    kinship.react,
    communicate.react,
    first_minutes.react,
    manual.react,
    suspects.react,
    investigate.react,
    cause.react,
    verify.react,
    baseline.react,
    undo.react,
    mitigate.react,
    preview.react,
    resolve.react,
    document.react,
)

# A turn that feeds itself for ever is a defect; no real turn comes near this.
_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of an event.

    Attributes:
        incident: after the turn. events: what is to be recorded, each with its actor, in order.
        commands: what is asked of the world.
        refusal: why the event was not accepted (nothing is recorded then), or None.
    """

    incident: Incident
    events: tuple[tuple[Event, str], ...]
    commands: tuple[Command, ...]
    refusal: str | None = None


def decide(incident: Incident, event: Event, situation: Situation, actor: str = TOCSIN) -> Decision:
    """What follows from an event.

    Args:
        incident: as it was, the sum of its events so far.
        event: what happened outside: an alert, a person's word, a clock, the outcome of a command.
        situation: all else a decision may look at.
        actor: who or what brought the event: "person:ana", "check:api-health", "clock", "tocsin".

    Returns:
        the incident afterwards, the events to record (the accepted one first) and the commands to carry out.
    """
    situation = kept.situation(incident, situation)
    because = objection(incident, event, situation)
    if because is not None:
        return Decision(incident, (), (), because)
    turn = Turn(incident, situation)
    turn.record(event, actor)
    for _ in range(_LIMIT):
        if not turn.unread:
            break
        happened = turn.unread.popleft()
        for react in PHASES:
            react(turn, happened)
    return Decision(turn.incident, tuple(turn.events), tuple(turn.commands))
