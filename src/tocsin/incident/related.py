"""Which other incidents may have the same cause: said with reasons, decided by a person (DEC-06)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tocsin.incident.incident import Incident
from tocsin.kit.ids import IncidentId

WITHIN = timedelta(minutes=15)

# Labels that say what or where something is, by which two alerts can be about the same thing.
_PLACES = (
    "service", "app", "application", "job", "host", "hostname", "instance", "node", "cluster", "namespace",
    "database", "region", "target", "url",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """One incident that may have the same cause, and why."""

    other: IncidentId
    reasons: tuple[str, ...]


def related(
    incident: Incident, others: Iterable[Incident], within: timedelta = WITHIN
) -> tuple[Relation, ...]:
    """The open incidents that may have the same cause, those with most reasons first.

    Near in time alone is no reason: something must be named by both. Rehearsals and real trouble have nothing in common.
    """
    found = []
    for other in others:
        if not _comparable(incident, other, within):
            continue
        reasons = (*_same_section(incident, other), *_same_place(incident, other))
        if reasons:
            found.append(Relation(other.id, reasons))
    return tuple(sorted(found, key=lambda relation: -len(relation.reasons)))


def _comparable(incident: Incident, other: Incident, within: timedelta) -> bool:
    if incident.declared is None or other.declared is None or not other.open or other.id == incident.id:
        return False
    if incident.declared.drill != other.declared.drill or other.security is not None:
        return False
    begun, earlier = incident.begun_at, other.begun_at
    return begun is not None and earlier is not None and abs(begun - earlier) <= within


def _same_section(incident: Incident, other: Incident) -> tuple[str, ...]:
    one, two = incident.declared, other.declared
    if one is None or two is None or one.section is None or one.section != two.section:
        return ()
    return (f"the same section of the runbook: {one.section_title}",)


def _same_place(incident: Incident, other: Incident) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for mine in incident.alerts.values():
        for theirs in other.alerts.values():
            for label in _PLACES:
                value = mine.labels.get(label)
                if value and value == theirs.labels.get(label):
                    found[f"the same {label}: {value}"] = None
    return tuple(found)
