"""Samples of checks, counted in bytes per row, and the state each check is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Executable, bindparam, delete, insert, select, update

from tocsin.detection.check import Sample, Verdict
from tocsin.kit.ids import CheckName
from tocsin.kit.late import late
from tocsin.store.schema import checks, safe_json, safe_text, samples
from tocsin.store.tx import Tx

_CODES = {Verdict.UP: 0, Verdict.DEGRADED: 1, Verdict.DOWN: 2, Verdict.UNKNOWN: 3}
_VERDICTS = {code: verdict for verdict, code in _CODES.items()}
_Known = tuple[int, int | None, str | None]  # number, code of the last verdict, last message said
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class KeptSample:
    """A sample as it is remembered, to the millisecond.

    Attributes:
        message: only where it said something new: the verdict changed, or a bad one gave another reason.
    """

    check: CheckName
    at: datetime
    verdict: Verdict
    took: timedelta | None
    message: str | None


def record(
    tx: Tx,
    taken: Sequence[Sample],
    states: Mapping[CheckName, str],
    notes: Mapping[CheckName, str] | None = None,
) -> None:
    """Keep samples, the state (JSON) that checks are in now, and what their probers noted (JSON).

    A second sample of a check in the same millisecond is not kept.
    """
    notes = notes or {}
    known = _known(tx, {sample.check for sample in taken} | set(states) | set(notes))
    rows: list[dict[str, int | str | None]] = []
    last: dict[CheckName, _Known] = {}
    for sample in taken:
        number, code, message = last.get(sample.check, known[sample.check])
        new_code, new_message = _CODES[sample.verdict], safe_text(sample.message)
        said = new_code != code or (sample.verdict is not Verdict.UP and new_message != message)
        last[sample.check] = (number, new_code, new_message if said else message)
        rows.append(
            {
                "check_id": number,
                "at_ms": (sample.at - _EPOCH) // _MS,
                "ms": None if sample.took is None else round(sample.took / _MS),
                "verdict": new_code,
                "message": new_message if said else None,
            }
        )
    if rows:
        tx.execute(_keeping(tx.connection.dialect.name), rows)
    changed = [
        {"number": number, "last_verdict": code, "last_message": message}
        for name, (number, code, message) in last.items()
        if (number, code, message) != known[name]
    ]
    if changed:
        tx.execute(_LAST, changed)
    if states:
        tx.execute(
            _STATE,
            [{"number": known[name][0], "now_state": safe_json(state)} for name, state in states.items()],
        )
    if notes:
        tx.execute(
            _NOTE, [{"number": known[name][0], "now_note": safe_json(note)} for name, note in notes.items()]
        )


def notes(tx: Tx) -> dict[CheckName, str]:
    """What the probers of checks noted last (JSON)."""
    rows = tx.execute(select(checks.c.name, checks.c.note).where(checks.c.note.is_not(None)))
    return {CheckName(name): note for name, note in rows}


def states(tx: Tx) -> dict[CheckName, str]:
    """The last recorded state (JSON) of each check that has one."""
    rows = tx.execute(select(checks.c.name, checks.c.state).where(checks.c.state.is_not(None)))
    return {CheckName(name): state for name, state in rows}


def history(tx: Tx, check: CheckName, since: datetime, limit: int = 1_000) -> tuple[KeptSample, ...]:
    """The last `limit` samples of a check since a time, oldest first."""
    values = {"name": check, "since": (since - _EPOCH) // _MS, "limit": limit}
    return tuple(
        KeptSample(
            check,
            _EPOCH + at_ms * _MS,
            _VERDICTS[code],
            None if ms is None else ms * _MS,
            message,
        )
        for at_ms, ms, code, message in reversed(tx.execute(_HISTORY, values).all())
    )


def prune(tx: Tx, before: datetime) -> int:
    """Forget samples older than this. Returns how many."""
    # By check, because the key begins with it: a range each, instead of a look at every sample.
    return tx.execute(
        delete(samples).where(
            samples.c.check_id.in_(select(checks.c.id)), samples.c.at_ms < (before - _EPOCH) // _MS
        )
    ).rowcount


@cache
def _keeping(dialect: str) -> Executable:
    """The statement for this database. Its dialect is loaded only here: a watcher on SQLite needs nothing of PostgreSQL's."""
    statement: Executable = late(f"sqlalchemy.dialects.{dialect}").insert(samples).on_conflict_do_nothing()
    return statement


_LAST = (
    update(checks)
    .where(checks.c.id == bindparam("number"))
    .values(verdict=bindparam("last_verdict"), message=bindparam("last_message"))
)
_STATE = update(checks).where(checks.c.id == bindparam("number")).values(state=bindparam("now_state"))
_NOTE = update(checks).where(checks.c.id == bindparam("number")).values(note=bindparam("now_note"))
_HISTORY = (
    select(samples.c.at_ms, samples.c.ms, samples.c.verdict, samples.c.message)
    .join(checks, checks.c.id == samples.c.check_id)
    .where(checks.c.name == bindparam("name"), samples.c.at_ms >= bindparam("since"))
    .order_by(samples.c.at_ms.desc())
    .limit(bindparam("limit"))
)
_ALL = select(checks.c.name, checks.c.id, checks.c.verdict, checks.c.message)
_NAMED = _ALL.where(checks.c.name.in_(bindparam("names", expanding=True)))
_FEW = 50  # so many are asked for by name; of more, all are read


def _known(tx: Tx, names: set[CheckName]) -> dict[CheckName, _Known]:
    """Number, last verdict and last message of each check; new checks get a number."""
    found = _numbers(tx, names)
    missing = sorted(names - found.keys())
    if missing:
        tx.execute(insert(checks), [{"name": name} for name in missing])
        found = _numbers(tx, names)
    return found


def _numbers(tx: Tx, names: set[CheckName]) -> dict[CheckName, _Known]:
    rows = tx.execute(_NAMED, {"names": list(names)}) if len(names) <= _FEW else tx.execute(_ALL)
    return {CheckName(name): (number, code, message) for name, number, code, message in rows}
