"""kill -9 at the moments that hurt; started again, it goes on where it stopped and repeats nothing."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.conftest import Deadline
from tests.demo.conftest import LONG, Place

from tocsin.engine.history import records
from tocsin.errors import StoreError
from tocsin.incident import events as ev
from tocsin.incident.events import Recorded
from tocsin.store import incidents, outbox
from tocsin.store.database import Database


def log(place: Place, scene: str) -> tuple[Recorded, ...]:
    """What is on record; nothing while there is no store."""
    file = place.folder / scene / "tocsin.db"
    if not file.exists():
        return ()
    with suppress(StoreError), Database.open(file, create=False) as database, database.read() as tx:
        rows = incidents.listing(tx, limit=1)
        return records(tx, rows[0].id) if rows else ()
    return ()


def engines(place: Place) -> list[int]:
    """The processes of `tocsin serve` of this place."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ours = f"TOCSIN_DATA={place.folder}".encode() in (process / "environ").read_bytes()
            if ours and b"serve" in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def pm2(place: Place) -> int:
    """PM2's daemon in the room that stands."""
    (file,) = place.rooms.glob("*/pm2/pm2.pid")
    return int(file.read_text())


def happened(place: Place, scene: str, what: Callable[[ev.Event], bool]) -> None:
    """Wait for an event."""
    Deadline()(
        lambda: any(what(record.event) for record in log(place, scene)),
        what="the event",
        within=LONG,
    )


def is_change(event: ev.Event) -> bool:
    return isinstance(event, ev.StepQueued) and event.ask is not None


def change_runs(place: Place, scene: str) -> bool:
    """Whether a change has been handed to the world and is not back."""
    if not any(is_change(record.event) for record in log(place, scene)):
        return False
    with Database.open(place.folder / scene / "tocsin.db", create=False) as database, database.read() as tx:
        return bool(outbox.started(tx))


def test_killed_again_and_again_the_demo_goes_on_and_repeats_nothing(place: Place) -> None:
    # While the services come up: nothing is on record yet, the half-made room is swept. Nobody says yes for Ana: however
    # late the kill comes on a busy machine, it has not gone on without her.
    player = place.play(terminal=True)
    Deadline()(lambda: list(place.rooms.glob("*/run/*")), what="a service starts", within=LONG)
    player.kill()

    # Broken, and not noticed yet: a new room is broken again.
    player = place.play(terminal=True)
    player.until("bad sample 1 of 3", "Press Enter to acknowledge")
    player.kill()

    # The approval waits for a person.
    player = place.play(terminal=True)
    player.until("An earlier run was cut off; going on where it stopped")
    player.until("Press Enter to acknowledge")
    player.type("")
    player.until("Type the command to approve it")
    player.kill()
    Deadline()(lambda: not engines(place), what="its engine ends with it", within=LONG)

    # The change runs, and the engine dies with the player: nobody sees its end.
    player = place.play("--only", "cookcam", terminal=True)
    player.until("still run and are taken over")
    player.until("Type the command to approve it")
    assert "Press Enter to acknowledge" not in player.words, "it was acknowledged before"
    daemon = pm2(place)
    os.kill(daemon, signal.SIGSTOP)  # the change takes as long as we like
    player.type("pm2 restart cookcam-api")
    Deadline()(lambda: change_runs(place, "cookcam"), what="the change runs", within=LONG)
    for pid in engines(place):
        os.kill(pid, signal.SIGKILL)
    player.kill()
    os.kill(daemon, signal.SIGCONT)

    # In doubt: it is not run again, a person looks and says. Then the engine alone dies, in the watch window.
    player = place.play("--yes")
    player.until("IN DOUBT 1.4a pm2 restart cookcam-api")
    player.until("never run again by itself")
    player.until("Ana has looked: it ")
    happened(place, "cookcam", lambda event: isinstance(event, ev.WatchStarted))
    for pid in Deadline()(lambda: engines(place), what="an engine", within=LONG):
        os.kill(pid, signal.SIGKILL)
    player.until("tocsin serve is gone; starting it again")
    player.until("prepchef: Redis Memory Full")
    player.until("bad sample 1 of 3")
    player.kill()

    # The first incident is over and is not played again.
    player = place.play(terminal=True)
    player.until("Press Enter to acknowledge", "Type the command to approve it")
    assert player.interrupt() == 130
    assert "cookcam was played to its end before the demo was cut off" in player.words
    assert "API Not Responding ──" not in player.text
    assert place.left() == []
    assert not place.rooms.exists()
    _nothing_was_lost_or_done_twice(place)


def _nothing_was_lost_or_done_twice(place: Place) -> None:
    told = log(place, "cookcam")
    kinds = Counter(type(record.event).__name__ for record in told)
    for once in (
        "IncidentDeclared",
        "Acknowledged",
        "StepInterrupted",
        "DoubtSettled",
        "Resolved",
        "PostmortemDrafted",
    ):
        assert kinds[once] == 1, f"{once}: {kinds[once]} times"
    settled = next(record.event for record in told if isinstance(record.event, ev.DoubtSettled))
    # Where it had not taken effect, a person was asked again and said yes to a new question; nothing went by itself.
    assert sum(is_change(record.event) for record in told) == (1 if settled.took_effect else 2)
    runs = [
        record.event.ask for record in told if isinstance(record.event, ev.StepQueued) and record.event.ask
    ]
    yeses = [record.event.ask for record in told if isinstance(record.event, ev.Approved)]
    assert runs == yeses
    assert len(set(yeses)) == len(yeses)
    assert [record.position for record in told] == list(range(1, len(told) + 1))
    pages = (place.folder / "cookcam" / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    keys = [json.loads(line)["key"] for line in pages]
    assert len(keys) == len(set(keys)), "somebody was paged twice"
