"""The incident: the sum of its events. `apply` is the only way it changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.doing import Doing
from tocsin.incident.state import (
    ActionView,
    Ask,
    AskState,
    ClockView,
    PageView,
    PostmortemState,
    Run,
    RunState,
    Stage,
)
from tocsin.kit.ids import AskId, IncidentId, PersonId, RunId, StepId


@dataclass(frozen=True, slots=True)
class Incident:
    """What we decided to respond to.

    Attributes:
        declared: the declaration, or None while no event has declared it.
        alerts: the last claim of each fingerprint.
        position: how many events it is made of.
        begun_at: when it was declared, or last reopened.
        refused: steps passed over, newest reasons, by step number.
        failed_changes: runs that changed something and did not help.
        rank_before: what `rank` was before the last change of severity.
        spent: (changes run, relapses) at the moment the section had nothing more to offer, or None.
        doing: values of holes, work by hand, ways back that wait for their time.
    """

    id: IncidentId
    declared: ev.IncidentDeclared | None = None
    declared_at: datetime | None = None
    begun_at: datetime | None = None
    severity: str = ""
    rank: int = 99
    rank_before: int = 99
    alerts: dict[str, Alert] = field(default_factory=dict)
    pages: dict[str, PageView] = field(default_factory=dict)
    clocks: dict[str, ClockView] = field(default_factory=dict)
    runs: dict[RunId, Run] = field(default_factory=dict)
    asks: dict[AskId, Ask] = field(default_factory=dict)
    refused: dict[str, ev.StepRefused] = field(default_factory=dict)
    requested: str | None = None
    requested_by: PersonId | None = None
    acknowledged_by: PersonId | None = None
    acknowledged_at: datetime | None = None
    roles: dict[str, PersonId] = field(default_factory=dict)
    level: int = 0
    rounds: int = 0
    exhausted: bool = False
    spent: tuple[int, int] | None = None
    failed_changes: tuple[RunId, ...] = ()
    last_change: RunId | None = None
    watching_until: datetime | None = None
    relapses: int = 0
    resolved_at: datetime | None = None
    resolved: ev.Resolved | None = None
    drafts: tuple[ev.UpdateDrafted, ...] = ()
    postmortem: ev.PostmortemDrafted | None = None
    postmortem_state: PostmortemState = PostmortemState.DRAFT
    postmortem_owner: PersonId | None = None
    postmortem_published_at: datetime | None = None
    actions: dict[str, ActionView] = field(default_factory=dict)
    doing: Doing = field(default_factory=Doing)
    position: int = 0

    @property
    def open(self) -> bool:
        """Declared, and not resolved."""
        return self.declared is not None and self.resolved_at is None

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_by is not None

    @property
    def firing(self) -> tuple[Alert, ...]:
        """The alerts that still say something is wrong."""
        return tuple(alert for alert in self.alerts.values() if alert.state is AlertState.FIRING)

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.declared is None:
            return Stage.NEW
        if self.resolved_at is not None:
            return Stage.RESOLVED
        if self.watching_until is not None:
            return Stage.WATCHING
        if any(run.changes for run in self.runs.values()):
            return Stage.MITIGATING
        return Stage.ACKNOWLEDGED if self.acknowledged else Stage.DETECTED

    @property
    def open_ask(self) -> Ask | None:
        """The question that waits for a person, if any. There is at most one."""
        return next((ask for ask in self.asks.values() if ask.state is AskState.OPEN), None)

    @property
    def in_doubt(self) -> tuple[Run, ...]:
        """Runs nobody saw the end of."""
        return tuple(run for run in self.runs.values() if run.state is RunState.IN_DOUBT)

    @property
    def running_change(self) -> Run | None:
        """The change that runs now or is in doubt, if any. There is at most one."""
        return next((run for run in self.runs.values() if run.changes and run.open), None)

    @property
    def commander(self) -> PersonId | None:
        return self.roles.get("commander")

    @property
    def changes_run(self) -> int:
        """How many runs were meant to change something."""
        return sum(1 for run in self.runs.values() if run.changes)

    def runs_for(self, purpose: str) -> tuple[Run, ...]:
        """The runs of one purpose: investigate, mitigate or verify."""
        return tuple(run for run in self.runs.values() if run.queued.purpose == purpose)

    def clock_running(self, name: str) -> bool:
        """Whether the clock of this name is running."""
        clock = self.clocks.get(name)
        return clock is not None and clock.state == "running"

    def attempts(self, step: StepId) -> tuple[Run, ...]:
        """The runs of one step that were meant to change something, since it began or came back."""
        begun = self.begun_at
        return tuple(
            run
            for run in self.runs.values()
            if run.queued.step == step and run.changes and (begun is None or run.at >= begun)
        )

    @property
    def asks_since_begun(self) -> tuple[Ask, ...]:
        """The questions since it began or came back."""
        begun = self.begun_at
        return tuple(ask for ask in self.asks.values() if begun is None or ask.at >= begun)

    def next_run(self) -> RunId:
        """The name of the next run."""
        return RunId(f"{self.id}.r{len(self.runs) + 1}")

    def next_ask(self) -> AskId:
        """The name of the next ask."""
        return AskId(f"{self.id}.a{len(self.asks) + 1}")

    def next_action(self) -> str:
        """The name of the next action item."""
        return f"{self.id}.t{len(self.actions) + 1}"

    def next_page(self) -> str:
        """The key of the next page."""
        return f"{self.id}.p{len(self.pages) + 1}"


def apply(incident: Incident, event: ev.Event, at: datetime) -> Incident:
    """The incident after one more event. Deterministic; knows no rule of the procedure, only the facts."""
    after = (
        _people(incident, event, at)
        or _steps(incident, event, at)
        or _course(incident, event, at)
        or _doing(incident, event, at)
        or incident
    )
    return replace(after, position=incident.position + 1)


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
        case ev.NoteAdded():
            return incident
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
            return replace(incident, alerts={**incident.alerts, event.alert.fingerprint: event.alert})
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
