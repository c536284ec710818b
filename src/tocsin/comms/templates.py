"""The runbook's own message template, filled from the incident. A missing field is "unknown", never dropped (COM-06)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tocsin.incident.incident import Incident
from tocsin.incident.state import Stage
from tocsin.kit import duration
from tocsin.runbook.policy.terms import Policy, Template

UNKNOWN = "unknown"

# Used when the runbook has no template of its own; the fields of both seeds' process.
DEFAULT_TEMPLATE = """**Incident**: [Brief description]
**Severity**: [Severity]
**Impact**: [User-facing impact]
**Status**: Investigating | Mitigating | Resolved
**ETA**: [Estimated time to resolution]
**Incident Commander**: [Name]
**Updates**: [Link to status page]"""

_FIELD = re.compile(
    r"^(?P<lead>[\s>*_\-]*)(?P<name>[A-Za-zÀ-ÿ][\w /()À-ÿ-]*?)(?P<mark>\*{0,2}\s*:\s*\*{0,2})(?P<value>.*)$"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader may know, in words fit for them.

    Attributes:
        what: one line. impact: what users feel. commander: who leads, as this reader may know them.
        next_update: when the next word comes, or None when none is promised. link: where updates stand.
    """

    what: str
    impact: str | None
    commander: str | None
    next_update: datetime | None
    link: str | None


def public_state(incident: Incident) -> str:
    """The word of the seeds' template for where we are: Investigating, Mitigating or Resolved."""
    match incident.stage:
        case Stage.RESOLVED:
            return "Resolved"
        case Stage.MITIGATING | Stage.WATCHING:
            return "Mitigating"
        case _:
            return "Investigating"


def fill(policy: Policy, incident: Incident, facts: Facts, now: datetime) -> str:
    """The team's template with every field it names filled."""
    template = _message_template(policy)
    text = template.text if template else DEFAULT_TEMPLATE

    def value(name: str) -> str:
        return _value(name, incident, facts, now)

    return "\n".join(_line(line, value) for line in text.splitlines())


def _message_template(policy: Policy) -> Template | None:
    """The template with a field for the severity or the status: others are for other occasions."""
    for template in policy.templates:
        names = {name.casefold() for name, _ in template.fields}
        if names & {"severity", "status", "incident"}:
            return template
    return None


def _line(line: str, value: Callable[[str], str]) -> str:
    found = _FIELD.match(line)
    if not found:
        return line
    return f"{found['lead']}{found['name']}{found['mark'].rstrip()} {value(found['name'].casefold())}"


def _value(name: str, incident: Incident, facts: Facts, now: datetime) -> str:
    match name:
        case "incident" | "description" | "title" | "summary":
            return facts.what
        case "severity" | "priority" | "level":
            return incident.severity
        case "impact" | "user impact" | "customer impact":
            return facts.impact or UNKNOWN
        case "status" | "state":
            return public_state(incident)
        case "eta" | "estimated time to resolution" | "next update":
            return _next(incident, facts)
        case "incident commander" | "commander" | "ic" | "lead":
            return facts.commander or UNKNOWN
        case "updates" | "status page" | "link" | "more":
            return facts.link or UNKNOWN
        case "started" | "start time" | "since":
            return f"{incident.declared_at:%Y-%m-%d %H:%M} UTC" if incident.declared_at else UNKNOWN
        case "duration" if incident.declared_at:
            return duration.spell((incident.resolved_at or now) - incident.declared_at)
        case _:
            return UNKNOWN


def _next(incident: Incident, facts: Facts) -> str:
    """A promise of an end is the one thing we cannot keep (COM-07); the next word we can."""
    if incident.resolved_at:
        return f"resolved at {incident.resolved_at:%H:%M} UTC"
    if facts.next_update is None:
        return "next update when there is news"
    return f"next update by {facts.next_update:%H:%M} UTC"
