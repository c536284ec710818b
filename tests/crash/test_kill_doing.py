"""kill -9 around the lock of a target and a step that runs on another host.

A whole engine in a process of its own, over a real OpenSSH server on loopback; it dies in the middle of a change, and
whoever starts next finds the change in doubt and its target still locked.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from tests.conftest import Deadline

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine import identities
from tocsin.engine.decisions import CHANGE
from tocsin.engine.history import load
from tocsin.engine.intake import accept_alert
from tocsin.engine.words import accept_word
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Identity
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.sshd import Sshd
from tocsin.sandbox.tools import SYSTEM_PATH
from tocsin.store import incidents, outbox, target_lock
from tocsin.store.database import Database

ROOT = Path(__file__).parents[2]
PATH = f"{SYSTEM_PATH}:{ROOT / '.tools/bin'}"
ANA, INC = PersonId("ana"), IncidentId("INC-1")
LONG = timedelta(minutes=5)

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Resolution**:
```bash
ssh web-1
tee -a {folder}/two < {folder}/pipe
```

### 2. Cache Cold
**Symptoms**: cache is cold

**Resolution**:
```bash
ssh web-1
touch {folder}/warm
```
"""
SETTINGS = """
[tocsin]
name = "shop"
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
[targets.ssh.web-1]
address = "127.0.0.1"
port = {port}
user = "{user}"
known_hosts = "{known_hosts}"
identity_file = "{identity_file}"
"""


@dataclass
class Engine:
    """`tocsin serve` as a process that can be killed and started again."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.folder / "serve.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "tocsin", "serve", "--config", str(self.folder / "tocsin.toml")),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": PATH, "HOME": str(self.folder), "USER": "ana"},
            )  # fmt: skip

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def host() -> Iterator[Sshd]:
    scratch = Scratch.make(Path("/tmp") / f"tocsin-killed-{os.getpid()}")
    programs = [shutil.which(name, path=PATH) for name in ("sshd", "ssh-keygen")]
    assert all(programs), "sshd is missing: run scripts/setup"
    running = Sshd(scratch, Path(programs[0] or ""), Path(programs[1] or ""), port=scratch.free_port())
    try:
        running.start()
        wait_until_ready(running)
        yield running
    finally:
        scratch.end()


@pytest.fixture
def engine(tmp_path: Path, host: Sshd) -> Iterator[Engine]:
    (tmp_path / "var").mkdir()
    (tmp_path / "runbook.md").write_text(RUNBOOK.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        SETTINGS.format(
            port=host.port, user=host.user, known_hosts=host.known_hosts, identity_file=host.identity_file
        ),
        encoding="utf-8",
    )
    made = Engine(tmp_path)
    yield made
    made.kill()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # a killed engine leaves the connection it shared
            if any(str(host.known_hosts) in word for word in process.cmdline()):
                process.kill()


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    with Database.open(engine.folder / "var/tocsin.db") as opened:
        yield opened


def say(database: Database, event: ev.Event, incident: IncidentId = INC) -> None:
    accept_word(database, incident, event, "person:ana", SystemClock().now())


def alert(database: Database, title: str) -> None:
    now = SystemClock().now()
    claim = Alert(f"x:{title}", AlertState.FIRING, title, "check:x", now, {}, "Complete service outage")
    accept_alert(database, claim, "{}", now)


def incident(database: Database, name: IncidentId = INC) -> Incident | None:
    with database.read() as tx:
        return load(tx, name) if incidents.exists(tx, name) else None


def asked(database: Database, name: IncidentId = INC) -> Callable[[], ev.AskMade | None]:
    def look() -> ev.AskMade | None:
        found = incident(database, name)
        return found.open_ask.made if found is not None and found.open_ask is not None else None

    return look


def test_a_change_on_another_host_cut_off_by_kill_9_is_in_doubt_and_keeps_its_target(
    engine: Engine, database: Database, deadline: Deadline
) -> None:
    os.mkfifo(engine.folder / "pipe")
    engine.start()
    deadline(lambda: seen(database), what="the host says who it is", within=LONG)
    alert(database, "502 errors at checkout")
    made = deadline(asked(database), what="the change is asked for", within=LONG)
    assert made is not None
    assert made.target == "web-1"
    assert dict(made.identities)["web-1"].startswith(f"host {os.uname().nodename}")
    say(database, ev.Acknowledged(ANA))
    say(database, ev.Approved(made.ask, ANA, made.digest))
    deadline(lambda: begun(database), what="it runs over there", within=LONG)

    engine.kill()
    engine.start()
    found = deadline(lambda: in_doubt(database), what="it is in doubt", within=LONG)
    (run,) = found.in_doubt
    with database.read() as tx:
        held = target_lock.holder(tx, "web-1", SystemClock().now())
    assert held is not None
    assert held.run == run.queued.run

    other = IncidentId("INC-2")
    alert(database, "cache is cold")
    second = deadline(asked(database, other), what="the second incident asks", within=LONG)
    assert second is not None
    say(database, ev.Approved(second.ask, ANA, second.digest), other)
    deadline(lambda: waiting(database, other), what="the second is told whom it waits for", within=LONG)
    assert not (engine.folder / "warm").exists()

    say(database, ev.DoubtSettled(run.queued.run, ANA, True, "I looked"))
    deadline((engine.folder / "warm").exists, what="the second goes on", within=LONG)
    deadline(lambda: not held_now(database), what="its target is given back", within=LONG)
    (engine.folder / "pipe").unlink()


def in_doubt(database: Database) -> Incident | None:
    found = incident(database)
    return found if found is not None and found.in_doubt else None


def begun(database: Database) -> bool:
    with database.read() as tx:
        return any(row.kind == CHANGE for row in outbox.started(tx))


def seen(database: Database) -> str | None:
    with database.read() as tx:
        return identities.known(tx, {}).get("web-1", Identity()).seen


def waiting(database: Database, name: IncidentId) -> ev.StepWaiting | None:
    found = incident(database, name)
    return next(iter(found.doing.waiting.values()), None) if found is not None else None


def held_now(database: Database) -> bool:
    with database.read() as tx:
        return bool(target_lock.all_held(tx, SystemClock().now()))
