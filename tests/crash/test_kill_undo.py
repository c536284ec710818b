"""kill -9 at every commit of a way back that waits for its time: asked for once, run once, and in doubt where nobody saw the end.

As in `test_kill`, with a person who wants the change taken back two seconds after it worked.
"""

import os
import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from tests.crash.lives import ANA, Ana, Lives, at_rest, config_sets, died_at_all

from tocsin.engine.history import cited
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.undone import undone_by
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools
from tocsin.store import incidents, log

ROOT = Path(__file__).parents[2]
LIMIT = timedelta(seconds=240)
LATER = timedelta(seconds=2)


class WantsItBack(Ana):
    """Approves one change, asks for its way back at a time, and approves that."""

    def __init__(self, rehearsal: Rehearsal, room: PrepChefRoom) -> None:
        super().__init__(rehearsal, room)
        self.due: datetime | None = None
        self.own_changes = 0
        self._settled: set[str] = set()

    def word(self, incident: Incident) -> ev.Event | None:
        for run in incident.in_doubt:
            ask = incident.asks[run.queued.ask or ""]
            now = self.room.redis.setting("maxmemory-policy")
            if ask.made.undoes is not None:
                return ev.DoubtSettled(run.queued.run, ANA, now == "noeviction")
            if run.queued.run not in self._settled:
                # What nobody saw the end of has no way back: she puts it back herself and is asked anew.
                self._settled.add(run.queued.run)
                self.room.redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
                self.own_changes += 1
            return ev.DoubtSettled(run.queued.run, ANA, False)
        done = [run for run in incident.runs.values() if run.changes and run.took_effect and not run.open]
        waiting = incident.open_ask
        if done and not undone_by(incident) and (waiting is None or waiting.made.undoes is None):
            self.due = self.due or SystemClock().now() + LATER
            return ev.UndoRequested(done[0].queued.run, ANA, self.due)
        if done and waiting is not None and waiting.made.undoes is None:
            return None
        return super().word(incident)


def test_a_way_back_at_a_time_survives_every_crash_and_happens_once(
    store: dict[str, str], rooms: Path, tools: Tools, tmp_path: Path
) -> None:
    clock = SystemClock()
    rehearsal = Rehearsal(SCENES["prepchef"], tmp_path / "run", ROOT / "examples", clock)
    variables = {
        **store, "TOCSIN_RESPONSE_WATCH": "600 s", "TOCSIN_RESPONSE_SETTLE": "20 s", "TOCSIN_LISTEN": "none",
    }  # fmt: skip
    lives: Lives | None = None
    try:
        rehearsal.open(rooms, tools)
        room = rehearsal.room
        assert isinstance(room, PrepChefRoom)
        rehearsal.serve(variables)
        rehearsal.baseline(timedelta(seconds=20))
        before = config_sets(room)
        rehearsal.inject()
        ana = WantsItBack(rehearsal, room)
        os.kill(rehearsal.serve_pid or 0, signal.SIGKILL)
        lives = Lives(rehearsal)
        end = clock.monotonic() + LIMIT.total_seconds()
        incident: Incident | None = None
        while clock.monotonic() < end:
            if lives.ended():
                lives.live(rehearsal.settings.file)
            incident = rehearsal.incident()
            if incident is not None:
                if undone_by(incident) and at_rest(rehearsal):
                    break
                ana.act(incident)
            rehearsal.wait()
        assert incident is not None
        assert undone_by(incident), f"not taken back after {lives.count} lives: {incident.stage}"
        _happened_once(rehearsal, room, config_sets(room) - before - ana.own_changes)
        assert died_at_all(lives)
    finally:
        if lives is not None:
            lives.close()
        rehearsal.close()


def _happened_once(rehearsal: Rehearsal, room: PrepChefRoom, calls: int) -> None:
    incident = rehearsal.incident()
    assert incident is not None
    assert room.redis.setting("maxmemory-policy") == "noeviction"
    runs = [run for run in incident.runs.values() if run.changes]
    back = [run for run in runs if incident.asks[run.queued.ask or ""].made.undoes is not None]
    assert calls <= len(runs), f"{calls} changes for {len(runs)} runs"
    assert len([run for run in back if run.took_effect]) == 1
    approved = [run.queued.ask for run in runs]
    assert len(approved) == len(set(approved)), "an approval was used twice"
    passed = Counter(
        event.name for record in rehearsal.log() if isinstance(event := record.event, ev.ClockPassed)
    )
    assert [count for name, count in passed.items() if name.startswith("undo ")] == [1]
    with rehearsal.database.read() as tx:
        assert log.verify(tx, cited=cited).ok
        assert incidents.unaccounted(tx) == ()
