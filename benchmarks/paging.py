"""F13: from an alert that is stored to its page in the hands of the channel; a real listener on loopback.

The peer in the same run is the floor: the same number of bare commits and one HTTP request, with nothing decided.
Run: python benchmarks/paging.py [alerts]
"""

import http.server
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles

import httpx2

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.kit.clock import SystemClock
from tocsin.store import meta
from tocsin.store.database import Database

TARGET_MS = 50.0
COMMITS = 4  # alert, decision, claim, outcome: what one page costs

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. API Not Responding
**Symptoms**: 502 errors

**Resolution**:
- Call somebody
"""

arrived: dict[str, float] = {}
rang = threading.Condition()


class Channel(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        now = time.perf_counter()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with rang:
            arrived[str(body.get("subject", ""))] = now
            rang.notify_all()
        self.send_response(202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def settings_file(folder: Path, port: int) -> Path:
    (folder / "runbook.md").write_text(RUNBOOK)
    file = folder / "tocsin.toml"
    file.write_text(
        f"""
[people.ana]
name = "Ana"
page = ["hook:ana"]
[oncall]
level1 = ["ana"]
[pagers.hook]
kind = "webhook"
url = "http://127.0.0.1:{port}/"
[web]
listen = "none"
"""
    )
    return file


def ours(folder: Path, port: int, rounds: int) -> list[float]:
    clock = SystemClock()
    app = App(load(settings_file(folder, port), dict(os.environ)), clock)
    app.start(threading.Event())
    took = []
    try:
        for number in range(rounds):
            title = f"502 errors number {number}"
            alert = Alert(f"bench:{number}", AlertState.FIRING, title, "bench", clock.now(), {}, "Complete service outage")
            accept_alert(app.database, alert, "{}", clock.now())
            stored = time.perf_counter()
            with rang:
                rang.wait_for(lambda title=title: any(title in subject for subject in arrived), timeout=10)  # type: ignore[misc]
                at = next(moment for subject, moment in arrived.items() if f"{title} " in f"{subject} ")
            took.append((at - stored) * 1000)
    finally:
        app.stop()
    return took


def floor(folder: Path, port: int, rounds: int) -> list[float]:
    took = []
    with Database.open(folder / "floor.db") as database, httpx2.Client() as client:
        for number in range(rounds):
            began = time.perf_counter()
            for part in range(COMMITS - 1):
                with database.write() as tx:
                    meta.put(tx, f"k{part}", str(number))
            client.post(f"http://127.0.0.1:{port}/", json={"subject": f"floor {number}"})
            took.append((time.perf_counter() - began) * 1000)
    return took


def say(system: str, took: list[float], target: float | None) -> None:
    for metric, value in (("p50", median(took)), ("p95", quantiles(took, n=20)[18])):
        line: dict[str, object] = {"figure": "F13", "system": system, "metric": metric, "value": round(value, 2), "unit": "ms"}
        if target is not None and metric == "p95":
            line["target"] = target
        print(json.dumps({**line, "better": "less"}))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Channel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    with tempfile.TemporaryDirectory() as folder:
        say("floor", floor(Path(folder), port, rounds), None)
        say("tocsin", ours(Path(folder), port, rounds), TARGET_MS)
    server.shutdown()


if __name__ == "__main__":
    main()
