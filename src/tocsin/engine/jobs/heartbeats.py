"""Takes pings in and watches deadlines: what a ping or a silence means is decided in `detection/heartbeat`.

Whatever follows from pings is written in the transaction that keeps them: who was answered is remembered.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from tocsin.detection import heartbeat
from tocsin.detection.heartbeat import Kind, Missed, News, Ping, State
from tocsin.detection.heartbeat_zone import wrong_zone
from tocsin.engine.intake import put_alert
from tocsin.engine.jobs import heartbeat_alerts as told
from tocsin.engine.jobs.heartbeat_spec import ZONES, Catalog, Spec, key_digest
from tocsin.errors import InputError, Refused
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.store import heartbeats as store
from tocsin.store import lease, meta
from tocsin.store.database import Database
from tocsin.store.heartbeats import HeartbeatRow, MissRow, PingRow
from tocsin.store.schema import safe_text
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")
sla = logging.getLogger("tocsin.sla")

BODY_LIMIT_BYTES = 10_000
MADE_BY_SENDERS = 1_000  # a sender with a wrong loop must not fill the store with heartbeats
_AGENT_CHARS = 200
_WATCHED = "heartbeats watched"
_NOTE_EVERY = timedelta(seconds=30)
_AWAY = timedelta(seconds=60)


class Outcome(Enum):
    """What became of a call."""

    TAKEN = "taken"
    CREATED = "created"
    NOT_FOUND = "not_found"  # no such heartbeat, or a key nobody has
    WRONG_KEY = "wrong_key"  # the heartbeat is there, and this key does not speak for it
    FULL = "full"  # senders have made as many as they may


@dataclass(frozen=True, slots=True)
class Report:
    """What a ping said, beside what it means. body: its text, as it came."""

    kind: Kind
    rid: str | None = None
    newest: bool = False
    exit: int | None = None
    took: timedelta | None = None
    body: bytes = b""
    method: str = ""
    agent: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One ping as a format read it.

    Attributes:
        key: as shown; it is kept nowhere. name, endpoint: which heartbeat; neither: the one whose key this is.
        report: None only asks whether the heartbeat is there and the key fits.
        make: what it is, if the sender may make it; remake: and may change what it made before.
    """

    format: str
    key: str
    report: Report | None
    name: str | None = None
    endpoint: str | None = None
    make: Spec | None = None
    remake: bool = False


@dataclass(slots=True)
class _Held:
    """A heartbeat while a batch is taken in."""

    row: HeartbeatRow
    spec: Spec
    state: State
    pings: int


class Heartbeats:
    """The heartbeats of an installation. Safe to use from many threads: the store is the only memory."""

    def __init__(
        self, database: Database, catalog: Catalog, clock: Clock, redactor: Redactor | None = None
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._redactor = redactor or Redactor()
        self._noted: datetime | None = None
        self._away: told.Away | None = None

    def take_up(self, catalog: Catalog) -> None:
        """From the next ping on this is what is expected. Its rows have to be prepared before."""
        self._catalog = catalog

    def prepare(self, tx: Tx, catalog: Catalog | None = None) -> None:
        """Bring the rows up to what tocsin.toml says now: new ones begin, those that are gone expect nothing.

        Args:
            catalog: what it says, where that is not what holds yet.
        """
        wanted = self._catalog if catalog is None else catalog
        now = self._clock.now()
        known = {row.name: row for row in store.listing(tx)}
        for name, spec in wanted.specs.items():
            row = known.get(name)
            if row is None:
                known[name] = store.make(
                    tx, name, spec.endpoint, None, codec.encode(heartbeat.begin(now)), now
                )
            elif row.spec is not None or row.endpoint != spec.endpoint:
                store.respecify(tx, row, spec.endpoint, None)
        kept = []
        for row in known.values():
            known_spec = _spec(wanted, row.name, row.spec if row.name not in wanted.specs else None)
            state = _state(row, now)
            at = heartbeat.deadline(known_spec.rules, known_spec.plan, state) if known_spec else None
            kept.append((row.id, codec.encode(state), at, row.pings, row.misses))
        store.keep(tx, kept)

    def spec(self, name: str, made: str | None) -> Spec | None:
        """What is known of a heartbeat: tocsin.toml first, then what its sender said; None: nobody wants it any more."""
        return _spec(self._catalog, name, made)

    def take(self, calls: Sequence[Call]) -> list[Outcome]:
        """Take a batch of pings in; returns after the commit. Raises StoreError: none of them is kept."""
        now = self._clock.now()
        with self._database.write() as tx:
            return self._take(tx, calls, now)

    def report(self, name: str, report: Report) -> None:
        """A ping of our own, which needs no key. Raises InputError if there is no heartbeat of this name."""
        now = self._clock.now()
        with self._database.write() as tx:
            row, spec = self.find(tx, name)
            it = _Held(row, spec, _state(row, now), row.pings)
            taken = self._ping(tx, it, Call("tocsin", "", report), report, now)
            store.add_pings(tx, [(row.id, taken)])
            self._keep(tx, row, spec, it.state, it.pings, row.misses)

    def turn(self, held: lease.Lease) -> int:
        """Tell every deadline that has passed; returns how many heartbeats that were. For the process that leads."""
        now = self._clock.now()
        self._note(held, now)
        with self._database.read() as tx:
            if not store.due(tx, now, 1):
                return 0
        lines: list[str] = []
        with self._database.write() as tx:
            lease.check(tx, held)
            rows = store.due(tx, now)
            for row in rows:
                lines += self._passed(tx, row, now)
        for line in lines:
            sla.warning(line)
        return len(rows)

    def create(self, spec: Spec) -> None:
        """A heartbeat that stands in no tocsin.toml. Raises Refused if there is one of this name."""
        now = self._clock.now()
        with self._database.write() as tx:
            if spec.name in self._catalog.specs or any(
                row.name == spec.name for row in store.named(tx, [spec.name])
            ):
                raise Refused(
                    f'There is a heartbeat "{spec.name}" already.', hint="See: tocsin heartbeat list."
                )
            state = heartbeat.begin(now)
            row = store.make(tx, spec.name, spec.endpoint, codec.encode(spec), codec.encode(state), now)
            self._keep(tx, row, spec, state, 0, 0)

    def pause(self, name: str, paused: bool) -> None:
        """Expect nothing of a heartbeat, or expect it again. Raises InputError if there is none of this name."""
        now = self._clock.now()
        with self._database.write() as tx:
            row, spec = self.find(tx, name)
            state = _state(row, now)
            state = heartbeat.pause(state, now) if paused else heartbeat.resume(state, now)
            self._keep(tx, row, spec, state, row.pings, row.misses)

    def find(self, tx: Tx, name: str) -> tuple[HeartbeatRow, Spec]:
        """A heartbeat of this name and what it is. Raises InputError."""
        for row in store.named(tx, [name]):
            spec = self.spec(row.name, row.spec)
            if spec is not None:
                return row, spec
        raise InputError(f'There is no heartbeat "{name}".', hint="See: tocsin heartbeat list.")

    def standing(self, row: HeartbeatRow, spec: Spec) -> heartbeat.Standing:
        """How a heartbeat stands now."""
        now = self._clock.now()
        return heartbeat.standing(spec.plan, _state(row, now), now)

    def state(self, row: HeartbeatRow) -> State:
        """What is known of a heartbeat."""
        return _state(row, self._clock.now())

    def hint(self, spec: Spec, state: State) -> str | None:
        """Whether it was probably planned in another time zone (JOB-07)."""
        if spec.cron is None:
            return None
        others = ((zone, spec.in_zone(zone)) for zone in ZONES if zone != spec.zone)
        found = wrong_zone(spec.plan, state.begins, others)
        return found.sentence if found is not None else None

    # -- pings ---------------------------------------------------------------------------------------------------

    def _take(self, tx: Tx, calls: Sequence[Call], now: datetime) -> list[Outcome]:
        digests = [key_digest(call.key) for call in calls]
        owners: dict[str, str | None] = store.keys(tx, (each for each in digests if each is not None))
        owners.update(self._catalog.keys)
        wanted = [
            call.name or (owners.get(digest) if digest is not None and call.endpoint is None else None)
            for call, digest in zip(calls, digests, strict=True)
        ]
        rows = store.named(
            tx, (name for name in wanted if name is not None), (c.endpoint for c in calls if c.endpoint)
        )
        held: dict[str, _Held] = {}
        for row in rows:
            spec = self.spec(row.name, row.spec)
            if spec is not None:
                held[row.name] = _Held(row, spec, _state(row, now), row.pings)
        pings: list[tuple[int, PingRow]] = []
        outcomes = []
        touched: dict[str, _Held] = {}
        for call, digest, name in zip(calls, digests, wanted, strict=True):
            it, outcome = self._found(tx, call, digest, name, owners, held, now)
            outcomes.append(outcome)
            if it is None or call.report is None:
                continue
            touched[it.row.name] = it
            pings.append((it.row.id, self._ping(tx, it, call, call.report, now)))
        store.add_pings(tx, pings)
        store.keep(
            tx,
            [
                (
                    it.row.id, codec.encode(it.state), heartbeat.deadline(it.spec.rules, it.spec.plan, it.state),
                    it.pings, it.row.misses,
                )
                for it in touched.values()
            ],
        )  # fmt: skip
        return outcomes

    def _found(
        self, tx: Tx, call: Call, digest: str | None, name: str | None, owners: dict[str, str | None],
        held: dict[str, _Held], now: datetime,
    ) -> tuple[_Held | None, Outcome]:  # fmt: skip
        """The heartbeat a call is for, made if the sender may make it."""
        fits = digest is not None and digest in owners
        owner = owners[digest] if digest is not None and fits else None
        if call.endpoint is not None:
            it = next((each for each in held.values() if each.row.endpoint == call.endpoint), None)
        else:
            it = held.get(name) if name is not None else None
        if it is not None:
            if not fits or owner not in (None, it.row.name):
                return None, Outcome.WRONG_KEY
            if call.remake and call.make is not None:
                self._remake(tx, it, call.make)
            return it, Outcome.TAKEN
        if not fits:
            return None, Outcome.WRONG_KEY if call.endpoint is None else Outcome.NOT_FOUND
        if call.make is None or name is None or owner is not None or name in self._catalog.specs:
            return None, Outcome.NOT_FOUND
        if store.count_made_by_senders(tx) >= MADE_BY_SENDERS:
            return None, Outcome.FULL
        state, spec = heartbeat.begin(now), call.make
        if any(row.name == name for row in store.named(tx, [name])):
            # It stood in tocsin.toml once and was taken out; its sender wants it again.
            (row,) = store.named(tx, [name])
            store.respecify(tx, row, spec.endpoint, codec.encode(spec))
        else:
            row = store.make(tx, name, spec.endpoint, codec.encode(spec), codec.encode(state), now)
        held[name] = it = _Held(row, spec, state, row.pings)
        return it, Outcome.CREATED

    def _remake(self, tx: Tx, it: _Held, wanted: Spec) -> None:
        """The sender says anew what it is; tocsin.toml has the last word."""
        if it.row.name in self._catalog.specs or wanted == it.spec:
            return
        store.respecify(tx, it.row, wanted.endpoint, codec.encode(wanted))
        it.spec = wanted

    def _ping(self, tx: Tx, it: _Held, call: Call, report: Report, now: datetime) -> PingRow:
        body = (
            self._redactor.redact(report.body[:BODY_LIMIT_BYTES].decode("utf-8", "replace"))
            if report.body
            else None
        )
        kind = report.kind
        if it.spec.only_post and report.method != "POST" and call.format == "healthchecks":
            kind = Kind.IGNORED
        elif it.spec.words is not None and body is not None and kind is Kind.SUCCESS:
            kind = it.spec.words.kind(body)
        said = Ping(kind, now, report.rid, report.newest, report.exit, report.took)
        turn = heartbeat.ping(it.spec.rules, it.spec.plan, it.state, said)
        it.state = turn.state
        it.pings += 1
        self._tell(tx, it.spec, turn.state, turn.news, (), body, now)
        took = turn.took // timedelta(milliseconds=1) if turn.took is not None else None
        return PingRow(
            it.pings, now, (turn.kind or kind).value, call.format, report.rid, report.exit, took, report.method,
            safe_text(report.agent[:_AGENT_CHARS]) or None, report.source or None,
            None if body is None else safe_text(body),
        )  # fmt: skip

    # -- silence -------------------------------------------------------------------------------------------------

    def _passed(self, tx: Tx, row: HeartbeatRow, now: datetime) -> list[str]:
        spec = self.spec(row.name, row.spec)
        state = _state(row, now)
        if spec is None:
            store.keep(tx, [(row.id, row.state, None, row.pings, row.misses)])
            return []
        turn = heartbeat.pass_time(spec.rules, spec.plan, state, now)
        self._tell(tx, spec, turn.state, turn.news, turn.missed, None, now)
        store.add_misses(
            tx, row.id, [MissRow(each.expected, each.deadline, each.last, now) for each in turn.missed]
        )
        self._keep(tx, row, spec, turn.state, row.pings, row.misses + len(turn.missed))
        return [told.line(spec, each, now) for each in turn.missed]

    def _tell(
        self, tx: Tx, spec: Spec, state: State, news: Sequence[News], missed: Sequence[Missed], body: str | None,
        now: datetime,
    ) -> None:  # fmt: skip
        for each in news:
            passed = next((miss for miss in missed if miss.deadline == each.at), None)
            alert = told.alert(spec, state, each, passed, self._away, self.hint(spec, state))
            put_alert(tx, alert, told.original(each, body), now)

    def _keep(self, tx: Tx, row: HeartbeatRow, spec: Spec, state: State, pings: int, misses: int) -> None:
        at = heartbeat.deadline(spec.rules, spec.plan, state)
        store.keep(tx, [(row.id, codec.encode(state), at, pings, misses)])

    def _note(self, held: lease.Lease, now: datetime) -> None:
        """Remember that somebody listens, so that after a gap people are told that we were the ones who were away."""
        if self._noted is not None and now - self._noted < _NOTE_EVERY:
            return
        with self._database.read() as tx:
            if not store.any_expected(tx):
                return  # nothing to be away from
        with self._database.write() as tx:
            lease.check(tx, held)
            before = meta.get(tx, _WATCHED)
            meta.put(tx, _WATCHED, now.isoformat())
        last = datetime.fromisoformat(before) if before is not None else None
        if last is not None and now - last > _AWAY:
            self._away = (last, now)
        self._noted = now


def _spec(catalog: Catalog, name: str, made: str | None) -> Spec | None:
    known = catalog.specs.get(name)
    if known is not None or made is None:
        return known
    try:
        return codec.decode(made, Spec)
    except InputError as problem:
        logger.error("heartbeat %s: what its sender said cannot be read: %s", name, problem)
        return None


def _state(row: HeartbeatRow, now: datetime) -> State:
    try:
        return codec.decode(row.state, State)
    except InputError as problem:
        logger.error("the stored state of heartbeat %s cannot be read and begins anew: %s", row.name, problem)
        return heartbeat.begin(now)
