"""Whether this process does its work: an open port is not health (SELF-06)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from tocsin.engine.loop import Loop
from tocsin.engine.paging.circuit import Circuit
from tocsin.errors import StoreError
from tocsin.kit.clock import Clock
from tocsin.store import lease, outbox
from tocsin.store.database import Database

ALIVE_WITHIN = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(seconds=60)


class Running(Protocol):
    """What is asked of a running engine: why it stopped if it did, its loop, its store, its channels."""

    failed: BaseException | None
    clock: Clock
    loop: Loop
    database: Database

    @property
    def resting(self) -> Mapping[str, Circuit]:
        """The channels that fail and are left alone for a while."""
        ...


def health(app: Running, within: timedelta) -> tuple[bool, str]:
    """Whether the loop turned lately, the store answers and no command waits too long; and why not.

    A channel that rests is said and is no illness: pages go by the next one.

    Args:
        within: how long ago the last turn of the loop may be.
    """
    if app.failed is not None:
        return False, f"the engine stopped: {app.failed}"
    now = app.clock.now()
    pulse = app.loop.pulse
    if pulse.last is None or now - pulse.last > within:
        return False, "the engine has not turned lately"
    try:
        with app.database.read() as tx:
            waiting = outbox.counts(tx)
    except StoreError as problem:
        return False, problem.message
    if waiting.oldest is not None and now - waiting.oldest > _LONGEST_WAIT:
        return False, f"{waiting.queued} commands wait, the oldest since {waiting.oldest:%H:%M:%S} UTC"
    resting = ", ".join(sorted(app.resting))
    return True, f"{pulse.cycles} turns{f'; channels that fail: {resting}' if resting else ''}"


def leads_well(app: Running, held: lease.Lease) -> tuple[bool, str]:
    """Whether an outward heartbeat may be sent: all of the above, and the store takes a write of ours (SELF-03)."""
    well, why = health(app, ALIVE_WITHIN)
    if not well:
        return well, why
    try:
        with app.database.write() as tx:
            lease.check(tx, held)
    except StoreError as problem:
        return False, problem.message
    return True, why
