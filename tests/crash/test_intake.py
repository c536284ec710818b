"""kill -9 of `tocsin serve` under full intake load, and a database that goes away or hangs: what was answered is there."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.conftest import Deadline

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools
from tocsin.store import alert_rows, heartbeats, incidents, requests, signals
from tocsin.store.database import Database
from tocsin.store.requests import State

ROOT = Path(__file__).parents[2]
KEY, API = "e93facc04764012d7bfb002500d5d1a6", "apikey-0123456789abcdef012"
# Several, because of each only the newest pings are kept.
JOBS = {f"job-{number}": UUID(int=(7 << 120) + number) for number in range(12)}
SETTINGS = f"""
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
[[integrations]]
name = "pd"
kind = "pagerduty-events"
key = "{KEY}"
[[integrations]]
name = "prom"
kind = "alertmanager-api"
key = "{API}"
group_by = ["job"]
""" + "".join(
    f'[[heartbeats]]\nname = "{name}"\nevery = "1 day"\nuuid = "{uuid}"\n' for name, uuid in JOBS.items()
)
RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0**: Complete outage\n\n### 1. Down\n**Symptoms**: 502\n"
LIVES, ENOUGH, SENDERS = 3, 60, 6
WITHIN = timedelta(seconds=240)
OUTAGE = timedelta(seconds=10)


class Life:
    """One `tocsin serve`."""

    def __init__(self, folder: Path, number: int, database: str | None, deadline: Deadline) -> None:
        self.log = folder / f"life{number}.log"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        if database is not None:
            environment["TOCSIN_DATABASE_URL"] = database
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "serve", "--config", str(folder / "tocsin.toml"), "--while-stdin-open"],
                env=environment, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        address = deadline(self._address, what="its door is open", within=WITHIN)
        self.url = f"http://{address}"

    def _address(self) -> str | None:
        found = re.search(r"http://(\S+)/healthz", self.log.read_text())
        return found[1] if found else None

    def kill(self) -> None:
        """Kill it, unless that was done before."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Senders:
    """Threads that send as fast as they are answered, and remember what was answered with success.

    Attributes:
        answered: names of alerts. pinged: ids of the runs of pings. statuses: every answer there was.
        most: no further alerts once so many were answered; each of them is an incident that the engine has to decide.
    """

    def __init__(self, tag: str, most: int | None = None) -> None:
        self.tag, self.most = tag, most
        self.answered: set[str] = set()
        self.pinged: set[str] = set()
        self.statuses: set[int] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, url: str) -> None:
        ways = (self._event, self._batch, self._ping)
        for number in range(SENDERS):
            thread = threading.Thread(
                target=self._send, args=(url, ways[number % len(ways)], number), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def enough(self, before: int = 0) -> bool:
        """Whether alerts enough were answered since there were so many."""
        return len(self.answered) >= before + ENOUGH

    def _send(self, url: str, way: Callable[[httpx2.Client, str], bool], number: int) -> None:
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as http:
            turn = 0
            while not self._stop.is_set():
                turn += 1
                try:
                    taken = way(http, f"{self.tag}-{number}-{turn}")
                except httpx2.HTTPError:
                    return  # killed in the middle: nothing was promised
                if not taken:
                    self._stop.wait(0.1)  # as senders do that are told to come again later

    def _full(self) -> bool:
        return self.most is not None and len(self.answered) >= self.most

    def _event(self, http: httpx2.Client, name: str) -> bool:
        if self._full():
            return False
        payload = {"summary": "502", "source": "x", "severity": "critical"}
        body = {"routing_key": KEY, "event_action": "trigger", "dedup_key": name, "payload": payload}
        return self._heard(http.post("/v2/enqueue", json=body), self.answered, [name])

    def _batch(self, http: httpx2.Client, name: str) -> bool:
        if self._full():
            return False
        names = [f"{name}-{each}" for each in range(4)]
        labels = [{"labels": {"alertname": each, "job": name}} for each in names]
        return self._heard(http.post(f"/k/{API}/api/v2/alerts", json=labels), self.answered, names)

    def _ping(self, http: httpx2.Client, name: str) -> bool:
        run = uuid4()
        job = JOBS[f"job-{run.int % len(JOBS)}"]
        return self._heard(http.post(f"/ping/{job}?rid={run}", content=name), self.pinged, [str(run)])

    def _heard(self, answer: httpx2.Response, into: set[str], names: list[str]) -> bool:
        with self._lock:
            self.statuses.add(answer.status_code)
            if answer.is_success:
                into.update(names)
        return answer.is_success


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    (tmp_path / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def server() -> Iterator[Postgres]:
    tools = Tools.find(Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools")))
    scratch = Scratch.make(Path("/tmp") / f"tocsin-crash-{os.getuid()}")
    try:
        made = Postgres(scratch, tools.postgres_bin, port=scratch.free_port())
        made.start()
        wait_until_ready(made)
        made.create_database("tocsin")
        yield made
    finally:
        scratch.end()


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    found: Postgres = request.getfixturevalue("server")
    return found.url("tocsin")


def spooled_bytes(installation: Path) -> int:
    """What lies beside the database and has not been handed in."""
    found = 0
    for file in (installation / "var" / "spool").glob("*.spool"):
        with suppress(FileNotFoundError):  # handed in meanwhile
            found += file.stat().st_size
    return found


@contextmanager
def hanging(where: str) -> Iterator[None]:
    """A database in which nobody else can write, because a writer does not come to an end."""
    with Database.open(where, create=False) as other, other.write():
        yield


def everything_is_there(where: str, answered: set[str], pinged: set[str], deadline: Deadline) -> None:
    """Of all that was answered with success every alert is in a stored request, linked or suppressed, and every ping is kept."""
    with Database.open(where, create=False) as database:

        def quiet() -> bool:
            with database.read() as tx:
                return not (requests.pending(tx, 1) or signals.waiting(tx) or incidents.unaccounted(tx))

        deadline(quiet, what="all that was accepted is decided", within=WITHIN)
        with database.read() as tx:
            stored = requests.listing(tx, 100_000)
            fates = [fate for each in stored for fate in alert_rows.of_request(tx, each.id)]
            found = requests.ledger(tx)
            rows = incidents.listing(tx, limit=100_000)
            jobs = heartbeats.named(tx, JOBS)
            runs = {ping.rid for job in jobs for ping in heartbeats.pings(tx, job.id, heartbeats.KEPT)}
    assert all(each.request.state is State.READ for each in stored)
    assert all(incident is not None or suppressed is not None for _, incident, suppressed in fates)
    told = " ".join(
        json.loads(raw)["fingerprint"] + " " + json.dumps(json.loads(raw)["labels"]) for raw, _, _ in fates
    )
    assert {name for name in answered if name not in told} == set()
    assert found.balanced
    assert found.pending == 0
    fingerprints = [name for row in rows for name in row.fingerprints]
    assert len(fingerprints) == len(set(fingerprints)), "no alert opened two incidents"
    assert max(job.pings for job in jobs) <= heartbeats.KEPT, "none was forgotten because there were too many"
    assert pinged - runs == set()


def test_what_was_answered_before_a_kill_is_there_after_it(
    installation: Path, address: str | None, deadline: Deadline
) -> None:
    answered: set[str] = set()
    pinged: set[str] = set()
    for number in range(LIVES):
        life = Life(installation, number, address, deadline)
        senders = Senders(f"l{number}")
        senders.start(life.url)
        try:
            deadline(lambda: senders.enough() and senders.pinged, what="enough was answered", within=WITHIN)  # noqa: B023 -- called before the loop goes on
        finally:
            life.kill()  # while all of them are sending
            senders.end()
        assert senders.statuses <= {200, 202}
        answered |= senders.answered
        pinged |= senders.pinged
    last = Life(installation, LIVES, address, deadline)
    try:
        everything_is_there(address or str(installation / "var" / "tocsin.db"), answered, pinged, deadline)
    finally:
        last.kill()


def test_what_was_answered_while_the_database_hung_is_there_after_a_kill(
    installation: Path, address: str | None, deadline: Deadline
) -> None:
    # Whoever answers before it is durable is found out here every time, and by a kill at any moment only by luck.
    life = Life(installation, 0, address, deadline)
    senders = Senders("hung")
    senders.start(life.url)
    try:
        deadline(lambda: senders.enough() and senders.pinged, what="enough was answered", within=WITHIN)
        with hanging(address or str(installation / "var" / "tocsin.db")):
            before = len(senders.answered)
            deadline(lambda: senders.enough(before), what="more is answered while it hangs", within=WITHIN)
            assert spooled_bytes(installation) > 0
            life.kill()
            senders.end()
    finally:
        life.kill()
        senders.end()
    assert senders.statuses <= {200, 202, 503}
    last = Life(installation, 1, address, deadline)
    try:
        deadline(lambda: spooled_bytes(installation) == 0, what="the spool is empty", within=WITHIN)
        everything_is_there(
            address or str(installation / "var" / "tocsin.db"), senders.answered, senders.pinged, deadline
        )
    finally:
        last.kill()


@pytest.mark.parametrize("killed", [False, True], ids=["it goes on", "it is killed meanwhile"])
def test_a_database_that_is_away_for_ten_seconds_costs_no_alert_and_no_ping(
    installation: Path, server: Postgres, deadline: Deadline, killed: bool
) -> None:
    address, clock = server.url("tocsin"), SystemClock()
    life = Life(installation, 0, address, deadline)
    senders = Senders("before", most=ENOUGH)
    senders.start(life.url)
    try:
        deadline(lambda: senders.enough() and senders.pinged, what="enough was answered", within=WITHIN)
        server.stop()  # in the middle of it
        away, at_stop = clock.monotonic(), len(senders.answered)
        senders.most = at_stop + ENOUGH
        deadline(
            lambda: senders.enough(at_stop) and clock.monotonic() - away >= OUTAGE.total_seconds(),
            what="more is answered without it, for as long as it is away",
            within=WITHIN,
        )
        assert spooled_bytes(installation) > 0
        if killed:
            life.kill()
            senders.end()
        server.start()
        wait_until_ready(server)
        if killed:
            life = Life(installation, 1, address, deadline)
        else:
            pinged = len(senders.pinged)
            deadline(lambda: len(senders.pinged) > pinged, what="pings are taken again", within=WITHIN)
            senders.end()
        assert senders.statuses <= {200, 202, 503}
        # First the spool: as long as it is not handed in, a store in which nothing waits proves nothing.
        deadline(lambda: spooled_bytes(installation) == 0, what="the spool is empty", within=WITHIN)
        everything_is_there(address, senders.answered, senders.pinged, deadline)
        assert spooled_bytes(installation) == 0
    finally:
        life.kill()
        senders.end()
