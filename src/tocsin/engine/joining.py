"""Which incident an alert belongs to: one that is open, one that ended lately and is brought back, or a new one."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert
from tocsin.detection.correlate import Linking, OpenIncident, correlate
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents
from tocsin.store.tx import Tx


def incident_for(
    tx: Tx,
    alert: Alert,
    now: datetime,
    reopen: timedelta,
    ended_elsewhere: Callable[[Tx, IncidentId], bool] = lambda _tx, _incident: False,
) -> tuple[IncidentId | None, str]:
    """The incident, with a new number if it is a new one; or None and why the alert opens nothing.

    Args:
        reopen: a relapse within this time of the end belongs to the incident that ended (RES-08).
        ended_elsewhere: whether an incident goes on under another name, and so is not brought back.
    """
    same = frozenset((alert.fingerprint,))
    known = [
        OpenIncident(name, same, drill)
        for name, drill in incidents.open_by_fingerprint(tx, alert.fingerprint)
    ]
    found = correlate(alert, known)
    match found.linking:
        case Linking.JOIN:
            return found.incident, ""
        case Linking.SUPPRESS:
            return None, found.why
        case Linking.OPEN:
            again = _relapse(tx, alert, now - reopen, ended_elsewhere)
            return again or IncidentId(f"INC-{incidents.new_number(tx)}"), ""


def _relapse(
    tx: Tx, alert: Alert, since: datetime, ended_elsewhere: Callable[[Tx, IncidentId], bool]
) -> IncidentId | None:
    """The incident that ended lately and that this alert brings back."""
    for row in incidents.resolved_by_fingerprint(tx, alert.fingerprint, since):
        if row.drill == alert.drill and not ended_elsewhere(tx, row.id):
            return row.id
    return None
