"""The canary, on a clock moved by hand: sent in time, missed in time, well again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.engine import decisions as kinds
from tocsin.engine.intake import Waiting
from tocsin.engine.paging.canary import FINGERPRINT, Canary
from tocsin.engine.paging.channels import contact_of, page_of
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.oncall.paging import CanarySettings
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.store import deliveries, lease, outbox, signals
from tocsin.store.database import Database

BIRD = Person(PersonId("bird"), "Bird", AccessRole.RESPONDER, (Method("sink", "b"), Method("mail", "b@x")))


class Moved(SystemClock):
    """Moved by hand."""

    at = datetime(2026, 11, 22, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Aviary:
    """A canary, its store, and a channel played by the test."""

    def __init__(self, folder: Path) -> None:
        self.clock = Moved()
        self.database = Database.open(folder / "t.db")
        with self.database.write() as tx:
            held = lease.acquire(tx, "engine", "me", self.clock.now(), timedelta(days=9))
        assert held is not None
        self.held = held
        self.canary = Canary(self.database, CanarySettings(BIRD.id), BIRD, self.clock)

    def turn(self, **later: int) -> int:
        """Let time pass and turn once; returns how many pages wait in the outbox."""
        self.clock.at += timedelta(**later)
        self.canary.turn(self.held)
        with self.database.read() as tx:
            return len(outbox.waiting(tx, kinds.PAGE, self.clock.now()))

    def bring(self, *pagers: str) -> None:
        """Let these channels take everything that waits; the others lose it."""
        with self.database.write() as tx:
            for each in outbox.waiting(tx, kinds.PAGE, self.clock.now()):
                page = page_of(each.body)
                method = BIRD.methods[page.method]
                (row,) = outbox.take(tx, self.clock.now(), [each.id], holder="me")
                key = f"{page.key}.{method.pager}"
                attempt = deliveries.Attempt(
                    key, page.key, page.incident, page.person, method.pager, contact_of(method), "test", False, "s", "b"
                )  # fmt: skip
                deliveries.begin(tx, key, [attempt], self.clock.now())
                if method.pager in pagers:
                    deliveries.sent(tx, key, "r", self.clock.now())
                else:
                    deliveries.failed(tx, key, "gone")
                outbox.finish(tx, row.id, "done", self.clock.now())

    def alarms(self) -> list[str]:
        with self.database.read() as tx:
            waiting = signals.next_unhandled(tx)
        alerts = [codec.decode(signal.body, Waiting).alert for signal in waiting]
        assert all(alert.fingerprint == FINGERPRINT for alert in alerts)
        return [alert.state.value for alert in alerts]


@pytest.fixture
def aviary(tmp_path: Path) -> Aviary:
    return Aviary(tmp_path)


def test_a_canary_is_sent_by_every_method_every_five_minutes(aviary: Aviary) -> None:
    assert aviary.turn() == 2
    aviary.bring("sink", "mail")
    assert aviary.turn(minutes=4) == 0
    assert aviary.turn(minutes=1) == 2
    assert aviary.alarms() == []


def test_one_that_is_lost_on_one_channel_alarms_once_and_the_next_that_comes_ends_it(aviary: Aviary) -> None:
    aviary.turn()
    aviary.bring("sink")
    aviary.turn(seconds=59)
    assert aviary.alarms() == []
    aviary.turn(seconds=2)
    aviary.turn(seconds=2)
    assert aviary.alarms() == ["firing"]
    aviary.turn(minutes=5)
    aviary.bring("sink", "mail")
    aviary.turn(seconds=1)
    assert aviary.alarms() == ["firing", "resolved"]


def test_one_that_nobody_even_takes_alarms_too_and_a_restart_forgets_nothing(aviary: Aviary) -> None:
    aviary.turn()
    aviary.canary = Canary(aviary.database, CanarySettings(BIRD.id), BIRD, aviary.clock)
    aviary.turn(seconds=61)
    assert aviary.alarms() == ["firing"]
