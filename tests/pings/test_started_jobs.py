"""Jobs that tocsin starts: each planned time once, whatever process leads and whenever it dies."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.pings.conftest import RUNBOOK
from tests.pings.test_silence import Hand
from tests.store.conftest import address, postgres_server  # noqa: F401 -- fixtures: both databases

from tocsin.app.database import open_database
from tocsin.app.jobs import SYNTHETICS, Jobs
from tocsin.app.settings import load
from tocsin.engine.jobs.job_log import METRIC
from tocsin.engine.jobs.started_jobs import Ending, How, Job, StartedJobs
from tocsin.jobs.deadline import schedule
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.store import heartbeats as store
from tocsin.store import job_runs, lease, signals
from tocsin.store.database import Database

TWO = datetime(2026, 11, 22, 2, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NIGHTLY = schedule("0 2 * * *", "UTC", timedelta(minutes=30))


class Work:
    """A job that counts, and dies when it is told to."""

    def __init__(self) -> None:
        self.ran: list[datetime] = []
        self.results: set[datetime] = set()
        self.ending = Ending(How.DONE, "fine")

    def run(self, due: datetime) -> Ending:
        self.ran.append(due)
        if self.ending.how is How.DONE:
            self.results.add(due)
        return self.ending

    def done(self, due: datetime, since: datetime) -> str | None:
        return "there already" if due in self.results else None

    @property
    def job(self) -> Job:
        return Job("nightly", NIGHTLY, self.run, self.done)


class Server:
    """One process, as far as started jobs go."""

    def __init__(self, database: Database, work: Work, clock: Hand, name: str) -> None:
        self.database, self.clock, self.name = database, clock, name
        self.jobs = StartedJobs(database, (work.job,), clock, name)
        self.held = lead(database, name)

    def turn(self) -> None:
        self.jobs.turn(self.held)
        self.jobs.wait()

    def rows(self) -> list[tuple[datetime, str, int]]:
        with self.database.read() as tx:
            return [(row.due_at, row.state, row.attempts) for row in job_runs.listing(tx, "nightly")]


leads = iter(range(1, 10_000))


def lead(database: Database, name: str) -> lease.Lease:
    """The lease, taken as if the other one's had run out."""
    with database.write() as tx:
        found = lease.acquire(tx, "engine", name, TWO + DAY * 999 * next(leads), MINUTE)
    assert found is not None
    return found


@pytest.fixture
def database(address: str) -> Iterator[Database]:  # noqa: F811 -- the fixture of that name
    with Database.open(address) as opened:
        yield opened


def test_what_was_due_before_anybody_watched_is_not_started(database: Database) -> None:
    work, clock = Work(), Hand(TWO + MINUTE)
    Server(database, work, clock, "a").turn()
    assert work.ran == []
    clock.at = TWO + DAY
    Server(database, work, clock, "b").turn()
    assert work.ran == [TWO + DAY]


def test_each_planned_time_is_started_once_by_two_servers_in_turns(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    Server(database, work, clock, "a").turn()
    for day in range(3):
        clock.at = TWO + DAY * day
        for name in ("a", "b", "a"):
            server = Server(database, work, clock, name)
            server.turn()
            server.turn()
    assert work.ran == [TWO + DAY * day for day in range(3)]
    assert server.rows() == [(TWO + DAY * day, "done", 1) for day in (2, 1, 0)]


def test_whoever_lost_the_lease_starts_nothing(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    old = Server(database, work, clock, "old")
    old.turn()
    new = Server(database, work, clock, "new")
    clock.at = TWO
    with pytest.raises(lease.Lost):
        old.turn()
    assert work.ran == []
    new.turn()
    assert work.ran == [TWO]


def test_a_run_that_a_crash_cut_off_is_started_again(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    Server(database, work, clock, "a").turn()
    clock.at = TWO
    with database.write() as tx:
        job_runs.take(tx, "nightly", TWO, "a", TWO)  # and here it was killed
    server = Server(database, work, clock, "b")
    server.turn()
    assert work.ran == [TWO]
    assert server.rows() == [(TWO, "done", 2)]


def test_a_run_that_ended_before_the_crash_is_not_done_again(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    Server(database, work, clock, "a").turn()
    clock.at = TWO
    with database.write() as tx:
        job_runs.take(tx, "nightly", TWO, "a", TWO)
    work.results.add(TWO)  # its results are there; only the word about it is missing
    server = Server(database, work, clock, "b")
    server.turn()
    assert work.ran == []
    assert server.rows() == [(TWO, "done", 1)]


def test_while_another_process_still_does_it_it_is_looked_at_again_and_not_given_up(
    database: Database,
) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    server = Server(database, work, clock, "a")
    server.turn()
    clock.at, work.ending = TWO, Ending(How.ELSEWHERE, "running already")
    for _ in range(40):
        server.turn()
        clock.at += timedelta(seconds=5)
    assert server.rows() == [(TWO, "started", 1)]
    assert len(work.ran) < 20
    work.results.add(TWO)
    clock.at += MINUTE
    server.turn()
    assert server.rows() == [(TWO, "done", 1)]


def test_what_fails_is_not_tried_again_before_its_next_time(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    server = Server(database, work, clock, "a")
    server.turn()
    work.ending = Ending(How.FAILED, "no such table")
    clock.at = TWO
    for _ in range(3):
        server.turn()
    assert work.ran == [TWO]
    assert server.rows() == [(TWO, "failed", 1)]


def test_a_run_that_nobody_ended_is_closed_when_the_next_is_due(database: Database) -> None:
    work, clock = Work(), Hand(TWO - MINUTE)
    Server(database, work, clock, "a").turn()
    with database.write() as tx:
        job_runs.take(tx, "nightly", TWO, "a", TWO)
    clock.at = TWO + DAY
    server = Server(database, work, clock, "b")
    server.turn()
    assert work.ran == [TWO + DAY]
    assert server.rows() == [(TWO + DAY, "done", 1), (TWO, "failed", 1)]


# -- the real thing: a reconciliation and the synthetics, each a tocsin of its own ------------------------

RECONCILE = """
[reconcile.payouts]
schedule = "{due:%M} {due:%H} * * *"
deadline = "30 min"
may_be_empty = true
[reconcile.payouts.left]
csv = "paid-{{day}}.csv"
key = "id"
amount = "amount"
fixed_currency = "USD"
[reconcile.payouts.right]
csv = "booked-{{day}}.csv"
key = "id"
amount = "amount"
fixed_currency = "USD"
"""
SYNTHETIC = """
[synthetics]
base_url = "http://127.0.0.1:9"
paths = ["/requirements"]
samples = 1
confirm_samples = 1
timeout = "5 s"
schedule = "0 * * * *"
"""


@pytest.fixture
def due() -> datetime:
    """What is started reads the real clock, so it is due in the minute in which a test runs."""
    return SystemClock().now().replace(second=0, microsecond=0)


class House:
    """An installation whose clock is moved by hand; what it starts are real programs."""

    def __init__(self, folder: Path, settings: str, clock: Hand) -> None:
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        (folder / "tocsin.toml").write_text(settings, encoding="utf-8")
        self.settings = load(folder / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(folder)})
        self.database = open_database(self.settings)
        book = compile_runbook(RUNBOOK, str(self.settings.runbook))
        self.jobs = Jobs(self.database, self.settings, book, clock, Redactor(), "a")
        self.held = lead(self.database, "a")
        with self.database.write() as tx:
            self.jobs.prepare(tx)

    def turn(self, deadline: Deadline) -> None:
        self.jobs.started.turn(self.held)
        deadline(self.idle, what="the job's end", within=timedelta(seconds=240))
        self.jobs.deadlines.turn(self.held)

    def idle(self) -> bool:
        with self.database.read() as tx:
            names = ("reconcile payouts", "synthetics")
            return all(row.state != "started" for name in names for row in job_runs.listing(tx, name))

    def runs(self, job: str) -> list[tuple[datetime, str]]:
        with self.database.read() as tx:
            return [(row.due_at, row.state) for row in job_runs.listing(tx, job)]

    def alerts(self) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            found = [json.loads(each.body)["alert"] for each in signals.next_unhandled(tx, 1000)]
        return [(each["fingerprint"], each["state"]) for each in found]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[[str, Hand], House]]:
    made: list[House] = []

    def make(settings: str, clock: Hand) -> House:
        made.append(House(tmp_path, settings, clock))
        return made[-1]

    yield make
    for each in made:
        each.jobs.stop()
        each.database.close()


def csv(folder: Path, day: str, amount: str = "12.50") -> None:
    for side, paid in (("paid", "12.50"), ("booked", amount)):
        (folder / f"{side}-{day}.csv").write_text(f"id,amount\np1,{paid}\n", encoding="utf-8")


def test_the_nightly_reconciliation_runs_when_it_is_due_and_its_findings_are_no_failure(
    house: Callable[[str, Hand], House], tmp_path: Path, deadline: Deadline, due: datetime
) -> None:
    clock = Hand(due - MINUTE)
    it = house(RECONCILE.format(due=due), clock)
    it.turn(deadline)
    assert it.runs("reconcile payouts") == []
    day = (due - DAY).date().isoformat()
    csv(tmp_path, day, "99.00")
    clock.at = due
    it.turn(deadline)
    it.turn(deadline)
    assert it.runs("reconcile payouts") == [(due, "done")]
    assert (tmp_path / f"var/reconcile/payouts/{day}.json").exists()
    clock.at = due + MINUTE * 31
    it.turn(deadline)
    assert it.alerts() == []


def test_a_night_without_a_result_is_one_alert_one_line_and_one_more_of_the_metric(
    house: Callable[[str, Hand], House],
    tmp_path: Path,
    deadline: Deadline,
    caplog: pytest.LogCaptureFixture,
    due: datetime,
) -> None:
    clock = Hand(due - MINUTE)
    it = house(RECONCILE.format(due=due), clock)
    it.turn(deadline)
    clock.at = due  # neither side has a file
    it.turn(deadline)
    assert it.runs("reconcile payouts") == [(due, "failed")]
    with caplog.at_level(logging.WARNING, "tocsin.sla"):
        for minutes in (31, 32, 33):
            clock.at = due + MINUTE * minutes
            it.turn(deadline)
    assert it.alerts() == [("job:payouts", "firing")]
    (line,) = [json.loads(record.message) for record in caplog.records if record.name == "tocsin.sla"]
    assert (line["event"], line["job"], line["last_state"]) == ("sla_missed", "payouts", "failed")
    metric = (tmp_path / "var/reconcile/metrics.prom").read_text()
    assert f'{METRIC}{{job="payouts"}} 1' in metric


def test_what_others_start_is_only_watched(
    house: Callable[[str, Hand], House], tmp_path: Path, deadline: Deadline, due: datetime
) -> None:
    clock = Hand(due - MINUTE)
    it = house(
        RECONCILE.format(due=due).replace("may_be_empty", 'started_by = "others"\nmay_be_empty'), clock
    )
    for minutes in (0, 1, 32):
        clock.at = due - MINUTE + MINUTE * minutes
        it.turn(deadline)
    assert it.runs("reconcile payouts") == []
    assert it.alerts() == [("job:payouts", "firing")]


def test_the_synthetics_are_run_when_due_and_are_a_heartbeat_themselves(
    house: Callable[[str, Hand], House], deadline: Deadline
) -> None:
    now = SystemClock().now()
    clock = Hand(now - timedelta(hours=2))
    it = house(SYNTHETIC, clock)
    it.turn(deadline)
    clock.at = now
    it.turn(deadline)
    ((taken, state),) = it.runs("synthetics")
    assert (taken, state) == (now.replace(minute=0, second=0, microsecond=0), "done")
    with it.database.read() as tx:
        (row,) = store.named(tx, [SYNTHETICS])
        kinds = [ping.kind for ping in store.pings(tx, row.id)]
    assert kinds == ["success", "start"]  # that nothing answers is told by its own alert; it was measured
