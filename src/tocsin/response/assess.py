"""Assess: is it an incident, how bad is it, and which section of the runbook speaks about it?

CookCam "Immediately assess severity level"; PrepChef step 2 "Assess"; rules DEC-03 to DEC-06, SEV-04 to SEV-06, RES-08.
"""

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident.events import AlertReceived, Event, IncidentDeclared, Reopened, SeverityChanged
from tocsin.incident.situation import Situation
from tocsin.kit.ids import PersonId
from tocsin.response import kept
from tocsin.response.turn import TOCSIN, Turn
from tocsin.runbook.defaults import default_levels
from tocsin.runbook.matching.match import Match, match
from tocsin.runbook.matching.severity import assess

WAYS = ("monitoring", "user", "test", "manual")


def react(turn: Turn, event: Event) -> None:
    """Declare an incident for a first alert; reopen one that came back."""
    match event:
        case AlertReceived(alert) if alert.state is AlertState.FIRING:
            if turn.incident.declared is None:
                turn.record(declaration(alert, turn.situation))
            elif turn.incident.resolved_at is not None:
                turn.record(Reopened(f"{alert.title} again"))
            else:
                _worse(turn, alert)


def _worse(turn: Turn, alert: Alert) -> None:
    """An alert whose own severity is worse than all this incident has been so far raises it, and so pages again.

    What a person lowered is not raised again by an alert that says what was known then.
    """
    declared = turn.incident.declared
    if declared is None or not (alert.labels.get("severity") or alert.labels.get("priority")):
        return
    found = assess(alert, None, turn.situation.book.policy)
    if found.rank >= min(declared.rank, turn.incident.rank):
        return
    name = found.severity or default_levels()[min(found.rank, len(default_levels()) - 1)]
    turn.record(SeverityChanged(name, found.rank, PersonId(TOCSIN), "; ".join(found.reasons)))


def declaration(alert: Alert, situation: Situation) -> IncidentDeclared:
    """What we make of an alert: severity and section, each with its reasons."""
    book = situation.book
    found = match(alert, book, alert.labels.get("section"))
    chosen = None if found.tie else found.best
    severity = assess(alert, chosen, book.policy)
    return IncidentDeclared(
        id=situation.id,
        title=alert.title,
        severity=severity.severity or default_levels()[min(severity.rank, len(default_levels()) - 1)],
        rank=severity.rank,
        severity_reasons=severity.reasons,
        section=chosen.anchor if chosen else None,
        section_title=chosen.title if chosen else None,
        section_line=chosen.heading_line if chosen else None,
        match_reasons=_reasons(found),
        candidates=tuple(candidate.section.title for candidate in found.candidates[:3]) if found.tie else (),
        runbook_path=book.path,
        runbook_sha256=book.sha256,
        source=alert.source,
        drill=alert.drill,
        way=_way(alert),
        kept=kept.policy(situation),
    )


def _way(alert: Alert) -> str:
    """How it was noticed (DEC-01): what the source says of itself, else a person, else monitoring."""
    said = alert.labels.get("way", "")
    if said in WAYS:
        return said
    return "manual" if alert.source.startswith("person:") else "monitoring"


def _reasons(found: Match) -> tuple[str, ...]:
    if found.tie:
        return tuple(
            f"{candidate.section.title}: {reason}"
            for candidate in found.candidates[:3]
            for reason in candidate.reasons
        )
    return found.candidates[0].reasons if found.best is not None and found.candidates else ()
