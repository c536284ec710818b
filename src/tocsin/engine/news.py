"""What leaves the house of an event: its kind, one sentence, small facts. Most events stay inside."""

from tocsin.connectors.listener import News
from tocsin.engine.history import load
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.redact import Redactor
from tocsin.store import incidents
from tocsin.store.log import LogLine
from tocsin.store.tx import Tx

# Only these are decoded: the rest of a long log is skipped by its kind.
_TOLD = frozenset(
    each.__name__
    for each in (
        ev.IncidentDeclared, ev.Acknowledged, ev.SeverityChanged, ev.Escalated, ev.StepFinished, ev.WatchStarted,
        ev.Relapsed, ev.Resolved, ev.Reopened, ev.Merged, ev.UpdateSent,
    )
)  # fmt: skip


def news(tx: Tx, line: LogLine, scope: str, public_url: str | None, redactor: Redactor) -> News | None:
    """What is told of a line of the log; None for most.

    Of a restricted incident (SEC-01) only its codename and its stages leave the house, never what was done.

    Args:
        scope: names this installation in the key.
    """
    if line.kind not in _TOLD:
        return None
    row = incidents.get(tx, line.incident)
    if row is None:
        return None
    told = _said(codec.decode_event(line.kind, line.body), load(tx, line.incident))
    if told is None:
        return None
    kind, sentence, facts = told
    url = None if public_url is None else f"{public_url.rstrip('/')}/incidents/{line.incident}"
    hide = redactor.redact
    return News(
        f"{scope}-{line.seq}", kind, line.at, line.incident, hide(row.title), row.severity, row.stage, row.drill,
        hide(sentence), url, {name: hide(value) for name, value in facts.items()},
    )  # fmt: skip


def _said(event: ev.Event, incident: Incident) -> tuple[str, str, dict[str, str]] | None:
    title = incident.shown_title
    match event:
        case ev.IncidentDeclared():
            return "incident.declared", f"{incident.severity} {title}", {}
        case ev.Acknowledged(by):
            return "incident.acknowledged", f"{by} has it", {"by": by}
        case ev.SeverityChanged(severity=severity, by=by):
            return "incident.severity_changed", f"{severity} now, says {by}", {"to": severity, "by": by}
        case ev.Escalated(level=level):
            return "incident.escalated", f"level {level} is called", {"level": str(level)}
        case ev.StepFinished():
            return _change(event, incident)
        case ev.WatchStarted():
            return "incident.watching", f"{title}: looks well, and is watched", {}
        case ev.Relapsed():
            return "incident.relapsed", f"{title}: not well after all", {}
        case ev.Resolved(by=by):
            return "incident.resolved", f"{title}: over", {"by": by or ""}
        case ev.Reopened():
            return "incident.reopened", f"{title} again", {}
        case ev.Merged(into=into):
            return "incident.merged", f"goes on as {into}", {"into": into}
        case ev.UpdateSent(update=update, by=by):
            return "incident.update_sent", f"{by} sent an update", {"update": update, "by": by}
        case _:
            return None


def _change(event: ev.StepFinished, incident: Incident) -> tuple[str, str, dict[str, str]] | None:
    """A run of an approved step, which is what changes the world; what only looked is nobody's business outside."""
    run = incident.runs.get(event.run)
    if run is None or not run.changes:
        return None
    if incident.security is not None:
        return "incident.change_made", f"{incident.shown_title}: something was changed", {"run": event.run}
    queued = run.queued
    word = "taken back" if queued.undoes is not None else event.outcome
    facts = {"run": event.run, "step": queued.number, "target": queued.target, "outcome": event.outcome}
    return "incident.change_made", f"{queued.title}: {word}", facts
