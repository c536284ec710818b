"""When the next word is due. Rules COM-01, COM-02, COM-09."""

from datetime import datetime, timedelta

from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC

FIRST = timedelta(minutes=5)  # after the declaration; the second after the first, with what is known by then
USUAL = timedelta(minutes=20)  # during the first two hours
LONG = timedelta(hours=1)  # afterwards, unless the commander chose another interval
LONG_AFTER = timedelta(hours=2)
NOT_CHOSEN_BEFORE = timedelta(hours=1)
INTERNAL = timedelta(minutes=30)
LONGEST = timedelta(hours=24)


def next_public(incident: Incident, now: datetime) -> datetime | None:
    """When the public must hear again if it hears now; None where nobody is owed a next word.

    Only a major incident promises updates (SEV-07); its last word has no next one.
    """
    if not incident.major or not incident.open:
        return None
    return now + every(incident, now)


def first_public(incident: Incident) -> datetime | None:
    """When the public must have heard for the first time; None for what is not major."""
    begun = incident.begun_at
    return begun + FIRST if begun is not None and incident.major and incident.open else None


def every(incident: Incident, now: datetime) -> timedelta:
    """The interval that holds now."""
    begun = incident.begun_at or now
    told = [u for u in incident.said.sent_to(PUBLIC) if u.sent_at is not None and u.sent_at >= begun]
    if len(told) <= 1 and now - begun < 2 * FIRST:
        return FIRST
    if incident.said.every is not None:
        return incident.said.every
    return USUAL if now - begun < LONG_AFTER else LONG


def objection(incident: Incident, chosen: timedelta, now: datetime) -> str | None:
    """Why this interval may not be chosen now, or None (COM-02)."""
    age = now - (incident.begun_at or now)
    if chosen <= timedelta(0) or chosen > LONGEST:
        return "An interval between updates lies between a minute and a day."
    if chosen <= USUAL:
        return None
    if age < NOT_CHOSEN_BEFORE:
        return "In the first hour the public hears every 20 min; a longer interval can be chosen after it."
    if age < LONG_AFTER:
        return "In the first two hours the public hears every 20 min; choose a longer interval after them."
    return None
