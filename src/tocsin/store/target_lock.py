"""Who changes a target now: one row per resolved target, taken with the claim of a change, in the same transaction.

Kept beside the leases, with their fencing token; it does not expire. It is given back with the report of the run, and by
a person's word about one that is in doubt; a crash gives nothing back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tocsin.kit.ids import IncidentId, RunId
from tocsin.store import lease
from tocsin.store.schema import leases
from tocsin.store.tx import Tx

_PREFIX = "target "
_FOR_EVER = timedelta(days=365 * 1000)


@dataclass(frozen=True, slots=True)
class Held:
    """A target somebody changes.

    Attributes:
        token: grows with every new holder of the target.
    """

    target: str
    incident: IncidentId
    run: RunId
    token: int


def take(tx: Tx, targets: Iterable[str], incident: IncidentId, run: RunId, now: datetime) -> Held | None:
    """Take all targets for this run, or none of them; returns one that another run has, or None if they are taken."""
    wanted = sorted(set(targets))
    for target in wanted:
        other = holder(tx, target, now)
        if other is not None and other.run != run:
            return other
    for target in wanted:
        lease.acquire(tx, f"{_PREFIX}{target}", f"{incident} {run}", now, _FOR_EVER)
    return None


def holder(tx: Tx, target: str, now: datetime) -> Held | None:
    """Who changes this target now, or None."""
    found = lease.get(tx, f"{_PREFIX}{target}")
    return _held(found) if found is not None and found.expires_at > now else None


def all_held(tx: Tx, now: datetime) -> tuple[Held, ...]:
    """Every target that somebody changes now, in the order of their names."""
    rows = tx.execute(
        select(leases.c.name, leases.c.holder, leases.c.token, leases.c.expires_at)
        .where(leases.c.name.startswith(_PREFIX, autoescape=True))
        .order_by(leases.c.name)
    )
    return tuple(_held(lease.Lease(*row)) for row in rows if row[3] > now)


def give_back(tx: Tx, run: RunId, now: datetime) -> tuple[str, ...]:
    """Give back whatever this run has; returns the targets."""
    mine = [held for held in all_held(tx, now) if held.run == run]
    for held in mine:
        name = f"{_PREFIX}{held.target}"
        lease.release(tx, lease.Lease(name, f"{held.incident} {held.run}", held.token, now), now)
    return tuple(held.target for held in mine)


def _held(found: lease.Lease) -> Held:
    incident, _, run = found.holder.partition(" ")
    return Held(found.name.removeprefix(_PREFIX), IncidentId(incident), RunId(run), found.token)
