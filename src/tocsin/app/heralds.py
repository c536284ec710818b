"""The threads that tell programs outside what happens in incidents, one for each, so that none delays another."""

import threading
from collections.abc import Callable
from datetime import timedelta

from tocsin.app.settings import Settings
from tocsin.engine.herald import Herald, Wanted
from tocsin.engine.news import news
from tocsin.engine.paging import canary
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.store import lease
from tocsin.store.database import Database

_PAUSE = timedelta(seconds=1)
_STOP_SECONDS = 20.0


class Heralds:
    """As many as the settings have listeners."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        redactor: Redactor,
        clock: Clock,
        held: Callable[[], lease.Lease],
    ) -> None:
        self._stop = threading.Event()
        self._listeners = [each.make() for each in settings.listeners]
        self._threads = []
        scope, url = database.installation[:12], settings.paging.public_url
        for each, listener in zip(settings.listeners, self._listeners, strict=True):
            wanted = Wanted(each.name, listener, each.mark, each.events, each.drill)
            herald = Herald(database, wanted, clock, lambda tx, line: news(tx, line, scope, url, redactor))
            self._threads.append(
                threading.Thread(
                    target=canary.watch, args=(herald, held, self._stop, _PAUSE), name=f"tocsin-listener-{each.name}",
                    daemon=True,
                )
            )  # fmt: skip

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what is being told is waited for."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)
        for listener in self._listeners:
            listener.close()
