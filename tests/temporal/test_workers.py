"""Workers on two task queues of a real Temporal server: one killed in the middle of a change, one killed while it decides."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.conftest import Deadline

from tocsin.app.database import open_database
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents, log

WITHIN = timedelta(minutes=4)
SETTINGS = """
[response]
watch = "1 s"
settle = "60 s"
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[targets]
hosts = ["fra-1"]
cwd = "."
[web]
listen = "none"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. Lamp Dark
**Symptoms**: the lamp is dark

**Investigation**:
```bash
# Look at the lamp
cat lamp
```

**Resolution**:
```bash
# Light the lamp from over there
ssh fra-1
echo began >> changes && sleep 300 && echo lit >> changes
exit
```
"""


class Installation:
    """Two sites of one installation, each with a worker process of its own."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        (folder / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "lamp").write_text("dark\n", encoding="utf-8")
        (folder / "changes").touch()
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TOCSIN_CWD": str(folder), "NO_COLOR": "1",
            "TOCSIN_CONFIG": str(folder / "tocsin.toml"),
        }  # fmt: skip
        self.workers: list[subprocess.Popen[bytes]] = []
        self.database = open_database(load(folder / "tocsin.toml", self.environment))

    def worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"worker-{len(self.workers)}.log").open("wb") as out:
            started = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "worker", "--temporal", self.address, "--verbose", "--while-stdin-open", *arguments],
                env=self.environment, cwd=self.folder, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self.workers.append(started)
        return started

    def main(self) -> subprocess.Popen[bytes]:
        return self.worker("--reaches", "fra-1=fra")

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def alert(self, state: AlertState = AlertState.FIRING) -> None:
        now = SystemClock().now()
        accept_alert(
            self.database,
            Alert("lamp", state, "the lamp is dark", "api", now, {}, "Complete service outage"),
            "{}",
            now,
        )

    def incident(self) -> Incident | None:
        with self.database.read() as tx:
            rows = incidents.listing(tx)
            return load_incident(tx, rows[0].id) if rows else None

    def asked(self) -> Any:
        incident = self.incident()
        return incident.open_ask if incident is not None else None

    def tocsin(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments, "--as", "ana"], cwd=self.folder, env=self.environment,
            text=True, capture_output=True, timeout=600, check=False,
        )  # fmt: skip

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.database.close()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd() == str(self.folder):  # what a killed worker left running
                    process.kill()


@pytest.fixture
def shop(tmp_path: Path, address: str, client: object) -> Iterator[Installation]:
    made = Installation(tmp_path, address)
    yield made
    made.close()


def test_a_worker_killed_in_the_middle_of_a_change_leaves_it_in_doubt_and_nobody_repeats_it(
    shop: Installation, deadline: Deadline
) -> None:
    shop.main()
    fra = shop.worker("--site", "fra")
    shop.alert()
    ask = deadline(shop.asked, what="a question", within=WITHIN)
    # 5: kept, and not decided within five seconds; words are heard in their order all the same.
    assert shop.tocsin("incident", "ack", "INC-1").returncode in (0, 5)
    approved = shop.tocsin("incident", "approve", "INC-1", "--digest", ask.made.digest)
    assert approved.returncode in (0, 5), approved.stderr
    changes = shop.folder / "changes"
    deadline(
        lambda: changes.read_text() == "began\n", what="the change began on the other site", within=WITHIN
    )
    shop.kill(fra)
    shop.worker("--site", "fra")
    deadline(lambda: (found := shop.incident()) and found.in_doubt, what="in doubt", within=WITHIN)
    settled = shop.tocsin("incident", "settle", "INC-1", "--took-effect", "--note", "I looked")
    assert settled.returncode in (0, 5), settled.stderr
    assert changes.read_text() == "began\n"
    shop.alert(AlertState.RESOLVED)
    deadline(
        lambda: (found := shop.incident()) and found.postmortem, what="resolved and written up", within=WITHIN
    )
    shown = (shop.folder / "var" / "pages.jsonl").read_text()
    # What is still being written is no line yet.
    keys = [json.loads(line)["key"] for line in shown[: shown.rfind("\n") + 1].splitlines()]
    assert len(keys) == len(set(keys))
    with shop.database.read() as tx:
        assert log.verify(tx).ok


def test_whoever_decides_may_be_killed_and_another_goes_on(shop: Installation, deadline: Deadline) -> None:
    first = shop.main()
    shop.alert()
    deadline(shop.asked, what="a question", within=WITHIN)
    shop.kill(first)
    shop.main()
    assert shop.tocsin("incident", "ack", "INC-1").returncode in (
        0,
        5,
    )  # stored; heard when somebody leads again
    deadline(
        lambda: (found := shop.incident()) and found.acknowledged_by == "ana",
        what="acknowledged",
        within=WITHIN,
    )
    with shop.database.read() as tx:
        assert log.verify(tx).ok
        kinds = [line.kind for line in log.events(tx, IncidentId("INC-1"))]
    assert kinds.count("IncidentDeclared") == 1
    assert kinds.count("Acknowledged") == 1
