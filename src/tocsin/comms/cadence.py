"""When the next word is due. Rules COM-01, COM-02, COM-09."""

from datetime import datetime, timedelta

from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC, Update

CLOCK = "public update"

FIRST = timedelta(minutes=5)  # after the declaration; the second after the first, with what is known by then
USUAL = timedelta(minutes=20)  # during the first two hours
LONG = timedelta(hours=1)  # afterwards, unless the commander chose another interval
LONG_AFTER = timedelta(hours=2)
NOT_CHOSEN_BEFORE = timedelta(hours=1)
INTERNAL = timedelta(minutes=30)
LONGEST = timedelta(hours=24)


def first_public(incident: Incident) -> datetime | None:
    """When the public must have heard for the first time; None for what is not major (SEV-07)."""
    begun = incident.begun_at
    # About a possible break-in nobody outside is owed a word at a fixed time (SEC-04).
    owed = incident.major and incident.open and incident.security is None
    return begun + FIRST if begun is not None and owed else None


def promised(incident: Incident, now: datetime) -> datetime | None:
    """The time a draft may name for the word after it; None where no further word is owed.

    It counts from when the drafted word itself is due, so that a draft that waits does not grow old.
    """
    first = first_public(incident)
    if first is None:
        return None
    clock = incident.clocks.get(CLOCK)
    due = clock.started.due if clock is not None and clock.state == "running" else max(first, now)
    return max(due, now) + every(incident, now, told=len(told_since_begun(incident)) + 1)


def every(incident: Incident, now: datetime, told: int) -> timedelta:
    """The interval after the update that is the `told`-th of this incident."""
    begun = incident.begun_at or now
    if told <= 1:
        return FIRST
    if incident.said.every is not None:
        return incident.said.every
    return USUAL if now - begun < LONG_AFTER else LONG


def told_since_begun(incident: Incident) -> tuple[Update, ...]:
    """What the public was told since it began or came back."""
    begun = incident.begun_at
    sent = incident.said.sent_to(PUBLIC)
    return tuple(u for u in sent if begun is None or (u.sent_at is not None and u.sent_at >= begun))


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
