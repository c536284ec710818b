"""What steps showed. Written once, never changed; each piece sealed with the hash of its content."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError

from tocsin.kit.ids import EvidenceId, IncidentId, RunId
from tocsin.store.schema import evidence, safe_json
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One piece of evidence, already redacted.

    Attributes:
        stdout, stderr: exactly as shown, any characters.
        meta: JSON: what was run where, exit status, what was cut.
        sha256: what `seal` says of stdout, stderr and meta; the event that names this evidence says the same.
    """

    id: EvidenceId
    incident: IncidentId
    run: RunId
    stdout: str
    stderr: str
    meta: str
    sha256: str
    at: datetime


def seal(stdout: str, stderr: str, meta: str) -> str:
    """The SHA-256 of a piece of evidence, as 64 hex digits. Lengths come first, so borders cannot move."""
    return _seal(_bytes(stdout), _bytes(stderr), safe_json(meta))


def put(tx: Tx, row: EvidenceRow) -> None:
    """Keep a piece of evidence. There is no way to change it afterwards.

    Raises:
        ValueError: `sha256` is not the seal of the content.
        StoreError: there is evidence of this id already.
    """
    if row.sha256 != seal(row.stdout, row.stderr, row.meta):
        raise ValueError(f"the hash of evidence {row.id} is not that of its content: use evidence.seal")
    tx.execute(
        insert(evidence),
        {
            "id": row.id,
            "incident": row.incident,
            "run": row.run,
            "stdout": _bytes(row.stdout),
            "stderr": _bytes(row.stderr),
            "meta": safe_json(row.meta),
            "sha256": row.sha256,
            "at": row.at,
        },
    )


def get(tx: Tx, name: EvidenceId) -> EvidenceRow | None:
    """One piece of evidence, or None."""
    row = tx.execute(_ALL.where(evidence.c.id == bindparam("name")), {"name": name}).first()
    return None if row is None else _row(*row)


def of_incident(tx: Tx, incident: IncidentId) -> tuple[EvidenceRow, ...]:
    """The evidence of an incident in the order it came."""
    rows = tx.execute(
        _ALL.where(evidence.c.incident == bindparam("incident")).order_by(evidence.c.at, evidence.c.id),
        {"incident": incident},
    )
    return tuple(_row(*row) for row in rows)


def digests(tx: Tx) -> Iterator[tuple[EvidenceId, str | None]]:
    """For each piece the hash of what is there now, or None if that is not what its row says."""
    after, size = "", _BATCH
    while True:
        try:
            rows = tx.execute(_NEXT, {"after": after, "size": size}).all()
        except DBAPIError as error:
            if "decode" not in str(error).lower():
                raise
            if size > 1:  # one of these is not text any more: find it
                size = 1
                continue
            after = tx.execute(_NEXT_NAME, {"after": after}).scalar_one()
            yield EvidenceId(after), None
            size = _BATCH
            continue
        if not rows:
            return
        for name, stdout, stderr, meta, said in rows:
            yield EvidenceId(name), _actual(stdout, stderr, meta, said)
        after = rows[-1][0]


_ALL = select(
    evidence.c.id, evidence.c.incident, evidence.c.run, evidence.c.stdout, evidence.c.stderr, evidence.c.meta,
    evidence.c.sha256, evidence.c.at,
)  # fmt: skip
_BATCH = 16  # a piece may have half a megabyte
_NEXT = (
    select(evidence.c.id, evidence.c.stdout, evidence.c.stderr, evidence.c.meta, evidence.c.sha256)
    .where(evidence.c.id > bindparam("after"))
    .order_by(evidence.c.id)
    .limit(bindparam("size"))
)
_NEXT_NAME = select(func.min(evidence.c.id)).where(evidence.c.id > bindparam("after"))


def _actual(stdout: bytes, stderr: bytes, meta: str, said: str) -> str | None:
    try:
        actual = _seal(stdout, stderr, meta)
    except (TypeError, AttributeError):  # edited by hand into another type, which SQLite allows
        return None
    return actual if actual == said else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _seal(stdout: bytes, stderr: bytes, meta: str) -> str:
    described = f"{len(stdout)} {len(stderr)}\n".encode()
    return hashlib.sha256(b"".join((described, stdout, stderr, meta.encode()))).hexdigest()


def _row(
    name: str, incident: str, run: str, stdout: bytes, stderr: bytes, meta: str, sha256: str, at: datetime
) -> EvidenceRow:
    return EvidenceRow(
        EvidenceId(name),
        IncidentId(incident),
        RunId(run),
        stdout.decode("utf-8", "surrogatepass"),
        stderr.decode("utf-8", "surrogatepass"),
        meta,
        sha256,
        at,
    )
