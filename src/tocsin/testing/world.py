"""A world in which a story is told: the pure core, a hand-moved clock, and an outbox that only remembers.

For our tests and for yours: no database, no process, no network.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.effects.repository.held import Repository
from tocsin.incident.commands import CancelPages, Command, DraftPostmortem, Page, RunStep
from tocsin.incident.events import (
    ClockPassed,
    Event,
    PageCancelled,
    PostmortemDrafted,
    Recorded,
    StepFinished,
)
from tocsin.incident.incident import Incident
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.situation import Situation
from tocsin.incident.targets import Targets
from tocsin.kit.ids import EvidenceId, IncidentId, sha256
from tocsin.oncall.amendment import Amendment
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.oncall.schedule import OnCall
from tocsin.response.decide import Decision, decide
from tocsin.runbook.book import Runbook
from tocsin.runbook.project import Files
from tocsin.runbook.reread import with_files


@dataclass(slots=True)
class World:
    """One incident and everything around it. Time moves only by `until`.

    Attributes:
        log: what was recorded. asked: the commands, in order; asked_at: when each was asked for.
        refusals: what was not accepted. shown: what a person looked at since the last line.
        files: the texts that lie where steps run, by path; what is not among them nobody has read.
        plan: rotations, if the story has some; `amendments` to them. Else the roster stays as it is.
    """

    book: Runbook
    roster: Roster
    targets: Targets
    settings: ResponseSettings
    now: datetime
    incident: Incident = field(default_factory=lambda: Incident(IncidentId("INC-1")))
    log: list[Recorded] = field(default_factory=list)
    asked: list[Command] = field(default_factory=list)
    asked_at: list[datetime] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    plan: OnCall | None = None
    files: dict[str, str] = field(default_factory=dict)
    amendments: list[Amendment] = field(default_factory=list)

    def situation(self) -> Situation:
        """The situation at this moment."""
        now = self.now
        roster = self.roster if self.plan is None else roster_at(self.plan, self.amendments, now)
        held = Repository(dict(self.files))
        book = with_files(self.book, Files(held, cwd="")) if self.files else self.book
        return Situation(now, self.incident.id, book, roster, self.targets, self.settings, held=held)

    def happen(self, event: Event, actor: str = "tocsin") -> Decision:
        """Let something happen now and remember what follows."""
        decision = decide(self.incident, event, self.situation(), actor)
        if decision.refusal is not None:
            self.refusals.append(decision.refusal)
            return decision
        position = self.incident.position
        for recorded, by in decision.events:
            position += 1
            self.log.append(Recorded(position, self.now, by, recorded))
        self.incident = decision.incident
        self.asked.extend(decision.commands)
        self.asked_at.extend(self.now for _ in decision.commands)
        for command in decision.commands:
            if isinstance(command, CancelPages):
                self._cancel()
        return decision

    def until(self, moment: datetime) -> None:
        """Move the clock, letting every deadline on the way pass in its order."""
        while True:
            due = [
                (clock.started.due, name)
                for name, clock in self.incident.clocks.items()
                if clock.state == "running" and clock.started.due <= moment
            ]
            if not due:
                break
            at, name = min(due)
            self.now = max(self.now, at)
            self.happen(ClockPassed(name, at), "clock")
        self.now = max(self.now, moment)

    def finish(
        self,
        step: RunStep,
        outcome: str = "done",
        sentence: str = "",
        output: str = "",
        undo: str | None = None,
    ) -> Decision:
        """Let a run that was asked for end.

        Args:
            undo: the exact way back that was captured, or None.
        """
        evidence = EvidenceId(f"{step.run}.e")
        return self.happen(
            StepFinished(
                step.run, outcome, sentence, 0 if outcome == "done" else 1, self.now, timedelta(seconds=1), evidence,
                sha256(output), summary=output, undo=undo,
            )
        )  # fmt: skip

    def write_up(self) -> None:
        """Let the draft that was asked for exist."""
        if any(isinstance(command, DraftPostmortem) for command in self.asked):
            self.happen(PostmortemDrafted(f"{self.incident.id}.md", sha256("")))

    def _cancel(self) -> None:
        """Nobody has handed over the urgent pages of this very moment: they are taken back."""
        for key, page in self.incident.pages.items():
            if page.state == "queued" and page.queued.urgent and page.at == self.now:
                self.happen(PageCancelled(key, "no longer needed"))


def pages(commands: list[Command]) -> list[Page]:
    """The pages among commands."""
    return [command for command in commands if isinstance(command, Page)]
