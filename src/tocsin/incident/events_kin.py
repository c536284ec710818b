"""What an incident is beside itself: major, about security, a false alarm, the same as another. See `incident.events`."""

from dataclasses import dataclass

from tocsin.detection.alert import Alert
from tocsin.kit.ids import IncidentId, PersonId


@dataclass(frozen=True, slots=True)
class MajorDeclared:
    """A lesser incident is treated as major: commander, updates, post-mortem (SEV-07)."""

    by: PersonId
    because: str


@dataclass(frozen=True, slots=True)
class SecurityDeclared:
    """Somebody may have broken in: restricted sight, a codename, its own list of tasks (SEC-01, SEC-02)."""

    by: PersonId
    because: str
    codename: str


@dataclass(frozen=True, slots=True)
class RelationSuggested:
    """Another incident may have the same cause; nothing follows from it until a person says so (DEC-06)."""

    other: IncidentId
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A person says that two incidents have to do with each other; both go on."""

    other: IncidentId
    by: PersonId
    because: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """A person says that this is the same as another incident: this one ends, the other has its alerts."""

    into: IncidentId
    by: PersonId
    because: str = ""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Another incident was merged into this one."""

    other: IncidentId
    alerts: tuple[Alert, ...]
    by: PersonId
