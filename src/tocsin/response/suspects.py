"""Suspects: what was changed lately, looked at when an incident begins, for most incidents follow a change.

CookCam "Check recent deployments"; PrepChef "Review recent deployments". What other tools told of (GitHub, PagerDuty) is
weighed and becomes a fact of the incident; steps of the runbook that ask git or kubectl run beside it as written.
"""

import re
from datetime import timedelta

from tocsin.detection.suspect import Suspect, Trouble, suspects
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.response import permit
from tocsin.response.turn import Turn
from tocsin.runbook.book import Role, Section

BEFORE = timedelta(hours=24)
SHOWN = 5
_ASKS = re.compile(
    r"\b(?:recent|latest|last)\s+(?:\w+\s+)?(?:deploy\w*|changes?|releases?|rollouts?)\b", re.IGNORECASE
)


def react(turn: Turn, event: ev.Event) -> None:
    """Look once when the incident begins, and again when it is opened anew."""
    match event:
        case ev.IncidentDeclared() | ev.Reopened():
            _look(turn)


def trouble(incident: Incident) -> Trouble | None:
    """What a change is held against; None before the incident is declared."""
    declared, began = incident.declared, incident.begun_at
    if declared is None or began is None:
        return None
    words = (declared.title, declared.section_title or "")
    return Trouble(tuple(alert.labels for alert in incident.alerts.values()), words, began)


def _look(turn: Turn) -> None:
    known, against = turn.situation.changes, trouble(turn.incident)
    if known is None or against is None:
        return
    since = against.began - BEFORE
    found = suspects((each for each in known if each.at >= since), against)
    line = asked_in(turn.incident, turn.situation)
    if found or line is not None:
        shown = tuple(_seen(each) for each in found[:SHOWN])
        turn.record(ev.ChangesSeen(since, shown, line, len(found) - len(shown)))


def asked_in(incident: Incident, situation: Situation) -> int | None:
    """The line of the runbook that asks for recent deployments: in the section, else in what holds for every incident."""
    own = permit.section_of(incident, situation)
    places = [*(own.walk() if own is not None else ()), *_of_the_process(situation)]
    for section in places:
        for number, text in enumerate(section.text.splitlines()):
            if _ASKS.search(text):
                return section.span.first_line + number
    return None


def _of_the_process(situation: Situation) -> list[Section]:
    return [
        each
        for each in situation.book.walk()
        if Role.PROCESS in each.roles and not each.roles & {Role.INCIDENT, Role.POST_INCIDENT}
    ]


def _seen(found: Suspect) -> ev.SeenChange:
    change = found.change
    link = change.links[0][1] if change.links else ""
    return ev.SeenChange(
        change.key,
        change.title,
        change.source,
        change.at,
        found.fit.value,
        found.reasons,
        change.who,
        change.state,
        link,
    )
