"""From the log to what the public may see: only words a person sent, under names that are not ours."""

import re
from collections.abc import Iterable, Mapping

from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC, Update, UpdateState
from tocsin.incident.state import PostmortemState
from tocsin.kit.ids import CheckName, sha256
from tocsin.kit.redact import Redactor
from tocsin.status.board import Impact, PublicIncident, PublicUpdate

_STATES = {
    "investigating": "investigating",
    "mitigating": "identified",
    "identified": "identified",
    "monitoring": "monitoring",
    "resolved": "resolved",
}
_IMPACTS = (Impact.CRITICAL, Impact.MAJOR, Impact.MINOR)
# The field of the team's template that says in one line what it is about.
_NAMED = re.compile(r"^[\s>*_\-]*(?:incident|title|summary)[*_]*\s*:[*_\s]*(?P<name>\S.*?)[*_\s]*$", re.IGNORECASE | re.MULTILINE)  # fmt: skip
_UNNAMED = "A problem with our service"
_NAME_CHARS = 120


def public_id(installation: str, name: str) -> str:
    """12 hex digits for a thing of ours: always the same, and nobody can tell our number from them."""
    return sha256(f"{installation}/{name}")[:12]


def public_incident(
    incident: Incident,
    installation: str,
    components: Mapping[CheckName, tuple[str, ...]],
    redactor: Redactor,
    runbook_url: str | None = None,
) -> PublicIncident | None:
    """What the page shows of an incident; None for one of which the public was never told, and for a rehearsal.

    Args:
        components: ids of the components each check stands for. redactor: hides what no reader may see, once more.
        runbook_url: where the runbook can be read.
    """
    declared = incident.declared
    told = incident.said.sent_to(PUBLIC)
    if declared is None or declared.drill or not told:
        return None
    updates = tuple(_update(each, installation, redactor) for each in reversed(told))
    standing = [each for each in reversed(told) if each.state is not UpdateState.WITHDRAWN]
    checks = (CheckName(alert.labels.get("check", "")) for alert in incident.alerts.values())
    hit = {component for check in checks for component in components.get(check, ())}
    return PublicIncident(
        id=public_id(installation, incident.id),
        name=_name(standing, redactor),
        impact=_IMPACTS[incident.rank] if incident.rank < len(_IMPACTS) else Impact.NONE,
        updates=updates,
        started_at=incident.declared_at or updates[-1].at,
        components=tuple(sorted(hit)),
        next_by=standing[0].drafted.next_by if standing else None,
        remediations=_remediations(declared.runbook_path, declared.section, runbook_url),
        postmortem=incident.postmortem_state is PostmortemState.PUBLISHED,
        internal=incident.id,
        restricted=incident.kin.security is not None,
        section=redactor.redact(declared.section_title or "") if declared.section else "",
    )


def _update(update: Update, installation: str, redactor: Redactor) -> PublicUpdate:
    drafted = update.drafted
    withdrawn = update.state is UpdateState.WITHDRAWN
    return PublicUpdate(
        id=public_id(installation, drafted.update),
        at=update.sent_at or update.at,
        state=_STATES.get(drafted.state.casefold(), "investigating"),
        text="" if withdrawn else redactor.redact(drafted.text).strip(),
        withdrawn=withdrawn,
    )


def _name(standing: Iterable[Update], redactor: Redactor) -> str:
    """What the newest word calls it. The title of the incident is ours and never shown."""
    for update in standing:
        named = _NAMED.search(update.drafted.text)
        if named:
            return redactor.redact(named["name"])[:_NAME_CHARS]
    return _UNNAMED


def _remediations(path: str, section: str | None, runbook_url: str | None) -> tuple[str, ...]:
    base = runbook_url or path
    return (f"{base}#{section}",) if section else (base,)
