"""kill -9 at every commit of a whole incident: nothing lost, no page and no change twice, in doubt where nobody saw the end.

The real thing: `tocsin serve` as a process, a real Redis that refuses writes, the PrepChef runbook as it stands, on both
databases. The driver is Ana; she acknowledges, approves what she is asked and, when in doubt, looks at Redis. The lives
are forked from one warm process (`killed_serve`), so that a hundred of them take less than a minute.
"""

import json
import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.crash.lives import Ana, Lives, at_rest, config_sets, died_at_all, missing

from tocsin.engine.history import cited
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools
from tocsin.store import incidents, log, outbox, signals

ROOT = Path(__file__).parents[2]
LIMIT = timedelta(minutes=15)


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
        rehearsal.baseline(LIMIT)
        before = config_sets(room)
        # First killed, then broken: whatever is noticed is noticed by an engine that dies of it.
        os.kill(rehearsal.serve_pid or 0, signal.SIGKILL)
        rehearsal.inject()
        ana = Ana(rehearsal, room)
        lives = Lives(rehearsal)
        end = clock.monotonic() + LIMIT.total_seconds()
        incident: Incident | None = None
        while clock.monotonic() < end:
            if lives.ended():
                lives.live(rehearsal.settings.file)
            incident = rehearsal.incident()
            if incident is not None:
                # The last life may still be about to die of what it wrote last; once it is over, nothing moves any more.
                if over(rehearsal) and died_at_all(lives):
                    lives.end()
                    if over(rehearsal) and died_at_all(lives):
                        break
                    continue
                ana.act(incident)
            rehearsal.wait()
        lives.end()
        incident = rehearsal.incident()
        assert incident is not None
        assert incident.postmortem is not None, f"not written up after {lives.count} lives: {incident.stage}"
        assert at_rest(rehearsal)
        _nothing_lost(rehearsal, incident)
        _nothing_twice(rehearsal, incident, room, before)
        _at_every_commit(lives, incident)
    finally:
        if lives is not None:
            lives.close()
        rehearsal.close()


def over(rehearsal: Rehearsal) -> bool:
    """Whether the incident is ended and written up, and nothing waits."""
    incident = rehearsal.incident()
    ended = incident is not None and incident.postmortem is not None and not incident.open
    return ended and at_rest(rehearsal)


def _at_every_commit(lives: Lives, incident: Incident) -> None:
    """Of everything that was ever written, some life ended just before it was durable and some just after."""
    died = lives.died
    assert missing(lives) == []
    # And after every single commit that made the incident go on, not only after one of its kind.
    assert f"after {incident.id}#1" in died
    # About twenty of them; how many depends on what happened to be decided together in one commit.
    assert len([name for name in died if name.startswith(f"after {incident.id}#")]) >= 10


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
    calls = config_sets(room) - before
    assert calls <= len(runs), f"{calls} changes for {len(runs)} runs"
    approved = [run.queued.ask for run in runs]
    assert len(approved) == len(set(approved)), "an approval was used twice"
    effective = [run for run in runs if run.took_effect]
    assert len(effective) == 1
    events = Counter(type(record.event).__name__ for record in rehearsal.log())
    assert events["IncidentDeclared"] == 1
    assert events["Resolved"] == 1
    assert room.redis.setting("maxmemory-policy") == "allkeys-lru"
