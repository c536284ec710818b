"""Calendars: what we write others can read, what others write we read, and our own comes back as it was."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from tests.unit.oncall.plans import (
    BERLIN,
    DAY,
    HOUR,
    QUIET,
    WEEK,
    amendment,
    ids,
    layer,
    person,
    plan,
    rotation,
    utc,
    wall,
)
from tests.unit.oncall.test_schedule import EVERYBODY, amendments, layers, moments

from tocsin.errors import InputError
from tocsin.oncall.amendment import Kind
from tocsin.oncall.ical_read import Asked, Read, read
from tocsin.oncall.ical_write import calendar, uid
from tocsin.oncall.schedule import Level, OnCall, Shift, shifts, whole_shifts

NOW = utc("2025-02-03T12:00")
TEAM = OnCall(EVERYBODY, (rotation(layer("ana", "bo")), rotation(layer("chen", "dee"))))


def asked(**said: object) -> Asked:
    given_: dict[str, object] = {
        "calendar": "team", "kind": Kind.OVERRIDE, "level": 1, "person": None, "zone": BERLIN,
        "start": utc("2025-01-01T00:00"), "end": utc("2026-01-01T00:00"), "by": "ana", "now": NOW,
    }  # fmt: skip
    return Asked(**{**given_, **said})  # type: ignore[arg-type]  # a test may set any of them


def event(*lines: str) -> bytes:
    """A calendar of one event; `lines` are its properties."""
    return events(lines)


def events(*each: tuple[str, ...]) -> bytes:
    body = [line for lines in each for line in ("BEGIN:VEVENT", "UID:e1", *lines, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *body, "END:VCALENDAR", ""]).encode()


def stretches(found: Read) -> list[tuple[datetime, datetime]]:
    assert found.problems == ()
    return [(each.start, each.end) for each in found.amendments]


# -- writing -----------------------------------------------------------------------------------------


def team_shifts(end: datetime = NOW + 6 * WEEK) -> tuple[Shift, ...]:
    return tuple(shift for level in (1, 2) for shift in shifts(TEAM, (), level, NOW, end))


def test_another_library_reads_the_same_shifts() -> None:
    wanted = team_shifts()
    read_back = vobject.readOne(calendar(TEAM, wanted, "On call", NOW).decode())
    theirs = {
        (each.x_tocsin_person.value, each.x_tocsin_level.value, each.dtstart.value, each.dtend.value)
        for each in read_back.vevent_list
    }
    ours = {(name, str(shift.level), shift.start, shift.end) for shift in wanted for name in shift.people}
    assert theirs == ours
    assert read_back.vevent_list[0].summary.value == "On call, level 1: Ana"


def test_an_event_keeps_its_uid_while_its_shift_keeps_level_person_and_beginning() -> None:
    whole = {uid(shift, shift.people[0]) for shift in team_shifts()}
    assert len(whole) == len(team_shifts())
    assert {uid(shift, shift.people[0]) for shift in team_shifts(NOW + 3 * WEEK)} <= whole


def test_exported_a_minute_later_the_same_shifts_begin_at_the_same_instants() -> None:
    made = OnCall(EVERYBODY, (rotation(layer("ana", "bo")), Level(ids("chen", "dee"))))
    over = amendment(Kind.OVERRIDE, "bo", NOW - HOUR, NOW + HOUR, level=1)
    for level in (1, 2):
        first, later = (
            whole_shifts(made, (over,), level, at, NOW + 4 * WEEK) for at in (NOW, NOW + timedelta(minutes=1))
        )
        assert [(shift.start, shift.people) for shift in first] == [
            (shift.start, shift.people) for shift in later
        ]
    assert first[0].start == utc("2025-02-03T00:00")
    running = whole_shifts(made, (), 1, NOW, NOW + 4 * WEEK)[0]
    assert running.start == wall("2025-02-03 09:00")


def test_the_same_shifts_make_the_same_file() -> None:
    assert calendar(TEAM, team_shifts(), "On call", NOW) == calendar(TEAM, team_shifts(), "On call", NOW)


def test_a_gap_is_no_event() -> None:
    made = plan(rotation(layer("ana", "bo", until="2025-02-07")))
    content = calendar(made, shifts(made, (), 1, NOW, NOW + 2 * WEEK), "On call", NOW)
    assert content.count(b"BEGIN:VEVENT") == 1


@settings(QUIET, max_examples=60)
@given(st.data(), moments)
def test_what_we_write_we_read_back_to_the_same_people_at_every_instant(
    data: st.DataObject, start: datetime
) -> None:
    of_level = data.draw(layers("low")), data.draw(layers("high"))
    made = OnCall(EVERYBODY, (Level((), of_level, of_level[0].zone),))
    end = start + data.draw(st.integers(1, 200)) * HOUR
    wanted = shifts(made, data.draw(amendments(start)), 1, start, end)
    found = read(calendar(made, wanted, "x", NOW), made, asked(start=start, end=end, level=None))
    assert found.problems == ()
    assert found.remarks == ()
    back = [(each.level, (each.person,), each.start, each.end) for each in found.amendments]
    assert back == [(1, shift.people, shift.start, shift.end) for shift in wanted if shift.people]
    empty = OnCall(EVERYBODY, (Level(ids("ana"), (), None),))
    known = [replace(each, id=number) for number, each in enumerate(found.amendments)]
    for shift in shifts(empty, known, 1, start, end):
        if shift.source.startswith("override"):
            assert any(
                shift.people == each.people and each.start <= shift.start < each.end for each in wanted
            )


# -- reading -----------------------------------------------------------------------------------------


def test_an_event_of_one_day_is_the_whole_day_in_the_zone_of_the_level() -> None:
    found = read(event("DTSTART;VALUE=DATE:20250330", "SUMMARY:Ana"), TEAM, asked())
    assert stretches(found) == [(wall("2025-03-30 00:00"), wall("2025-03-31 00:00"))]
    assert found.amendments[0].end - found.amendments[0].start == 23 * HOUR


def test_a_time_without_a_zone_is_read_in_the_zone_of_the_level() -> None:
    found = read(event("DTSTART:20250601T090000", "DTEND:20250601T170000", "SUMMARY:Ana"), TEAM, asked())
    assert stretches(found) == [(utc("2025-06-01T07:00"), utc("2025-06-01T15:00"))]


def test_a_time_that_comes_twice_or_never_is_read_as_the_standard_says() -> None:
    def start(wall_time: str) -> datetime:
        content = event(f"DTSTART;TZID=Europe/Berlin:{wall_time}", "DURATION:PT8H", "SUMMARY:Ana")
        return read(content, TEAM, asked()).amendments[0].start

    assert start("20251026T023000") == utc("2025-10-26T00:30")
    assert start("20250330T023000") == utc("2025-03-30T01:30")


def test_a_weekly_shift_is_handed_over_at_the_same_time_on_the_wall_all_year() -> None:
    found = read(
        event(
            "DTSTART;TZID=Europe/Berlin:20250106T090000", "DTEND;TZID=Europe/Berlin:20250113T090000",
            "RRULE:FREQ=WEEKLY", "SUMMARY:on call: bo",
        ),
        TEAM, asked(),
    )  # fmt: skip
    assert len(found.amendments) == 52
    assert {each.start.astimezone(BERLIN).hour for each in found.amendments} == {9}
    assert all(
        one.end == other.start for one, other in zip(found.amendments, found.amendments[1:], strict=False)
    )


def test_exceptions_moves_and_cancellations_of_a_series_are_kept() -> None:
    found = read(
        events(
            ("DTSTART;TZID=Europe/Berlin:20250106T090000", "DURATION:PT8H", "RRULE:FREQ=DAILY;COUNT=6",
             "EXDATE;TZID=Europe/Berlin:20250107T090000", "RDATE;TZID=Europe/Berlin:20250120T090000", "SUMMARY:Ana"),
            ("RECURRENCE-ID;TZID=Europe/Berlin:20250108T090000", "DTSTART;TZID=Europe/Berlin:20250108T120000",
             "DURATION:PT1H", "SUMMARY:Bo"),
            ("RECURRENCE-ID;TZID=Europe/Berlin:20250109T090000", "DTSTART;TZID=Europe/Berlin:20250109T090000",
             "DURATION:PT8H", "STATUS:CANCELLED", "SUMMARY:Ana"),
        ),
        TEAM, asked(),
    )  # fmt: skip
    told = [(f"{each.start.astimezone(BERLIN):%d %H}", each.person) for each in found.amendments]
    assert told == [("06 09", "ana"), ("08 12", "bo"), ("10 09", "ana"), ("11 09", "ana"), ("20 09", "ana")]


def test_a_moved_occurrence_keeps_its_name() -> None:
    series = ("DTSTART:20250106T090000Z", "DURATION:PT8H", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Ana")
    moved = ("RECURRENCE-ID:20250107T090000Z", "DTSTART:20250107T130000Z", "DURATION:PT8H", "SUMMARY:Ana")
    before = read(events(series), TEAM, asked()).amendments
    after = read(events(series, moved), TEAM, asked()).amendments
    assert [each.origin for each in before] == [each.origin for each in after]
    assert before[1].start != after[1].start


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU", "FREQ=DAILY;UNTIL=20250401T070000Z", "FREQ=DAILY;COUNT=40",
        "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "FREQ=DAILY;UNTIL=20250330T000000Z", "FREQ=MONTHLY;BYSETPOS=2;BYDAY=MO,TU",
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
def test_another_library_finds_the_same_occurrences(rule: str, zone: str) -> None:
    content = event(
        f"DTSTART;TZID={zone}:20250106T093000",
        f"DTEND;TZID={zone}:20250106T173000",
        f"RRULE:{rule}",
        "SUMMARY:Ana",
    )
    window = utc("2025-01-01T00:00"), utc("2025-12-31T00:00")
    theirs = [
        (each.start.astimezone(UTC), each.end.astimezone(UTC))
        for each in recurring_ical_events.of(Calendar.from_ical(content)).between(*window)
    ]
    ours = stretches(read(content, TEAM, asked(start=window[0], end=window[1])))
    assert ours == sorted(theirs)


def test_the_zone_a_calendar_describes_itself_is_used() -> None:
    head = "\r\n".join((
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", "BEGIN:VTIMEZONE", "TZID:Here", "BEGIN:STANDARD",
        "DTSTART:19700101T000000", "TZOFFSETFROM:+0530", "TZOFFSETTO:+0530", "END:STANDARD", "END:VTIMEZONE",
    ))  # fmt: skip
    content = event("DTSTART;TZID=Here:20250106T090000", "DURATION:PT1H", "SUMMARY:Ana").decode()
    found = read((head + content.partition("PRODID:test")[2]).encode(), TEAM, asked())
    assert stretches(found) == [(utc("2025-01-06T03:30"), utc("2025-01-06T04:30"))]


def test_a_guest_whose_address_is_a_way_to_page_somebody_is_that_person() -> None:
    made = OnCall((person("ana"), person("bo", page=("mail",))), TEAM.levels)
    content = event("DTSTART:20250106T090000Z", "DURATION:PT1H", "SUMMARY:primary", "ATTENDEE:mailto:bo")
    assert [each.person for each in read(content, made, asked()).amendments] == ["bo"]


@pytest.mark.parametrize(
    ("lines", "because"),
    [
        (("DTSTART:20250106T090000Z", "DURATION:PT1H", "SUMMARY:somebody"), "nobody knows whom"),
        (("DTSTART:20250106T090000Z", "DURATION:PT1H", "SUMMARY:Ana and Bo"), "it is about ana, bo"),
        (("DTSTART:20250106T090000Z", "DTEND:20250106T080000Z", "SUMMARY:Ana"), "ends before it begins"),
        (("DTSTART:20250106T090000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY", "SUMMARY:Ana"), "within the hour"),
        (("DTSTART:soon", "DURATION:PT1H", "SUMMARY:Ana"), "cannot be read"),
        (("SUMMARY:Ana", "DURATION:PT1H"), "no DTSTART"),
        (
            ("RECURRENCE-ID;RANGE=THISANDFUTURE:20250107T090000Z", "DTSTART:20250107T090000Z", "DURATION:PT1H", "SUMMARY:Ana"),
            "moves all that follow",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_event(lines: tuple[str, ...], because: str) -> None:
    found = read(event(*lines), TEAM, asked())
    assert found.amendments == ()
    assert because in "; ".join(found.problems)


def test_a_shift_without_a_level_is_told() -> None:
    content = event("DTSTART:20250106T090000Z", "DURATION:PT1H", "SUMMARY:Ana")
    assert "say --level" in read(content, TEAM, asked(level=None)).problems[0]
    assert read(content, TEAM, asked(level=None, kind=Kind.ABSENCE)).problems == ()


def test_two_people_at_once_are_remarked() -> None:
    content = events(
        ("DTSTART:20250106T090000Z", "DURATION:PT8H", "SUMMARY:Ana"),
        ("DTSTART:20250106T100000Z", "DURATION:PT8H", "SUMMARY:Bo"),
    )
    assert "only the one written last is called" in read(content, TEAM, asked()).remarks[0]


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    with contextlib.suppress(InputError):
        read(content, TEAM, asked())


@settings(QUIET, max_examples=60)
@given(st.lists(st.sampled_from((
    "DTSTART:20250106T090000Z", "DTSTART;VALUE=DATE:20250106", "DTEND:20250107T090000Z", "DTEND;VALUE=DATE:20250107",
    "DURATION:P1D", "DURATION:-P1D", "RRULE:FREQ=DAILY", "RRULE:FREQ=NEVER", "RRULE:COUNT=3", "EXDATE:20250107T090000Z",
    "EXDATE;VALUE=DATE:20250108", "RDATE;VALUE=PERIOD:20250201T090000Z/PT1H", "RECURRENCE-ID:20250106T090000Z",
    "RRULE:FREQ=WEEKLY;UNTIL=20250301", "SUMMARY:Ana", "STATUS:CANCELLED", "DTSTART:99991231T230000Z", "DTSTART;TZID=Nowhere/Land:20250106T090000",
)), max_size=8))  # fmt: skip
def test_any_event_is_read_or_told(lines: list[str]) -> None:
    found = read(event(*lines), TEAM, asked(end=utc("2025-03-01T00:00")))
    assert all(each.start < each.end for each in found.amendments)
    assert len(found.amendments) <= 100


def test_events_outside_the_time_asked_for_are_left_out() -> None:
    content = event("DTSTART:20240106T090000Z", "DURATION:PT8H", "RRULE:FREQ=DAILY", "SUMMARY:Ana")
    found = read(content, TEAM, asked(start=NOW, end=NOW + 3 * DAY))
    assert len(found.amendments) == 4
    assert found.amendments[0].start < NOW < found.amendments[0].end
    assert timedelta(0) < found.amendments[0].end - NOW
