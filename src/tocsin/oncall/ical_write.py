"""Shifts as an iCalendar file (RFC 5545), for the calendars people look at.

Times are written in UTC, which every calendar shows in its owner's zone and none can misread on the night clocks
change. An event keeps its UID as long as its shift keeps level, person and beginning, so a calendar that is read again
moves events instead of doubling them. tocsin reads its own files back to the same shifts (`ical_read`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event

from tocsin.kit.ids import PersonId
from tocsin.oncall.schedule import OnCall, Shift

PRODID = "-//tocsin//on-call//EN"
PERSON, LEVEL = "X-TOCSIN-PERSON", "X-TOCSIN-LEVEL"


def calendar(plan: OnCall, shifts: Iterable[Shift], name: str, now: datetime) -> bytes:
    """The file: one event for each person of each shift. Gaps are no events.

    Args:
        name: of the calendar, as programs show it. now: written as the moment each event was made (DTSTAMP).
    """
    made = Calendar()
    made.add("PRODID", PRODID)
    made.add("VERSION", "2.0")
    made.add("METHOD", "PUBLISH")
    made.add("X-WR-CALNAME", name)
    for shift in shifts:
        for person in shift.people:
            made.add_component(_event(plan, shift, person, now))
    return bytes(made.to_ical())


def uid(shift: Shift, person: PersonId) -> str:
    """The name an event keeps: level, beginning and person."""
    return f"{shift.level}-{shift.start.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{person}@on-call.tocsin"


def _event(plan: OnCall, shift: Shift, person: PersonId, now: datetime) -> Event:
    known = plan.person(person)
    event = Event()
    event.add("UID", uid(shift, person))
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("DTSTART", shift.start.astimezone(UTC))
    event.add("DTEND", shift.end.astimezone(UTC))
    event.add("SUMMARY", f"On call, level {shift.level}: {known.name if known is not None else person}")
    event.add("DESCRIPTION", "\n".join(shift.because))
    event.add("TRANSP", "TRANSPARENT")
    event.add(PERSON, person)
    event.add(LEVEL, str(shift.level))
    return event
