"""kill -9 at every commit of a way back that waits for its time: asked for once, run once, and in doubt where nobody saw the end.

As in `test_kill`, but the change itself works in peace, and Ana wants it back two seconds later. From then on the engine
dies. What is in doubt she settles by what Redis says, or she puts the change back by hand, so that every commit is met.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.crash.lives import ANA, Ana, Lives, at_rest, config_sets, died_at_all, missing

from tocsin.engine.history import cited
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.undone import standing, undone_by
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.rehearse import Rehearsal
from tocsin.sandbox.scenes import SCENES
from tocsin.sandbox.tools import Tools
from tocsin.store import incidents, log

ROOT = Path(__file__).parents[2]
LIMIT = timedelta(minutes=15)
LATER = timedelta(seconds=2)
BEFORE, CHANGED = "noeviction", "allkeys-lru"


class WantsItBack(Ana):
    """Approves one change, asks for its way back at a time, and approves that.

    Attributes:
        again: whether she puts the change back by hand when its way back took effect and nobody saw it, and asks anew.
        by_hand: how often she did.
    """

    def __init__(self, rehearsal: Rehearsal, room: PrepChefRoom, *, again: bool) -> None:
        super().__init__(rehearsal, room)
        self.again, self.by_hand = again, 0
        self._asked: ev.UndoRequested | None = None
        self._settled: set[str] = set()

    def word(self, incident: Incident) -> ev.Event | None:
        if incident.in_doubt:
            return self._settle(incident.in_doubt[0].queued.run)
        waiting = incident.open_ask
        done = [run for run in incident.runs.values() if run.changes and run.took_effect and not run.open]
        if not done or (waiting is not None and waiting.made.undoes is not None):
            return super().word(incident)
        if undone_by(incident) or incident.running_change is not None or incident.doing.undo_due:
            return None
        now = SystemClock().now()
        if self._asked is None or self._asked.due is None or self._asked.due <= now:
            # Also where her word lay too long before it was heard: what is to be done at a time that has passed is refused.
            self._asked = ev.UndoRequested(done[0].queued.run, ANA, now + LATER)
        return self._asked

    def _settle(self, run: str) -> ev.Event:
        took = self.room.redis.setting("maxmemory-policy") == BEFORE
        if took and self.again and run not in self._settled:
            self.room.redis.ask("CONFIG", "SET", "maxmemory-policy", CHANGED)
            self.by_hand += 1
            took = False
        self._settled.add(run)
        return ev.DoubtSettled(run, ANA, took)


@pytest.mark.parametrize("again", [True, False], ids=["asked anew", "settled as it is"])
def test_a_way_back_at_a_time_survives_every_crash_and_happens_once(
    store: dict[str, str], rooms: Path, tools: Tools, tmp_path: Path, again: bool
) -> None:
    rehearsal = Rehearsal(SCENES["prepchef"], tmp_path / "run", ROOT / "examples", SystemClock())
    variables = {
        **store, "TOCSIN_RESPONSE_WATCH": "600 s", "TOCSIN_RESPONSE_SETTLE": "20 s", "TOCSIN_LISTEN": "none",
    }  # fmt: skip
    lives: Lives | None = None
    try:
        rehearsal.open(rooms, tools)
        room = rehearsal.room
        assert isinstance(room, PrepChefRoom)
        rehearsal.serve(variables)
        rehearsal.baseline(LIMIT)
        rehearsal.inject()
        _until(rehearsal, Ana(rehearsal, room), lambda incident: bool(standing(incident)), "a change works")
        os.kill(rehearsal.serve_pid or 0, signal.SIGKILL)
        before = config_sets(room)
        ana = WantsItBack(rehearsal, room, again=again)
        lives = Lives(rehearsal)

        def over(incident: Incident) -> bool:
            assert lives is not None
            if lives.ended():
                lives.live(rehearsal.settings.file)
            if not _done(rehearsal, lives, again):
                return False
            lives.end()  # it may be about to write something more; once it is over, nothing moves
            return _done(rehearsal, lives, again)

        _until(rehearsal, ana, over, "it is taken back", lambda: f"no life ended: {missing(lives)}")
        _happened_once(rehearsal, room, config_sets(room) - before - ana.by_hand)
    finally:
        if lives is not None:
            lives.close()
        rehearsal.close()


def _done(rehearsal: Rehearsal, lives: Lives, again: bool) -> bool:
    incident = rehearsal.incident()
    back = incident is not None and bool(undone_by(incident)) and at_rest(rehearsal)
    return back and (not again or died_at_all(lives))


def _until(
    rehearsal: Rehearsal, ana: Ana, over: Callable[[Incident], bool], what: str, more: Callable[[], str] = str
) -> None:
    """Let Ana act until something holds."""
    clock = SystemClock()
    end = clock.monotonic() + LIMIT.total_seconds()
    incident: Incident | None = None
    while clock.monotonic() < end:
        incident = rehearsal.incident()
        if incident is not None:
            if over(incident):
                return
            ana.act(incident)
        rehearsal.wait()
    told = "no incident" if incident is None else "\n".join(str(each.event) for each in rehearsal.log()[-20:])
    pytest.fail(f"not within {LIMIT.total_seconds():g} s: {what}\n{more()}\n{told}")


def _happened_once(rehearsal: Rehearsal, room: PrepChefRoom, calls: int) -> None:
    incident = rehearsal.incident()
    assert incident is not None
    assert room.redis.setting("maxmemory-policy") == BEFORE
    back = [run for run in incident.runs.values() if run.queued.undoes is not None]
    assert calls <= len(back), f"{calls} changes for {len(back)} runs"
    assert len([run for run in back if run.took_effect]) == 1
    approved = [run.queued.ask for run in back]
    assert len(approved) == len(set(approved)), "an approval was used twice"
    told = [record.event for record in rehearsal.log()]
    passed = [event for event in told if isinstance(event, ev.ClockPassed) and event.name.startswith("undo ")]
    came = [at for at, event in enumerate(told) if event in passed]
    for at, then in zip(came, [*came[1:], len(told)], strict=True):
        asked = [each for each in told[at:then] if isinstance(each, ev.AskMade) and each.undoes is not None]
        # Not asked at all where a change was under way just then, or there is nothing to take back any more.
        put_off = any(
            isinstance(each, ev.UndoCalledOff)
            or (isinstance(each, ev.ClockStarted) and "one at a time" in each.why)
            for each in told[at:then]
        )
        assert len(asked) == 1 or (put_off and not asked), "a time that came is asked about once"
    assert max(Counter(event.due for event in passed).values()) == 1, "a time came twice"
    with rehearsal.database.read() as tx:
        assert log.verify(tx, cited=cited).ok
        assert incidents.unaccounted(tx) == ()
