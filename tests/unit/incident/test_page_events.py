"""What becomes of a page after it was taken: written, read back, folded and told."""

from datetime import UTC, datetime

import pytest

from tocsin.incident import codec
from tocsin.incident.commands import Command, OpenRoom, Page, SettlePages
from tocsin.incident.events import (
    Event,
    PageDelivered,
    PageQueued,
    PageResent,
    PageSent,
    PageUndelivered,
    Recorded,
    RoomOpened,
)
from tocsin.incident.incident import fold
from tocsin.incident.timeline import timeline
from tocsin.kit.ids import IncidentId, PersonId

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
INC = IncidentId("INC-1")
EVENTS: tuple[Event, ...] = (
    PageQueued("INC-1.p1", 1, PersonId("ana"), "you are on call"),
    PageSent("INC-1.p1", "mail", "<1@x>"),
    PageResent("INC-1.p1", "phone", "SM1"),
    PageDelivered("INC-1.p1", "phone", "delivered"),
    PageUndelivered("INC-1.p1", "phone", "no-answer"),
    RoomOpened("slack", "incident-20261122-0300", "C1"),
)
COMMANDS: tuple[Command, ...] = (
    Page("k", INC, PersonId("ana"), 1, "page", "s", "b", method=2),
    SettlePages("INC-1.settle.7", INC, "acknowledged", PersonId("ana")),
    OpenRoom("INC-1.room", INC, "incident-20261122-0300", "s", "b"),
)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_reads_back_as_it_was_written(event: Event) -> None:
    assert codec.decode_event(codec.kind_of(event), codec.encode(event)) == event


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_reads_back_as_it_was_written(command: Command) -> None:
    assert codec.decode_command(codec.kind_of(command), codec.encode(command)) == command


def test_a_page_of_an_older_log_begins_with_the_first_method() -> None:
    old = '{"key":"k","incident":"INC-1","person":"ana","level":1,"kind":"page","subject":"s","body":"b"}'
    found = codec.decode_command("Page", old)
    assert isinstance(found, Page)
    assert found.method == 0


def test_a_page_shows_how_far_it_came() -> None:
    records = [Recorded(number, AT, "tocsin", event) for number, event in enumerate(EVENTS, 1)]
    states = [fold(INC, records[:count]).pages["INC-1.p1"].state for count in range(1, 6)]
    assert states == ["queued", "sent", "sent", "delivered", "undelivered"]


def test_the_timeline_says_each_in_a_sentence() -> None:
    records = [Recorded(number, AT, "tocsin", event) for number, event in enumerate(EVENTS, 1)]
    said = [line.text for line in timeline(records)]
    assert "INC-1.p1 unanswered: also by phone" in said
    assert "INC-1.p1 did NOT arrive by phone: no-answer" in said
    assert "channel #incident-20261122-0300 opened" in said
