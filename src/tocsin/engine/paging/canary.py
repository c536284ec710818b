"""The canary: a page that nobody needs, sent regularly, so that a chain that is broken is found before it is needed.

It takes the way every page takes: outbox, desk, channel, note. When it does not come through in time an alert is
raised, and it is well again when the next one does (SELF-05).
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine import decisions as kinds
from tocsin.engine.intake import put_alert
from tocsin.engine.paging.channels import contact_of, queued
from tocsin.errors import StoreError
from tocsin.incident.commands import Page
from tocsin.kit.clock import Clock
from tocsin.oncall.paging import CanarySettings
from tocsin.oncall.person import Person
from tocsin.store import deliveries, lease, meta, outbox
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

FINGERPRINT = "tocsin:canary"
_LAST = "canary sent"
_SICK = "canary lost"
_CAME = ("sent", "delivered")


def trial_pages(person: Person, key: str, asked_by: str) -> tuple[Page, ...]:
    """One test page for each method of a person, so that every one is proven (PAG-21).

    Args:
        key: one per test. asked_by: who or what asked for it, for the text.
    """
    return tuple(
        Page(
            f"{key}.{index}", deliveries.TEST, person.id, 0, "test",
            f"TEST of {method.pager} for {person.name}: nothing has happened",
            f"{asked_by} wanted to know whether this reaches you. There is nothing to do.", method=index,
        )
        for index, method in enumerate(person.methods)
    )  # fmt: skip


def send_trials(tx: Tx, pages: tuple[Page, ...], now: datetime) -> None:
    """Put test pages into the outbox."""
    outbox.put(tx, [queued(page, kinds.PAGE, 2, now) for page in pages])


class Canary:
    """Sends it and looks for it. `turn` is called every second or so by a thread of the leading process."""

    def __init__(self, database: Database, settings: CanarySettings, person: Person, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._person = person
        self._clock = clock

    def turn(self, held: lease.Lease) -> None:
        """Look whether the last one came, and send the next when it is time."""
        now = self._clock.now()
        with self._database.read() as tx:
            last = self._last(tx)
            lost = last is not None and now - last > self._settings.within and self._missing(tx, last)
            sick = meta.get(tx, _SICK) == "yes"
            well = last is not None and not self._missing(tx, last)
        if not (lost and not sick) and not (sick and well) and not self._time(last, now):
            return
        with self._database.write() as tx:
            lease.check(tx, held)
            if lost and not sick:
                self._alarm(tx, AlertState.FIRING, now)
            elif sick and well:
                self._alarm(tx, AlertState.RESOLVED, now)
            if self._time(last, now):
                send_trials(tx, trial_pages(self._person, self._key(now), "The canary"), now)
                meta.put(tx, _LAST, now.isoformat())

    def _time(self, last: datetime | None, now: datetime) -> bool:
        return last is None or now - last >= self._settings.every

    def _last(self, tx: Tx) -> datetime | None:
        text = meta.get(tx, _LAST)
        return None if text is None else datetime.fromisoformat(text)

    def _missing(self, tx: Tx, sent: datetime) -> list[str]:
        """The channels that have not taken the canary sent then."""
        came = set()
        for row in deliveries.listing(tx, 200, person=self._person.id):
            if row.attempt.page.startswith(self._key(sent)) and row.state in _CAME:
                came.add(row.attempt.contact)
        return [method.pager for method in self._person.methods if contact_of(method) not in came]

    def _alarm(self, tx: Tx, state: AlertState, now: datetime) -> None:
        meta.put(tx, _SICK, "yes" if state is AlertState.FIRING else "no")
        last = self._last(tx)
        missing = ", ".join(self._missing(tx, last)) if last is not None else ""
        title = f"The canary page did not come through: {missing or 'all channels'}"
        logger.error("canary %s: %s", state.value, title)
        alert = Alert(
            FINGERPRINT,
            state,
            title,
            "tocsin",
            now,
            {"channels": missing},
            "Pages may not reach people",
            None,
            False,
        )
        put_alert(tx, alert, "{}", now)

    @staticmethod
    def _key(at: datetime) -> str:
        return f"canary.{at:%Y%m%dT%H%M%S.%f}"


class Turns(Protocol):
    """What is looked after from time to time while this process leads."""

    def turn(self, held: lease.Lease) -> None:
        """Look, and do what it is time for."""
        ...


def watch(canary: Turns, held: Callable[[], lease.Lease], stop: threading.Event, pause: timedelta) -> None:
    """Turn it until told to stop. Trouble with the store is logged and tried again."""
    while not stop.wait(pause.total_seconds()):
        try:
            canary.turn(held())
        except lease.Lost:
            return
        except StoreError as problem:
            logger.error("%s: %s", type(canary).__name__.lower(), problem)
