"""When the store, a clock or the end of the process gets in between: nothing is lost, nothing runs late, nothing hangs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.app import build, fitting
from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.connectors.api import RunRequest, RunResult
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine import decisions, identities
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.engine.words import accept_word
from tocsin.errors import StoreError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.response.decide import Decision, decide
from tocsin.store import incidents, outbox, signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

ANA = PersonId("ana")
FIRST = IncidentId("INC-1")
SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo"]
[oncall]
level1 = ["ana"]
level2 = ["bo"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Resolution**:
1. Restart the shop:
```bash
systemctl restart shop
```
"""


class MovedClock:
    """A clock moved by hand; durations are real."""

    def __init__(self) -> None:
        self.at = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
        self._real = SystemClock()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._real.monotonic()


class Hand:
    """A runner that says what it was asked to run, and ends when it is let go."""

    target = "local"
    local = True

    def __init__(self, clock: MovedClock | SystemClock) -> None:
        self.clock = clock
        self.asked: list[str] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def identity(self) -> str:
        return "the one shop"

    def run(self, request: RunRequest) -> RunResult:
        self.asked.append(request.text)
        self.begun.set()
        self.go.wait(600)
        return RunResult(0, (0,), "", "", 0, self.clock.now(), timedelta(seconds=1))


def make(folder: Path, clock: MovedClock | SystemClock, monkeypatch: pytest.MonkeyPatch) -> tuple[App, Hand]:
    (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (folder / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    hand = Hand(clock)
    monkeypatch.setattr(fitting, "runners", lambda places: {"local": hand})
    app = App(load(folder / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(folder)}), clock)
    with app.database.write() as tx:
        identities.saw(tx, "local", hand.identity())
    return app, hand


def alert(app: App, title: str = "502 errors at checkout", fingerprint: str = "x") -> int:
    now = app.clock.now()
    found = Alert(fingerprint, AlertState.FIRING, title, "api", now, impact="Complete service outage")
    return accept_alert(app.database, found, "{}", now)


def say(app: App, event: ev.Event) -> int:
    return accept_word(app.database, FIRST, event, "person:ana", app.clock.now())


def incident(app: App) -> Incident:
    with app.database.read() as tx:
        return load_incident(tx, FIRST)


def turn(app: App) -> None:
    while app.loop.cycle():
        pass


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def still(tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[App, Hand]]:
    """An engine that leads, turned by hand."""
    app, hand = make(tmp_path, clock, monkeypatch)
    assert app.leadership.take(threading.Event())
    with app.database.write() as tx:
        app.library.keep(tx)
    yield app, hand
    hand.go.set()
    app.stop()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[App, Hand]]:
    app, hand = make(tmp_path, SystemClock(), monkeypatch)
    assert app.start(threading.Event())
    yield app, hand
    hand.go.set()
    app.stop()


# -- the store ---------------------------------------------------------------------------------------


def test_an_outcome_is_kept_although_the_store_refused_it_at_first(
    running: tuple[App, Hand], monkeypatch: pytest.MonkeyPatch, deadline: Deadline
) -> None:
    app, _ = running
    really = outbox.finish
    refused: list[int] = []

    def finish(tx: Tx, number: int, outcome: str, at: datetime) -> None:
        if len(refused) < 2:
            refused.append(number)
            raise StoreError("the disk is full")
        really(tx, number, outcome, at)

    monkeypatch.setattr(outbox, "finish", finish)
    alert(app)
    deadline(lambda: refused, what="the store refuses")
    deadline(
        lambda: [page.state for page in incident(app).pages.values() if page.queued.urgent] == ["sent"],
        what="the page is known to be sent",
    )


def test_trouble_of_the_store_never_sets_an_alert_aside(
    still: tuple[App, Hand], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = still
    alert(app)
    really, left = Database.write, [5]

    @contextmanager
    def write(self: Database) -> Iterator[Tx]:
        if left[0]:
            left[0] -= 1
            raise StoreError("the database is locked")
        with really(self) as tx:
            yield tx

    monkeypatch.setattr(Database, "write", write)
    for _ in range(12):
        try:
            app.loop.cycle()
        except StoreError:
            continue
    assert incident(app).declared is not None


def test_what_cannot_be_decided_is_set_aside_with_its_reason_and_the_rest_goes_on(
    still: tuple[App, Hand], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = still

    def defective(before: Incident, event: ev.Event, situation: object, actor: str) -> Decision:
        if isinstance(event, ev.AlertReceived) and event.alert.title == "poison":
            raise ValueError("a defect")
        return decide(before, event, situation, actor)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(decisions, "decide", defective)
    alert(app, "poison", "p")
    alert(app)
    for _ in range(8):
        try:
            app.loop.cycle()
        except StoreError:
            continue
    with app.database.read() as tx:
        assert signals.waiting(tx) == 0
        assert incidents.unaccounted(tx) == ()
        assert [row.title for row in incidents.listing(tx)] == ["502 errors at checkout"]


def test_that_nobody_answered_is_said_at_critical(
    still: tuple[App, Hand], clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = still
    alert(app)
    for _ in range(8):
        turn(app)
        clock.at += timedelta(minutes=10)
    assert incident(app).exhausted
    assert [record.levelname for record in caplog.records if "NOBODY" in record.getMessage()] == ["CRITICAL"]


# -- time --------------------------------------------------------------------------------------------


def test_what_was_said_before_a_deadline_counts_although_we_come_back_after_it(
    still: tuple[App, Hand], clock: MovedClock
) -> None:
    app, _ = still
    alert(app)
    turn(app)
    clock.at += timedelta(minutes=1)
    say(app, ev.Acknowledged(ANA))
    clock.at += timedelta(minutes=20)  # nobody turned the engine: a restart, a full disk
    turn(app)
    assert {page.queued.person for page in incident(app).pages.values() if page.queued.urgent} == {"ana"}


def approved(app: App) -> None:
    alert(app)
    turn(app)
    say(app, ev.Acknowledged(ANA))
    turn(app)
    ask = incident(app).open_ask
    assert ask is not None
    say(app, ev.Approved(ask.made.ask, ANA, ask.made.digest))
    turn(app)


def test_a_yes_that_ran_out_before_its_step_began_is_asked_again_and_nothing_runs(
    still: tuple[App, Hand], clock: MovedClock
) -> None:
    app, hand = still
    hand.go.set()
    approved(app)
    clock.at += timedelta(
        hours=5
    )  # it waited in the outbox: the engine was down, or another change took long
    assert app._performers._one("change")
    turn(app)
    assert hand.asked == []
    found = incident(app)
    assert found.failed_changes == ()
    assert found.open_ask is not None
    assert len(found.asks) == 2


def test_a_yes_that_counts_still_runs(still: tuple[App, Hand], clock: MovedClock) -> None:
    app, hand = still
    hand.go.set()
    approved(app)
    clock.at += timedelta(minutes=14)
    assert app._performers._one("change")
    assert "systemctl restart shop" in hand.asked


# -- the end of the process --------------------------------------------------------------------------


def test_an_engine_that_never_led_can_be_stopped(
    tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = make(tmp_path, clock, monkeypatch)
    told = threading.Event()
    told.set()
    assert not app.start(told)
    app.stop()


def test_a_change_that_runs_is_waited_for_and_its_end_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deadline: Deadline
) -> None:
    app, hand = make(tmp_path, SystemClock(), monkeypatch)
    assert app.start(threading.Event())
    monkeypatch.setattr(build, "_STOP_LIMIT", timedelta(seconds=0.2))
    alert(app)
    deadline(lambda: incident(app).open_ask, what="the ask")
    ask = incident(app).open_ask
    assert ask is not None
    say(app, ev.Approved(ask.made.ask, ANA, ask.made.digest))
    assert hand.begun.wait(120)
    ended = threading.Event()

    def stop() -> None:
        app.stop()
        ended.set()

    threading.Thread(target=stop, daemon=True).start()
    assert not ended.wait(1)
    alert(app, "502 errors at the other checkout", "y")
    sink = app.settings.data / "pages.jsonl"
    deadline(lambda: sink.exists() and "INC-2" in sink.read_text(), what="pages still go out")
    assert not ended.is_set()
    hand.go.set()
    assert ended.wait(120)
    with Database.open(app.settings.database) as again, again.read() as tx:
        assert outbox.started(tx) == ()
        run = load_incident(tx, FIRST).last_change
        assert run is not None
