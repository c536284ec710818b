"""kill -9 at commit after commit of a whole incident: nothing lost, no page and no change twice, in doubt where nobody saw the end.

The real thing: `tocsin serve` as a process, a real Redis that refuses writes, the PrepChef runbook as it stands, on both
databases. The driver is Ana; she acknowledges, approves what she is asked and, when in doubt, looks at Redis.
"""

import contextlib
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.engine.history import cited
from tocsin.errors import TocsinError
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
KILLED_LIVES = 24
FIRST_COMMIT, SPAN = 1, 12  # commits 1 to 12 of a life, first after they are durable, then before


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


def test_killed_at_commit_after_commit_nothing_is_lost_and_nothing_is_done_twice(
    store: dict[str, str], rooms: Path, tools: Tools, tmp_path: Path
) -> None:
    clock = SystemClock()
    rehearsal = Rehearsal(SCENES["prepchef"], tmp_path / "run", ROOT / "examples", clock)
    variables = {
        **store, "TOCSIN_RESPONSE_WATCH": "2 s", "TOCSIN_RESPONSE_SETTLE": "20 s", "TOCSIN_LISTEN": "none",
    }  # fmt: skip
    lives = 0
    try:
        rehearsal.open(rooms, tools)
        room = rehearsal.room
        assert isinstance(room, PrepChefRoom)
        rehearsal.serve(variables)
        rehearsal.baseline(timedelta(seconds=20))
        before = _config_sets(room)
        rehearsal.inject()
        ana = Ana(rehearsal, room)
        end = clock.monotonic() + LIMIT.total_seconds()
        os.kill(rehearsal.serve_pid or 0, signal.SIGKILL)
        while clock.monotonic() < end:
            if not rehearsal.serving():
                _live_again(rehearsal, variables, lives)
                lives += 1
            incident = rehearsal.incident()
            if incident is not None:
                if incident.postmortem is not None and not incident.open and lives > KILLED_LIVES:
                    break
                ana.act(incident)
            rehearsal.wait()
        incident = rehearsal.incident()
        assert incident is not None
        assert incident.postmortem is not None, f"not written up after {lives} lives: {incident.stage}"
        assert lives > KILLED_LIVES
        _at_rest(rehearsal)
        incident = rehearsal.incident()
        assert incident is not None
        _nothing_lost(rehearsal, incident)
        _nothing_twice(rehearsal, incident, room, before)
    finally:
        rehearsal.close()


def _live_again(rehearsal: Rehearsal, variables: dict[str, str], lives: int) -> None:
    """Start it once more; every life ends at another of its commits, before or after it is durable."""
    at = FIRST_COMMIT + lives % SPAN if lives < KILLED_LIVES else 0
    when = "before" if lives // SPAN % 2 else "after"
    with contextlib.suppress(
        TocsinError
    ):  # killed before it said that it watches: that is what this is about
        rehearsal.serve(
            {**variables, "KILL_AT": str(at), "KILL_WHEN": when},
            program=(str(ROOT / "tests/crash/killed_serve.py"),),
        )


def _config_sets(room: PrepChefRoom) -> int:
    """How often the setting was changed, by Redis' own count."""
    told = room.redis.info("commandstats").get("cmdstat_config|set", "calls=0")
    return int(told.split("calls=")[1].split(",")[0])


def _at_rest(rehearsal: Rehearsal) -> None:
    """Wait until nothing waits any more."""

    def quiet() -> bool:
        with rehearsal.database.read() as tx:
            counts = outbox.counts(tx)
            return signals.waiting(tx) == 0 and counts.queued == 0 and counts.started == 0

    Deadline()(quiet, what="inbox and outbox are empty", within=timedelta(seconds=20))


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
