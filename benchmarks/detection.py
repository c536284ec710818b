"""F14: from the answer that confirms a failure to the page of it, beyond the check's own rule; alone, and beside 1,000 checks a second.

A real `tocsin serve` (SQLite WAL, synchronous=FULL) watches paths of a server in this process every second and pages a
listener on loopback. Each path starts to answer 502 at some moment; its check wants three bad samples in a row, which is
the check's own rule and takes two to three seconds. The figure is what is added to that: from the moment the third 502 has
been asked for, to the moment the page has arrived. Every failure has to page exactly once. Beside it, in the second part,
1,000 further checks ask an nginx every second. Target: 1 s, for the longest. Run: python benchmarks/detection.py [rounds]
"""

import http.server
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import _room
from _channel import Channel
from _reading import p95, rounds_from, say
from _serve import Serve
from checks import CHECK, CHECKS, nginx

PATHS = 20
BAD = 3
TARGET_MS = 1_000.0
LIMIT_SECONDS = 60.0

RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0 (Critical)**: Complete service outage\n\n## 1. API Not Responding\n**Symptoms**: 502 errors\n"
WATCHED = """
[[checks]]
name = "w{number}"
kind = "http"
url = "http://127.0.0.1:{port}/w{number}"
title = "watched path {number} fails"
impact = "Complete service outage"
every = "1 s"
failures = 3
"""
PEOPLE = """
[people.ana]
name = "Ana"
page = ["hook:ana"]
[oncall]
level1 = ["ana"]
[paging]
bundle = "0 s"
[pagers.hook]
kind = "webhook"
url = "{url}"
"""


class Target:
    """Answers 200 until a path is broken, and remembers when it was asked for a broken one."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.asked: dict[str, list[float]] = defaultdict(list)
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bad = self.path in target.broken
                if bad:
                    target.asked[self.path].append(time.perf_counter())
                self.send_response(502 if bad else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A check that is over closes without a word."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def measure(folder: Path, system: str, more: str) -> None:
    """Break one path after the other; print what was added to the rule."""
    target = Target()
    with Channel() as channel:
        watched = "".join(WATCHED.format(number=n, port=target.port) for n in range(PATHS))
        file = _room.write(
            folder,
            RUNBOOK,
            f'[tocsin]\nname = "bench"\n{watched}{more}',
            PEOPLE.format(url=channel.url),
            "127.0.0.1:0",
        )
        with Serve(file) as serve:
            serve.wait_until_ready()
            time.sleep(5)  # every check has been well
            added = []
            for number in range(PATHS):
                target.broken.add(f"/w{number}")
                arrived = channel.first(f"watched path {number} fails", LIMIT_SECONDS)
                if arrived is None:
                    raise RuntimeError(f"nobody was paged for path {number}")
                added.append((arrived - target.asked[f"/w{number}"][BAD - 1]) * 1000)
            pages = [subject for _, _, subject in channel.accepted if "watched path" in subject]
        if len(pages) != PATHS:
            raise RuntimeError(f"{len(pages)} pages for {PATHS} failures")
    target.server.shutdown()
    say("F14", system, "failing answer to page p50", sorted(added)[len(added) // 2], "ms")
    say("F14", system, "failing answer to page p95", p95(added), "ms")
    say("F14", system, "failing answer to page, longest", max(added), "ms", target=TARGET_MS)


def main() -> None:
    """Both parts once a round."""
    for _ in range(rounds_from(sys.argv, 1)):
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as made:
            home, port = Path(made), 18_081
            measure(home / "alone", "tocsin", "")
            with nginx(home, port):
                crowd = "".join(CHECK.format(number=n, port=port, interval="1 s") for n in range(CHECKS))
                measure(home / "beside", "tocsin beside 1,000 checks a second", crowd)


if __name__ == "__main__":
    main()
