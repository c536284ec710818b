"""F27: after kill -9 with 100 running incidents: how soon the first page that is due is out; none lost, none doubled.

A real `tocsin serve` (SQLite WAL, synchronous=FULL) is given 100 alerts of 100 services while the channel answers 503, so
every incident has a page that nobody has got, and steps that ran. It is killed (SIGKILL), the pages come due while nothing
runs, the channel takes pages again, and `serve` is started on the same store. Measured from the start of the process: the
first page at the channel (target: 2 s), all 100, and readiness (/healthz). Every page must arrive, each key once: a lost
or doubled one ends the run. No peer; the floor is readiness on an empty store (startup.py).
Run: python benchmarks/recover.py [rounds]
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import _room
from _channel import Channel
from _reading import rounds_from, say
from _serve import Sender, Serve

INCIDENTS = 100
TARGET_S = 2
DUE_SECONDS = 12.0  # longer than the longest pause between two tries of a page (five tries, 2 s more each)
LIMIT_SECONDS = 60.0

RUNBOOK = """# Shop

## 1. API Not Responding

**Symptoms**: 502 errors

### Investigation

```bash
uptime
```
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


def killed(file: Path, channel: Channel) -> None:
    """Run until every incident has a page that was refused, then kill -9."""
    channel.refusing = True
    with Serve(file) as serve:
        serve.wait_until_ready()
        sender = Sender(serve.address)
        for number in range(INCIDENTS):
            sender.post(f"502 errors of service {number}", f"bench:{number}")
        with channel.news:
            everybody = channel.news.wait_for(lambda: len(set(channel.refused)) >= INCIDENTS, LIMIT_SECONDS)
        if not everybody:
            raise RuntimeError(f"only {len(set(channel.refused))} pages were tried before the kill")
        serve.kill()
    channel.refusing = False


def one_round(folder: Path) -> None:
    with Channel() as channel:
        file = _room.write(folder, RUNBOOK, settings(channel), listen="127.0.0.1:0")
        killed(file, channel)
        time.sleep(DUE_SECONDS)
        with Serve(file) as serve:
            ready = serve.wait_until_ready()
            with channel.news:
                channel.news.wait_for(lambda: len(channel.accepted) >= INCIDENTS, LIMIT_SECONDS)
            time.sleep(1)  # a page that comes twice would come now
            serve.stop()
        arrived = Counter(key for _, key, _ in channel.accepted)
        lost = len(set(channel.refused) - set(arrived))
        if lost or len(arrived) != INCIDENTS or max(arrived.values()) > 1:
            raise RuntimeError(
                f"{len(arrived)} pages arrived, {lost} were lost, at most {max(arrived.values())} times each"
            )
        moments = [moment for moment, _, _ in channel.accepted]
        state = f"after kill -9 with {INCIDENTS} incidents"
        say("F27", "tocsin", f"{state}: first due page out", moments[0] - serve.started, "s", target=TARGET_S)
        say("F27", "tocsin", f"{state}: all due pages out", moments[-1] - serve.started, "s")
        say("F27", "tocsin", f"{state}: ready", ready, "s")


def main() -> None:
    for _ in range(rounds_from(sys.argv, 5)):
        with tempfile.TemporaryDirectory() as scratch:
            one_round(Path(scratch))


if __name__ == "__main__":
    main()
