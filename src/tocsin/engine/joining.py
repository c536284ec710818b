"""Which incident an alert belongs to: one that is open, one that ended lately and is brought back, or a new one."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert
from tocsin.detection.correlate import Linking, OpenIncident, Suppression, correlate
from tocsin.detection.silence import holding, meant_labels
from tocsin.kit.ids import IncidentId
from tocsin.store import alert_rows, incidents, silences, standings
from tocsin.store.tx import Tx


def incident_for(
    tx: Tx,
    alert: Alert,
    now: datetime,
    reopen: timedelta,
    ended_elsewhere: Callable[[Tx, IncidentId], bool] = lambda _tx, _incident: False,
    number: int | None = None,
) -> tuple[IncidentId | None, str]:
    """The incident, with a new number if it is a new one; or None and why the alert opens nothing.

    Args:
        reopen: a relapse within this time of the end belongs to the incident that ended (RES-08).
        ended_elsewhere: whether an incident goes on under another name, and so is not brought back.
        number: of the stored alert, which knows the group it belongs to.
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
            return None, said(found.reason, found.why)
        case Linking.OPEN:
            together = _of_group(tx, alert, number)
            if together is not None:
                return together, ""
            why = _silenced(tx, alert, now)
            if why is not None:
                standings.hold(tx, alert.fingerprint, Suppression.SILENCED.value)
                return None, why
            standings.hold(tx, alert.fingerprint, None)
            again = _relapse(tx, alert, now - reopen, ended_elsewhere)
            return again or IncidentId(f"INC-{incidents.new_number(tx)}"), ""


def said(reason: Suppression | None, why: str) -> str:
    """A suppression as it is kept: its reason out of the closed set, and a sentence."""
    return f"{reason.value}: {why}" if reason is not None else why


def _of_group(tx: Tx, alert: Alert, number: int | None) -> IncidentId | None:
    """The open incident that alerts of the same group belong to, the oldest first."""
    group = None if number is None else alert_rows.group_of(tx, number)
    if group is None:
        return None
    return next((name for name, drill in alert_rows.open_of_group(tx, group) if drill == alert.drill), None)


def _silenced(tx: Tx, alert: Alert, now: datetime) -> str | None:
    """Which silence keeps this alert from opening an incident, or None."""
    found = holding(silences.current(tx, now), meant_labels(alert), now)
    if found is None:
        return None
    if alert.labels.get("severity") == "P0" and all(each.name != "severity" for each in found.matchers):
        return None  # the worst is silenced only by name (NOI-08)
    until = f"{found.ends_at:%Y-%m-%d %H:%M} UTC"
    return said(Suppression.SILENCED, f"by {found.by} until {until}: {found.comment} ({found.id})")


def _relapse(
    tx: Tx, alert: Alert, since: datetime, ended_elsewhere: Callable[[Tx, IncidentId], bool]
) -> IncidentId | None:
    """The incident that ended lately and that this alert brings back."""
    for row in incidents.resolved_by_fingerprint(tx, alert.fingerprint, since):
        if row.drill == alert.drill and not ended_elsewhere(tx, row.id):
            return row.id
    return None
