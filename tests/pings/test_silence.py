"""Deadlines on a clock moved by hand, on both databases: told once, also over restarts and changes of the leader."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.store.conftest import address, postgres_server  # noqa: F401 -- fixtures: both databases

from tocsin.detection.heartbeat import Kind, Rules
from tocsin.engine.jobs.heartbeat_spec import Catalog, Spec, key_digest
from tocsin.engine.jobs.heartbeats import Call, Heartbeats, Outcome, Report
from tocsin.errors import Refused
from tocsin.store import heartbeats as store
from tocsin.store import lease, signals
from tocsin.store.database import Database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TWO = datetime(2026, 11, 22, 2, tzinfo=UTC)
HALF = timedelta(minutes=30)
MINUTE, HALF_MINUTE = timedelta(minutes=1), timedelta(seconds=30)
KEY = "ab" * 16
NIGHTLY = Spec(
    "payouts", Rules(HALF, timedelta(hours=1), True), cron="0 2 * * *", section="payout-run", impact="Payouts are late",
    runbook_url="https://runbook.example.org/#payouts",
)  # fmt: skip
HOURLY = Spec("queue", Rules(MINUTE, MINUTE, False), every=timedelta(hours=1))
CATALOG = Catalog({"payouts": NIGHTLY, "queue": HOURLY})


@dataclass
class Hand:
    """A clock moved by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class House:
    """An installation whose processes come and go; its clock and its store stay."""

    place: str
    clock: Hand = field(default_factory=Hand)
    catalog: Catalog = CATALOG
    opened: list[Database] = field(default_factory=list)
    leaders: int = 0

    def process(self, name: str) -> "Process":
        database = Database.open(self.place)
        self.opened.append(database)
        return Process(self, name, database)


class Process:
    """One tocsin, as far as heartbeats go."""

    def __init__(self, house: House, name: str, database: Database) -> None:
        self.house, self.name, self.database = house, name, database
        self.heartbeats = Heartbeats(database, house.catalog, house.clock)
        self.held: lease.Lease | None = None

    def lead(self) -> "Process":
        with self.database.write() as tx:
            # As if the lease of the other had run out.
            self.house.leaders += 1
            late = self.house.clock.now() + timedelta(days=999 * self.house.leaders)
            self.held = lease.acquire(tx, "engine", self.name, late, MINUTE)
            assert self.held is not None
            self.heartbeats.prepare(tx)
        return self

    def turn(self) -> int:
        assert self.held is not None
        return self.heartbeats.turn(self.held)

    def until(self, moment: datetime) -> int:
        """Turn again and again until then, as a running process does; returns how many heartbeats were told."""
        told = 0
        while self.house.clock.at < moment:
            self.house.clock.at = min(self.house.clock.at + HALF_MINUTE, moment)
            told += self.turn()
        return told

    def ping(self, name: str, kind: Kind = Kind.SUCCESS) -> None:
        self.heartbeats.report(name, Report(kind))

    def alerts(self) -> list[dict[str, object]]:
        with self.database.read() as tx:
            return [json.loads(each.body)["alert"] for each in signals.next_unhandled(tx, 1000)]

    def misses(self, name: str) -> list[tuple[datetime, str]]:
        with self.database.read() as tx:
            (row,) = store.named(tx, [name])
            return [(each.expected_at, each.last_state) for each in store.misses(tx, row.id)]


@pytest.fixture
def house(address: str) -> Iterator[House]:  # noqa: F811 -- the fixture of that name
    made = House(address)
    yield made
    for database in made.opened:
        database.close()


def test_a_restart_in_the_middle_of_the_grace_still_alarms(house: House) -> None:
    first = house.process("first").lead()
    first.ping("payouts")
    assert first.until(TWO + timedelta(minutes=10)) == 1  # the hourly one
    first.database.close()
    house.clock.at += HALF_MINUTE
    second = house.process("second").lead()
    assert second.until(TWO + HALF - HALF_MINUTE) == 0
    assert second.until(TWO + HALF) == 1
    assert second.turn() == 0
    alert = second.alerts()[-1]
    assert (alert["fingerprint"], alert["state"]) == ("heartbeat:payouts", "firing")
    assert alert["title"] == "payouts: no success by 2026-11-22 02:30 UTC, it did not report"
    assert alert["impact"] == "Payouts are late"
    assert second.misses("payouts") == [(TWO, "missed")]


def test_a_missed_deadline_is_one_line_of_the_log_and_one_more_of_the_metric(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    process = house.process("a").lead()
    house.clock.at = TWO + HALF
    with caplog.at_level(logging.WARNING, "tocsin.sla"):
        process.turn()
        process.turn()
    lines = [json.loads(record.message) for record in caplog.records if record.name == "tocsin.sla"]
    (line,) = [each for each in lines if each["job"] == "payouts"]
    assert line == {
        "ts": (TWO + HALF).isoformat(), "level": "warning", "event": "sla_missed", "job": "payouts",
        "schedule": "0 2 * * *", "tz": "UTC", "expected_at": TWO.isoformat(), "deadline_at": (TWO + HALF).isoformat(),
        "last_state": "never_seen", "runbook_url": "https://runbook.example.org/#payouts",
    }  # fmt: skip
    with process.database.read() as tx:
        (row,) = store.named(tx, ["payouts"])
    assert row.misses == 1


def test_only_the_leader_decides_and_whoever_lost_the_lease_writes_nothing(house: House) -> None:
    old = house.process("old").lead()
    new = house.process("new").lead()
    house.clock.at = TWO + HALF
    with pytest.raises(lease.Lost):
        old.turn()
    assert new.alerts() == []
    assert new.turn() == 2
    assert len(new.alerts()) == 2


def test_a_recovery_resolves_what_was_told(house: House) -> None:
    process = house.process("a").lead()
    house.clock.at = TWO + HALF
    process.turn()
    process.ping("payouts")
    states = [(each["fingerprint"], each["state"]) for each in process.alerts()]
    assert states[-1] == ("heartbeat:payouts", "resolved")
    house.clock.at += timedelta(hours=1)
    process.ping("payouts")
    assert [each for each in process.alerts() if each["state"] == "resolved"] == process.alerts()[-1:]


def test_that_we_were_away_ourselves_is_said(house: House) -> None:
    first = house.process("first").lead()
    first.ping("payouts")
    first.turn()
    first.database.close()
    house.clock.at = TWO + timedelta(hours=6)
    second = house.process("second").lead()
    second.turn()
    (alert,) = [each for each in second.alerts() if each["fingerprint"] == "heartbeat:payouts"]
    assert "tocsin itself was away 12:00 to 08:00 UTC" in str(alert["title"])


def test_what_was_taken_out_of_the_settings_expects_nothing(house: House) -> None:
    house.process("a").lead()
    house.catalog = Catalog({"queue": HOURLY})
    process = house.process("b").lead()
    house.clock.at = TWO + timedelta(days=2)
    assert process.turn() == 1
    assert {each["fingerprint"] for each in process.alerts()} == {"heartbeat:queue"}
    assert process.heartbeats.take([Call("x", KEY, Report(Kind.SUCCESS), "payouts")]) == [Outcome.WRONG_KEY]


def test_another_plan_in_the_settings_is_another_deadline(house: House) -> None:
    house.process("a").lead()
    later = Spec("payouts", Rules(HALF, HALF, True), cron="0 5 * * *")
    house.catalog = Catalog({"payouts": later})
    process = house.process("b").lead()
    with process.database.read() as tx:
        (row,) = store.named(tx, ["payouts"])
    assert row.deadline == TWO + timedelta(hours=3) + HALF


def test_a_batch_is_taken_whole_in_order_and_each_is_told_its_own(house: House) -> None:
    process = house.process("a").lead()
    with process.database.write() as tx:
        store.add_key(tx, _digest(KEY), None, "ana", NOON)
    calls = [
        Call("x", KEY, Report(Kind.START, "r"), "payouts"),
        Call("x", KEY, Report(Kind.SUCCESS, "r"), "payouts"),
        Call("x", KEY, Report(Kind.SUCCESS), "nobody"),
        Call("x", KEY, Report(Kind.FAIL, exit=7), "payouts"),
        Call("x", "cd" * 16, Report(Kind.FAIL), "payouts"),
        Call("x", KEY, Report(Kind.SUCCESS), "new", make=Spec("new", HOURLY.rules, every=MINUTE)),
        Call("x", KEY, Report(Kind.SUCCESS), "new"),
    ]
    assert process.heartbeats.take(calls) == [
        Outcome.TAKEN, Outcome.TAKEN, Outcome.NOT_FOUND, Outcome.TAKEN, Outcome.WRONG_KEY, Outcome.CREATED, Outcome.TAKEN,
    ]  # fmt: skip
    with process.database.read() as tx:
        (row,) = store.named(tx, ["payouts"])
        kinds = [(each.number, each.kind) for each in store.pings(tx, row.id)]
    assert kinds == [(3, "fail"), (2, "success"), (1, "start")]


def test_of_many_pings_the_newest_stay(house: House) -> None:
    process = house.process("a").lead()
    with process.database.write() as tx:
        store.add_key(tx, _digest(KEY), None, "ana", NOON)
    for _ in range(12):
        process.heartbeats.take([Call("x", KEY, Report(Kind.LOG), "queue")] * 100)
    with process.database.read() as tx:
        (row,) = store.named(tx, ["queue"])
        kept = store.pings(tx, row.id, 5_000)
    assert row.pings == 1200
    assert [kept[0].number, kept[-1].number, len(kept)] == [1200, 201, 1000]


def test_a_name_that_is_taken_is_not_created_again(house: House) -> None:
    process = house.process("a").lead()
    process.heartbeats.create(Spec("fresh", HOURLY.rules, every=MINUTE))
    for name in ("fresh", "payouts"):
        with pytest.raises(Refused):
            process.heartbeats.create(Spec(name, HOURLY.rules, every=MINUTE))
    house.clock.at += timedelta(minutes=2)
    assert process.turn() == 1


def _digest(key: str) -> str:
    digest = key_digest(key)
    assert digest is not None
    return digest
