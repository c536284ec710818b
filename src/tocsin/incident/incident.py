"""The incident: the sum of its events. `apply` is the only way it changes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tocsin.detection.alert import Alert
from tocsin.incident import events as ev
from tocsin.incident import kin as kins
from tocsin.incident import said as saying
from tocsin.incident import team as teams
from tocsin.incident.shape import Incident
from tocsin.incident.state import (
    ActionView,
    Ask,
    AskState,
    ClockView,
    PageView,
    PostmortemState,
    Run,
    RunState,
)
from tocsin.kit.ids import AskId, IncidentId, RunId

__all__ = ["Incident", "apply", "fold"]


def apply(incident: Incident, event: ev.Event, at: datetime) -> Incident:
    """The incident after one more event. Deterministic; knows no rule of the procedure, only the facts."""
    after = (
        _people(incident, event, at)
        or _steps(incident, event, at)
        or _course(incident, event, at)
        or _doing(incident, event, at)
        or incident
    )
    return replace(
        after,
        team=teams.after(incident.team, event, at),
        said=saying.after(incident.said, event, at),
        kin=kins.after(incident.kin, event),
        position=incident.position + 1,
    )


def _doing(incident: Incident, event: ev.Event, at: datetime) -> Incident | None:
    doing = incident.doing.after(event, at)
    return replace(incident, doing=doing) if doing is not None else None


def fold(identifier: IncidentId, records: Iterable[ev.Recorded]) -> Incident:
    """The incident that these records, in order, make."""
    incident = Incident(identifier)
    for record in records:
        incident = apply(incident, record.event, record.at)
    return incident


def _people(incident: Incident, event: ev.Event, at: datetime) -> Incident | None:
    match event:
        case ev.PageQueued():
            level = max(incident.level, event.level) if event.urgent else incident.level
            return replace(incident, pages={**incident.pages, event.key: PageView(event, at)}, level=level)
        case ev.PageSent():
            return _page(incident, event.key, "sent", f"{event.channel} {event.reference}".strip())
        case ev.PageResent():
            return _page(incident, event.key, "sent", f"{event.channel} {event.reference}".strip())
        case ev.PageDelivered():
            return _page(incident, event.key, "delivered", f"{event.channel} {event.detail}".strip())
        case ev.PageUndelivered():
            return _page(incident, event.key, "undelivered", f"{event.channel} {event.why}".strip())
        case ev.PageFailed():
            return _page(incident, event.key, "failed" if event.final else "queued", event.error)
        case ev.PageCancelled():
            return _page(incident, event.key, "cancelled", event.because)
        case ev.Acknowledged():
            if incident.acknowledged:
                return incident
            return replace(incident, acknowledged_by=event.by, acknowledged_at=at)
        case ev.RoleTaken():
            return replace(incident, roles={**incident.roles, event.role: event.person})
        case ev.Escalated():
            repeated = event.level <= incident.level
            return replace(
                incident, level=event.level, rounds=incident.rounds + 1 if repeated else incident.rounds
            )
        case ev.EscalationExhausted():
            return replace(incident, exhausted=True)
        case ev.AcknowledgementLapsed():
            return replace(_unanswered(incident), watching_until=incident.watching_until)
        case _:
            return None


def _page(incident: Incident, key: str, state: str, detail: str) -> Incident:
    page = incident.pages.get(key)
    if page is None:
        return incident
    changed = replace(page, state=state, detail=detail)
    return replace(incident, pages={**incident.pages, key: changed})


def _steps(incident: Incident, event: ev.Event, at: datetime) -> Incident | None:
    match event:
        case ev.StepRefused():
            return replace(incident, refused={**incident.refused, event.number: event})
        case ev.AskMade():
            return replace(
                incident,
                asks={**incident.asks, event.ask: Ask(event, at)},
                requested=None,
                requested_by=None,
                doing=incident.doing.asked(event.undoes) if event.undoes else incident.doing,
            )
        case ev.Approved():
            return _approved(incident, event)
        case ev.Rejected():
            return _ask(incident, event.ask, AskState.REJECTED)
        case ev.AskExpired():
            return _ask(incident, event.ask, AskState.EXPIRED)
        case ev.AskWithdrawn():
            return _ask(incident, event.ask, AskState.WITHDRAWN)
        case ev.StepRequested():
            return replace(incident, requested=event.number, requested_by=event.by)
        case ev.StepQueued():
            changed = replace(incident, runs={**incident.runs, event.run: Run(event, at)})
            return replace(changed, last_change=event.run) if event.ask else changed
        case ev.StepFinished():
            run = incident.runs.get(event.run)
            unseen = event.outcome == "in doubt" and run is not None and run.changes
            return _run(
                incident, event.run, RunState.IN_DOUBT if unseen else RunState.FINISHED, finished=event
            )
        case ev.StepInterrupted():
            return _run(incident, event.run, RunState.IN_DOUBT)
        case ev.DoubtSettled():
            return _run(incident, event.run, RunState.SETTLED, settled=event)
        case ev.OptionsExhausted():
            return replace(incident, spent=(incident.changes_run, incident.relapses))
        case _:
            return None


def _approved(incident: Incident, event: ev.Approved) -> Incident:
    ask = incident.asks.get(event.ask)
    if ask is None:
        return incident
    approvals = (*ask.approvals, event)
    enough = len(approvals) >= ask.made.approvals_needed or event.break_glass is not None
    state = AskState.APPROVED if enough else ask.state
    return replace(
        incident, asks={**incident.asks, event.ask: replace(ask, approvals=approvals, state=state)}
    )


def _ask(incident: Incident, key: AskId, state: AskState) -> Incident:
    ask = incident.asks.get(key)
    if ask is None:
        return incident
    return replace(incident, asks={**incident.asks, key: replace(ask, state=state)})


def _run(
    incident: Incident,
    key: RunId,
    state: RunState,
    finished: ev.StepFinished | None = None,
    settled: ev.DoubtSettled | None = None,
) -> Incident:
    run = incident.runs.get(key)
    if run is None:
        return incident
    changed = replace(run, state=state, finished=finished or run.finished, settled=settled or run.settled)
    return replace(incident, runs={**incident.runs, key: changed}, doing=incident.doing.ended(key))


def _course(incident: Incident, event: ev.Event, at: datetime) -> Incident | None:
    match event:
        case ev.AlertReceived():
            return _alerts(incident, (event.alert,))
        case ev.Absorbed():
            # Of one fingerprint the later claim holds; of two at once the one that came with it.
            known = incident.alerts
            newer = tuple(
                a for a in event.alerts if a.fingerprint not in known or a.at >= known[a.fingerprint].at
            )
            return _alerts(incident, newer)
        case ev.IncidentDeclared():
            return replace(
                incident,
                declared=event,
                declared_at=at,
                begun_at=at,
                severity=event.severity,
                rank=event.rank,
            )
        case ev.SeverityChanged():
            worse = event.rank < incident.rank
            return replace(
                incident, severity=event.severity, rank=event.rank, rank_before=incident.rank,
                exhausted=incident.exhausted and not worse, rounds=0 if worse else incident.rounds,
                level=0 if worse and incident.exhausted else incident.level,
            )  # fmt: skip
        case ev.Reopened():
            roles = {role: person for role, person in incident.roles.items() if role != "commander"}
            # What was tried before helped for a while: it may be tried again.
            return replace(
                _unanswered(incident),
                resolved_at=None,
                resolved=None,
                level=0,
                roles=roles,
                begun_at=at,
                spent=None,
            )
        case ev.ClockStarted():
            return replace(incident, clocks={**incident.clocks, event.name: ClockView(event, at)})
        case ev.ClockStopped():
            return _clock(incident, event.name, "stopped")
        case ev.ClockPassed():
            return _clock(incident, event.name, "passed")
        case ev.VerificationFailed():
            failed = (*incident.failed_changes, event.run) if event.run else incident.failed_changes
            return replace(incident, failed_changes=failed)
        case ev.WatchStarted():
            return replace(incident, watching_until=event.until)
        case ev.Relapsed():
            return replace(_unanswered(incident), relapses=incident.relapses + 1)
        case ev.Resolved():
            return replace(incident, resolved=event, resolved_at=at, watching_until=None)
        case ev.UpdateDrafted():
            return replace(incident, drafts=(*incident.drafts, event))
        case ev.PostmortemDrafted():
            return replace(incident, postmortem=event, postmortem_state=PostmortemState.DRAFT)
        case _:
            return _after(incident, event, at)


def _after(incident: Incident, event: ev.Event, at: datetime) -> Incident | None:
    match event:
        case ev.PostmortemOwned():
            return replace(incident, postmortem_owner=event.owner)
        case ev.PostmortemMoved():
            state = PostmortemState(event.state)
            published = at if state is PostmortemState.PUBLISHED else incident.postmortem_published_at
            return replace(incident, postmortem_state=state, postmortem_published_at=published)
        case ev.ActionOpened():
            return replace(incident, actions={**incident.actions, event.item: ActionView(event, at)})
        case ev.ActionClosed():
            item = incident.actions.get(event.item)
            if item is None:
                return incident
            closed = replace(item, closed=event, closed_at=at)
            return replace(incident, actions={**incident.actions, event.item: closed})
        case _:
            return None


def _alerts(incident: Incident, claims: tuple[Alert, ...]) -> Incident:
    """The last claim of each; "well again" says nothing about users, so what was said of them at first stays true."""
    known = dict(incident.alerts)
    for claim in claims:
        before = known.get(claim.fingerprint)
        known[claim.fingerprint] = replace(claim, impact=claim.impact or (before.impact if before else None))
    return replace(incident, alerts=known)


def _unanswered(incident: Incident) -> Incident:
    """It came back: it has to be acknowledged again, for whoever had it may have gone back to sleep."""
    return replace(
        incident, watching_until=None, exhausted=False, rounds=0, acknowledged_by=None, acknowledged_at=None
    )


def _clock(incident: Incident, name: str, state: str) -> Incident:
    clock = incident.clocks.get(name)
    if clock is None or clock.state != "running":
        return incident
    return replace(incident, clocks={**incident.clocks, name: replace(clock, state=state)})
