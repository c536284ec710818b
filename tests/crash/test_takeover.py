"""Two `tocsin serve` on one PostgreSQL: one leads; when it is killed the other takes over, and nothing is lost or doubled."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Deadline

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.history import load
from tocsin.engine.intake import accept_alert
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools
from tocsin.store import incidents
from tocsin.store.database import Database

ROOT = Path(__file__).parents[2]
SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[oncall]
level1 = ["ana"]
level2 = ["bo"]
[response]
hop = "6 s"
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage, immediate response

## 1. Checkout Down

**Symptoms**: 502 errors

### Investigation

```bash
uptime
```
"""
ALERTS = 20
WITHIN = timedelta(seconds=60)


class Node:
    """One `tocsin serve`, killed whole."""

    def __init__(self, folder: Path, name: str, database: str) -> None:
        self.log = folder / f"{name}.log"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TOCSIN_DATABASE_URL": database}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin", "serve", "--config", str(folder / "tocsin.toml"), "--while-stdin-open"],
                env=environment, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def leads(self) -> bool:
        """Whether it answers as healthy: only the leader's engine turns."""
        # To its end: a line that is still being written is another address.
        address = re.search(r"http://\S+/healthz", self.log.read_text())
        if address is None:
            return False
        try:
            return httpx2.get(address[0], timeout=60).status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def server() -> Iterator[Postgres]:
    tools = Tools.find(Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools")))
    scratch = Scratch.make(Path("/tmp") / f"tocsin-takeover-{os.getuid()}")
    made = Postgres(scratch, tools.postgres_bin, port=scratch.free_port())
    try:
        made.start()
        wait_until_ready(made)
        made.create_database("tocsin")
        yield made
    finally:
        scratch.end()


def pages(folder: Path) -> list[str]:
    """Idempotency keys of the pages that were shown, in order."""
    file = folder / "var" / "pages.jsonl"
    text = file.read_text() if file.exists() else ""
    # What is still being written is no line yet.
    return [json.loads(line)["key"] for line in text[: text.rfind("\n") + 1].splitlines()]


def told(database: Database, level: int) -> set[str]:
    """The incidents of which a channel took a page for somebody of this level, alone or in a bundle."""
    with database.read() as tx:
        rows = incidents.listing(tx, limit=1000)
        found = [load(tx, row.id) for row in rows]
    return {
        incident.id
        for incident in found
        if any(page.queued.level == level and page.state == "sent" for page in incident.pages.values())
    }


def hand_in(database: Database, first: int, count: int) -> None:
    for number in range(first, first + count):
        now = SystemClock().now()
        alert = Alert(
            f"shop-{number}",
            AlertState.FIRING,
            f"502 of shop {number}",
            "api",
            now,
            {},
            "Complete service outage",
        )
        accept_alert(database, alert, "{}", now)


def test_a_killed_leader_is_replaced_and_every_page_is_shown_once(
    server: Postgres, tmp_path: Path, deadline: Deadline
) -> None:
    (tmp_path / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    url = server.url("tocsin")
    nodes = [Node(tmp_path, "first", url)]
    try:
        deadline(nodes[0].leads, what="the first leads", within=WITHIN)
        nodes.append(Node(tmp_path, "second", url))
        with Database.open(url) as database:
            hand_in(database, 0, ALERTS)
            deadline(lambda: pages(tmp_path), what="the first pages", within=WITHIN)
            # A first one that stood still for longer than its lease has lost it, says so once more at most, and ends.
            deadline(lambda: not (nodes[0].leads() and nodes[1].leads()), what="one leads", within=WITHIN)
            nodes[0].kill()
            hand_in(database, ALERTS, ALERTS)
            deadline(nodes[1].leads, what="the second leads", within=WITHIN)

            deadline(
                lambda: len(told(database, 1)) == 2 * ALERTS, what="ana is told of everything", within=WITHIN
            )
            # Nobody answers: the second level is called by whoever leads now, for incidents of both.
            deadline(
                lambda: len(told(database, 2)) == 2 * ALERTS, what="bo is told of everything", within=WITHIN
            )
            with database.read() as tx:
                assert incidents.unaccounted(tx) == ()
        shown = Counter(pages(tmp_path))
        assert max(shown.values()) == 1, shown.most_common(3)
    finally:
        for node in nodes:
            node.kill()
