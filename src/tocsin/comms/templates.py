"""The runbook's own message template, filled from the incident. A missing field is "unknown", never dropped (COM-06)."""

import re
from datetime import datetime, timedelta

from tocsin.incident.incident import Incident
from tocsin.incident.state import Stage
from tocsin.kit import duration
from tocsin.runbook.book import Policy, Template

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

NEXT_UPDATE_AFTER = timedelta(minutes=20)  # COM-02: at least every 20 min during the first two hours


def public_state(incident: Incident) -> str:
    """The word of the seeds' template for where we are: Investigating, Mitigating or Resolved."""
    match incident.stage:
        case Stage.RESOLVED:
            return "Resolved"
        case Stage.MITIGATING | Stage.WATCHING:
            return "Mitigating"
        case _:
            return "Investigating"


def fill(policy: Policy, incident: Incident, now: datetime) -> str:
    """The team's template with every field it names filled from the incident."""
    template = _message_template(policy)
    text = template.text if template else DEFAULT_TEMPLATE
    return "\n".join(_line(line, incident, now) for line in text.splitlines())


def _message_template(policy: Policy) -> Template | None:
    """The template with a field for the severity or the status: others are for other occasions."""
    for template in policy.templates:
        names = {name.casefold() for name, _ in template.fields}
        if names & {"severity", "status", "incident"}:
            return template
    return None


def _line(line: str, incident: Incident, now: datetime) -> str:
    found = _FIELD.match(line)
    if not found:
        return line
    value = _value(found["name"].casefold(), incident, now)
    return f"{found['lead']}{found['name']}{found['mark'].rstrip()} {value}"


def _value(name: str, incident: Incident, now: datetime) -> str:
    declared = incident.declared
    if declared is None:
        return UNKNOWN
    alert = next(iter(incident.alerts.values()), None)
    match name:
        case "incident" | "description" | "title" | "summary":
            return declared.title
        case "severity" | "priority" | "level":
            return incident.severity
        case "impact" | "user impact" | "customer impact":
            return (alert.impact if alert else None) or UNKNOWN
        case "status" | "state":
            return public_state(incident)
        case "eta" | "estimated time to resolution" | "next update":
            # A promise of an end is the one thing we cannot keep (COM-07); the next word we can.
            if incident.resolved_at:
                return f"resolved at {incident.resolved_at:%H:%M} UTC"
            return f"next update by {now + NEXT_UPDATE_AFTER:%H:%M} UTC"
        case "incident commander" | "commander" | "ic" | "lead":
            return incident.commander or UNKNOWN
        case "started" | "start time" | "since":
            return f"{incident.declared_at:%Y-%m-%d %H:%M} UTC" if incident.declared_at else UNKNOWN
        case "duration" if incident.declared_at:
            return duration.spell((incident.resolved_at or now) - incident.declared_at)
        case _:
            return UNKNOWN
