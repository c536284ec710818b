"""How an incident begins, and how its severity moves. Kinds of event; see `incident.events`."""

from dataclasses import dataclass

from tocsin.detection.alert import Alert
from tocsin.incident.kept import Kept
from tocsin.kit.ids import IncidentId, PersonId


@dataclass(frozen=True, slots=True)
class AlertReceived:
    """A claim arrived: something is wrong, or well again."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class IncidentDeclared:
    """We decided to respond.

    Attributes:
        severity, rank: as the runbook names and orders it; 0 is the worst.
        section: anchor of the matched section, or None for "unlisted".
        match_reasons, severity_reasons: sentences a person can check.
        candidates: titles of sections that matched nearly as well (a tie is shown, never decided silently).
        runbook_path, runbook_sha256: the text this incident is pinned to.
        way: how it was noticed: monitoring, user, test or manual (DEC-01); empty in older logs.
        kept: the settings and the order of levels it goes by to its end (PAG-01); None in older logs.
    """

    id: IncidentId
    title: str
    severity: str
    rank: int
    severity_reasons: tuple[str, ...]
    section: str | None
    section_title: str | None
    section_line: int | None
    match_reasons: tuple[str, ...]
    candidates: tuple[str, ...]
    runbook_path: str
    runbook_sha256: str
    source: str
    drill: bool = False
    way: str = ""
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """A person moved the severity. Lowering carries a reason."""

    severity: str
    rank: int
    by: PersonId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """The same trouble came back within a day of being resolved."""

    because: str
