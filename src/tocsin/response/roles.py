"""Roles: one commander at any time, and a role moves only when the other person takes it.

Rules ROL-01 to ROL-05, ROL-07.
"""

from datetime import timedelta

from tocsin.incident.events import (
    Approved,
    ClockPassed,
    ClockStarted,
    Event,
    OfferDeclined,
    OfferLapsed,
    RoleOffered,
    RoleTaken,
    RoleWanted,
    WarningGiven,
)
from tocsin.incident.team import COMMANDER, DEPUTY
from tocsin.kit.ids import PersonId
from tocsin.response import tell
from tocsin.response.turn import Turn

TAKE_WITHIN = timedelta(minutes=2)
MANY = 7  # more than these to one commander want sub-teams
_OFFER = "handover "  # the clock of an offered role is named "handover commander"


def react(turn: Turn, event: Event) -> None:
    """Offer, hand over, fall back; warn a commander who does it by their own hand."""
    match event:
        case RoleOffered(role, to, by):
            person = tell.person(turn, to)
            if person is not None:
                tell.one(turn, person, f"{by} hands you the role of {role}: take it within 2 min")
            due = turn.situation.now + TAKE_WITHIN
            turn.start_clock(ClockStarted(f"{_OFFER}{role}", due, f"{to} takes it, or it stays where it was"))
        case RoleWanted(role, by):
            _wanted(turn, role, by)
        case OfferDeclined(role, by):
            turn.stop_clock(f"{_OFFER}{role}", f"{by} declined")
            tell.leader(turn, f"{by} does not take the role of {role}")
        case ClockPassed(name) if name.startswith(_OFFER) and turn.incident.open:
            role = name.removeprefix(_OFFER)
            offer = turn.incident.team.offers.get(role)
            if offer is not None:
                turn.record(OfferLapsed(role, offer.to))
                tell.leader(
                    turn, f"{offer.to} did not take the role of {role} in time; it stays where it was"
                )
        case Approved(_, by) if by == turn.incident.commander:
            _warn(
                turn, "ROL-03", f"{by} commands and says yes to changes as well; hand one of the two over", by
            )
        case _:
            pass
    _too_many(turn)


def _wanted(turn: Turn, role: str, by: PersonId) -> None:
    """Taken at once if it is free, was offered, or the deputy steps in; else the holder is asked (ROL-05)."""
    incident = turn.incident
    holder = incident.roles.get(role)
    offer = incident.team.offers.get(role)
    offered = offer is not None and offer.to == by
    steps_in = role == COMMANDER and incident.roles.get(DEPUTY) == by
    gives_it_oneself = role != COMMANDER and incident.commander == by
    if holder is None or offered or steps_in or gives_it_oneself:
        _take(turn, role, by)
        return
    person = tell.person(turn, holder)
    if person is not None:
        tell.one(turn, person, f"{by} wants to take the role of {role}: hand it over, or keep it")


def _take(turn: Turn, role: str, by: PersonId) -> None:
    before = turn.incident.roles.get(role)
    turn.record(RoleTaken(role, by))
    turn.stop_clock(f"{_OFFER}{role}", f"{by} has it")
    if role == COMMANDER:
        tell.everybody(turn, f"{by} commands now" + (f", not {before} any more" if before else ""))


def _too_many(turn: Turn) -> None:
    incident = turn.incident
    involved = incident.team.acted - incident.team.released
    if incident.open and len(involved) > MANY + 1:
        _warn(
            turn,
            "ROL-07",
            f"{len(involved)} people report to one commander: make sub-teams, each with one who reports",
        )


def _warn(turn: Turn, rule: str, text: str, to: PersonId | None = None) -> None:
    """Once per person; a warning that comes every time is not read."""
    if (rule, to) not in turn.incident.team.warned:
        turn.record(WarningGiven(rule, text, to))
