"""kill -9 at every commit of a whole incident: nothing lost, no page and no change twice, in doubt where nobody saw the end.

The real thing: `tocsin serve` as a process, a real Redis that refuses writes, the PrepChef runbook as it stands, on both
databases. The driver is Ana; she acknowledges, approves what she is asked and, when in doubt, looks at Redis. The lives
are forked from one warm process (`killed_serve`), so that a hundred of them take less than a minute.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.engine.history import cited
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools
from tocsin.store import incidents, log, outbox, signals

ROOT = Path(__file__).parents[2]
ANA = PersonId("ana")
LIMIT = timedelta(seconds=240)


@pytest.fixture
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path("/tmp") / f"tocsin-crash-{os.getuid()}"


@pytest.fixture
def tools() -> Tools:
    return Tools.find(Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools")))


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, rooms: Path, tools: Tools) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    scratch = Scratch.make(rooms)
    server = Postgres(scratch, tools.postgres_bin, port=scratch.free_port())
    try:
        server.start()
        wait_until_ready(server)
        server.create_database("tocsin")
        yield {"TOCSIN_DATABASE_URL": server.url("tocsin")}
    finally:
        scratch.end()


class Ana:
    """Acts on what she sees; every act at most once per question, however often the engine dies."""

    def __init__(self, rehearsal: Rehearsal, room: PrepChefRoom) -> None:
        self.rehearsal = rehearsal
        self.room = room

    def act(self, incident: Incident) -> None:
        event: ev.Event | None = None
        if incident.in_doubt:
            took = self.room.redis.setting("maxmemory-policy") == "allkeys-lru"
            event = ev.DoubtSettled(incident.in_doubt[0].queued.run, ANA, took)
        elif not incident.acknowledged:
            event = ev.Acknowledged(ANA)
        elif incident.open_ask is not None:
            event = ev.Approved(incident.open_ask.made.ask, ANA, incident.open_ask.made.digest)
        if event is not None:
            # Stored before it is answered; the engine may be dead, then it is taken up after the start.
            from_store = self.rehearsal.database
            with from_store.write() as tx:
                signals.put(
                    tx, type(event).__name__, _body(event), SystemClock().now(), actor="person:ana", incident=incident.id,
                    dedup=f"ana:{_body(event)}",
                )  # fmt: skip


def _body(event: ev.Event) -> str:
    return codec.encode(event)


class Lives:
    """The engine, again and again: each life ends at a commit at which none ended yet, until there is no such commit."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        folder = rehearsal.folder
        self.count = 0
        self._died, self._seen, self._log = folder / "died", folder / "seen", folder / "lives.log"
        self._died.touch()
        self._environment = rehearsal.variables
        ours, theirs = socket.socketpair()
        self._ask = ours
        self._nursery = subprocess.Popen(
            (sys.executable, str(ROOT / "tests/crash/killed_serve.py"), str(theirs.fileno()), str(self._died), str(self._seen), str(rehearsal.settings.file)),
            stdin=subprocess.PIPE, env=self._environment, pass_fds=(theirs.fileno(),), stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        theirs.close()
        self._answers = ours.makefile("r", encoding="utf-8")
        self._pid: int | None = None

    def live(self, config: Path, *, kill: bool = True) -> None:
        """Begin the next life, unless one goes on."""
        if self._pid is not None:
            return
        request = {
            "args": ["serve", "--config", str(config), "--while-stdin-open"], "env": self._environment,
            "log": str(self._log), "kill": kill,
        }  # fmt: skip
        self._ask.send(json.dumps(request).encode())
        self._pid = int(self._answers.readline())
        self.count += 1

    def ended(self) -> bool:
        """Whether the last life is over."""
        if self._pid is not None and select.select([self._ask], [], [], 0)[0]:
            self._answers.readline()
            self._pid = None
        return self._pid is None

    def close(self) -> None:
        if not self.ended() and self._pid is not None:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself meanwhile
                os.kill(self._pid, signal.SIGKILL)
        self._answers.close()
        self._ask.close()
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(20)

    @property
    def died(self) -> list[str]:
        return self._died.read_text(encoding="utf-8").splitlines()

    @property
    def commits(self) -> set[str]:
        """Every kind of commit that was made or tried, by what it writes."""
        return set(self._seen.read_text(encoding="utf-8").splitlines())


def test_killed_at_commit_after_commit_nothing_is_lost_and_nothing_is_done_twice(
    store: dict[str, str], rooms: Path, tools: Tools, tmp_path: Path
) -> None:
    clock = SystemClock()
    rehearsal = Rehearsal(SCENES["prepchef"], tmp_path / "run", ROOT / "examples", clock)
    variables = {
        **store, "TOCSIN_RESPONSE_WATCH": "2 s", "TOCSIN_RESPONSE_SETTLE": "20 s", "TOCSIN_LISTEN": "none",
    }  # fmt: skip
    lives: Lives | None = None
    try:
        rehearsal.open(rooms, tools)
        room = rehearsal.room
        assert isinstance(room, PrepChefRoom)
        rehearsal.serve(variables)
        rehearsal.baseline(timedelta(seconds=20))
        before = _config_sets(room)
        rehearsal.inject()
        ana = Ana(rehearsal, room)
        os.kill(rehearsal.serve_pid or 0, signal.SIGKILL)
        lives = Lives(rehearsal)
        end = clock.monotonic() + LIMIT.total_seconds()
        incident: Incident | None = None
        while clock.monotonic() < end:
            if lives.ended():
                lives.live(rehearsal.settings.file)
            incident = rehearsal.incident()
            if incident is not None:
                if incident.postmortem is not None and not incident.open and _at_rest(rehearsal):
                    break
                ana.act(incident)
            rehearsal.wait()
        assert incident is not None
        assert incident.postmortem is not None, f"not written up after {lives.count} lives: {incident.stage}"
        assert _at_rest(rehearsal)
        incident = rehearsal.incident()
        assert incident is not None
        _nothing_lost(rehearsal, incident)
        _nothing_twice(rehearsal, incident, room, before)
        _at_every_commit(lives, incident)
    finally:
        if lives is not None:
            lives.close()
        rehearsal.close()


def _at_every_commit(lives: Lives, incident: Incident) -> None:
    """Of everything that was ever written, some life ended just before it was durable and some just after."""
    died = lives.died
    wanted = {part for kind in lives.commits for part in _parts(kind)}
    for when in ("before ", "after "):
        assert wanted <= {
            p for name in died if name.startswith(when) for p in _parts(name.removeprefix(when))
        }
    # And after every single commit that made the incident go on, not only after one of its kind.
    assert f"after {incident.id}#1" in died
    # About twenty of them; how many depends on what happened to be decided together in one commit.
    assert len([name for name in died if name.startswith(f"after {incident.id}#")]) >= 10


def _parts(kind: str) -> list[str]:
    """The events and tables that a commit writes: whether a row is new or changed is not told apart."""
    return [part if " events " in part else part.partition(" ")[2] for part in kind.split(", ")]


def _config_sets(room: PrepChefRoom) -> int:
    """How often the setting was changed, by Redis' own count."""
    told = room.redis.info("commandstats").get("cmdstat_config|set", "calls=0")
    return int(told.split("calls=")[1].split(",")[0])


def _at_rest(rehearsal: Rehearsal) -> bool:
    """Whether nothing waits any more."""
    with rehearsal.database.read() as tx:
        counts = outbox.counts(tx)
        return signals.waiting(tx) == 0 and counts.queued == 0 and counts.started == 0


def _nothing_lost(rehearsal: Rehearsal, incident: Incident) -> None:
    with rehearsal.database.read() as tx:
        assert log.verify(tx, cited=cited).ok
        assert signals.waiting(tx) == 0
        assert incidents.unaccounted(tx) == ()
        assert outbox.started(tx) == ()
        assert outbox.counts(tx).queued == 0
    assert len(rehearsal.log()) == incident.position
    assert {page.state for page in incident.pages.values()} <= {"sent", "cancelled"}
    draft = incident.postmortem
    assert draft is not None
    assert Path(draft.path).read_text(encoding="utf-8").startswith("# Post-mortem INC-1")


def _nothing_twice(rehearsal: Rehearsal, incident: Incident, room: PrepChefRoom, before: int) -> None:
    keys = [json.loads(line)["key"] for line in (rehearsal.folder / "pages.jsonl").read_text().splitlines()]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    runs = [run for run in incident.runs.values() if run.changes]
    calls = _config_sets(room) - before
    assert calls <= len(runs), f"{calls} changes for {len(runs)} runs"
    approved = [run.queued.ask for run in runs]
    assert len(approved) == len(set(approved)), "an approval was used twice"
    effective = [run for run in runs if run.took_effect]
    assert len(effective) == 1
    events = Counter(type(record.event).__name__ for record in rehearsal.log())
    assert events["IncidentDeclared"] == 1
    assert events["Resolved"] == 1
    assert room.redis.setting("maxmemory-policy") == "allkeys-lru"
