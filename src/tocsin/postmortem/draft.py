"""The draft of what we learned, filled from the log; people add what only they know.

The parts are the runbook's own where it names them (CookCam "Create document with: 1. Timeline of events …"), else the
six that both seeds share. Unknown is written as unknown (PM-06); nothing here guesses a cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.alert import AlertState
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.timeline import Line, timeline
from tocsin.kit import duration
from tocsin.postmortem import doing, prompts
from tocsin.postmortem import impact as impact_of
from tocsin.postmortem.impact import Measured
from tocsin.runbook.book import Runbook
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.policy.terms import Policy

# CookCam "Post-Mortem (Within 48 hours)", which covers PrepChef's "Post-Incident Review" as well.
SIX_PARTS = (
    "Timeline of events",
    "Root cause analysis",
    "Impact assessment (users, revenue, downtime)",
    "What went well",
    "What went poorly",
    "Action items (with owners and deadlines)",
)


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """The moments every measure is made of; None where it has not happened."""

    detected: datetime | None
    paged: datetime | None
    acknowledged: datetime | None
    updated: datetime | None
    mitigated: datetime | None
    recovered: datetime | None
    resolved: datetime | None


def key_times(incident: Incident, records: Sequence[ev.Recorded]) -> KeyTimes:
    """When it was detected, paged, acknowledged, mitigated (the last change that took effect), well again, resolved."""
    detected = next((r.at for r in records if isinstance(r.event, ev.AlertReceived)), None)
    paged = next((r.at for r in records if isinstance(r.event, ev.PageSent)), None)
    updated = mitigated = recovered = None
    for record in records:
        match record.event:
            case ev.AlertReceived(alert):
                recovered = record.at if alert.state is AlertState.RESOLVED else None
            case ev.StepFinished(run) if (
                run in incident.runs and incident.runs[run].changes and incident.runs[run].took_effect
            ):
                mitigated = record.at
            case ev.DoubtSettled(_, _, True):
                mitigated = record.at
    return KeyTimes(
        detected, paged, incident.acknowledged_at, updated, mitigated, recovered, incident.resolved_at
    )


def draft(
    incident: Incident,
    records: Sequence[ev.Recorded],
    book: Runbook,
    due: timedelta | None,
    measured: Sequence[Measured] = (),
) -> str:
    """The post-mortem as Markdown.

    Args:
        incident: as it stands at its end. records: its whole log. book: the runbook it is pinned to.
        due: after the end; None if the runbook asks for none.
        measured: what the checks counted while it lasted.
    """
    declared = incident.declared
    if declared is None:
        return ""
    lines = timeline(records)
    times = key_times(incident, records)
    parts = [_head(incident, declared, times, due)]
    for number, title in enumerate(part_titles(book.policy), start=1):
        parts.append(f"## {number}. {title}\n\n{_body(title, incident, lines, times, book, measured)}")
    parts.append(_appendix(incident))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def part_titles(policy: Policy) -> tuple[str, ...]:
    """The six parts. A runbook's own list is taken when it names at least the timeline, the cause and the actions."""
    own = policy.post_mortem_parts
    folded = " ".join(own).casefold()
    complete = all(word in folded for word in ("timeline", "cause", "action", "impact", "well"))
    return own if own and complete else SIX_PARTS


def _head(incident: Incident, declared: ev.IncidentDeclared, times: KeyTimes, due: timedelta | None) -> str:
    resolved = incident.resolved_at
    wanted = f"{resolved + due:%Y-%m-%d %H:%M} UTC" if due and resolved else "not required by the runbook"
    rows = [
        ("Severity", f"{incident.severity} ({'; '.join(declared.severity_reasons)})"),
        (
            "Section",
            f"{declared.section_title} ({declared.runbook_path}:{declared.section_line})"
            if declared.section
            else "none matched",
        ),
        ("Runbook", f"`{declared.runbook_sha256[:12]}`"),
        ("Commander", incident.commander or "unknown"),
        ("State", "Draft"),
        ("Owner", incident.postmortem_owner or incident.commander or prompts.NAME),
        ("Due", wanted),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    moments = " · ".join(
        f"{name} {moment:%H:%M:%S}" if moment else f"{name} unknown"
        for name, moment in (
            ("detected", times.detected),
            ("paged", times.paged),
            ("acknowledged", times.acknowledged),
            ("first update", times.updated),
            ("mitigated", times.mitigated),
            ("well again", times.recovered),
            ("resolved", times.resolved),
        )
    )
    drill = "**DRILL** " if declared.drill else ""
    return f"# {drill}Post-mortem {incident.id}: {declared.title}\n\n| | |\n|---|---|\n{table}\n\nKey times (UTC): {moments}"


def _body(
    title: str,
    incident: Incident,
    lines: tuple[Line, ...],
    times: KeyTimes,
    book: Runbook,
    measured: Sequence[Measured],
) -> str:
    folded = title.casefold()
    if "timeline" in folded:
        return _timeline(lines)
    if "cause" in folded:
        return _cause(incident)
    if "impact" in folded:
        return _impact(incident, times, measured)
    if "well" in folded:
        return _well(incident, times)
    if "poor" in folded or "wrong" in folded or "better" in folded:
        return _poorly(incident, lines, book)
    if "action" in folded:
        return _actions(incident, book)
    return prompts.WRITE


def _timeline(lines: tuple[Line, ...]) -> str:
    rows = ["| Time (UTC) | | What happened | Evidence |", "|---|---|---|---|"]
    rows += [
        f"| {line.at:%H:%M:%S} | {line.mark} | {_cell(line.text)} | {line.evidence or ''} |"
        for line in lines
        if line.loud
    ]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ⏎ ")


def _cause(incident: Incident) -> str:
    """Facts that bear on the cause; the cause itself is for people to say."""
    seen = [
        f"- `{_cell(run.queued.text)}`: {_cell(doing.seen(run))} ({run.finished.evidence})"
        for run in incident.runs_for("investigate")
        if run.finished is not None
    ]
    facts = "\n".join(seen) or "- nothing could be looked at"
    return f"{prompts.FACTORS}\n\nWhat the investigation showed:\n\n{facts}"


def _impact(incident: Incident, times: KeyTimes, measured: Sequence[Measured]) -> str:
    alerts = tuple(incident.alerts.values())
    impact = next((alert.impact for alert in alerts if alert.impact), None)
    end = times.recovered
    counted = impact_of.downtime(measured)
    if counted is not None:
        down = f"{duration.spell(counted)}, measured by the checks from the first bad sample to the first good one"
    elif end and times.detected:
        down = f"{duration.spell(end - times.detected)}, from detection until every check was well again"
    else:
        down = "unknown"
    seen = impact_of.lines(measured)
    return "\n".join(
        [
            f"- In the team's words: {impact or 'unknown'}",
            f"- Downtime: {down}",
            *seen,
            "- Users affected: unknown",
            "- Revenue: unknown",
            "- Requests of users that failed: unknown",
            "- Data lost: unknown",
        ]
    )


def _well(incident: Incident, times: KeyTimes) -> str:
    found = []
    if times.detected and times.paged:
        found.append(f"- Paged {duration.spell(times.paged - times.detected)} after detection.")
    looked = sum(1 for run in incident.runs_for("investigate") if run.finished is not None)
    if looked:
        found.append(
            f"- Reading steps of the runbook that ran by themselves and are kept as evidence: {looked}."
        )
    helped = [
        run
        for run in incident.runs.values()
        if run.changes and run.took_effect and run.queued.run not in incident.failed_changes
    ]
    found += [f"- `{_cell(run.queued.text)}` (step {run.queued.number}) helped." for run in helped]
    return "\n".join(found) or prompts.WRITE


def _poorly(incident: Incident, lines: tuple[Line, ...], book: Runbook) -> str:
    found = [f"- {_cell(line.text)}" for line in lines if line.mark in ("doubt",) or "FAILED" in line.text]
    found += [
        f"- Clock missed: {name} ({clock.started.why})."
        for name, clock in incident.clocks.items()
        if clock.state == "passed" and name not in ("look", "watch", "settle")
    ]
    found += [
        f"- Step {refused.number} of the runbook could not be offered: {'; '.join(refused.reasons)}"
        for refused in incident.refused.values()
    ]
    found += [f"- {_cell(text)}" for text in doing.poorly(incident)]
    asked = (prompts.DETECT, prompts.MITIGATE, *((prompts.RUNBOOK,) if incident.declared else ()))
    return "\n\n".join(part for part in ("\n".join(found), *asked) if part)


def _actions(incident: Incident, book: Runbook) -> str:
    """Proposals; each needs an owner and a date before this document may be published (PM-10)."""
    found = list(doing.actions(incident))
    for diagnostic in _defects(incident, book):
        found.append(
            f"Mend the runbook, line {diagnostic.span.first_line}: {diagnostic.rule} {diagnostic.message}"
        )
    rows = ["| What | Owner | Deadline | Priority |", "|---|---|---|---|"]
    rows += [f"| {_cell(text)} | {prompts.NAME} | {prompts.SET} | medium |" for text in found]
    return "\n".join(
        rows if found else [*rows, f"| _to be written_ | {prompts.NAME} | {prompts.SET} | medium |"]
    )


def _defects(incident: Incident, book: Runbook) -> tuple[Diagnostic, ...]:
    """What lint says about the section that was used."""
    section = (
        book.section(incident.declared.section) if incident.declared and incident.declared.section else None
    )
    if section is None:
        return ()
    first, last = section.span.first_line, section.walk()[-1].span.last_line
    return tuple(
        diagnostic
        for diagnostic in book.diagnostics
        if diagnostic.level is not Level.NOTE
        and first <= diagnostic.span.first_line <= max(last, section.span.last_line)
    )


def _appendix(incident: Incident) -> str:
    rows = ["## Evidence", "", "| Id | Step | SHA-256 |", "|---|---|---|"]
    rows += [
        f"| {run.finished.evidence} | {_cell(run.queued.number)} `{_cell(run.queued.text)}` | `{run.finished.evidence_sha256}` |"
        for run in incident.runs.values()
        if run.finished is not None
    ]
    return "\n".join(rows)
