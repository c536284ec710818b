"""What workers do for the workflows: look around, record, send, run steps. Each answers with the events it led to."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity

from tocsin.connectors.api import PageMessage, Pager
from tocsin.engine import identities
from tocsin.engine.history import load
from tocsin.engine.perform import IN_DOUBT
from tocsin.engine.projection import project
from tocsin.engine.run_step import Workshop, run_step
from tocsin.engine.shown import Performed
from tocsin.engine.temporal.wire import Around, Entries, Word, Work
from tocsin.errors import Permanent, Temporary
from tocsin.incident import codec as event_codec
from tocsin.incident.commands import DraftPostmortem, Page, RunStep
from tocsin.incident.events import (
    DoubtSettled,
    Event,
    PageFailed,
    PageSent,
    PostmortemDrafted,
    StepWaiting,
    TargetPinned,
)
from tocsin.incident.situation import Identity
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.store import evidence, log, target_lock
from tocsin.store.database import Database

_BEAT = timedelta(seconds=1)
_MOST_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Hands:
    """What a worker acts with.

    Attributes:
        roster: who is on call at an instant. identities: who the targets are. pagers: by name.
        files: the scripts that lie where steps run, and that folder from their root.
        database: where the log and the evidence are kept, so that everything else of tocsin sees the incident;
            None in stories. write_draft: writes the post-mortem of an incident.
    """

    clock: Clock
    workshop: Workshop
    roster: Callable[[datetime], Roster]
    identities: Callable[[], Mapping[str, Identity]]
    pagers: Mapping[str, Pager]
    files: Callable[[], tuple[Mapping[str, str], str]] = lambda: ({}, "")
    database: Database | None = None
    write_draft: Callable[[DraftPostmortem, datetime], PostmortemDrafted] | None = None


class Acts:
    """The activities, with what they act with."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    @activity.defn(name="look_around")
    async def look_around(self, moment: str) -> Around:
        """Who is on call at a moment (ISO), and who the targets are."""
        hands = self._hands
        roster = await asyncio.to_thread(hands.roster, datetime.fromisoformat(moment))
        texts, inside = await asyncio.to_thread(hands.files)
        if sum(map(len, texts.values())) > _MOST_CHARS:
            texts = {}  # too much for an answer that Temporal keeps: then it counts as unread
        return Around(codec.encode(roster), codec.encode(dict(hands.identities())), dict(texts), inside)

    @activity.defn(name="record")
    async def record(self, entries: Entries) -> None:
        """Append events to the log, once: a second try of the same entries changes nothing."""
        database = self._hands.database
        if database is not None:
            await asyncio.to_thread(_record, database, entries)

    @activity.defn(name="send")
    async def send(self, work: Work) -> list[Word]:
        """Wake, tell, or write up. Raises what is worth another try."""
        command = event_codec.decode_command(work.kind, work.body)
        match command:
            case Page():
                return [_word(await asyncio.to_thread(self._page, command))]
            case DraftPostmortem() if self._hands.write_draft is not None:
                return [
                    _word(await asyncio.to_thread(self._hands.write_draft, command, self._hands.clock.now()))
                ]
            case _:
                return []

    @activity.defn(name="take_targets")
    async def take_targets(self, work: Work) -> list[Word]:
        """Take what a change changes, so that no other changes it meanwhile; or say whom it waits for."""
        command = event_codec.decode_command(work.kind, work.body)
        database = self._hands.database
        if not isinstance(command, RunStep) or database is None:
            return []
        return await asyncio.to_thread(self._take, database, command)

    @activity.defn(name="run_step")
    async def run_step(self, work: Work) -> list[Word]:
        """Run one step here. While it runs a beat is sent, so that a dead worker is noticed."""
        command = event_codec.decode_command(work.kind, work.body)
        if not isinstance(command, RunStep):
            return []
        beating = asyncio.create_task(_beat())
        try:
            performed = await asyncio.to_thread(run_step, command, self._hands.workshop)
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
        if self._hands.database is not None:
            await asyncio.to_thread(_keep, self._hands.database, command, performed, self._hands.clock.now())
        return [_word(performed.finished)]

    def _take(self, database: Database, step: RunStep) -> list[Word]:
        runners = self._hands.workshop.runners
        names = {text.target for text in step.texts}
        targets = {runners[name].target if name in runners else name for name in names}
        with database.write() as tx:
            other = target_lock.take(tx, targets, step.incident, step.run, self._hands.clock.now())
        if other is None:
            return []
        return [_word(StepWaiting(step.run, other.target, other.incident, other.run))]

    def _page(self, page: Page) -> Event:
        """Each of the person's methods in order, until one takes it."""
        hands = self._hands
        person = hands.roster(hands.clock.now()).person(page.person)
        wait: Temporary | None = None
        errors = []
        for method in person.methods if person is not None else ():
            message = PageMessage(
                page.key, page.person, method.address, page.subject, page.body, None, page.drill
            )
            try:
                receipt = hands.pagers[method.pager].page(message)
            except Temporary as problem:
                wait = problem
            except (Permanent, KeyError) as problem:
                errors.append(f"{method.pager}: {problem}")
            else:
                return PageSent(page.key, method.pager, receipt.reference)
        if wait is not None:
            raise wait
        return PageFailed(page.key, "", "; ".join(errors) or "there is no way to reach them", True)


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(_BEAT.total_seconds())


def _word(event: Event) -> Word:
    return Word(event_codec.kind_of(event), event_codec.encode(event), "tocsin")


def _record(database: Database, entries: Entries) -> None:
    incident = IncidentId(entries.incident)
    with database.write() as tx:
        known = log.last_position(tx, incident)
        if known >= entries.position + len(entries.events):
            return  # recorded by a try whose answer was lost
        lines = [
            log.Entry(incident, kind, body, actor, datetime.fromisoformat(at))
            for kind, body, actor, at in entries.events
        ]
        log.append(tx, lines, expected_position=entries.position)
        for kind, body, _, _ in entries.events:
            event = event_codec.decode_event(kind, body)
            match event:
                case TargetPinned():
                    identities.pin(tx, event.target, event.identity)
                case DoubtSettled(run):
                    target_lock.give_back(tx, run, lines[-1].at)
                case _:
                    pass
        project(tx, load(tx, incident), lines[-1].at)


def _keep(database: Database, step: RunStep, performed: Performed, now: datetime) -> None:
    shown = performed.evidence
    row = evidence.EvidenceRow(
        shown.id, step.incident, step.run, shown.stdout, shown.stderr, shown.meta, shown.sha256, now
    )  # fmt: skip
    with database.write() as tx:
        if evidence.get(tx, shown.id) is None:
            evidence.put(tx, row)
        if step.ask is not None and performed.finished.outcome != IN_DOUBT:
            target_lock.give_back(tx, step.run, now)
