"""One incident as a Temporal workflow: the same `decide`, its deadlines as timers, its commands as activities.

Temporal replays this code to rebuild its state, so it may only do what is the same every time; the core is pure, and
what is around a decision (who is on call now) is asked of a local activity, whose answer Temporal keeps.

A step that changes is one activity that is tried once: when its worker dies, Temporal says so after the heartbeat has
been silent, and the change is in doubt, as everywhere in tocsin. What only looks, and pages, are tried again.
"""

import asyncio
from collections import deque
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, CancelledError, is_cancelled_exception

from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.engine.temporal.wire import (
    Around,
    Begin,
    Entries,
    Said,
    Word,
    Work,
    line_of,
    record_of,
    site_queue,
)
from tocsin.errors import TocsinError
from tocsin.incident import codec as event_codec
from tocsin.incident.commands import CancelPages, Command, Page, RunStep
from tocsin.incident.events import (
    ClockPassed,
    Event,
    PageCancelled,
    PageFailed,
    Recorded,
    StepInterrupted,
)
from tocsin.incident.incident import Incident, apply
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.situation import Identity, Situation
from tocsin.incident.targets import Targets
from tocsin.kit import codec
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.response.decide import decide
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.runbook.project import Files
from tocsin.runbook.reread import with_files
from tocsin.runbook.waive import Waiver

_LOOK_AROUND_LIMIT = timedelta(seconds=10)
_RECORD_LIMIT = timedelta(seconds=30)
_SEND_LIMIT = timedelta(seconds=60)
_HEARTBEAT_LIMIT = timedelta(seconds=5)
_ASK_AGAIN = timedelta(seconds=2)
_SEND_TRIES = RetryPolicy(
    initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=30), maximum_attempts=5
)
_LOOK_TRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
_ONCE = RetryPolicy(maximum_attempts=1)


@workflow.defn(name="incident")
class IncidentFlow:
    """The workflow of one incident. Its id is the incident's; `say` hands it a word and answers what became of it."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._settings = codec.decode(begin.settings, ResponseSettings)
        self._targets = codec.decode(begin.targets, Targets)
        self._book = _book(begin)
        self._incident = Incident(IncidentId(begin.incident))
        self._log: list[Recorded] = []
        for position, line in enumerate(begin.log, start=1):
            self._append(record_of(position, line))
        self._asked: list[list[str]] = []
        self._words: deque[tuple[Word, asyncio.Future[Said]]] = deque()
        self._pages: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._hand: datetime | None = None  # the time of a story, and where it was told to go
        self._goal: datetime | None = None

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Decide what comes until the incident is over and can no longer be reopened. Returns its stage."""
        while True:
            await self._wait()
            await self._pass_deadlines()
            while self._words:
                word, answer = self._words.popleft()
                answer.set_result(await self._heard(word))
            if self._over():
                await workflow.wait_condition(workflow.all_handlers_finished)
                return self._incident.stage.value
            if workflow.info().is_continue_as_new_suggested() and not (self._tasks or self._words):
                await workflow.wait_condition(workflow.all_handlers_finished)
                begin.log = [line_of(record) for record in self._log]
                workflow.continue_as_new(begin)

    @workflow.update
    async def say(self, word: Word) -> Said:
        """Hand in a word; answers when it has been decided and recorded."""
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._words.append((word, answer))
        return await answer

    @workflow.update
    async def until(self, moment: str) -> Said:
        """Move the clock by hand (stories only), letting every deadline on the way pass in its order."""
        if not self._begin.by_hand:
            return Said(False, "Only a story's clock is moved by hand.", self._incident.stage.value)
        self._goal = datetime.fromisoformat(moment)
        await workflow.wait_condition(lambda: self._hand == self._goal)
        return Said(True, None, self._incident.stage.value)

    @workflow.query
    def log(self) -> list[list[str]]:
        """What was recorded (`wire.line_of`)."""
        return [line_of(record) for record in self._log]

    @workflow.query
    def asked(self) -> list[list[str]]:
        """Every command that was asked for: kind, JSON and time."""
        return self._asked

    # -- time ------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        if self._begin.by_hand and self._hand is not None:
            return self._hand
        return workflow.now()

    def _horizon(self) -> datetime:
        """Up to when deadlines pass: now, or where a story's clock was told to go."""
        return self._goal if self._begin.by_hand and self._goal is not None else self._now()

    def _next_due(self) -> tuple[datetime, str] | None:
        running = [
            (clock.started.due, name)
            for name, clock in self._incident.clocks.items()
            if clock.state == "running"
        ]
        return min(running, default=None)

    def _due(self, now: datetime) -> tuple[datetime, str] | None:
        due = self._next_due()
        return due if due is not None and due[0] <= now else None

    async def _wait(self) -> None:
        """Until there is a word, or a deadline has passed."""

        def something() -> bool:
            return bool(self._words) or self._due(self._horizon()) is not None or self._hand != self._goal

        next_due = None if self._begin.by_hand else self._next_due()
        timeout = max(next_due[0] - self._now(), timedelta()) if next_due is not None else None
        if timeout is None and self._incident.resolved_at is not None and not self._begin.by_hand:
            timeout = self._settings.reopen
        try:
            await workflow.wait_condition(something, timeout=timeout)
        except TimeoutError:
            return

    async def _pass_deadlines(self) -> None:
        while (due := self._due(self._horizon())) is not None:
            at, name = due
            if self._begin.by_hand:
                self._hand = max(self._hand or at, at)
            await self._happen(ClockPassed(name, at), "clock")
        if self._begin.by_hand:
            self._hand = self._horizon()

    def _over(self) -> bool:
        """Whether nothing can happen to it any more."""
        ended = self._incident.resolved_at
        return (
            ended is not None
            and not self._begin.by_hand
            and not self._tasks
            and not self._words
            and self._next_due() is None
            and self._now() >= ended + self._settings.reopen
        )

    # -- deciding --------------------------------------------------------------------------------------

    async def _heard(self, word: Word) -> Said:
        try:
            event = event_codec.decode_event(word.kind, word.body)
        except TocsinError as problem:
            return Said(False, problem.message, self._incident.stage.value)
        refusal = await self._happen(event, word.actor)
        return Said(refusal is None, refusal, self._incident.stage.value)

    async def _happen(self, event: Event, actor: str) -> str | None:
        """Decide one event, record what follows, then begin what is asked of the world. Returns why it was refused."""
        now = self._now()
        around = await workflow.execute_local_activity(
            "look_around", now.isoformat(), result_type=Around, start_to_close_timeout=_LOOK_AROUND_LIMIT
        )
        book, held = self._book, NOTHING_HELD
        if around.texts:
            repository = Repository(around.texts)
            book = with_files(book, Files(repository, around.inside, cwd=around.inside))
            held = repository.at(around.inside or ".") or NOTHING_HELD
        situation = Situation(
            now,
            self._incident.id,
            book,
            codec.decode(around.roster, Roster),
            self._targets,
            self._settings,
            codec.decode(around.identities, dict[str, Identity]),
            held=held,
        )
        decision = decide(self._incident, event, situation, actor)
        if decision.refusal is not None:
            return decision.refusal
        before = len(self._log)
        for recorded, by in decision.events:
            self._append(Recorded(len(self._log) + 1, now, by, recorded))
        if not self._begin.by_hand:
            await self._record(before)
        for command in decision.commands:
            self._ask(command)
        for command in decision.commands:
            if isinstance(command, CancelPages):
                await self._take_back()
        return None

    def _append(self, record: Recorded) -> None:
        self._log.append(record)
        self._incident = apply(self._incident, record.event, record.at)

    async def _record(self, before: int) -> None:
        """Into the store, before anything is begun: intent is known before the act."""
        lines = [line_of(record) for record in self._log[before:]]
        await workflow.execute_activity(
            "record",
            Entries(self._begin.incident, before, lines),
            start_to_close_timeout=_RECORD_LIMIT,
        )

    # -- acting ----------------------------------------------------------------------------------------

    def _ask(self, command: Command) -> None:
        change = isinstance(command, RunStep) and command.ask is not None
        work = Work(event_codec.kind_of(command), event_codec.encode(command), change)
        self._asked.append([work.kind, work.body, self._now().isoformat()])
        if self._begin.by_hand or isinstance(command, CancelPages):
            return
        task = asyncio.create_task(self._carry_out(command, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if isinstance(command, Page):
            self._pages[command.key] = task
            task.add_done_callback(lambda _: self._pages.pop(command.key, None))

    async def _carry_out(self, command: Command, work: Work) -> None:
        """Have it done by a worker, and hear what came of it. A change is tried once."""
        try:
            if isinstance(command, RunStep):
                if work.change:
                    await self._targets_of(command, work)
                limit = self._begin.change_seconds if work.change else self._begin.step_seconds
                outcome = await workflow.execute_activity(
                    "run_step",
                    work,
                    result_type=list[Word],
                    task_queue=site_queue(self._site(command)),
                    start_to_close_timeout=timedelta(seconds=limit * max(len(command.texts), 1) + 30),
                    heartbeat_timeout=_HEARTBEAT_LIMIT,
                    retry_policy=_ONCE if work.change else _LOOK_TRIES,
                )
            else:
                outcome = await workflow.execute_activity(
                    "send",
                    work,
                    result_type=list[Word],
                    start_to_close_timeout=_SEND_LIMIT,
                    retry_policy=_SEND_TRIES,
                )
        except ActivityError as problem:
            if is_cancelled_exception(problem):
                raise CancelledError("taken back") from problem
            outcome = _failed(command, problem)
        for word in outcome:
            await self.say_later(word)

    async def _targets_of(self, command: RunStep, work: Work) -> None:
        """Wait until nobody else changes its targets; what waits longer than its yes counts is refused where it would run."""
        told: set[str] = set()
        while command.until is None or workflow.now() < command.until:
            waits = await workflow.execute_activity(
                "take_targets", work, result_type=list[Word], start_to_close_timeout=_RECORD_LIMIT
            )
            if not waits:
                return
            for word in waits:
                if word.body not in told:
                    told.add(word.body)
                    await self.say_later(word)
            await workflow.sleep(_ASK_AGAIN)

    async def say_later(self, word: Word) -> None:
        """Hear an outcome as any other word, one after the other."""
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._words.append((word, answer))
        await answer

    async def _take_back(self) -> None:
        """Take back the pages that no channel has taken yet; in stories, those of this very moment."""
        if self._begin.by_hand:
            for key, page in list(self._incident.pages.items()):
                if page.state == "queued" and page.queued.urgent and page.at == self._now():
                    await self._happen(PageCancelled(key, "no longer needed"), "tocsin")
            return
        for key, task in list(self._pages.items()):
            waiting = self._incident.pages.get(key)
            if waiting is not None and waiting.state == "queued" and waiting.queued.urgent:
                task.cancel()
                await self._happen(PageCancelled(key, "no longer needed"), "tocsin")

    def _site(self, command: RunStep) -> str:
        """Whose workers reach its targets: the first target that belongs to a site."""
        sites = (self._begin.sites.get(text.target, "") for text in command.texts)
        return next((site for site in sites if site), "")


def _failed(command: Command, problem: ActivityError) -> list[Word]:
    """What it means that an activity was given up."""
    why = str(problem.cause or problem)
    event: Event | None = None
    match command:
        case RunStep():
            event = StepInterrupted(command.run, f"its worker was lost: {why}")
        case Page():
            event = PageFailed(command.key, "temporal", why, True)
        case _:
            workflow.logger.error("%s was given up: %s", event_codec.kind_of(command), why)
    if event is None:
        return []
    return [Word(event_codec.kind_of(event), event_codec.encode(event), "tocsin")]


def _book(begin: Begin) -> Runbook:
    return _read(begin.path, begin.text, begin.today, begin.waivers)


@lru_cache(maxsize=16)  # the incidents of one runbook, and every replay of each, read it once
def _read(path: str, text: str, today: str, waivers: str) -> Runbook:
    return read(Text(Path(path), text), date.fromisoformat(today), codec.decode(waivers, tuple[Waiver, ...]))
