"""Where an event meets its incident: load, decide, record, and put what is asked of the world into the outbox.

Everything of one decision is one transaction: the event, what follows from it, the clocks and the commands. So intent
is known before the act, and a crash loses nothing.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.detection.change_event import ChangeEvent
from tocsin.effects.effect import Effect
from tocsin.engine import for_channels, identities
from tocsin.engine.history import load
from tocsin.engine.library import Library
from tocsin.engine.near_changes import recent
from tocsin.engine.projection import project
from tocsin.engine.scripts import Scripts
from tocsin.incident import codec
from tocsin.incident.commands import (
    CancelPages,
    Command,
    DraftPostmortem,
    OpenRoom,
    Page,
    RunStep,
    SendUpdate,
    SettlePages,
)
from tocsin.incident.events import (
    Acknowledged,
    ClockStarted,
    ClockStopped,
    DoubtSettled,
    Event,
    IncidentDeclared,
    PageCancelled,
    Reopened,
    Resolved,
    TargetPinned,
)
from tocsin.incident.incident import Incident
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.situation import Identity, Situation
from tocsin.incident.targets import Targets
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.oncall.schedule import OnCall
from tocsin.response.decide import Decision, decide
from tocsin.store import amendments, clocks, log, outbox, target_lock
from tocsin.store.tx import Tx

# Kinds of outbox rows, by who carries them out. Paging goes before diagnostics (INI-01).
# A page wakes, a note is a page that does not; telling is everything else that channels are asked for.
PAGE, NOTE, TELL, LOOK, CHANGE, DRAFT = "page", "note", "tell", "look", "change", "draft"
_KEPT = 1_000  # incidents in memory, 20 kB each; one that is not is read from the log in a millisecond
_REPEATED = 1  # a page that is not the first of its incident lets the first ones of others go before (PAG-11)
_PRIORITY = {PAGE: 0, CHANGE: 5, NOTE: 8, TELL: 10, LOOK: 20, DRAFT: 30}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every decision looks at, beside the incident and the time.

    Attributes:
        wishes: what the channels want to be told.
        scripts: what lies where steps run; read anew for every decision.
        plan: people and schedules; who of them is on call is worked out at each decision, with what the store amends.
    """

    library: Library
    plan: OnCall
    targets: Targets
    settings: ResponseSettings
    wishes: for_channels.Wishes = field(default_factory=for_channels.Wishes)
    scripts: Scripts = field(default_factory=Scripts)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one transaction sees beside the incidents.

    Attributes:
        roster: who is on call. targets: who they are.
    """

    tx: Tx
    roster: Roster
    targets: Mapping[str, Identity]


class Decisions:
    """Decides events on incidents. Keeps folded incidents in memory; the log stays the truth."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._known: OrderedDict[IncidentId, Incident] = OrderedDict()  # the longest untouched first
        self._lock = threading.Lock()
        self._seen_in: _Seen | None = None
        self._changed_in: tuple[Tx, tuple[ChangeEvent, ...] | None] | None = None

    def take_up(self, surroundings: Surroundings) -> None:
        """Look at these from the next decision on."""
        with self._lock:
            self._surroundings = surroundings
            self._seen_in = None

    def incident(self, tx: Tx, identifier: IncidentId, position: int | None = None) -> Incident:
        """The incident as the log has it.

        Args:
            position: of its last event, if this transaction has read that already.
        """
        known = self._known.get(identifier)
        if known is not None:
            at = position if position is not None else log.last_position(tx, identifier)
            if known.position == at:
                return known
        return load(tx, identifier)

    def happen(
        self, tx: Tx, identifier: IncidentId, event: Event, actor: str, now: datetime, new: bool = False
    ) -> Decision:
        """Decide one event and record what follows. The caller commits, then calls `keep` with the result.

        Args:
            new: the log knows nothing of this incident yet, so that nothing need be looked for.

        Raises:
            store.log.Conflict: somebody else recorded something meanwhile; roll back and try again.
        """
        return self.happen_all(tx, identifier, (event,), actor, now, new)

    def happen_all(
        self,
        tx: Tx,
        identifier: IncidentId,
        events: Sequence[Event],
        actor: str,
        now: datetime,
        new: bool = False,
    ) -> Decision:
        """Decide events of one incident in turn and record what follows of all of them at once.

        What is refused is left out; the refusal told is that of the first, if every one was refused.

        Raises: like `happen`.
        """
        before = Incident(identifier) if new else self.incident(tx, identifier)
        situation = self._situation(tx, before, now)
        made = [first := decide(before, events[0], situation, actor)]
        for event in events[1:]:
            made.append(decide(made[-1].incident, event, situation, actor))
        decision = first
        if len(made) > 1:
            decision = Decision(
                made[-1].incident,
                tuple(event for each in made for event in each.events),
                tuple(command for each in made for command in each.commands),
                first.refusal if all(each.refusal is not None for each in made) else None,
            )
        if decision.refusal is None:
            self._record(tx, before, decision, now)
        return decision

    def keep(self, *decided: Decision) -> None:
        """Remember incidents whose transaction has been committed."""
        with self._lock:
            for decision in decided:
                if decision.refusal is None:
                    self._known[decision.incident.id] = decision.incident
                    self._known.move_to_end(decision.incident.id)
                    if not decision.incident.open:
                        self._known.pop(decision.incident.id, None)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def forget(self) -> None:
        """Trust the log only, for example after a transaction that failed."""
        with self._lock:
            self._known.clear()

    def _situation(self, tx: Tx, incident: Incident, now: datetime) -> Situation:
        around = self._surroundings
        declared = incident.declared
        book = (
            around.library.book(tx, declared.runbook_sha256, declared.runbook_path)
            if declared is not None
            else around.library.current
        )
        seen = self._seen(tx, now)
        book, held = around.scripts.reread(book)
        lately = self._changes(tx, now) if declared is None or incident.resolved_at is not None else None
        return Situation(
            now, incident.id, book, seen.roster, around.targets, around.settings, seen.targets, held, changes=lately
        )  # fmt: skip

    def _seen(self, tx: Tx, now: datetime) -> "_Seen":
        """What the store says beside the incident.

        Read once in each transaction: who took the pager a second ago is called, without a restart.
        """
        with self._lock:
            if self._seen_in is None or self._seen_in.tx is not tx:
                around = self._surroundings
                roster = roster_at(around.plan, amendments.holding(tx, now), now)
                known = identities.known(tx, around.targets.pins)
                self._seen_in = _Seen(tx, roster, known)
            return self._seen_in

    def _changes(self, tx: Tx, now: datetime) -> tuple[ChangeEvent, ...] | None:
        """What was changed in the last day, read once in each transaction."""
        if self._changed_in is None or self._changed_in[0] is not tx:
            self._changed_in = (tx, recent(tx, now))
        return self._changed_in[1]

    def _record(self, tx: Tx, before: Incident, decision: Decision, now: datetime) -> None:
        entries = [
            log.Entry(before.id, codec.kind_of(event), codec.encode(event), actor, now)
            for event, actor in decision.events
        ]
        log.append(tx, entries, expected_position=before.position)
        starting: dict[str, tuple[str, datetime, str]] = {}
        fresh = before.position == 0  # nothing of it can be running
        for position, (event, _) in enumerate(decision.events, before.position + 1):
            if isinstance(event, ClockStarted) and event.name not in starting:
                starting[event.name] = (event.name, event.due, f"{before.id}.{position}")
                continue
            if starting and isinstance(event, ClockStarted | ClockStopped):
                # In order, so that a clock started and stopped in one decision does not run.
                clocks.start_all(tx, before.id, now, list(starting.values()), fresh)
                starting.clear()
                fresh = False
            self._kept_beside(tx, before.id, event, position, now)
        if starting:
            clocks.start_all(tx, before.id, now, list(starting.values()), fresh)
        first = any(isinstance(event, IncidentDeclared | Reopened) for event, _ in decision.events)
        asked = (*decision.commands, *for_channels.commands(decision, self._surroundings.wishes, now))
        rows = [row for command in asked if (row := _row(command, now, first)) is not None]
        outbox.put(tx, rows)
        project(tx, decision.incident, now, before)

    def _kept_beside(
        self, tx: Tx, identifier: IncidentId, event: Event, position: int, now: datetime
    ) -> None:
        match event:
            case ClockStarted(name, due, _):
                clocks.start(tx, identifier, name, now, due, f"{identifier}.{position}")
            case ClockStopped(name, because):
                clocks.stop(tx, identifier, name, because, now)
            case TargetPinned(target, identity):
                identities.pin(tx, target, identity)
                with self._lock:
                    self._seen_in = None
            case DoubtSettled(run):
                target_lock.give_back(tx, run, now)
            case _:
                pass

    def cancel(self, tx: Tx, decision: Decision, now: datetime) -> tuple[Decision, ...]:
        """Take the pages nobody has handed over out of the queue, and say so in the log."""
        followed: list[Decision] = []
        for command in decision.commands:
            if isinstance(command, CancelPages):
                self.keep(decision)
                for key in outbox.cancel(tx, command.incident, [PAGE]):
                    cancelled = self.happen(
                        tx, command.incident, PageCancelled(key, "no longer needed"), "tocsin", now
                    )
                    self.keep(cancelled)
                    followed.append(cancelled)
        return tuple(followed)


def wanted(decision: Decision) -> frozenset[str]:
    """The kinds of outbox rows a decision put, so that only those who carry them out are woken."""
    asked = {_kind(command) for command in decision.commands if not isinstance(command, CancelPages)}
    # Channels may be told of these (for_channels); waking who finds nothing costs a look.
    if any(isinstance(event, Acknowledged | Resolved | IncidentDeclared) for event, _ in decision.events):
        asked.add(TELL)
    return frozenset(asked)


def _kind(command: Command) -> str:
    match command:
        case Page():
            return PAGE if command.kind == "page" else NOTE
        case RunStep():
            return LOOK if command.ask is None and command.effect == Effect.OBSERVE.word else CHANGE
        case SendUpdate() | SettlePages() | OpenRoom():
            return TELL
        case _:
            return DRAFT


def _row(command: Command, now: datetime, first: bool) -> outbox.OutboxRow | None:
    match command:
        case Page():
            key = command.key
        case RunStep():
            key = command.run
        case SendUpdate():
            key = command.update
        case SettlePages() | OpenRoom():
            key = command.key
        case DraftPostmortem():
            # One draft per end: a reopened incident ends again, and gets another.
            key = f"{command.incident}.draft.{now.isoformat()}"
        case CancelPages():
            return None
    kind = _kind(command)
    priority = _PRIORITY[kind]
    if kind == PAGE and not first:
        priority += _REPEATED
    name = codec.kind_of(command)
    body = f'{{"command":"{name}","value":{codec.encode(command)}}}'
    who = command.person if isinstance(command, Page) else None
    return outbox.OutboxRow(key, command.incident, kind, body, priority, now, who)
