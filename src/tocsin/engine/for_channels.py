"""What channels are asked for beside pages: to be told that it is answered or over, and to open a room for an incident."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.incident.commands import Command, OpenRoom, SettlePages
from tocsin.incident.events import Acknowledged, IncidentDeclared, Resolved
from tocsin.response.decide import Decision


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the channels of this installation can use: `settle`: being told of answers; `rooms`: a room per incident."""

    settle: bool = False
    rooms: bool = False


def commands(decision: Decision, wishes: Wishes, now: datetime) -> tuple[Command, ...]:
    """What follows from a decision for the channels."""
    incident = decision.incident
    found: list[Command] = []
    for number, (event, _) in enumerate(decision.events):
        key = f"{incident.id}.settle.{incident.position - len(decision.events) + number + 1}"
        match event:
            case Acknowledged(by) if wishes.settle:
                found.append(SettlePages(key, incident.id, "acknowledged", by))
            case Resolved(by) if wishes.settle:
                found.append(SettlePages(key, incident.id, "resolved", by))
            case IncidentDeclared() if wishes.rooms:
                subject = f"{event.severity} {event.title}"
                body = "\n".join((incident.id, *event.severity_reasons, *event.match_reasons))
                name = f"incident-{now:%Y%m%d-%H%M}"
                found.append(OpenRoom(f"{incident.id}.room", incident.id, name, subject, body, event.drill))
            case _:
                pass
    return tuple(found)
