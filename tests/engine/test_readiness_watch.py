"""A gap to come is told once, before it comes; whoever comes on shift hears of what is open. On a clock moved by hand."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine import decisions as kinds
from tocsin.engine.decisions import Decisions, Surroundings
from tocsin.engine.library import Library
from tocsin.engine.paging.channels import page_of
from tocsin.engine.paging.readiness import Readiness
from tocsin.engine.paging.shift import Handover
from tocsin.incident import events as ev
from tocsin.incident.commands import Page
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.layer import Layer
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.oncall.schedule import Level, OnCall
from tocsin.runbook.document import Text
from tocsin.store import amendments, lease, outbox
from tocsin.store.database import Database

ANA, BO, DEE = PersonId("ana"), PersonId("bo"), PersonId("dee")
PEOPLE = tuple(
    Person(who, who, AccessRole.RESPONDER, (Method("sink", who), Method("mail", who)))
    for who in (ANA, BO, DEE)
)
START = datetime(2026, 11, 22, 3, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def turns(*who: PersonId) -> Level:
    """A rotation that hands over at 09:00 every day; the first has the turn that runs at the start."""
    first = datetime.combine(date(2026, 11, 21), time(9))
    return Level((), (Layer("turns", who, UTC_ZONE, first, timedelta(days=1), begins=first),), UTC_ZONE)


class Moved(SystemClock):
    """Moved by hand."""

    at = START

    def now(self) -> datetime:
        return self.at


class House:
    """A store with a leader, and the notes that wait in it."""

    def __init__(self, folder: Path, plan: OnCall) -> None:
        self.clock = Moved()
        self.plan = plan
        self.database = Database.open(folder / "t.db")
        with self.database.write() as tx:
            held = lease.acquire(tx, "engine", "me", self.clock.now(), timedelta(days=99))
        assert held is not None
        self.held = held
        self.library = Library(Text(folder / "runbook.md", "# Shop\n"), START.date())
        self.read: set[int] = set()
        self.begin()

    def begin(self) -> None:
        """As after a restart: nothing but the store is remembered."""
        policy = self.library.current.policy
        self.readiness = Readiness(self.database, self.plan, policy, ("sink", "mail"), self.clock)
        self.shift = Handover(self.database, self.plan, self.clock)

    def turn(self, **later: int) -> list[Page]:
        """Let time pass and turn once; the notes that are new."""
        self.clock.at += timedelta(**later)
        self.readiness.turn(self.held)
        self.shift.turn(self.held)
        with self.database.read() as tx:
            waiting = [
                each for each in outbox.waiting(tx, kinds.NOTE, self.clock.now()) if each.id not in self.read
            ]
            assert not outbox.waiting(tx, kinds.PAGE, self.clock.now()), "nobody is woken for it"
        self.read.update(each.id for each in waiting)
        return [page_of(each.body) for each in waiting]

    def absent(self, who: PersonId, start: datetime, end: datetime) -> None:
        with self.database.write() as tx:
            amendments.put(tx, Amendment(0, Kind.ABSENCE, who, start, end, "ana", self.clock.now()))

    def declare(self) -> None:
        decisions = Decisions(Surroundings(self.library, self.plan, Targets(), ResponseSettings()))
        alert = Alert(
            "x", AlertState.FIRING, "502 at checkout", "check:x", self.clock.now(), {}, "it is down"
        )
        with self.database.write() as tx:
            self.library.keep(tx)
            decisions.happen(tx, IncidentId("INC-1"), ev.AlertReceived(alert), "check:x", self.clock.now())
            for row in outbox.waiting(tx, kinds.PAGE, self.clock.now()):
                outbox.take(tx, self.clock.now(), [row.id], holder="me")
                outbox.finish(tx, row.id, "sent", self.clock.now())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, OnCall(PEOPLE, (turns(ANA, DEE), Level((BO, DEE)))))


def gaps(pages: list[Page]) -> list[str]:
    return [page.person for page in pages if "level 1 has nobody" in page.body]


def test_a_gap_to_come_is_told_once_to_who_is_on_call_and_wakes_nobody(house: House) -> None:
    house.turn()
    day = datetime(2026, 11, 25, tzinfo=UTC)
    house.absent(ANA, day, day + timedelta(days=1))
    house.absent(DEE, day, day + timedelta(days=1))
    assert house.turn(minutes=59) == []
    assert gaps(house.turn(minutes=1)) == [ANA]
    house.begin()
    for _ in range(30):
        assert gaps(house.turn(hours=1)) == []


def test_it_looks_again_before_a_shift_begins(house: House) -> None:
    house.turn()
    house.clock.at = datetime(2026, 11, 22, 8, 10, tzinfo=UTC)
    house.turn()
    house.absent(ANA, START, START + timedelta(days=2))
    house.absent(DEE, datetime(2026, 11, 22, 9, tzinfo=UTC), START + timedelta(days=2))
    assert house.turn(minutes=34) == []  # 08:44; the hour is not over yet
    assert len(gaps(house.turn(minutes=1))) == 1


def test_a_gap_that_was_mended_and_comes_again_is_told_again(house: House) -> None:
    house.turn()
    day = datetime(2026, 11, 25, tzinfo=UTC)
    house.absent(ANA, day, day + timedelta(days=1))
    house.absent(DEE, day, day + timedelta(days=1))
    assert len(gaps(house.turn(hours=1))) == 1
    with house.database.write() as tx:
        amendments.withdraw(tx, 2, "dee", house.clock.now())
    assert gaps(house.turn(hours=1)) == []
    house.absent(DEE, day, day + timedelta(days=1))
    assert len(gaps(house.turn(hours=1))) == 1


def test_whoever_comes_on_shift_hears_of_what_is_open_once(house: House) -> None:
    house.turn()
    house.declare()
    house.turn()
    came = [page for page in house.turn(hours=6) if page.key.startswith("shift.")]
    assert [page.person for page in came] == []  # dee stands on level 2 already and knows of it
    house.plan = OnCall(PEOPLE, (turns(ANA, DEE), Level((BO,))))
    house.begin()
    house.turn()
    came = [page for page in house.turn(days=1) if page.key.startswith("shift.")]
    assert [page.person for page in came] == [ANA]
    assert came[0].subject.startswith("you are on call (level 1): 1 open incident, INC-1")
    assert "nobody commands" in came[0].body
    assert [page for page in house.turn(minutes=5) if page.key.startswith("shift.")] == []


def test_without_an_open_incident_a_shift_begins_in_silence(house: House) -> None:
    house.turn()
    assert [page for page in house.turn(days=1) if page.key.startswith("shift.")] == []
