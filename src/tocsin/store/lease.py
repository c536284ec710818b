"""Which of several processes may act.

The lease has a number (fencing token) that grows with every change of holder. `check` inside a write
transaction makes an old holder's change impossible: writes come one after another, and its number is gone.
Expiry is judged by the clocks of the machines; if these disagree, a lease is taken over early, and the old
holder's next write is refused. Nothing is done twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, bindparam, insert, select, update

from tocsin.errors import StoreError
from tocsin.store.schema import leases, safe_text
from tocsin.store.tx import Tx


class Lost(StoreError):
    """Another process holds the lease now; this one must stop acting."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act, until `expires_at` unless renewed. `token` grows with every new lease."""

    name: str
    holder: str
    token: int
    expires_at: datetime


def acquire(tx: Tx, name: str, holder: str, now: datetime, ttl: timedelta) -> Lease | None:
    """Take the lease if it is free, expired, or was this holder's; None if another has it.

    A holder that asks again gets a new token: what it did before a restart cannot reach in.
    """
    holder = safe_text(holder)
    current = get(tx, name)
    if current is not None and current.holder != holder and current.expires_at > now:
        return None
    lease = Lease(name, holder, 1 if current is None else current.token + 1, now + ttl)
    values = {"holder": holder, "token": lease.token, "expires_at": lease.expires_at}
    if current is None:
        tx.execute(insert(leases).values(name=name, **values))
    else:
        tx.execute(update(leases).where(leases.c.name == name).values(**values))
    return lease


def renew(tx: Tx, lease: Lease, now: datetime, ttl: timedelta) -> Lease | None:
    """Keep the lease for longer; None if another has taken it meanwhile.

    One that has expired but that nobody took is kept.
    """
    changed = tx.execute(_mine(lease).values(expires_at=now + ttl)).rowcount
    return Lease(lease.name, lease.holder, lease.token, now + ttl) if changed else None


def release(tx: Tx, lease: Lease, now: datetime) -> None:
    """Give the lease back, so that another need not wait for its expiry. Nothing happens if it is lost."""
    tx.execute(_mine(lease).values(expires_at=now))
    tx.announce()


def check(tx: Tx, lease: Lease) -> None:
    """Make sure, inside a write transaction, that what it writes may be written.

    Raises:
        Lost: another process holds the lease; the transaction must not be committed.
    """
    token = tx.execute(_TOKEN, {"of": lease.name}).scalar()
    if token != lease.token:
        raise Lost(
            f'Another process holds the lease "{lease.name}" now (number {token}, this one had {lease.token}).',
            hint="This process stops acting and waits; nothing of this change was stored.",
        )


def get(tx: Tx, name: str) -> Lease | None:
    """The lease as it stands, expired or not; None if nobody ever had it."""
    row = tx.execute(
        select(leases.c.holder, leases.c.token, leases.c.expires_at).where(leases.c.name == name)
    ).first()
    return None if row is None else Lease(name, *row)


_TOKEN = select(leases.c.token).where(leases.c.name == bindparam("of"))


def _mine(lease: Lease) -> Update:
    return update(leases).where(leases.c.name == lease.name, leases.c.token == lease.token)
