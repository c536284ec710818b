"""The HTTP door: stored before answered, refused with a reason, and healthy only while the engine turns."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.store import incidents
from tocsin.web.server import KEEP_ALIVE, Door

SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "{listen}"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Investigation**:
```bash
# Who are we
hostname
```
"""


def write(folder: Path, listen: str = "127.0.0.1:0") -> Path:
    (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    file = folder / "tocsin.toml"
    file.write_text(SETTINGS.format(listen=listen), encoding="utf-8")
    return file


class Running:
    def __init__(self, folder: Path, **variables: str) -> None:
        settings = load(write(folder), {"PATH": "/usr/bin:/bin", "HOME": str(folder), **variables})
        door = Door.bind(settings)
        assert door is not None
        self.door = door
        self.app = App(settings, SystemClock())
        self.app.start(threading.Event())
        self.door.open(self.app)
        self.url = f"http://{self.door.address}"

    def stop(self) -> None:
        self.door.close()
        self.app.stop()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.stop()


def test_an_alert_becomes_an_incident_and_a_page(running: Running, deadline: Deadline) -> None:
    answer = httpx2.post(
        f"{running.url}/api/v1/alerts",
        json={"title": "502 errors at checkout", "impact": "Complete service outage", "drill": True},
        timeout=60,
    )
    assert answer.status_code == 202
    listed = deadline(
        lambda: httpx2.get(f"{running.url}/api/v1/incidents", timeout=60).json()["incidents"],
        what="the incident is listed",
    )
    assert listed[0]["severity"] == "P0"
    assert listed[0]["section"] == "Checkout Down"
    sink = running.app.settings.data / "pages.jsonl"
    deadline(lambda: sink.exists() and "DRILL P0" in sink.read_text(), what="the page is in the sink")


def test_the_same_fingerprint_joins_and_every_alert_is_accounted_for(
    running: Running, deadline: Deadline
) -> None:
    for state in ("firing", "firing", "resolved"):
        body = {"title": "502 errors at checkout", "fingerprint": "c", "state": state}
        assert httpx2.post(f"{running.url}/api/v1/alerts", json=body, timeout=60).status_code == 202
    httpx2.post(
        f"{running.url}/api/v1/alerts",
        json={"title": "x", "fingerprint": "never seen", "state": "resolved"},
        timeout=60,
    )

    def accounted() -> bool:
        with running.app.database.read() as tx:
            return (
                len(incidents.alerts_of(tx, incidents.listing(tx)[0].id)) == 3
                if incidents.listing(tx)
                else False
            )

    deadline(accounted, what="three alerts belong to the incident")
    deadline(lambda: not _unaccounted(running), what="the fourth is suppressed with a reason")
    assert len(httpx2.get(f"{running.url}/api/v1/incidents", timeout=60).json()["incidents"]) == 1


def _unaccounted(running: Running) -> int:
    with running.app.database.read() as tx:
        return len(incidents.unaccounted(tx))


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[]", 400, "object"),
        (b'{"titel": "x"}', 400, "titel"),
        (b'{"title": "   "}', 400, "title"),
        (b'{"title": "x", "state": "on fire"}', 400, "on fire"),
        (b'{"title": "x", "labels": {"a": 1}}', 400, "labels"),
        (b"\xff\xfe", 400, "not JSON"),
        (b'{"title": "' + b"x" * (600 * 1024) + b'"}', 413, "at most"),
    ],
)
def test_what_is_no_alert_changes_nothing_and_says_why(
    running: Running, body: bytes, status: int, said: str
) -> None:
    answer = httpx2.post(
        f"{running.url}/api/v1/alerts", content=body, headers={"Content-Type": "application/json"}, timeout=60
    )
    assert answer.status_code == status
    assert said in json.dumps(answer.json())
    with running.app.database.read() as tx:
        assert incidents.unaccounted(tx) == ()
        assert incidents.listing(tx) == ()


def test_a_token_is_asked_for_where_one_is_set(tmp_path: Path) -> None:
    made = Running(tmp_path, TOCSIN_TOKEN="let-me-in")
    try:
        url = f"{made.url}/api/v1/alerts"
        assert httpx2.post(url, json={"title": "x"}, timeout=60).status_code == 401
        assert (
            httpx2.post(
                url, json={"title": "x"}, headers={"Authorization": "Bearer wrong"}, timeout=60
            ).status_code
            == 401
        )
        right = {"Authorization": "Bearer let-me-in"}
        assert httpx2.post(url, json={"title": "x"}, headers=right, timeout=60).status_code == 202
        assert httpx2.get(f"{made.url}/healthz", timeout=60).status_code in (200, 503)
    finally:
        made.stop()


def test_without_a_token_nothing_but_loopback_is_listened_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can be reached from outside"):
        Door.bind(load(write(tmp_path, "0.0.0.0:0"), {}))


def test_a_port_in_use_is_said_before_anything_begins(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port} cannot be used") as caught:
            Door.bind(load(write(tmp_path, f"127.0.0.1:{port}"), {}))
    assert caught.value.exit_code == 2
    assert not (tmp_path / "var").exists()


def test_health_is_that_of_the_engine_not_of_the_port(running: Running, deadline: Deadline) -> None:
    deadline(lambda: httpx2.get(f"{running.url}/healthz", timeout=60).status_code == 200, what="healthy")
    running.app.stopped.set()
    running.app.loop.pulse.last = running.app.clock.now() - timedelta(minutes=1)
    deadline(
        lambda: httpx2.get(f"{running.url}/healthz", timeout=60).status_code == 503,
        what="an engine that stands still is not healthy",
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {},
        {"Content-Type": "application/json", "Origin": "https://evil.example"},
    ],
)
def test_a_page_in_somebodys_browser_cannot_post_an_alert(running: Running, headers: dict[str, str]) -> None:
    answer = httpx2.post(
        f"{running.url}/api/v1/alerts", content=b'{"title": "x"}', headers=headers, timeout=60
    )
    assert answer.status_code == 415
    with running.app.database.read() as tx:
        assert incidents.listing(tx) == ()


@pytest.mark.parametrize("theirs", [5, 60], ids=["httpx", "nginx and the clouds' load balancers"])
def test_an_idle_connection_is_kept_longer_than_those_who_use_it_keep_theirs(
    running: Running, theirs: int
) -> None:
    server = running.door._server
    assert server is not None
    assert server.config.timeout_keep_alive == KEEP_ALIVE.total_seconds() > theirs
