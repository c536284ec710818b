"""F13: from an alert that is stored to its page in the hands of the channel; quiet, and while 200 more arrive each second.

Ours is a real `tocsin serve` (SQLite WAL, synchronous=FULL, reply after the commit) that takes alerts by HTTP and pages a
real listener on loopback. "Stored" is the moment the alert's answer has been read here, which is after the commit; the
figure "from sending" begins when the alert is sent, and so holds the intake as well. Each alert opens an incident of its
own and wakes one person. Pages are compared with alerts: one lost or doubled ends the run.

The load comes from a process of its own, by the clock and not by the answers (open loop, at most 16 in flight), 200
alerts a second of 50 services, so that all but the first of each join an incident that is open. A driver that ran more
than 10 ms late (p99) is said in a line of its own. The floor is the same way with nothing decided: two bare
commits, then one HTTP request until it arrives. Target: 50 ms p95, with and without the load. Run: python benchmarks/paging.py [rounds]
"""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles

import _room
import httpx2
from _channel import Channel
from _reading import p95, rounds_from, say
from _serve import Sender, Serve

from tocsin.store.sqlite import driver

ALERTS = 40  # a round; five rounds make 200
GAP_SECONDS = 0.05
LOAD_PER_SECOND = 200
SERVICES = 50
IN_FLIGHT = 16
COMMITS = 2  # decision and claim: what has to be durable between the stored alert and the page
TARGET_MS = 50.0
LIMIT_SECONDS = 30.0

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. API Not Responding
**Symptoms**: 502 errors

**Resolution**:
- Call somebody
"""


def settings(channel: Channel) -> str:
    return f"""
[people.ana]
name = "Ana"
page = ["hook:ana"]
[oncall]
level1 = ["ana"]
[pagers.hook]
kind = "webhook"
url = "{channel.url}"
"""


def page_alerts(serve: Serve, channel: Channel, name: str) -> tuple[list[float], list[float]]:
    """Milliseconds to the page of each of `ALERTS` alerts: since it was stored, and since it was sent."""
    since_stored, since_sent = [], []
    sender = Sender(serve.address)
    for number in range(ALERTS):
        words = f"502 errors {name}-{number}"
        sent = time.perf_counter()
        sender.post(words, f"{name}:{number}", "Complete service outage")
        stored = time.perf_counter()
        arrived = channel.first(words, LIMIT_SECONDS)
        if arrived is None:
            raise RuntimeError(f'the page of "{words}" was lost')
        since_stored.append((arrived - stored) * 1000)
        since_sent.append((arrived - sent) * 1000)
        time.sleep(GAP_SECONDS)
    sender.close()
    return since_stored, since_sent


def floor(folder: Path, channel: Channel, name: str) -> list[float]:
    """Milliseconds of two bare commits and one HTTP request until it arrives, for each of `ALERTS`."""
    connection = driver.connect(str(folder / "floor.db"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, body TEXT)")
    took = []
    with httpx2.Client(trust_env=False) as client:
        for number in range(ALERTS):
            began = time.perf_counter()
            for _ in range(COMMITS):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO bare (body) VALUES (?)", ("x" * 200,))
                connection.execute("COMMIT")
            words = f"floor {name}-{number}"
            client.post(channel.url, json={"data": {"subject": words}})
            arrived = channel.first(words, LIMIT_SECONDS)
            assert arrived is not None
            took.append((arrived - began) * 1000)
            time.sleep(GAP_SECONDS)
    connection.close()
    return took


# -- the load: another process ---------------------------------------------------------------------------


def load(host: str, port: int) -> None:
    """Post by the clock until standard input is closed; then say how many, and how late (p99, ms)."""
    over = threading.Event()
    late: list[float] = []
    counted = threading.Lock()
    base = time.perf_counter()
    numbers = iter(range(10**9))

    def work() -> None:
        sender = Sender((host, port))
        while not over.is_set():
            with counted:
                number = next(numbers)
            planned = base + number / LOAD_PER_SECOND
            over.wait(max(planned - time.perf_counter(), 0))
            if over.is_set():
                break
            behind = (time.perf_counter() - planned) * 1000
            service = number % SERVICES
            sender.post(f"502 errors of service {service}", f"load:{service}")
            with counted:
                late.append(behind)

    threads = [threading.Thread(target=work) for _ in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - base
    print(
        len(late), round(len(late) / seconds, 1), round(quantiles(late, n=100)[98], 1) if len(late) > 1 else 0
    )


class Load:
    """The load's process, as a context."""

    def __init__(self, serve: Serve) -> None:
        host, port = serve.address
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--load", host, str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(self) -> tuple[int, float, float]:
        """(alerts sent, per second, lateness p99 in ms)"""
        said, _ = self._process.communicate("", timeout=60)
        count, rate, late = said.split()
        return int(count), float(rate), float(late)


def report(took: tuple[list[float], list[float]], weather: str) -> None:
    stored, sent = took
    say("F13", "tocsin", f"{weather}: stored alert to page, p50", median(stored), "ms")
    say("F13", "tocsin", f"{weather}: stored alert to page, p95", p95(stored), "ms", target=TARGET_MS)
    say("F13", "tocsin", f"{weather}: from sending the alert, p95", p95(sent), "ms")


def main() -> None:
    if sys.argv[1:2] == ["--load"]:
        load(sys.argv[2], int(sys.argv[3]))
        return
    rounds = rounds_from(sys.argv, 5)
    with tempfile.TemporaryDirectory() as scratch, Channel() as channel:
        file = _room.write(Path(scratch), RUNBOOK, settings(channel), listen="127.0.0.1:0")
        with Serve(file) as serve:
            serve.wait_until_ready()
            page_alerts(serve, channel, "warm")
            for number in range(rounds):
                report(page_alerts(serve, channel, f"quiet-{number}"), "quiet")
                bare = floor(Path(scratch), channel, str(number))
                for weather in ("quiet", f"{LOAD_PER_SECOND} alerts/s"):
                    say(
                        "F13",
                        "floor: two commits, one request",
                        f"{weather}: stored alert to page, p50",
                        median(bare),
                        "ms",
                    )
                    say(
                        "F13",
                        "floor: two commits, one request",
                        f"{weather}: stored alert to page, p95",
                        p95(bare),
                        "ms",
                    )
                storm = Load(serve)
                time.sleep(2)  # warm-up
                report(page_alerts(serve, channel, f"storm-{number}"), f"{LOAD_PER_SECOND} alerts/s")
                count, rate, late = storm.end()
                if late > 10:
                    print(
                        f"F13: round {number}: the load's driver was late by {late} ms (p99): {count} alerts, {rate}/s"
                    )
                time.sleep(1)
            keys = [key for _, key, subject in channel.accepted if not subject.startswith("floor")]
            assert len(keys) == len(set(keys)), "a page came twice"
            serve.stop()


if __name__ == "__main__":
    main()
