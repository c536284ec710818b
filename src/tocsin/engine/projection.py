"""The row of an incident in lists, written with the events it sums up."""

from datetime import datetime

from tocsin.incident.incident import Incident
from tocsin.store import incidents
from tocsin.store.tx import Tx


def project(tx: Tx, incident: Incident, now: datetime, before: Incident | None = None) -> None:
    """Keep the row that lists show in step with the incident.

    Args:
        before: the incident its row was last written for, if that is known.
    """
    declared = incident.declared
    if declared is None:
        return
    number = int(incident.id.removeprefix("INC-"))
    incidents.save(
        tx,
        incidents.IncidentRow(
            id=incident.id,
            number=number,
            title=incident.shown_title,
            severity=incident.severity,
            stage=incident.stage.value,
            section=declared.section_title,
            fingerprints=tuple(incident.alerts),
            opened_at=incident.declared_at or now,
            updated_at=now,
            resolved_at=incident.resolved_at,
            drill=declared.drill,
            position=incident.position,
        ),
        same_alerts=before is not None
        and before.declared is not None
        and before.alerts.keys() == incident.alerts.keys(),
        new=before is not None and before.position == 0,
    )
