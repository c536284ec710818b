"""The course of one run: from nothing, through the fault and the response, back to nothing. One state after the other.

Whatever goes wrong on the way, the old state is restored and looked at again; a part that fails ends the run with its
reason, and what had been seen until then is kept.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.drill.record import Kind, State
from tocsin.errors import TocsinError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import Clock
from tocsin.sandbox.drill.engine import Engine
from tocsin.sandbox.drill.job import Job
from tocsin.sandbox.drill.journal import Journal
from tocsin.sandbox.drill.seen import Seen
from tocsin.sandbox.drill.stage import Stage
from tocsin.sandbox.fault import differences

BASELINE_SAMPLES = 2
STEADY_SAMPLES = 3
_BASELINE_WITHIN = timedelta(seconds=300)
_DETECT_WITHIN = timedelta(seconds=120)
_CONFIRM_WITHIN = timedelta(seconds=180)
_NO_RUNBOOK_LASTS = timedelta(seconds=6)
_NO_FAULT_SAMPLES = 6
_WAY_BACK_WITHIN = timedelta(seconds=180)
_POSTMORTEM_WITHIN = timedelta(seconds=180)


class Over(Exception):
    """The run is over before its end, and that is a result, not an error."""


@dataclass(slots=True)
class Course:
    """One run.

    Attributes:
        stage: room, place and fault. engine: what has to notice and to respond. seen: what is known so far.
    """

    job: Job
    stage: Stage
    engine: Engine
    journal: Journal
    clock: Clock
    seen: Seen
    _spent_since: datetime | None = field(default=None, init=False)

    def run(self) -> None:
        """All of it. Raises TocsinError only if the sandbox failed and could not be restored either."""
        try:
            self._baseline()
            self._arm()
            if self.job.kind is Kind.NO_FAULT:
                self._stay_quiet()
                return
            self._break()
            incident = self._detect()
            self._match(incident)
            self._respond()
            self._way_back()
        except Over as over:
            self.journal.enter(State.RESTORE, f"early: {over}")
        finally:
            self._restore()
        self._close()

    # -- before --------------------------------------------------------------------------------------

    def _baseline(self) -> None:
        """Every check green, the oracles stable, nobody alarmed."""
        self.journal.enter(State.BASELINE, "every check twice, every oracle twice")
        since = self.seen.times.began
        self._green(since, BASELINE_SAMPLES, "The checks did not become green")
        first, second = self.stage.oracles(), self.stage.oracles()
        unstable = differences(first, second)
        if unstable:
            raise TocsinError(f"The room is not quiet: {', '.join(unstable)} changed by itself.")
        self.seen.before = second
        self.seen.false_alarms = self._alarms()
        if self.seen.false_alarms:
            alarms = "; ".join(self.seen.false_alarms)
            raise TocsinError(f"A check fired before anything was broken: {alarms}")

    def _green(self, since: datetime, samples: int, otherwise: str) -> None:
        """Wait until every check is. Raises TocsinError, which tells what the others said last."""
        try:
            self.engine.await_(lambda: self.engine.all_good(since, samples), _BASELINE_WITHIN, otherwise)
        except TocsinError as problem:
            said = self.engine.not_good(since)
            raise TocsinError(f"{problem.message} {said}." if said else problem.message) from problem

    def _alarms(self) -> tuple[str, ...]:
        incident = self.engine.incident()
        return tuple(alert.title for alert in incident.alerts.values()) if incident is not None else ()

    def _arm(self) -> None:
        limit = self.job.limit_seconds
        self.journal.enter(
            State.ARM,
            f"the watchdog ends everything after {limit:.0f} s, or when {self.job.stop.name} is there",
        )

    def _stay_quiet(self) -> None:
        since = self.clock.now()
        self.engine.await_(
            lambda: self.engine.all_good(since, _NO_FAULT_SAMPLES) or bool(self._alarms()),
            _BASELINE_WITHIN,
            "The checks were not green throughout",
        )
        self.seen.false_alarms = self._alarms()
        self.seen.times.ended = self.clock.now()

    # -- the fault -----------------------------------------------------------------------------------

    def _break(self) -> None:
        if self.job.seed:
            pause = timedelta(seconds=random.Random(self.job.seed).uniform(0, 2))  # noqa: S311 -- a pause, no secret
            self.engine.pause(pause)
        self.journal.enter(State.INJECT, self.stage.fault_name)
        self.seen.times.injected = self.clock.now()
        self.stage.inject()
        self.journal.enter(State.CONFIRM, "by a look of the sandbox's own, not by a check")
        self.engine.await_(self.stage.broken, _CONFIRM_WITHIN, "The fault did not take; it could not be seen")
        self.seen.during = self.stage.oracles()

    def _detect(self) -> Incident:
        self.journal.enter(State.DETECT, f"only {', '.join(self.job.scenario.checks)} may notice")
        budget = self.job.scenario.budgets.detected or timedelta()
        until = self.clock.monotonic() + max(_DETECT_WITHIN, 3 * budget).total_seconds()
        while True:
            incident = self.engine.incident()
            if incident is not None and incident.declared_at is not None:
                self.seen.detected(incident)
                return incident
            if self.clock.monotonic() > until or (
                not self.job.scenario.expect.detected and self._looked_enough()
            ):
                raise Over("no check noticed it")
            self.engine.wait()

    def _looked_enough(self) -> bool:
        """Whether every check has taken twice as many samples of the broken room as an alarm needs."""
        since = self.seen.times.injected or self.clock.now()
        return all(
            self.engine.good(spec.name, since) >= 2 * spec.failures + 2
            for spec in self.engine.settings.checks
        )

    def _match(self, incident: Incident) -> None:
        declared = incident.declared
        self.journal.enter(State.MATCH, (declared.section_title if declared else None) or "no section")

    # -- the response --------------------------------------------------------------------------------

    def _respond(self) -> None:
        """Answer until everything is green and stays so, or until nothing is on offer any more."""
        self.journal.enter(State.RESPOND, "the runbook, a scripted person, real questions")
        person = self.stage.person
        began = self.clock.monotonic()
        while True:
            incident = self._now()
            if incident.watching_until is not None and not incident.firing and not person.goes_on:
                if self._steady(incident):
                    return
                continue
            if self.job.kind is Kind.NO_RUNBOOK and incident.acknowledged:
                if (
                    self.clock.monotonic() - began > _NO_RUNBOOK_LASTS.total_seconds()
                    and incident.open_ask is None
                ):
                    self._judge_unfixed("nobody did anything")
                    return
            acted = person.answer(incident, self.stage.broken)
            if not acted and self._spent(incident) and person.at_the_end(incident):
                self._judge_unfixed("the section has nothing more to offer")
                return
            if incident.acknowledged:
                self.journal.note(self.engine, incident, person.first)
            self.engine.wait()

    def _spent(self, incident: Incident) -> bool:
        """Whether nothing is on offer any more, and every check has had the chance to see what the last change did."""
        if not _exhausted(incident):
            self._spent_since = None
            return False
        if self._spent_since is None:
            self._spent_since = self.clock.now()
        return self.engine.seen_enough(self._spent_since) and not self.stage.person.waits_to_see(
            self.stage.broken
        )

    def _steady(self, incident: Incident) -> bool:
        """K good samples in a row of every check, and no sign of the fault; False if it came back meanwhile."""
        if self.seen.times.mitigated is None:
            self.seen.times.mitigated = self.clock.now()
            self.journal.enter(State.VERIFY, f"{STEADY_SAMPLES} good samples in a row of every check")
        since = self.seen.times.injected or self.seen.times.mitigated
        while not self.engine.all_good(since, STEADY_SAMPLES):
            if self._now().firing:
                self.seen.times.mitigated = None
                return False
            self.engine.wait()
        self.seen.times.verified = self.clock.now()
        self._judge(green=True)
        return True

    def _judge_unfixed(self, why: str) -> None:
        self.journal.enter(State.VERIFY, why)
        self.seen.times.mitigated = None
        self._judge(green=False)

    def _judge(self, *, green: bool) -> None:
        incident = self._now()
        self.seen.green = green
        self.seen.gone = not self.stage.broken()
        self.seen.by = _last_change(incident)
        self.seen.after = self.stage.oracles()

    def _way_back(self) -> None:
        if not self.seen.green or self.job.kind is not Kind.TRIAL or not self.job.scenario.way_back:
            return
        self.journal.enter(State.WAY_BACK, ", ".join(self.job.scenario.way_back))
        self.seen.ways_back = self.stage.ways_back(self.engine, self.job.scenario.way_back, _WAY_BACK_WITHIN)
        if self.seen.ways_back:
            self.seen.after = self.stage.oracles()

    # -- afterwards ----------------------------------------------------------------------------------

    def _restore(self) -> None:
        """The old state, by the sandbox, whatever the runbook did; then everything once more."""
        if not self.stage.injected:
            return
        self.journal.enter(State.RESTORE, "by the sandbox, never by the runbook")
        self.stage.restore()
        since = self.clock.now()
        self.journal.enter(State.VERIFY_AGAIN, "every check and every oracle once more")
        self._green(since, 1, "It was not green after the restore")
        self.seen.times.restored = self.clock.now()
        self.seen.restored = self.stage.oracles()

    def _close(self) -> None:
        """Say that it is over, and let the post-mortem be drafted."""
        incident = self.engine.incident()
        if incident is not None and incident.open:
            person = self.stage.person.first
            self.journal.enter(State.REPORT, "the incident is closed and written up")
            self.engine.await_(
                lambda: self._now().running_change is None, _WAY_BACK_WITHIN, "A change still runs"
            )
            self.journal.note(self.engine, self._now(), person)
            over = ev.Resolved(person, "the drill is over", anyway="the drill is over")
            self.engine.say(incident.id, over, person)
            self.engine.await_(
                lambda: self._now().postmortem is not None, _POSTMORTEM_WITHIN, "No post-mortem was drafted"
            )
        self.seen.incident = self.engine.incident()
        self.seen.times.ended = self.clock.now()

    def _now(self) -> Incident:
        incident = self.engine.incident()
        if incident is None:
            raise TocsinError("The incident of this drill is gone.")
        self.seen.follow(incident)
        return incident


def _exhausted(incident: Incident) -> bool:
    """Whether tocsin has said that it has nothing more to offer, and nothing is under way."""
    return (
        incident.spent == (incident.changes_run, incident.relapses)
        and bool(incident.firing)
        and incident.open_ask is None
        and incident.requested is None
        and incident.running_change is None
    )


def _last_change(incident: Incident) -> str | None:
    changes = [run for run in incident.runs.values() if run.changes and run.took_effect]
    return changes[-1].queued.number if changes else None
