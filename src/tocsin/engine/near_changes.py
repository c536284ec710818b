"""What was changed on purpose around an incident: the first thing a runbook tells to look at ("check recent deployments")."""

from datetime import datetime, timedelta

from tocsin.detection.change_event import ChangeEvent
from tocsin.detection.suspect import Suspect, suspects
from tocsin.incident.incident import Incident
from tocsin.response.suspects import BEFORE, trouble
from tocsin.store import changes
from tocsin.store.tx import Tx

_LONGEST = timedelta(days=30)
_AHEAD = timedelta(minutes=5)  # of the clock of whoever told of a change
_MOST = 20


def near(tx: Tx, incident: Incident) -> tuple[Suspect, ...]:
    """Changes from a day before an incident was declared until it was resolved, those that fit first; at most twenty."""
    begun, against = incident.declared_at, trouble(incident)
    if begun is None or against is None:
        return ()
    until = incident.resolved_at or begun + _LONGEST
    return suspects(changes.between(tx, begun - BEFORE, until, _MOST), against)


def recent(tx: Tx, now: datetime) -> tuple[ChangeEvent, ...] | None:
    """What was changed in the last day, the newest first; None where nobody ever told of a change."""
    found = changes.between(tx, now - BEFORE, now + _AHEAD)
    return found if found or changes.any_known(tx) else None
