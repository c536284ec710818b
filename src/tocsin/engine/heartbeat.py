"""The outward heartbeat: sent only while this process really works, so that its silence means something (SELF-03)."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from tocsin.connectors.heartbeat import HeartbeatSender
from tocsin.errors import OutsideError

logger = logging.getLogger("tocsin.engine")


def beat(sender: HeartbeatSender, healthy: Callable[[], tuple[bool, str]]) -> bool:
    """Send one sign of life if all is well. Returns whether it was sent.

    Args:
        healthy: whether the engine cycled lately, the store takes a write and nothing waits too long; and why not.
    """
    well, why = healthy()
    if not well:
        logger.error("no heartbeat is sent: %s", why)
        return False
    try:
        sender.beat(why)
    except OutsideError as problem:
        logger.warning("heartbeat: %s", problem)
        return False
    return True


def watch(
    sender: HeartbeatSender, healthy: Callable[[], tuple[bool, str]], every: timedelta, stop: threading.Event
) -> None:
    """Beat until told to stop."""
    while not stop.wait(every.total_seconds()):
        beat(sender, healthy)
