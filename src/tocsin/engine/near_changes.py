"""What was changed on purpose around an incident: the first thing a runbook tells to look at ("check recent deployments")."""

from datetime import timedelta

from tocsin.detection.change_event import ChangeEvent
from tocsin.incident.incident import Incident
from tocsin.store import changes
from tocsin.store.tx import Tx

BEFORE = timedelta(hours=24)
_LONGEST = timedelta(days=30)
_MOST = 20


def near(tx: Tx, incident: Incident) -> tuple[ChangeEvent, ...]:
    """Changes from a day before an incident was declared until it was resolved, the newest first; at most twenty."""
    begun = incident.declared_at
    if begun is None:
        return ()
    return changes.between(tx, begun - BEFORE, incident.resolved_at or begun + _LONGEST, _MOST)
