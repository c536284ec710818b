"""Drafts from the log, one manner per audience. A person reads, changes and sends them (COM-04).

Outsiders read no name of a person, a host or a program; the team reads condition, actions, needs (INV-06, COM-09).
"""

import re
from datetime import datetime

from tocsin.comms import cadence, names, templates
from tocsin.comms.names import is_full_outage
from tocsin.incident.incident import Incident
from tocsin.incident.said import EXECUTIVES, LOG, OUTSIDE, PUBLIC
from tocsin.incident.situation import Situation
from tocsin.incident.state import RunState, Stage
from tocsin.kit import duration
from tocsin.runbook.book import Runbook

_STATUS_PAGE = re.compile(r"(?:https?://)?\bstatus\.[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*)?", re.IGNORECASE)
_OUTAGE = re.compile(r"\boutage\b", re.IGNORECASE)
_ADDRESS = re.compile(
    r"https?://|(?:\d{1,3}\.){3}\d{1,3}|@|\b[\w-]+\.(?:internal|local|lan|svc)\b", re.IGNORECASE
)


def draft(audience: str, incident: Incident, situation: Situation) -> str:
    """The text for an audience as the log has it now."""
    if audience == LOG:
        return log_entry(incident, situation.now)
    if audience == EXECUTIVES:
        return _executives(incident, situation)
    facts = _facts(audience, incident, situation)
    text = templates.fill(situation.book.policy, incident, facts, situation.now)
    more = _outside(incident) if audience in OUTSIDE else _can(incident)
    return "\n".join([text, "", *more]) if more else text


def state(incident: Incident) -> str:
    """The word an update carries: Investigating, Mitigating, Monitoring or Resolved."""
    return "Monitoring" if incident.stage is Stage.WATCHING else templates.public_state(incident)


def status_page(book: Runbook) -> str | None:
    """The status page the runbook names, or None."""
    for section in book.walk():
        found = _STATUS_PAGE.search(section.text)
        if found:
            return found[0].rstrip("./") if "://" in found[0] else f"https://{found[0].rstrip('./')}"
    return None


def _facts(audience: str, incident: Incident, situation: Situation) -> templates.Facts:
    now, link = situation.now, status_page(situation.book)
    impact = _impact(incident)
    if audience in OUTSIDE:
        if impact and not is_full_outage(incident):
            impact = _OUTAGE.sub("disruption", impact)
        plain = impact if impact and _fit_for_outsiders(impact, incident, situation) else None
        return templates.Facts(
            plain or "A problem with our service",
            plain,
            "our on-call team",
            cadence.promised(incident, now),
            link,
        )
    due = cadence.promised(incident, now)
    return templates.Facts(incident.shown_title, impact, incident.commander, due, link)


def _impact(incident: Incident) -> str | None:
    return next((alert.impact for alert in incident.alerts.values() if alert.impact), None)


def _fit_for_outsiders(text: str, incident: Incident, situation: Situation) -> bool:
    folded = text.casefold()
    return not _ADDRESS.search(text) and not any(
        re.search(rf"(?<![\w.-]){re.escape(name.casefold())}(?![\w-])", folded)
        for name, _ in names.internal_names(incident, situation)
    )


def _outside(incident: Incident) -> list[str]:
    match incident.stage:
        case Stage.RESOLVED:
            at = f"{incident.resolved_at:%H:%M} UTC" if incident.resolved_at else templates.UNKNOWN
            return [
                f"**Recovery**: everything works again, confirmed at {at}.",
                f"**Data loss**: {templates.UNKNOWN}",
                f"**Lingering effects**: {templates.UNKNOWN}",
            ]
        case Stage.WATCHING:
            return ["A fix is in place and we are watching that it holds."]
        case Stage.MITIGATING:
            return ["We are applying a fix."]
        case _ if len(incident.said.sent_to(PUBLIC)) == 0:
            return ["We are looking into it; what is affected is not fully known yet."]
        case _:
            return ["We are still looking into it."]


def _can(incident: Incident) -> list[str]:
    """Condition, actions, needs."""
    firing = "; ".join(alert.title for alert in incident.firing) or "every check is good"
    if incident.security is not None:
        firing = f"{len(incident.firing)} checks bad" if incident.firing else "every check is good"
    done = [
        f"{run.queued.number} {run.queued.text.splitlines()[0]} ({_how(run.state, run.finished.outcome if run.finished else '')})"
        for run in incident.runs.values()
        if run.changes
    ]
    return [
        f"**Condition**: {firing}",
        f"**Actions**: {'; '.join(done) or 'looking'}",
        f"**Needs**: {_needs(incident)}",
    ]


def _how(state: RunState, outcome: str) -> str:
    return outcome if state is RunState.FINISHED and outcome else state.value


def _needs(incident: Incident) -> str:
    if incident.in_doubt:
        return f"somebody to look whether {incident.in_doubt[0].queued.run} took effect"
    if incident.open_ask is not None:
        return f"a yes or no to {incident.open_ask.made.ask} ({incident.open_ask.made.text.splitlines()[0]})"
    if incident.open and not incident.acknowledged:
        return "somebody to acknowledge"
    return "nothing"


def _executives(incident: Incident, situation: Situation) -> str:
    """Impact, status, next update; no commands."""
    now = situation.now
    begun = incident.declared_at or now
    age = duration.spell((incident.resolved_at or now) - begun)
    due = None if not incident.open else now + cadence.INTERNAL
    return "\n".join(
        [
            f"{incident.id} {incident.severity}: {incident.shown_title}",
            f"Impact: {_impact(incident) or templates.UNKNOWN}",
            f"Status: {state(incident)}, since {begun:%H:%M} UTC ({age})",
            f"Commander: {incident.commander or templates.UNKNOWN}",
            f"Next update by {due:%H:%M} UTC" if due else "This is the last update.",
        ]
    )


def log_entry(incident: Incident, now: datetime) -> str:
    """The entry of the incident log at the end: section, changes, what is still in place, who, times (RES-09)."""
    declared = incident.declared
    begun, ended = incident.declared_at or now, incident.resolved_at or now
    changes = [
        f"- {run.at:%H:%M} {run.queued.number} {' ⏎ '.join(run.queued.text.splitlines())} on {run.queued.target}: "
        f"{'took effect' if run.took_effect else run.state.value}"
        for run in incident.runs.values()
        if run.changes
    ]
    people = [
        f"- {tenure.role}: {tenure.person} from {tenure.since:%H:%M}"
        + (f" to {tenure.until:%H:%M}" if tenure.until else "")
        for tenure in incident.team.tenures
    ]
    because = incident.resolved.because if incident.resolved else ""
    return "\n".join(
        [
            f"{begun:%Y-%m-%d} {incident.id} {incident.severity} {incident.shown_title}",
            f"Section: {declared.section_title if declared and declared.section_title else 'unlisted'}",
            f"From {begun:%H:%M} to {ended:%H:%M} UTC ({duration.spell(ended - begun)}); {because}",
            "Changes:" if changes else "Changes: none",
            *changes,
            "Who:" if people else "Who: nobody took a role",
            *people,
        ]
    )
