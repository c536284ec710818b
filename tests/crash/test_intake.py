"""kill -9 of `tocsin serve` under full intake load, and a database that goes away: what was answered with success is there."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Deadline

from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools
from tocsin.store import alert_rows, incidents, requests, signals
from tocsin.store.database import Database
from tocsin.store.requests import State

ROOT = Path(__file__).parents[2]
KEY, API = "e93facc04764012d7bfb002500d5d1a6", "apikey-0123456789abcdef012"
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
"""
RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0**: Complete outage\n\n### 1. Down\n**Symptoms**: 502\n"
LIVES, ENOUGH, SENDERS = 3, 60, 6
WITHIN = timedelta(seconds=240)


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
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Senders:
    """Threads that send as fast as they are answered, and remember what was answered with success."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.answered: set[str] = set()
        self.statuses: set[int] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, url: str) -> None:
        for number in range(SENDERS):
            thread = threading.Thread(target=self._send, args=(url, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _send(self, url: str, number: int) -> None:
        with httpx2.Client(base_url=url, trust_env=False, timeout=60) as http:
            turn = 0
            while not self._stop.is_set():
                turn += 1
                names = [f"{self.tag}-{number}-{turn}-{each}" for each in range(1 if number % 2 else 4)]
                try:
                    answer = self._one(http, names)
                except httpx2.HTTPError:
                    return  # killed in the middle: nothing was promised
                with self._lock:
                    self.statuses.add(answer.status_code)
                    if answer.is_success:
                        self.answered.update(names)

    def _one(self, http: httpx2.Client, names: list[str]) -> httpx2.Response:
        if len(names) == 1:
            payload = {"summary": "502", "source": "x", "severity": "critical"}
            body = {"routing_key": KEY, "event_action": "trigger", "dedup_key": names[0], "payload": payload}
            return http.post("/v2/enqueue", json=body)
        labels = [{"labels": {"alertname": name, "job": name.rpartition("-")[0]}} for name in names]
        return http.post(f"/k/{API}/api/v2/alerts", json=labels)


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


def everything_is_there(where: str, answered: set[str], deadline: Deadline) -> None:
    """Every name that was answered with success is in a stored request, and its alert is linked or suppressed."""
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


def test_what_was_answered_before_a_kill_is_there_after_it(
    installation: Path, address: str | None, deadline: Deadline
) -> None:
    answered: set[str] = set()
    for number in range(LIVES):
        life = Life(installation, number, address, deadline)
        senders = Senders(f"l{number}")
        senders.start(life.url)
        try:
            deadline(lambda: len(senders.answered) >= ENOUGH, what="enough was answered", within=WITHIN)  # noqa: B023 -- called before the loop goes on
        finally:
            life.kill()  # while all of them are sending
            senders.end()
        assert senders.statuses <= {200, 202}
        answered |= senders.answered
    last = Life(installation, LIVES, address, deadline)
    try:
        everything_is_there(address or str(installation / "var" / "tocsin.db"), answered, deadline)
    finally:
        last.kill()


@pytest.mark.parametrize("killed", [False, True], ids=["it goes on", "it is killed meanwhile"])
def test_a_database_that_goes_away_costs_no_alert(
    installation: Path, server: Postgres, deadline: Deadline, killed: bool
) -> None:
    address = server.url("tocsin")
    life = Life(installation, 0, address, deadline)
    senders = Senders("before")
    senders.start(life.url)
    try:
        deadline(lambda: len(senders.answered) >= ENOUGH, what="enough was answered", within=WITHIN)
        server.stop()  # in the middle of it
        at_stop = len(senders.answered)
        deadline(
            lambda: len(senders.answered) >= at_stop + ENOUGH,
            what="more is answered without it",
            within=WITHIN,
        )
        assert spooled_bytes(installation) > 0
        if killed:
            life.kill()
    finally:
        senders.end()
    assert senders.statuses <= {200, 202, 503}
    server.start()
    wait_until_ready(server)
    try:
        if killed:
            life = Life(installation, 1, address, deadline)
        # First the spool: as long as it is not handed in, a store in which nothing waits proves nothing.
        deadline(lambda: spooled_bytes(installation) == 0, what="the spool is empty", within=WITHIN)
        everything_is_there(address, senders.answered, deadline)
        assert spooled_bytes(installation) == 0
    finally:
        life.kill()
