"""Incidents as plain documents, for --json and for the terminal. One shape, described in docs/reference/cli.md."""

from collections.abc import Sequence
from datetime import datetime

from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.state import Ask, AskState, Run
from tocsin.incident.timeline import timeline
from tocsin.store.incidents import IncidentRow

SCHEMA = 1

Document = dict[str, object]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def row(found: IncidentRow) -> Document:
    """An incident as a list shows it."""
    return {
        "id": found.id,
        "title": found.title,
        "severity": found.severity,
        "stage": found.stage,
        "section": found.section,
        "opened_at": _time(found.opened_at),
        "updated_at": _time(found.updated_at),
        "resolved_at": _time(found.resolved_at),
        "drill": found.drill,
    }


def ask(found: Ask) -> Document:
    """A question that waits for a person, or waited."""
    made = found.made
    return {
        "id": made.ask,
        "state": found.state.value,
        "number": made.number,
        "title": made.title,
        "text": made.text,
        "target": made.target,
        "effect": made.effect,
        "flags": list(made.flags),
        "why": list(made.why),
        "undo": made.undo,
        "undoable": made.undoable,
        "lost": made.lost,
        "warnings": list(made.warnings),
        "passed_over": list(made.passed_over),
        "digest": made.digest,
        "expires": _time(made.expires),
        "approvals_needed": made.approvals_needed,
        "approved_by": [answer.by for answer in found.approvals],
        "proposed_by": made.proposed_by,
    }


def run(found: Run) -> Document:
    """One run of one step."""
    queued, ended = found.queued, found.finished
    return {
        "id": queued.run,
        "number": queued.number,
        "title": queued.title,
        "text": queued.text,
        "target": queued.target,
        "effect": queued.effect,
        "purpose": queued.purpose,
        "state": found.state.value,
        "outcome": ended.outcome if ended else None,
        "sentence": ended.sentence if ended else None,
        "exit_status": ended.exit_status if ended else None,
        "took_seconds": ended.took.total_seconds() if ended else None,
        "facts": dict(ended.facts) if ended else {},
        "evidence": ended.evidence if ended else None,
        "evidence_sha256": ended.evidence_sha256 if ended else None,
        "undo": ended.undo if ended else None,
    }


def incident(found: Incident, records: Sequence[Recorded]) -> Document:
    """A whole incident."""
    declared = found.declared
    return {
        "schema": SCHEMA,
        "id": found.id,
        "title": declared.title if declared else None,
        "severity": found.severity,
        "severity_reasons": list(declared.severity_reasons) if declared else [],
        "stage": found.stage.value,
        "section": declared.section_title if declared else None,
        "match_reasons": list(declared.match_reasons) if declared else [],
        "candidates": list(declared.candidates) if declared else [],
        "runbook": {"path": declared.runbook_path, "sha256": declared.runbook_sha256, "line": declared.section_line}
        if declared
        else None,
        "declared_at": _time(found.declared_at),
        "acknowledged_by": found.acknowledged_by,
        "acknowledged_at": _time(found.acknowledged_at),
        "commander": found.commander,
        "resolved_at": _time(found.resolved_at),
        "alerts": [
            {"fingerprint": alert.fingerprint, "state": alert.state.value, "title": alert.title, "labels": alert.labels}
            for alert in found.alerts.values()
        ],
        "clocks": [
            {"name": name, "state": clock.state, "due": _time(clock.started.due), "why": clock.started.why}
            for name, clock in found.clocks.items()
        ],
        "pages": [
            {"key": key, "person": page.queued.person, "level": page.queued.level, "state": page.state,
             "urgent": page.queued.urgent, "why": page.queued.why}
            for key, page in found.pages.items()
        ],
        "open_ask": ask(found.open_ask) if found.open_ask else None,
        "asks": [ask(each) for each in found.asks.values()],
        "in_doubt": [run(each) for each in found.in_doubt],
        "runs": [run(each) for each in found.runs.values()],
        "refused": [
            {"number": each.number, "title": each.title, "text": each.text, "effect": each.effect,
             "reasons": list(each.reasons)}
            for each in found.refused.values()
        ],
        "postmortem": found.postmortem.path if found.postmortem else None,
        "timeline": lines(records),
    }  # fmt: skip


def lines(records: Sequence[Recorded]) -> list[Document]:
    """The timeline."""
    return [
        {"at": _time(line.at), "mark": line.mark, "text": line.text, "detail": list(line.detail),
         "evidence": line.evidence, "loud": line.loud}
        for line in timeline(records)
    ]  # fmt: skip


def decision_wanted(found: Incident) -> str | None:
    """What waits for a person now, as one phrase, or None."""
    if found.in_doubt:
        return f"in doubt: {found.in_doubt[0].queued.text}"
    open_ask = found.open_ask
    if open_ask is not None and open_ask.state is AskState.OPEN:
        return f"approve? {open_ask.made.number} {open_ask.made.text}"
    return None if found.acknowledged or not found.open else "acknowledge"
