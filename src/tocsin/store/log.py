"""The append-only log of all incidents, chained by hashes so that nobody can edit it unnoticed.

Each line's hash covers its own text and the hash of the line before it, over all incidents, in one order.
`verify` therefore finds an edited, inserted, deleted or exchanged line. Lines cut off at the end are found
by the separate `chain` row; if somebody changed that too, by a head noted elsewhere (`expected_head`).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from tocsin.errors import StoreError
from tocsin.kit.ids import EvidenceId, IncidentId
from tocsin.store import evidence, schema
from tocsin.store.schema import safe_json, safe_text, written
from tocsin.store.tx import Tx

GENESIS = "0" * 64
_BATCH = 5_000


class Conflict(StoreError):
    """Somebody else appended to this incident since it was read; nothing was appended."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, not yet in the log.

    Attributes:
        body: canonical JSON, kept exactly. (NUL and lone surrogates, which no database takes, become the
            same value spelled with an escape.)
    """

    incident: IncidentId
    kind: str
    body: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log.

    Attributes:
        seq: place in the whole log, from 1. position: place in its incident, from 1.
        hash: of this line and everything before it. previous: the hash of the line before.
    """

    seq: int
    position: int
    incident: IncidentId
    kind: str
    body: str
    actor: str
    at: datetime
    hash: str
    previous: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the log is what was written.

    Attributes:
        count: lines looked at. head: hash of the last line; note it elsewhere to notice a cut end later.
        first_bad: the first line that is not as it was written, or None if that cannot be said of one line.
        reason: one sentence, or None if the log is intact.
    """

    ok: bool
    count: int
    head: str
    first_bad: int | None = None
    reason: str | None = None


Cited = Callable[[str, str], Iterable[tuple[EvidenceId, str]]]
"""From an event's kind and body: which evidence it names, with the SHA-256 it says."""


def append(tx: Tx, entries: Sequence[Entry], expected_position: int | None = None) -> tuple[LogLine, ...]:
    """Add lines at the end of the log; wakes waiting processes.

    Args:
        entries: in order; they may belong to several incidents if no position is expected.
        expected_position: the last position the writer has read in this incident, 0 for a new one.

    Raises:
        Conflict: the incident has gone on since.
        ValueError: a position is expected, and the entries are of several incidents.
    """
    if not entries:
        return ()
    incidents = {entry.incident for entry in entries}
    if expected_position is not None and len(incidents) > 1:
        raise ValueError("an expected position belongs to one incident")
    positions = dict.fromkeys(incidents, 0)
    seq, previous, end = 0, GENESIS, None
    for incident in incidents:
        end = tx.execute(_HEAD_AND_POSITION, {"incident": incident}).first()
        if end is not None:  # an empty log has no head, and nobody in it a position
            seq, previous, positions[incident] = int(end[0]), str(end[1]), int(end[2] or 0)
    if expected_position is not None:
        _check_position(entries[0].incident, expected_position, positions[entries[0].incident])
    recorded: list[LogLine] = []
    for entry in entries:
        seq += 1
        positions[entry.incident] += 1
        line = _chained(entry, seq, positions[entry.incident], previous)
        recorded.append(line)
        previous = line.hash
    tx.execute(_APPEND, [_columns(line) for line in recorded])
    tx.execute(_MOVE_HEAD if end is not None else _FIRST_HEAD, {"end_seq": seq, "end_hash": previous})
    tx.announce()
    return tuple(recorded)


def last_position(tx: Tx, incident: IncidentId) -> int:
    """The position of the incident's last event, 0 if it has none."""
    return int(tx.execute(_LAST_POSITION, {"incident": incident}).scalar() or 0)


def last_seq(tx: Tx) -> int:
    """The place of the last line in the whole log, 0 for an empty one."""
    return int(tx.execute(select(func.max(schema.events.c.seq))).scalar() or 0)


def events(tx: Tx, incident: IncidentId, after_position: int = 0) -> tuple[LogLine, ...]:
    """The events of one incident after a position, in order."""
    rows = tx.execute(_OF_INCIDENT, {"incident": incident, "after": after_position})
    return tuple(_recorded(*row) for row in rows)


def having(tx: Tx, incidents: Sequence[IncidentId], kind: str) -> frozenset[IncidentId]:
    """Which of these incidents have an event of this kind; none of their events is decoded for that."""
    if not incidents:
        return frozenset()
    column = schema.events.c
    found = select(column.incident).where(column.incident.in_(incidents), column.kind == kind).distinct()
    return frozenset(IncidentId(name) for name in tx.execute(found).scalars())


def all_events(tx: Tx, after_seq: int = 0, limit: int = 1_000) -> tuple[LogLine, ...]:
    """The events of all incidents after a place in the log, in order, at most `limit`."""
    rows = tx.execute(_PAGE, {"after": after_seq, "limit": limit})
    return tuple(_recorded(*row) for row in rows)


def head(tx: Tx) -> str:
    """The hash of the last line; 64 zeros for an empty log. Worth noting outside this database."""
    end = tx.execute(_HEAD).first()
    return GENESIS if end is None else str(end[1])


def verify(tx: Tx, expected_head: str | None = None, cited: Cited | None = None) -> Verification:
    """Read the whole log and say whether it is what was written.

    Args:
        expected_head: a head noted earlier; it must still be a line of the log (or its empty beginning).
        cited: what evidence an event names. Evidence that is gone or says something else is then found.
    """
    found = dict(evidence.digests(tx))
    count, previous, seen = 0, GENESIS, expected_head in (None, GENESIS)
    for row in _lines(tx):
        problem = _wrong(row, count + 1, previous)
        if problem is None and cited is not None:
            problem = _wrong_evidence(row, cited, found)
        if problem is not None:
            return Verification(False, count, previous, count + 1, problem)
        count += 1
        previous = row[7]
        seen = seen or previous == expected_head
    first_bad, reason = _wrong_end(tx, count, previous)
    if reason is None and not seen:
        reason = (
            f"The head noted earlier ({expected_head}) is not in the log: its end was cut off or rewritten."
        )
    if reason is None:
        reason = next(
            (f"Evidence {name} is not what was stored." for name, digest in found.items() if digest is None),
            None,
        )
    return Verification(reason is None, count, previous, first_bad, reason)


# --- how a line is chained ---


def _digest(
    seq: int, position: int, incident: str, kind: str, body: str, actor: str, at: str, previous: str
) -> str:
    """The hash of a line. Lengths come first, so that no text can pass for another by moving its border."""
    text = (
        f"{seq} {position} {len(incident)} {len(kind)} {len(actor)} {at} {previous}\n"
        f"{incident}{kind}{actor}{body}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _chained(entry: Entry, seq: int, position: int, previous: str) -> LogLine:
    body, actor, kind = safe_json(entry.body), safe_text(entry.actor), safe_text(entry.kind)
    digest = _digest(seq, position, entry.incident, kind, body, actor, written(entry.at), previous)
    return LogLine(seq, position, entry.incident, kind, body, actor, entry.at, digest, previous)


def _check_position(incident: IncidentId, expected: int, actual: int) -> None:
    if expected != actual:
        raise Conflict(
            f"{incident} has gone on: its last event is {actual}, this decision had read {expected}.",
            hint="Read it again and decide again; nothing was stored.",
        )


# --- rows ---

_Row = tuple[int, int, str, str, str, str, str, str, str]  # in the order of _COLUMNS

_COLUMNS = (
    schema.events.c.seq, schema.events.c.position, schema.events.c.incident, schema.events.c.kind,
    schema.events.c.body, schema.events.c.actor, schema.events.c.at, schema.events.c.hash,
    schema.events.c.previous,
)  # fmt: skip
_HEAD = select(schema.chain.c.seq, schema.chain.c.hash).where(schema.chain.c.id == 1)
_FIRST_HEAD = insert(schema.chain).values(id=1, seq=bindparam("end_seq"), hash=bindparam("end_hash"))
_MOVE_HEAD = update(schema.chain).values(seq=bindparam("end_seq"), hash=bindparam("end_hash"))
_APPEND = insert(schema.events)
_LAST_POSITION = select(func.max(schema.events.c.position)).where(
    schema.events.c.incident == bindparam("incident")
)
_HEAD_AND_POSITION = select(schema.chain.c.seq, schema.chain.c.hash, _LAST_POSITION.scalar_subquery()).where(
    schema.chain.c.id == 1
)
_OF_INCIDENT = (
    select(*_COLUMNS)
    .where(schema.events.c.incident == bindparam("incident"), schema.events.c.position > bindparam("after"))
    .order_by(schema.events.c.position)
)
_PAGE = (
    select(*_COLUMNS)
    .where(schema.events.c.seq > bindparam("after"))
    .order_by(schema.events.c.seq)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(schema.events)


def _recorded(
    seq: int,
    position: int,
    incident: str,
    kind: str,
    body: str,
    actor: str,
    at: str,
    hash_: str,
    previous: str,
) -> LogLine:
    moment = datetime.fromisoformat(at)
    return LogLine(seq, position, IncidentId(incident), kind, body, actor, moment, hash_, previous)


def _columns(line: LogLine) -> dict[str, object]:
    return {
        "seq": line.seq, "position": line.position, "incident": line.incident, "kind": line.kind,
        "body": line.body, "actor": line.actor, "at": written(line.at), "hash": line.hash,
        "previous": line.previous,
    }  # fmt: skip


# --- verifying ---

_FIRST_PLACE = -(2**63)  # an inserted line may have any number
_UNREADABLE = "\0"


def _lines(tx: Tx) -> Iterator[_Row]:
    """Every line in order. One that cannot be read as text comes as a row of `_UNREADABLE`."""
    after = _FIRST_PLACE
    while True:
        try:
            rows = [tuple(row) for row in tx.execute(_PAGE, {"after": after, "limit": _BATCH})]
        except DBAPIError as error:
            if "decode" not in str(error).lower():
                raise
            rows = [*_one_by_one(tx, after)]
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1][0]


def _one_by_one(tx: Tx, after: int) -> Iterator[_Row]:
    while True:
        try:
            row = tx.execute(_PAGE, {"after": after, "limit": 1}).first()
        except DBAPIError:
            yield (after + 1, 0, *(_UNREADABLE,) * 7)
            return
        if row is None:
            return
        after = row[0]
        yield tuple(row)


def _wrong(row: _Row, expected_seq: int, previous: str) -> str | None:
    seq, position, incident, kind, body, actor, at, digest, its_previous = row
    if body == _UNREADABLE:
        return f"Line {expected_seq} of the log was edited: it is not text any more."
    if seq != expected_seq:
        what = "is missing" if seq > expected_seq else f"is preceded by a line {seq} that was put in"
        return f"Line {expected_seq} of the log {what}."
    if its_previous != previous:
        return (
            f"Line {seq} of the log does not follow from the line before: one of them was edited or replaced."
        )
    if digest != _digest(seq, position, incident, kind, body, actor, at, previous):
        return f"Line {seq} of the log was edited."
    return None


def _wrong_evidence(row: _Row, cited: Cited, found: dict[EvidenceId, str | None]) -> str | None:
    for name, digest in cited(row[3], row[4]):
        if name not in found:
            return f"Line {row[0]} of the log names evidence {name}, which is gone."
        if found[name] != digest:
            return f"Line {row[0]} of the log names evidence {name}, which is not what it was then."
    return None


def _wrong_end(tx: Tx, count: int, last: str) -> tuple[int | None, str | None]:
    """Whether the log ends where its last writer left it: (first line in question, reason)."""
    end = tx.execute(_HEAD).first()
    seq, digest = (int(end[0]), str(end[1])) if end is not None else (0, GENESIS)
    if seq > count:
        return count + 1, f"The end of the log was cut off: {seq} lines were written, {count} are left."
    if (seq, digest) != (count, last):
        return min(seq, count) + 1, "The end of the log is not where its last writer left it."
    if tx.execute(_COUNT).scalar() != count:
        return None, "The log holds lines that are not part of the chain."
    return None, None
