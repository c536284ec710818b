"""Whether this process does its work: an open port is not health (SELF-06)."""

from datetime import timedelta

from tocsin.app.build import App
from tocsin.errors import StoreError
from tocsin.store import outbox


def health(app: App, within: timedelta) -> tuple[bool, str]:
    """Whether the loop turned lately, the store answers and no command waits too long; and why not.

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
    if waiting.oldest is not None and now - waiting.oldest > timedelta(seconds=60):
        return False, f"{waiting.queued} commands wait, the oldest since {waiting.oldest:%H:%M:%S} UTC"
    return True, f"{pulse.cycles} turns"
