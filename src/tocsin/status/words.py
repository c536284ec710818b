"""The words of the page: one per state, the same in HTML, feeds and badges."""

import re
from datetime import datetime, timedelta

from tocsin.kit import duration
from tocsin.status.board import Board, Component, Day, PublicIncident, State

STATE = {
    State.OPERATIONAL: "Operational",
    State.DEGRADED: "Degraded",
    State.PARTIAL: "Partial outage",
    State.MAJOR: "Major outage",
    State.MAINTENANCE: "Maintenance",
    State.UNKNOWN: "No data",
}
# The class that gives the colour.
TONE = {
    State.OPERATIONAL: "ok",
    State.DEGRADED: "warn",
    State.PARTIAL: "bad",
    State.MAJOR: "bad",
    State.MAINTENANCE: "work",
    State.UNKNOWN: "none",
}
SAID = {
    "investigating": "Investigating",
    "identified": "Identified",
    "monitoring": "Monitoring",
    "resolved": "Resolved",
    "scheduled": "Planned",
    "in_progress": "In progress",
    "completed": "Completed",
}
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")

WITHDRAWN = "This update was withdrawn."


def sentence(board: Board) -> str:
    """The whole page in one sentence."""
    match board.state:
        case State.OPERATIONAL if board.open_incidents:
            return "We are looking into a problem"
        case State.OPERATIONAL:
            return "Everything works"
        case State.DEGRADED:
            return "Some things are slower or less reliable than usual"
        case State.PARTIAL:
            return "Some things do not work"
        case State.MAJOR:
            return "Something important does not work"
        case State.MAINTENANCE:
            return "Planned work is going on"
        case State.UNKNOWN:
            return "There is no fresh data about some parts"


def moment(at: datetime) -> str:
    """As people read it, the zone said: "21 Nov 2026, 03:10 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def promise(incident: PublicIncident, now: datetime) -> str | None:
    """What is promised about the next word, or None where nothing is."""
    due = incident.next_by
    if due is None or not incident.open:
        return None
    when = f"{due:%H:%M} UTC" if due.date() == now.date() else moment(due)
    return f"Next update by {when}"


def overdue(incident: PublicIncident, now: datetime) -> str:
    """How late the promised word is."""
    due = incident.next_by or now
    return f"overdue since {due:%H:%M} UTC"


def uptime(component: Component) -> str:
    """ "99.97 %", and of how much of the time if not of all of it; "no data" without any."""
    percent = component.uptime_percent
    if percent is None:
        return "no data yet"
    seen = sum(1 for day in component.days if day.known)
    shown = f"{percent:.2f}".rstrip("0").rstrip(".")
    return (
        f"{shown} % up"
        if seen == len(component.days)
        else f"{shown} % up on the {seen} {_days(seen)} with data"
    )


def bars(component: Component) -> str:
    """The bars as one sentence, for those who do not see them."""
    count = dict.fromkeys(("outage", "degraded", "fine", "no data"), 0)
    for day in component.days:
        count[day.word] += 1
    parts = [
        f"{count['outage']} {_days(count['outage'])} with an outage",
        f"{count['degraded']} degraded",
        f"{count['fine']} without trouble",
        f"{count['no data']} without data",
    ]
    return f"{component.name}, last {len(component.days)} days: {', '.join(parts)}; {uptime(component)}."


def day(each: Day) -> str:
    """One day that was not simply fine: "12 Nov: down 14 min, degraded 2 min (data for 22 h)"."""
    parts = []
    if each.down:
        parts.append(f"down {spell(each.down)}")
    if each.degraded:
        parts.append(f"degraded {spell(each.degraded)}")
    said = ", ".join(parts) or "no trouble seen"
    if each.known < timedelta(hours=23, minutes=55):
        said += f" (data for {spell(each.known)})"
    return f"{each.date.day} {each.date:%b}: {said}"


def clean(text: str) -> str:
    """Without the characters that neither HTML nor XML can hold, not even escaped: U+FFFD in their place."""
    return _NOT_TEXT.sub("\ufffd", text)


def spell(span: timedelta) -> str:
    """A duration to the second."""
    return duration.spell(timedelta(seconds=round(span.total_seconds()))) or "0 s"


def _days(count: int) -> str:
    return "day" if count == 1 else "days"
