"""Carrying out what was decided: pages, steps, drafts. Claimed and committed before the act, reported after it.

Each kind has its own workers, so that a page never queues behind a diagnosis. Two changes never meet on one target, and
a target is not looked at by everybody at once (`turnstile`).
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from tocsin.connectors.api import Pager
from tocsin.engine import decisions as kinds
from tocsin.engine.bell import Bell
from tocsin.engine.paging.channels import Channels
from tocsin.engine.paging.desk import Desk, Parcel
from tocsin.engine.paging.links import Links
from tocsin.engine.run_step import Progress, Workshop, could_not_run, run_step
from tocsin.engine.send_update import Outlets, send_update
from tocsin.engine.shown import Performed
from tocsin.engine.turnstile import Turnstile
from tocsin.engine.words import put_event
from tocsin.errors import StoreError
from tocsin.incident import codec
from tocsin.incident.commands import (
    Command,
    DraftPostmortem,
    OpenRoom,
    Page,
    RunStep,
    SendUpdate,
    SettlePages,
)
from tocsin.incident.events import PostmortemDrafted, StepInterrupted, UpdateDelivered
from tocsin.kit.clock import Clock
from tocsin.oncall.escalation import Roster
from tocsin.oncall.paging import Paging
from tocsin.store import evidence, lease, outbox, target_lock
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

_WORKERS = (
    (kinds.PAGE, 4),
    (kinds.NOTE, 2),
    (kinds.TELL, 1),
    (kinds.LOOK, 10),
    (kinds.CHANGE, 3),
    (kinds.DRAFT, 1),
)
IN_DOUBT = "in doubt"
_IDLE_SECONDS = 0.5
_TRIES = 5  # of one page over each method, before its failure is final
_BACKOFF = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Means:
    """What commands are carried out with.

    Attributes:
        pagers: by name. drill_pagers: those that rehearsals may use. workshop: for steps. write_draft: writes the post-mortem of an incident and says where. outlets: the channels of each audience.
        paging, links, scope: see `Channels`.
    """

    pagers: Mapping[str, Pager]
    drill_pagers: frozenset[str]
    roster: Roster
    workshop: Workshop
    write_draft: Callable[[DraftPostmortem, datetime], PostmortemDrafted]
    outlets: Outlets = field(default_factory=dict)
    paging: Paging = field(default_factory=Paging)
    links: Links | None = None
    scope: str = ""


class _Envelope(msgspec.Struct):
    command: str
    value: msgspec.Raw


def decode(body: str) -> Command:
    """The command an outbox row holds."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    return codec.decode_command(envelope.command, bytes(envelope.value).decode())


def _channels(means: Means) -> Channels:
    return Channels(
        means.pagers, means.drill_pagers, means.roster, means.workshop.redactor, means.paging, means.links, means.scope
    )  # fmt: skip


class Performers:
    """The workers. Started and stopped with the engine."""

    def __init__(
        self, database: Database, means: Means, clock: Clock, held: Callable[[], lease.Lease], name: str
    ) -> None:
        self._database = database
        self._means = means
        self._clock = clock
        self._held = held
        self._name = name
        self._turnstile = Turnstile(means.workshop)
        self.desk = Desk(database, _channels(means), clock, held, name, self._store)
        self._stop = threading.Event()
        self._no_more_changes = threading.Event()
        self._bells = {kind: Bell() for kind, _ in _WORKERS}
        # So that of one kind only one worker at a time looks and takes.
        self._claiming = {kind: threading.Lock() for kind, _ in _WORKERS}
        self._threads = [
            threading.Thread(target=self._work, args=(kind,), name=f"tocsin-{kind}-{number}", daemon=True)
            for kind, count in _WORKERS
            for number in range(count)
        ]

    def take_up(self, means: Means) -> None:
        """Carry out the next commands with these; what is being carried out keeps what it began with."""
        self._means = means
        self._turnstile.take_up(means.workshop)
        # A page that is just leaving is not lost for a line of settings: it still finds its pager.
        channels = _channels(means)
        self.desk.channels = replace(channels, pagers={**self.desk.channels.pagers, **channels.pagers})

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def wake(self, wanted: Collection[str]) -> None:
        """There is something new of these kinds in the outbox."""
        for kind in wanted:
            self._bells[kind].ring()

    def finish_changes(self, limit: timedelta) -> None:
        """Begin no further change and wait for the one that runs, at most this long; all else goes on meanwhile."""
        self._no_more_changes.set()
        self._bells[kinds.CHANGE].ring_out()
        self._join(
            limit, [thread for thread in self._threads if thread.name.startswith(f"tocsin-{kinds.CHANGE}-")]
        )

    def stop(self, limit: timedelta) -> None:
        """Take nothing new and wait for what is being carried out, at most this long."""
        self._no_more_changes.set()
        self._stop.set()
        for bell in self._bells.values():
            bell.ring_out()
        self._join(limit, self._threads)

    def _join(self, limit: timedelta, threads: Iterable[threading.Thread]) -> None:
        until = self._clock.monotonic() + limit.total_seconds()
        for thread in threads:
            if thread.is_alive():
                thread.join(max(until - self._clock.monotonic(), 0))

    def _stopping(self, kind: str) -> bool:
        return self._stop.is_set() or (kind == kinds.CHANGE and self._no_more_changes.is_set())

    def _work(self, kind: str) -> None:
        bell = self._bells[kind]
        while not self._stopping(kind):
            bell.wait(_IDLE_SECONDS)
            try:
                # Without a bell there may still be something that was put off.
                while not self._stopping(kind) and self._one(kind):
                    pass
            except lease.Lost:
                logger.error("another process leads now; %s stops", threading.current_thread().name)
                return
            except StoreError as problem:
                logger.error("the outbox cannot be read: %s", problem)
                self._stop.wait(_IDLE_SECONDS)

    def _one(self, kind: str) -> bool:
        """Claim one command, carry it out, report. Returns whether there was one."""
        if kind in (kinds.PAGE, kinds.NOTE):
            return self._pages(kind)
        with self._claiming[kind]:
            row = self._claim(kind)
        if row is None:
            return False
        try:
            self._carry_out(row, decode(row.body))
        except (StoreError, lease.Lost):
            raise
        except Exception as defect:
            # The edge of the loop: a defect of ours must neither end the worker nor leave the command unanswered.
            logger.exception("defect while carrying out %s", row.key)
            self._give_up(row, f"{type(defect).__name__}: {defect}")
        return True

    def _claim(self, kind: str) -> outbox.Claimed | None:
        """The next command of a kind, marked as begun, or None.

        Looks before it takes the write lock: the loop is waiting for that, to decide what came of the last one.
        """
        with self._database.read() as tx:
            if not outbox.is_due(tx, kind, self._clock.now()):
                return None
        through = False
        claimed: tuple[outbox.Claimed, ...] = ()
        try:
            with self._database.write() as tx:
                lease.check(tx, self._held())
                now = self._clock.now()
                claimed = outbox.claim(tx, now, [kind], 1, holder=self._name)
                through = bool(claimed) and self._let_through(tx, claimed[0], now)
                more = outbox.is_due(tx, kind, now)
        except BaseException:
            if through and kind == kinds.LOOK:
                self._turnstile.looked(decode(claimed[0].body))  # it was never begun
            raise
        if more:
            self._bells[kind].ring()  # for another of this kind
        return claimed[0] if through else None

    def _let_through(self, tx: Tx, row: outbox.Claimed, now: datetime) -> bool:
        """Whether what was claimed may begin now; if not it is back in the queue."""
        if row.kind not in (kinds.LOOK, kinds.CHANGE):
            return True
        try:
            step = decode(row.body)
        except StoreError:
            return True  # whoever carries it out says what is wrong with it
        if not isinstance(step, RunStep):
            return True
        if row.kind == kinds.CHANGE:
            return self._turnstile.lets_change(tx, row, step, now)
        return self._turnstile.lets_look(tx, row, step, now)

    def _carry_out(self, row: outbox.Claimed, command: Command) -> None:
        match command:
            case Page():
                self.desk.hand_over(Parcel((row,), (command,)))
            case SettlePages():
                self.desk.settle(row, command)
            case OpenRoom():
                self.desk.open_rooms(row, command)
            case RunStep():
                self._step(row, command)
            case DraftPostmortem():
                self._draft(row, command)
            case SendUpdate():
                self._update(row, command)
            case other:
                raise StoreError(f"The outbox holds {codec.kind_of(other)}, which nobody carries out.")

    def _give_up(self, row: outbox.Claimed, why: str) -> None:
        """Say what became of a command that a defect of ours cut off; a change is in doubt, the rest is tried again."""
        command = decode(row.body)
        match command:
            case RunStep() if row.kind == kinds.CHANGE:
                because = f"a defect of tocsin cut it off: {why}"
                self._report(row, "in doubt", lambda tx, now: put_event(
                    tx, command.incident, StepInterrupted(command.run, because), "tocsin", now, f"{command.run}.interrupted"
                ))  # fmt: skip
            case RunStep() if row.attempts >= _TRIES:
                performed = could_not_run(command, self._means.workshop, why)
                self._report(row, "failed", lambda tx, now: self._keep(tx, command, performed, now))
            case Page():
                self.desk.fail(Parcel((row,), (command,)), why)
            case _:
                self._store(row, lambda tx, now: outbox.retry(tx, row.id, now + _BACKOFF * row.attempts, why))

    # -- channels --------------------------------------------------------------------------------------

    def _pages(self, kind: str) -> bool:
        """Take the next pages to the desk. Returns whether there were any."""
        parcel = self.desk.take(kind)
        if parcel is None:
            return False
        if parcel.more:
            self._bells[kind].ring()  # for another of us, while this one is on its way
        try:
            self.desk.hand_over(parcel)
        except (StoreError, lease.Lost):
            raise
        except Exception as defect:
            # The edge of the loop: a defect of ours must neither end the worker nor lose the page.
            logger.exception("defect while handing over %s", parcel.rows[0].key)
            self.desk.fail(parcel, f"{type(defect).__name__}: {defect}")
        return True

    # -- steps ---------------------------------------------------------------------------------------

    def _step(self, row: outbox.Claimed, step: RunStep) -> None:
        try:
            performed = run_step(step, self._means.workshop, self._progress(row, step))
        finally:
            if row.kind == kinds.LOOK:
                self._turnstile.looked(step)
        # Whoever waited for this target, or for a place at it, may begin.
        self._report(row, performed.finished.outcome, lambda tx, now: self._keep(tx, step, performed, now))
        self._bells[row.kind].ring()

    def _progress(self, row: outbox.Claimed, step: RunStep) -> Progress | None:
        """How far a change of several statements is, kept before each of them: after a crash somebody will ask."""
        if row.kind != kinds.CHANGE or len(step.texts) < 2:
            return None

        def begun(number: int) -> None:
            if number > 1:
                self._store(
                    row, lambda tx, _: outbox.note(tx, row.id, f"statement {number} of {len(step.texts)}")
                )

        return begun

    def _update(self, row: outbox.Claimed, update: SendUpdate) -> None:
        means = self._means
        last = row.attempts >= _TRIES
        handed = send_update(
            update, means.outlets, means.pagers, means.drill_pagers, means.workshop.redactor, last
        )

        def tell(tx: Tx, now: datetime) -> None:
            if handed.again is None:
                outbox.finish(tx, row.id, "sent", now)
            else:
                outbox.retry(
                    tx, row.id, now + max(_BACKOFF * row.attempts, handed.again), "not every channel took it"
                )
            for event in handed.events:
                word = "delivered" if isinstance(event, UpdateDelivered) else f"failed.{row.attempts}"
                key = f"{update.update}.{event.channel}.{word}"
                put_event(tx, update.incident, event, f"pager:{event.channel}", now, key)

        self._store(row, tell)

    def _draft(self, row: outbox.Claimed, draft: DraftPostmortem) -> None:
        drafted = self._means.write_draft(draft, self._clock.now())
        self._report(row, "written", lambda tx, now: put_event(
            tx, draft.incident, drafted, "tocsin", now, f"{row.key}.drafted"
        ))  # fmt: skip

    def _report(self, row: outbox.Claimed, outcome: str, say: Callable[[Tx, datetime], object]) -> None:
        """Outcome, evidence and the event that tells of it: one transaction."""

        def tell(tx: Tx, now: datetime) -> None:
            outbox.finish(tx, row.id, outcome, now)
            say(tx, now)

        self._store(row, tell)

    def _store(self, row: outbox.Claimed, tell: Callable[[Tx, datetime], object]) -> None:
        """Store what came of a command, however long the store refuses: only this process knows it.

        Raises:
            StoreError: the engine was told to stop meanwhile; what began and has no end is settled at the next start.
        """
        last_tries = _TRIES
        while True:
            try:
                with self._database.write() as tx:
                    lease.check(tx, self._held())
                    tell(tx, self._clock.now())
            except (lease.Lost, outbox.Conflict):
                raise
            except StoreError as problem:
                logger.error("what came of %s is not stored yet: %s", row.key, problem)
                last_tries -= self._stopping(row.kind)
                if not last_tries:
                    raise
                self._stop.wait(_IDLE_SECONDS)
            else:
                return

    def _keep(self, tx: Tx, step: RunStep, performed: Performed, now: datetime) -> None:
        shown = performed.evidence
        evidence.put(
            tx,
            evidence.EvidenceRow(
                shown.id, step.incident, step.run, shown.stdout, shown.stderr, shown.meta, shown.sha256, now
            ),
        )
        put_event(tx, step.incident, performed.finished, "tocsin", now, f"{step.run}.finished")
        if step.ask is not None and performed.finished.outcome != IN_DOUBT:
            target_lock.give_back(tx, step.run, now)
        self._turnstile.let_in(tx, step, now)
