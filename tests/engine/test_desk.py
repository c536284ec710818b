"""The desk where pages leave: order, bundles, limits, fall-back and what is never lost."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.connectors.api import Limit, Manners, PageMessage, Receipt
from tocsin.engine import decisions as kinds
from tocsin.engine.paging import pace
from tocsin.engine.paging.canary import trial_pages
from tocsin.engine.paging.channels import Channels, queued
from tocsin.engine.paging.circuit import FAILURES, Circuits
from tocsin.engine.paging.desk import TRIES, Desk
from tocsin.engine.paging.links import Links
from tocsin.errors import Permanent, Temporary
from tocsin.incident import codec
from tocsin.incident.commands import Page
from tocsin.incident.events import (
    Acknowledged,
    IncidentDeclared,
    PageFailed,
    PageQueued,
    PageResent,
    PageSent,
)
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.kit.redact import Redactor
from tocsin.oncall.escalation import Roster
from tocsin.oncall.paging import Paging
from tocsin.oncall.person import AccessRole, Method, Person
from tocsin.store import deliveries, lease, log, outbox, signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

START = datetime(2026, 11, 22, 3, tzinfo=UTC)


class MovedClock(SystemClock):
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


class Channel:
    """A pager that remembers, and fails as often as it is told to."""

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self.got: list[PageMessage] = []
        self.fail: list[Exception] = []

    def page(self, message: PageMessage) -> Receipt:
        if self.fail:
            raise self.fail.pop(0)
        self.got.append(message)
        return Receipt(f"ref{len(self.got)}", START)


PHONE = Manners("sms", (Limit(1, timedelta(minutes=1)), Limit(3, timedelta(minutes=15))), bundles=True)


class Room:
    """A store, two people, two channels and a desk between them."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovedClock()
        self.phone, self.mail = Channel(PHONE), Channel()
        people = tuple(
            Person(
                PersonId(name), name.title(), AccessRole.RESPONDER,
                (Method("phone", f"+49 {name}"), Method("mail", f"{name}@x")),
            )
            for name in ("ana", "bo")
        )  # fmt: skip
        self.database = Database.open(folder / "t.db")
        with self.database.write() as tx:
            held = lease.acquire(tx, "engine", "me", self.clock.now(), timedelta(days=9))
        assert held is not None
        self.channels = Channels(
            {"phone": self.phone, "mail": self.mail}, frozenset({"mail"}), Roster(people), Redactor(["hunter2-long"]),
            Paging(), Links("s", "https://t.example"), "here",
        )  # fmt: skip
        self.desk = Desk(self.database, self.channels, self.clock, lambda: held, "me", self.store)

    def store(self, row: outbox.Claimed, tell: Callable[[Tx, datetime], object]) -> None:
        with self.database.write() as tx:
            tell(tx, self.clock.now())

    def ask(self, *pages: Page, priority: int = 0) -> None:
        with self.database.write() as tx:
            kind = {"page": kinds.PAGE, "test": kinds.PAGE}
            for page in pages:
                outbox.put(tx, [queued(page, kind.get(page.kind, kinds.NOTE), priority, self.clock.now())])

    def turn(self, kind: str = kinds.PAGE) -> int:
        """Let everything leave that may leave now; returns how many messages that took."""
        count = 0
        while (parcel := self.desk.take(kind)) is not None:
            self.desk.hand_over(parcel)
            count += 1
        return count

    def later(self, **span: int) -> int:
        self.clock.at += timedelta(**span)
        return self.turn() + self.turn(kinds.NOTE)

    def told(self) -> list[object]:
        with self.database.read() as tx:
            waiting = signals.next_unhandled(tx)
        return [codec.decode_event(signal.kind, signal.body) for signal in waiting]

    def events(self, incident: IncidentId, *events: object) -> None:
        """Let the log of an incident say this."""
        with self.database.write() as tx:
            position = log.last_position(tx, incident)
            entries = [
                log.Entry(incident, codec.kind_of(event), codec.encode(event), "tocsin", self.clock.now())
                for event in events
            ]
            log.append(tx, entries, expected_position=position)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.database.close()


def page(
    number: int = 1, person: str = "ana", kind: str = "page", key: str = "", drill: bool = False
) -> Page:
    incident = IncidentId(f"INC-{number}")
    return Page(
        key or f"{incident}.p1", incident, PersonId(person), 1, kind, f"P1 down {number}", "text", drill
    )


def test_a_page_leaves_at_once_with_its_link_token_and_callback(room: Room) -> None:
    room.ask(page())
    assert room.turn() == 1
    (message,) = room.phone.got
    assert message.key == "INC-1.p1.phone"
    assert message.link == f"https://t.example/a/{message.token}"
    assert message.callback == "https://t.example/callbacks/phone"
    assert room.told() == [PageSent("INC-1.p1", "phone", "ref1")]


def test_secrets_are_hidden_before_a_page_leaves(room: Room) -> None:
    room.ask(Page("k", IncidentId("INC-1"), PersonId("ana"), 1, "page", "P1 hunter2-long", "hunter2-long"))
    room.turn()
    assert "hunter2" not in room.phone.got[0].subject + room.phone.got[0].body


def test_the_first_page_of_every_incident_leaves_within_seconds_and_as_one_message(room: Room) -> None:
    """PAG-13, PAG-14: nothing is throttled away, a burst is bundled."""
    room.ask(page(1))
    assert room.turn() == 1
    room.ask(*(page(number) for number in range(2, 40)))
    assert room.turn() == 0, "the rest of the burst is waited for"
    assert room.later(seconds=5) == 1
    bundle = room.phone.got[1]
    assert len(bundle.incidents) == 38
    assert bundle.subject.startswith("38 pages about 38 incidents: P1 down")
    assert len(bundle.subject) <= 160
    sent = [event for event in room.told() if isinstance(event, PageSent)]
    assert {event.key for event in sent} == {f"INC-{number}.p1" for number in range(1, 40)}


def test_repeats_keep_the_limits_of_their_contact_and_are_counted_in_one_message(room: Room) -> None:
    room.ask(page(1))
    room.turn()
    for repeat in range(2, 6):
        room.ask(page(1, key=f"INC-1.p{repeat}"))
    room.clock.at += timedelta(seconds=10)
    assert room.turn() == 0
    room.later(seconds=50)
    assert len(room.phone.got) == 2
    assert room.phone.got[1].subject.startswith("4 pages about 1 incident")


def test_a_new_incident_takes_the_waiting_repeats_along(room: Room) -> None:
    room.ask(page(1))
    room.turn()
    room.ask(page(1, key="INC-1.p2"))
    assert room.later(seconds=6) == 0
    room.ask(page(2))
    assert room.turn() == 1
    assert set(room.phone.got[1].incidents) == {"INC-1", "INC-2"}


def test_another_person_is_not_held_back_and_a_noisy_one_does_not_starve_a_quiet_one(room: Room) -> None:
    room.ask(page(1))
    room.turn()
    room.ask(*(page(number) for number in range(2, 6)), page(9, "bo"))
    assert room.turn() == 1
    assert room.phone.got[-1].to == "bo"


def test_the_first_alert_goes_before_repeats_and_then_the_least_recently_notified(room: Room) -> None:
    room.ask(page(1, "ana"))
    room.turn()
    room.clock.at += timedelta(minutes=2)
    room.ask(page(1, "ana", key="INC-1.p2"), priority=1)
    room.ask(page(2, "bo"))
    first = room.desk.take(kinds.PAGE)
    assert first is not None
    assert first.pages[0].person == "bo"


def test_pages_go_out_of_a_machine_channel_one_by_one(room: Room) -> None:
    room.ask(
        *(page(number, drill=True) for number in range(1, 5))
    )  # mail is the one drills may use; it bundles nothing
    assert room.turn() == 4
    assert room.phone.got == []


# -- fall-back ---------------------------------------------------------------------------------------------------


def open_incident(room: Room, number: int = 1) -> IncidentId:
    incident = IncidentId(f"INC-{number}")
    room.events(
        incident,
        IncidentDeclared(
            incident, "down", "P1", 1, (), None, None, None, (), (), "runbook.md", "0" * 64, "test"
        ),
        PageQueued(f"{incident}.p1", 1, PersonId("ana"), "you are on call"),
    )
    return incident


def test_a_page_nobody_answers_goes_by_the_next_method_too(room: Room) -> None:
    open_incident(room)
    room.ask(page())
    room.turn()
    assert room.later(seconds=29) == 0
    assert room.later(seconds=1) == 1
    assert [message.key for message in room.mail.got] == ["INC-1.p1.mail"]
    assert PageResent("INC-1.p1", "mail", "ref1") in room.told()
    assert room.later(minutes=30) == 0, "after the last method the escalation goes on by its clocks"


def test_an_answered_page_goes_no_further(room: Room) -> None:
    incident = open_incident(room)
    room.ask(page())
    room.turn()
    room.events(incident, Acknowledged(PersonId("ana")))
    room.later(seconds=31)
    assert room.mail.got == []
    with room.database.read() as tx:
        assert outbox.counts(tx).queued == 0


def test_a_method_that_fails_is_followed_by_the_next_at_once(room: Room) -> None:
    room.phone.fail.append(Temporary("busy"))
    room.ask(page())
    assert room.turn() == 1
    assert len(room.mail.got) == 1
    assert room.told() == [PageSent("INC-1.p1", "mail", "ref1")]
    with room.database.read() as tx:
        assert {row.attempt.pager: row.state for row in deliveries.of_incident(tx, IncidentId("INC-1"))} == {
            "phone": "failed", "mail": "sent",
        }  # fmt: skip


def test_news_are_not_sent_by_every_method(room: Room) -> None:
    room.ask(page(kind="inform"))
    room.turn(kinds.NOTE)
    assert room.later(minutes=5) == 0
    assert room.mail.got == []


def test_a_refusal_for_good_is_final_and_trouble_is_tried_again_with_growing_pauses(room: Room) -> None:
    room.phone.fail.append(Permanent("no such number"))
    room.mail.fail.append(Permanent("no such mailbox"))
    room.ask(page())
    room.turn()
    (failed,) = room.told()
    assert failed == PageFailed(
        "INC-1.p1", "every method", "phone: no such number; mail: no such mailbox", True
    )


def test_trouble_is_tried_again_a_few_times_and_then_said_to_be_final(room: Room) -> None:
    room.phone.fail.extend(Permanent("no") for _ in range(TRIES))
    room.mail.fail.extend(Temporary("busy", retry_after=timedelta(seconds=1)) for _ in range(TRIES))
    room.ask(page())
    room.turn()
    for _ in range(TRIES):
        room.later(minutes=2)
    said = [event for event in room.told() if isinstance(event, PageFailed)]
    assert [event.final for event in said] == [False] * (TRIES - 1) + [True]


def test_what_a_channel_asks_to_wait_is_waited(room: Room) -> None:
    room.phone.fail.append(Permanent("no"))
    room.mail.fail.append(Temporary("slow down", retry_after=timedelta(seconds=40)))
    room.ask(page())
    room.turn()
    assert room.later(seconds=39) == 0
    room.clock.at += timedelta(seconds=11)
    room.turn()
    assert len(room.phone.got) + len(room.mail.got) == 1


def test_a_channel_that_keeps_failing_rests_and_nothing_is_lost_by_it(room: Room) -> None:
    room.phone.fail.extend(Temporary("down") for _ in range(FAILURES))
    room.mail.fail.extend(Temporary("down") for _ in range(FAILURES))
    room.ask(page(1, "ana"))
    for _ in range(FAILURES):
        room.later(minutes=1)
    room.ask(page(2, "bo"))
    for _ in range(10):
        room.later(minutes=2)
    assert {event.key for event in room.told() if isinstance(event, PageSent)} == {"INC-1.p1", "INC-2.p1"}
    assert "phone" not in room.desk.circuits.resting()


def test_a_page_handed_over_again_after_a_crash_says_so(room: Room) -> None:
    room.ask(page())
    parcel = room.desk.take(kinds.PAGE)
    assert parcel is not None
    with room.database.write() as tx:  # as engine/recover does for what the last process began
        outbox.retry(tx, parcel.rows[0].id, room.clock.now(), "begun by a process that ended")
    room.turn()
    assert room.phone.got[0].again


def test_a_test_page_tries_exactly_one_method_and_tells_no_incident(room: Room) -> None:
    ana = room.channels.roster.people[0]
    room.phone.fail.append(Permanent("no such number"))
    room.ask(*trial_pages(ana, "test.1", "Ana"))
    room.turn()
    assert room.phone.got == []
    assert len(room.mail.got) == 1
    assert room.mail.got[0].link is None
    assert room.told() == []
    with room.database.read() as tx:
        assert {row.attempt.pager: row.state for row in deliveries.listing(tx, 9, person="ana")} == {
            "phone": "failed", "mail": "sent",
        }  # fmt: skip


def test_two_workers_never_take_the_same_page(room: Room) -> None:
    room.ask(*(page(number, drill=True) for number in range(1, 30)))
    threads = [threading.Thread(target=room.turn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message.key for message in room.mail.got) == sorted(
        f"INC-{number}.p1.mail" for number in range(1, 30)
    )


# -- the arithmetic ----------------------------------------------------------------------------------------------

_LIMITS = st.lists(
    st.builds(Limit, st.integers(1, 5), st.integers(1, 600).map(lambda s: timedelta(seconds=s))), max_size=3
)


@given(_LIMITS, st.lists(st.integers(0, 60), max_size=40))
def test_whoever_waits_as_told_never_breaks_a_limit(limits: list[Limit], gaps: list[int]) -> None:
    sent: list[datetime] = []
    now = START
    for gap in gaps:
        now = max(pace.earliest(limits, sent, now + timedelta(seconds=gap)), now)
        sent.append(now)
    for limit in limits:
        for index in range(limit.count, len(sent)):
            assert sent[index] - sent[index - limit.count] >= limit.within


def test_after_a_rest_one_may_try_and_the_others_wait_for_its_outcome() -> None:
    circuits = Circuits()
    for _ in range(FAILURES):
        assert circuits.permits("sms", START)
        circuits.failed("sms", "down", START, None)
    assert not circuits.permits("sms", START)
    assert circuits.resting()["sms"].why == "down"
    later = START + timedelta(minutes=2)
    assert circuits.permits("sms", later)
    assert not circuits.permits("sms", later)
    circuits.worked("sms")
    assert circuits.permits("sms", later)
