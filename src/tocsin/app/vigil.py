"""Watching ourselves while we lead: the canary, readiness, who comes on shift, and the heartbeat that others listen to."""

import threading
from collections.abc import Callable
from datetime import timedelta

from tocsin.app.settings import Settings
from tocsin.connectors.heartbeat import HeartbeatSender
from tocsin.engine import heartbeat
from tocsin.engine.paging import canary
from tocsin.engine.paging.readiness import Readiness
from tocsin.engine.paging.shift import Handover
from tocsin.kit.clock import Clock
from tocsin.runbook.policy.terms import Policy
from tocsin.store import lease
from tocsin.store.database import Database

_PAUSE = timedelta(seconds=1)
_STOP_SECONDS = 20.0


class Vigil:
    """The threads of these, as far as the settings want them."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        policy: Policy,
        held: Callable[[], lease.Lease],
        healthy: Callable[[], tuple[bool, str]],
    ) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sender: HeartbeatSender | None = None
        wanted = settings.paging
        person = settings.roster.person(wanted.canary.person) if wanted.canary is not None else None
        if wanted.canary is not None and person is not None:
            bird = canary.Canary(database, wanted.canary, person, clock)
            self._thread("canary", lambda: canary.watch(bird, held, self._stop, _PAUSE))
        pagers = [pager.name for pager in settings.pagers]
        ready = Readiness(database, settings.oncall, policy, pagers, clock)
        self._thread("readiness", lambda: canary.watch(ready, held, self._stop, _PAUSE))
        shift = Handover(database, settings.oncall, clock)
        self._thread("shift", lambda: canary.watch(shift, held, self._stop, _PAUSE))
        if wanted.heartbeat is not None:
            every = wanted.heartbeat.every
            sender = HeartbeatSender(wanted.heartbeat.url, wanted.heartbeat.method, clock)
            self._sender = sender
            self._thread("heartbeat", lambda: heartbeat.watch(sender, healthy, every, self._stop))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is being sent is waited for."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)
        if self._sender is not None:
            self._sender.close()

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, name=f"tocsin-{name}", daemon=True))
