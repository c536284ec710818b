"""F05: what a durable step costs, beside the bare floor, DBOS and invoke in the same run.

Ours is the real engine (`App`): an alert opens an incident whose section has 100 (or 1) steps. *Observe*: fences of
`/bin/true`, which run by themselves, four at a time; and *alone*, in forty incidents of one step. *Change*: approved
steps, one at a time, each asked for, approved at once by Ana, its old state captured before and after; PATH leads
`sysctl` to /bin/true, so nothing is changed here. Nobody is on call: this is the step, not paging.

End to end is (T(100) - T(1)) / 99, as for the peers. Our own share is taken per step: from the moment its intent is
committed until its result is committed, less the time of the processes it started (target: 2 ms p50, 5 ms p95); and,
stricter, from before the intent is written until the result is committed, with nothing but one bare process
(posix_spawn) for each of its own taken off. A change starts three processes.

Durable: ours SQLite WAL, synchronous=FULL, the intent committed before the process starts and the result after it; with
TOCSIN_DATABASE_URL set to an empty PostgreSQL database the same there, in that server's setting. Floor: posix_spawn of
/bin/true and two bare commits, same SQLite settings. DBOS: its SQLite defaults, one commit per step, and it runs an
interrupted step again, which we must not. invoke: not durable. Peers live in .tools/peers with pinned versions; without
them there is a sentence and no number. No peer asks anybody or captures anything: beside a change they are shorter of
work. Run: python benchmarks/step.py [rounds]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from unittest.mock import patch

import _peers
import _room
import psycopg
from _reading import p95, rounds_from, say

from tocsin.app.build import App
from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.engine.words import Answer, accept_word, wait_for_answer
from tocsin.incident import codec
from tocsin.incident.events import Approved, AskMade, StepFinished
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import log
from tocsin.store.database import Database
from tocsin.store.sqlite import driver
from tocsin.store.tx import Tx

STEPS = 100
ALONE = 40
_DURABILITY = ("server_version", "fsync", "synchronous_commit")
LIMIT_SECONDS = 120.0
ANA = PersonId("ana")
AT_ONCE = {"observe": ", four at once", "change": ""}
HEAD = "# Bench\n\n## 1. API Not Responding\n\n**Symptoms**: 502 errors\n\n"


def observing(count: int) -> str:
    """A runbook whose section looks `count` times. The number makes them different steps."""
    fences = "\n".join(f"```bash\n/bin/true {number}\n```\n" for number in range(count))
    return f"{HEAD}### Investigation\n\n{fences}"


def changing(count: int) -> str:
    """A runbook whose first option is `count` changes that each have a state to capture."""
    steps = "\n".join(
        f"{n + 1}. Set it\n\n   ```bash\n   sysctl -w vm.swappiness={n}\n   ```\n" for n in range(count)
    )
    return f"{HEAD}### Resolution\n\n#### Option A: Tune\n\n{steps}\n\n#### Option B: Restart\n\n```bash\nsystemctl restart api\n```\n"


# -- what the engine's threads did, and when -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """One transaction ("write") or process ("run") of a thread; times in seconds, `inside` what the process took."""

    kind: str
    entered: float
    left: float
    inside: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step that ran: when its intent was begun and committed, its result committed, and its processes' time."""

    begun: float
    intent: float
    result: float
    inside: float
    processes: int

    @property
    def own_ms(self) -> float:
        """From the committed intent to the committed result, less the processes."""
        return (self.result - self.intent - self.inside) * 1000

    @property
    def whole_ms(self) -> float:
        return (self.result - self.begun) * 1000


class Watch:
    """Stamps transactions and processes of every thread while it is in use."""

    def __init__(self) -> None:
        self.marks: dict[int, list[Mark]] = defaultdict(list)
        self.commits = 0

    @contextmanager
    def use(self) -> Iterator[None]:
        write, run = Database.write, LocalRunner.run
        marks, watch = self.marks, self

        @contextmanager
        def stamped(database: Database) -> Iterator[Tx]:
            entered = time.perf_counter()
            with write(database) as tx:
                yield tx
            marks[threading.get_ident()].append(Mark("write", entered, time.perf_counter()))
            watch.commits += 1

        def timed(runner: LocalRunner, request: RunRequest) -> RunResult:
            entered = time.perf_counter()
            result = run(runner, request)
            took = result.took.total_seconds()
            marks[threading.get_ident()].append(Mark("run", entered, time.perf_counter(), took))
            return result

        with patch.object(Database, "write", stamped), patch.object(LocalRunner, "run", timed):
            yield

    def steps(self) -> list[Step]:
        """Each run of processes with the transactions right before and right after it in its thread."""
        found = []
        for marks in self.marks.values():
            last: Mark | None = None
            runs: list[Mark] = []
            for mark in marks:
                if mark.kind == "run":
                    runs.append(mark)
                    continue
                if runs and last is not None:
                    inside = sum(each.inside for each in runs)
                    found.append(Step(last.entered, last.left, mark.left, inside, len(runs)))
                runs, last = [], mark
        return found


# -- ours ----------------------------------------------------------------------------------------------


def ours(folder: Path, runbook: str, count: int, database: str | None) -> tuple[float, Watch]:
    """Seconds from the stored alert to the committed result of the last of `count` steps."""
    tools = folder / "bin"
    tools.mkdir(parents=True)
    (tools / "sysctl").symlink_to("/bin/true")
    file = _room.write(folder, runbook)
    watch = Watch()
    with watch.use(), _room.engine(file, f"{tools}:/usr/bin:/bin", database) as app:
        watch.marks.clear()
        watch.commits = 0
        began = time.perf_counter()
        signal = _room.alarm(app, f"bench:{folder}")  # another incident in each round, on a store that stays
        answer = wait_for_answer(app.database, signal, app.clock, timedelta(seconds=LIMIT_SECONDS))
        assert isinstance(answer, Answer)
        assert answer.incident
        follow(app, IncidentId(answer.incident), count, began + LIMIT_SECONDS)
        return time.perf_counter() - began, watch


def alone(folder: Path, database: str | None) -> list[Step]:
    """Observing steps of which only one is there to run: `ALONE` incidents of one step, one after the other."""
    file = _room.write(folder, observing(1))
    watch = Watch()
    with watch.use(), _room.engine(file, "/usr/bin:/bin", database) as app:
        for number in range(ALONE + 1):
            if number == 1:
                watch.marks.clear()  # the first was the warm-up
            signal = _room.alarm(app, f"bench:{folder}:{number}")
            answer = wait_for_answer(app.database, signal, app.clock, timedelta(seconds=LIMIT_SECONDS))
            assert isinstance(answer, Answer)
            assert answer.incident
            follow(app, IncidentId(answer.incident), 1, time.perf_counter() + LIMIT_SECONDS, pause=0.02)
    return watch.steps()


def follow(app: App, incident: IncidentId, count: int, until: float, pause: float | None = None) -> None:
    """Say yes to what is asked until `count` steps have ended.

    Args:
        pause: seconds between looks, so that looking takes no time from what is measured; None: look at each commit.
    """
    position = ended = 0
    if pause is not None:
        time.sleep(pause)
    while ended < count:
        with app.database.read() as tx:
            news = log.events(tx, incident, position)
        for line in news:
            position = line.position
            match codec.decode_event(line.kind, line.body):
                case AskMade() as made:
                    accept_word(
                        app.database,
                        incident,
                        Approved(made.ask, ANA, made.digest),
                        "person:ana",
                        app.clock.now(),
                    )
                case StepFinished() as finished:
                    assert finished.outcome == "done", finished.sentence
                    ended += 1
                case _:
                    pass
        if time.perf_counter() > until:
            raise TimeoutError(f"{ended} of {count} steps had ended")
        if ended < count and pause is None:
            app.database.wait(timedelta(milliseconds=50))
        elif ended < count:
            time.sleep(pause or 0)


# -- the floor and the peers ----------------------------------------------------------------------------


def spawn() -> float:
    """Seconds of a bare start and wait. Not fork, which copies the page tables of this large process first."""
    began = time.perf_counter()
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {"PATH": "/usr/bin:/bin"}), 0)
    return time.perf_counter() - began


def floor(folder: Path) -> Callable[[int], float]:
    """A function that starts `count` processes, each between two bare commits; returns its seconds."""
    connection = driver.connect(str(folder / "floor.db"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)")

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare (body) VALUES (?)", ("x" * 200,))
        connection.execute("COMMIT")

    def run(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            commit()
            spawn()
            commit()
        return time.perf_counter() - began

    return run


DBOS = """
import json, subprocess, sys, time
from dbos import DBOS

DBOS(config={"name": "bench", "system_database_url": sys.argv[1], "run_admin_server": False, "log_level": "ERROR"})

@DBOS.step()
def step():
    subprocess.run(["/bin/true"], check=True)

@DBOS.workflow()
def work(count):
    for _ in range(count):
        step()

DBOS.launch()
work(1)
took = {}
for count in (1, 100):
    began = time.perf_counter()
    work(count)
    took[count] = time.perf_counter() - began
DBOS.destroy()
print(json.dumps(took))
"""

TASKS = """
from invoke import task

@task
def go(c, n=1):
    for _ in range(n):
        c.run("/bin/true")
"""


def dbos(folder: Path) -> float:
    """Seconds per step of a DBOS workflow on SQLite."""
    said = _peers.run(DBOS, f"sqlite:///{folder}/dbos.sqlite", cwd=folder).splitlines()[-1]
    took = json.loads(said)
    return (float(took["100"]) - float(took["1"])) / (STEPS - 1)


def invoke(folder: Path) -> float:
    """Seconds per step of an invoke task."""
    (folder / "tasks.py").write_text(TASKS)

    def timed(count: int) -> float:
        began = time.perf_counter()
        _peers.module("invoke", "go", "-n", str(count), cwd=folder)
        return time.perf_counter() - began

    one = timed(1)
    return (timed(STEPS) - one) / (STEPS - 1)


# -- a round --------------------------------------------------------------------------------------------


def measure_ours(folder: Path, kind: str, runbook: Callable[[int], str], database: str | None) -> None:
    where = "PostgreSQL" if database else "SQLite"
    one, _ = ours(folder / f"{kind}-1", runbook(1), 1, database)
    before = median(spawn() for _ in range(STEPS)) * 1000
    many, watch = ours(folder / f"{kind}-{STEPS}", runbook(STEPS), STEPS, database)
    # The quieter of two moments, so that a busy machine never takes off more than a process costs.
    bare = min(before, median(spawn() for _ in range(STEPS)) * 1000)
    steps = watch.steps()
    assert len(steps) == STEPS, f"{len(steps)} steps were seen"
    name = f"{where}: {kind} step{AT_ONCE[kind]}"
    say("F05", "tocsin", f"{where}: {kind} step, end to end", (many - one) / (STEPS - 1) * 1000, "ms")
    say(
        "F05",
        "tocsin",
        f"{name}, commits of the whole engine",
        watch.commits / STEPS,
        "per step",
        steady=True,
    )
    shares(name, steps, bare)
    if kind == "observe":
        found = alone(folder / "alone", database)
        bare = min(bare, median(spawn() for _ in range(STEPS)) * 1000)
        shares(f"{where}: observe step, alone", found, bare)


def shares(name: str, steps: list[Step], bare: float) -> None:
    """What we add to these steps; `bare` is what one process costs, in milliseconds."""
    own = [step.own_ms for step in steps]
    over = [step.whole_ms - bare * step.processes for step in steps]
    say("F05", "tocsin", f"{name}, ours from intent to result, p50", median(own), "ms", target=2)
    say("F05", "tocsin", f"{name}, ours from intent to result, p95", p95(own), "ms", target=5)
    say("F05", "tocsin", f"{name}, with the intent, over a bare process, p50", median(over), "ms", target=2)


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    url = os.environ.get("TOCSIN_DATABASE_URL", "")
    stores = [None, url] if url.startswith("postgres") else [None]
    if stores[-1]:
        with psycopg.connect(url) as connection:
            told = [f"{name}={connection.execute(f'SHOW {name}').fetchone()}" for name in _DURABILITY]
        print(f"F05: PostgreSQL with {', '.join(told)}")
    missing = _peers.install()
    if missing is not None:
        print(f"F05: DBOS and invoke could not be installed and get no number: {missing}")
    with tempfile.TemporaryDirectory() as scratch:
        bare = floor(Path(scratch))
        for number in range(rounds):
            folder = Path(scratch) / f"round-{number}"
            folder.mkdir()
            for kind, runbook in (("observe", observing), ("change", changing)):
                for database in stores:
                    measure_ours(folder / ("postgres" if database else "sqlite"), kind, runbook, database)
            one = bare(1)
            step = (bare(STEPS) - one) / (STEPS - 1) * 1000
            others = {"floor: posix_spawn, two bare SQLite commits": step}
            if missing is None:
                others["DBOS 3.4, SQLite"] = dbos(folder) * 1000
                others["invoke 3.0, not durable"] = invoke(folder) * 1000
            for system, value in others.items():
                for kind in ("observe", "change"):
                    say("F05", system, f"SQLite: {kind} step, end to end", value, "ms")
            shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        sys.exit(f"step.py: a peer failed: {problem}")
