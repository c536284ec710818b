"""What we know of an incident at one moment: plain values. How it changes is in `incident.incident`."""

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.doing import Doing
from tocsin.incident.kin import Kin
from tocsin.incident.said import Said
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
from tocsin.incident.team import Team
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
    team: Team = field(default_factory=Team)
    said: Said = field(default_factory=Said)
    kin: Kin = field(default_factory=Kin)
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
    def major(self) -> bool:
        """Whether it needs a commander, public updates and a post-mortem (SEV-07)."""
        return self.declared is not None and (self.rank <= 1 or self.kin.major is not None)

    @property
    def security(self) -> ev.SecurityDeclared | None:
        """The declaration that it may be a break-in, or None."""
        return self.kin.security

    @property
    def shown_title(self) -> str:
        """What everybody may read: the codename of a restricted incident, else its title (SEC-01)."""
        if self.declared is None:
            return ""
        return self.kin.security.codename if self.kin.security is not None else self.declared.title

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
