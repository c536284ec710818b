"""How each foreign alert stands: what was said of it last, and when it is over unless it is told again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Insert, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.store.schema import safe_json, safe_text
from tocsin.store.schema_intake import standings
from tocsin.store.tx import Tx

_SLICE = 500  # SQLite and PostgreSQL both limit how many parameters one statement may have


@dataclass(frozen=True, slots=True)
class Standing:
    """One alert as it stands.

    Attributes:
        state: "firing" or "resolved". alert: JSON of the last claim.
        began_at: of the episode, by the sender's clock. ended_at: by ours, when it was told to be over; None while it
            fires and when it only was not told again.
        told_at: by our clock. times: how often it was told. until: when it is over by itself.
        held: why it opened no incident although it fires ("silenced"), or None.
        request: the one that told it last.
    """

    fingerprint: str
    integration: str
    state: str
    alert: str
    began_at: datetime
    ended_at: datetime | None
    told_at: datetime
    times: int
    until: datetime | None = None
    held: str | None = None
    request: int | None = None


def save(tx: Tx, every: Sequence[Standing]) -> None:
    """Write how alerts stand, over what was there."""
    values = [
        {
            "fingerprint": safe_text(each.fingerprint), "integration": each.integration, "state": each.state,
            "alert": safe_json(each.alert), "began_at": each.began_at, "ended_at": each.ended_at,
            "told_at": each.told_at, "times": each.times, "until": each.until, "held": each.held,
            "request": each.request,
        }
        for each in every
    ]  # fmt: skip
    if values:
        tx.execute(_SAVE_SQLITE if tx.connection.dialect.name == "sqlite" else _SAVE_POSTGRES, values)


def of(tx: Tx, fingerprints: Iterable[str]) -> dict[str, Standing]:
    """How some alerts stand, by fingerprint; those nobody ever told of are left out."""
    wanted = sorted({safe_text(each) for each in fingerprints})
    found = {}
    for start in range(0, len(wanted), _SLICE):
        rows = tx.execute(_OF, {"names": wanted[start : start + _SLICE]})
        found.update({row[0]: Standing(*row) for row in rows})
    return found


def firing(tx: Tx, integrations: Iterable[str]) -> tuple[Standing, ...]:
    """What fires now, of some integrations, by fingerprint."""
    rows = tx.execute(_FIRING, {"names": list(integrations)})
    return tuple(Standing(*row) for row in rows)


def told_by(tx: Tx, integration: str, limit: int) -> tuple[Standing, ...]:
    """What an integration told of, firing or over, the newest first."""
    rows = tx.execute(_TOLD_BY, {"name": integration, "limit": limit})
    return tuple(Standing(*row) for row in rows)


def lapsed(tx: Tx, now: datetime, limit: int) -> tuple[Standing, ...]:
    """What is over by itself, because it was not told again."""
    return tuple(Standing(*row) for row in tx.execute(_LAPSED, {"now": now, "limit": limit}))


def held(tx: Tx) -> tuple[Standing, ...]:
    """What fires and opened no incident because something held it back."""
    return tuple(Standing(*row) for row in tx.execute(_HELD))


def held_names(tx: Tx, limit: int) -> tuple[str, ...]:
    """The fingerprints of what something holds back, at most so many."""
    return tuple(str(name) for name in tx.execute(_HELD_NAMES, {"limit": limit}).scalars())


def hold(tx: Tx, fingerprint: str, why: str | None) -> None:
    """Note what holds an alert back, or that nothing does any more."""
    tx.execute(_HOLD, {"name": safe_text(fingerprint), "why": why})


_VALUES = (
    "fingerprint", "integration", "state", "alert", "began_at", "ended_at", "told_at", "times", "until", "held", "request",
)  # fmt: skip


def _saving(made: sqlite.Insert | postgresql.Insert) -> Insert:
    return made.on_conflict_do_update(
        index_elements=["fingerprint"],
        set_={name: made.excluded[name] for name in _VALUES if name != "fingerprint"},
    )


_SAVE_SQLITE = _saving(sqlite.insert(standings))
_SAVE_POSTGRES = _saving(postgresql.insert(standings))
_ALL = select(*(standings.c[name] for name in _VALUES))
_OF = _ALL.where(standings.c.fingerprint.in_(bindparam("names", expanding=True)))
_FIRING = (
    _ALL.where(standings.c.state == "firing", standings.c.integration.in_(bindparam("names", expanding=True)))
    .order_by(standings.c.fingerprint)
)  # fmt: skip
_TOLD_BY = (
    _ALL.where(standings.c.integration == bindparam("name"))
    .order_by(standings.c.told_at.desc(), standings.c.fingerprint)
    .limit(bindparam("limit"))
)
_LAPSED = (
    _ALL.where(standings.c.until <= bindparam("now", type_=standings.c.until.type))
    .order_by(standings.c.until)
    .limit(bindparam("limit"))
)
_HELD = _ALL.where(standings.c.held.is_not(None), standings.c.state == "firing").order_by(standings.c.told_at)
_HELD_NAMES = select(standings.c.fingerprint).where(standings.c.held.is_not(None)).limit(bindparam("limit"))
_HOLD = update(standings).where(standings.c.fingerprint == bindparam("name")).values(held=bindparam("why"))
