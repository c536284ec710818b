"""The readiness check on rosters that are broken in every way, and on those that are not."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.oncall.plans import (
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
)  # fmt: skip
from tests.unit.oncall.test_schedule import EVERYBODY, NAMES, amendments, layers, moments

from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.contacts import Wanted
from tocsin.oncall.escalation import roster_at
from tocsin.oncall.finding import Finding
from tocsin.oncall.layer import Window
from tocsin.oncall.readiness import Question, check
from tocsin.oncall.schedule import Level, OnCall, SpecialContact

NOW = wall("2025-02-03 12:00")
OFFICE = Window(frozenset(range(5)), time(9), time(17))
SECURITY = Wanted("security", "Security Team", 8)


def found(
    made: OnCall,
    known: tuple[Amendment, ...] = (),
    *,
    levels: int = 1,
    wanted: tuple[Wanted, ...] = (),
    pagers: frozenset[str] | None = None,
    now: datetime = NOW,
) -> tuple[Finding, ...]:
    return check(made, known, Question(levels, wanted, pagers, now, now + 2 * WEEK))


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [each.rule for each in findings]


GOOD = plan(rotation(layer("ana", "bo")), rotation(layer("chen", "dee")))

BROKEN: dict[str, tuple[str, OnCall, tuple[Amendment, ...]]] = {
    "nobody is on level 2": ("nobody", plan(("ana", "bo")), ()),
    "a list is empty": ("nobody", plan(("ana", "bo"), ()), ()),
    "one person is a whole level": ("alone", plan(("ana", "bo"), ("chen",)), ()),
    "one person can be reached of two": (
        "alone", plan(("ana", "bo"), ("chen", "dee"), people=tuple(person(n) for n in ("ana", "bo", "chen"))), (),
    ),
    "a name nobody knows": ("unknown-person", plan(("ana", "zoe"), ("chen", "dee"), people=EVERYBODY), ()),
    "no way to be reached": (
        "unreachable", plan(("ana", "bo"), ("chen", "dee"), people=(*EVERYBODY[:3], person("dee", page=()))), (),
    ),
    "a viewer is on call": (
        "viewer", plan(("ana", "bo"), ("chen", "dee"), people=(*EVERYBODY[:3], person("dee", role="viewer"))), (),
    ),
    "office hours only": ("gap", plan(rotation(layer("ana", "bo", only=(OFFICE,))), ("chen", "dee")), ()),
    "a plan that begins next week": (
        "gap", plan(rotation(layer("ana", "bo", start="2025-02-10")), ("chen", "dee")), (),
    ),
    "a plan that ends on Friday": (
        "gap", plan(rotation(layer("ana", "bo", until="2025-02-07")), ("chen", "dee")), (),
    ),
    "both of a rotation are away": (
        "gap", GOOD,
        tuple(amendment(Kind.ABSENCE, name, NOW + DAY, NOW + 2 * DAY) for name in ("ana", "bo")),
    ),
    "the same person on two levels": (
        "two-levels", plan(rotation(layer("ana", "bo")), rotation(layer("ana", "chen"))), (),
    ),
    "an override onto another level": (
        "two-levels", GOOD, (amendment(Kind.OVERRIDE, "bo", NOW, NOW + 2 * WEEK, level=2),),
    ),
    "an override by somebody absent": (
        "absent-override", GOOD,
        (
            amendment(Kind.OVERRIDE, "bo", NOW, NOW + DAY, level=1),
            amendment(Kind.ABSENCE, "bo", NOW + HOUR, NOW + 2 * HOUR),
        ),
    ),
    "an override by somebody who left": (
        "unknown-person", GOOD, (amendment(Kind.OVERRIDE, "zoe", NOW, NOW + DAY, level=1),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_roster_is_an_error(case: str) -> None:
    rule, made, known = BROKEN[case]
    errors = [each for each in found(made, known, levels=2) if each.error]
    assert rule in rules(tuple(errors))
    assert all(each.message and each.hint for each in errors)


def test_a_good_roster_has_no_finding() -> None:
    assert found(GOOD, levels=2) == ()


def test_a_gap_says_from_when_to_when_and_why() -> None:
    made = plan(rotation(layer("ana", "bo", until="2025-02-07")))
    (gap,) = [each for each in found(made) if each.rule == "gap"]
    assert (gap.level, gap.start) == (1, wall("2025-02-07 09:00"))
    assert "Fri 2025-02-07 09:00 CET" in gap.message
    assert "says nothing" in gap.message


def test_what_goes_wrong_after_the_time_looked_at_is_not_told() -> None:
    made = plan(rotation(layer("ana", "bo", until="2025-03-07")), ("chen", "dee"))
    assert found(made, levels=2) == ()


def test_a_contact_the_runbook_names_and_nobody_is_is_an_error() -> None:
    assert rules(found(GOOD, levels=2, wanted=(SECURITY,))) == ["contact-missing"]
    bound = replace(GOOD, contacts=(SpecialContact("security", ids("ana")),))
    assert found(bound, levels=2, wanted=(SECURITY,)) == ()


def test_a_contact_is_checked_like_anybody_else() -> None:
    made = replace(GOOD, contacts=(SpecialContact("security", ids("zoe")),))
    assert rules(found(made, levels=2)) == ["unknown-person"]


def test_a_method_without_its_pager_is_an_error() -> None:
    assert rules(found(GOOD, levels=2, pagers=frozenset({"push"}))) == ["no-pager"] * 4


def test_a_turn_somebody_absent_has_is_a_warning_until_somebody_takes_it() -> None:
    absence = amendment(Kind.ABSENCE, "ana", NOW, NOW + DAY)
    (warning,) = found(GOOD, (absence,), levels=2)
    assert (warning.rule, warning.error, warning.person) == ("absence", False, "ana")
    assert '"bo" stands in' in warning.message
    taken = amendment(Kind.OVERRIDE, "bo", NOW, NOW + DAY, level=1)
    assert found(GOOD, (absence, taken), levels=2) == ()


def test_an_absence_outside_ones_turns_is_no_finding() -> None:
    assert found(GOOD, (amendment(Kind.ABSENCE, "bo", NOW, NOW + DAY),), levels=2) == ()


def test_a_hand_over_at_night_is_a_warning_told_once() -> None:
    made = plan(rotation(layer("ana", "bo", at="03:00", length=DAY)), ("chen", "dee"))
    assert rules(found(made, levels=2)) == ["night-handover"]
    at_noon = plan(rotation(layer("ana", "bo", at="12:00", length=DAY)), ("chen", "dee"))
    assert found(at_noon, levels=2) == ()


def test_a_hand_over_at_night_in_hours_the_layer_does_not_speak_wakes_nobody() -> None:
    made = plan(
        rotation(layer("ana", "bo"), layer("bo", "ana", name="office", at="00:00", only=(OFFICE,))),
        ("chen", "dee"),
    )
    assert "night-handover" not in rules(found(made, levels=2))


def test_a_layer_that_ends_or_has_ended_is_told() -> None:
    below = layer("ana", "bo")
    for until in ("2025-02-07", "2025-01-20"):
        made = plan(rotation(below, layer("bo", "ana", name="above", until=until)), ("chen", "dee"))
        assert rules(found(made, levels=2)) == ["schedule-ends"]


def test_an_imported_calendar_that_ends_is_told() -> None:
    last = amendment(Kind.OVERRIDE, "bo", NOW, NOW + DAY, level=1, origin="team#shift-7/1")
    (warning,) = found(GOOD, (last,), levels=2)
    assert (warning.rule, '"team"' in warning.message) == ("schedule-ends", True)


def test_one_channel_and_shared_addresses_are_warnings() -> None:
    made = plan(("ana", "bo"), people=tuple(person(name, page=("push",)) for name in ("ana", "bo")))
    assert rules(found(made)) == ["one-channel"]
    twins = replace(person("bo"), methods=person("ana").methods)
    assert rules(found(plan(("ana", "bo"), people=(person("ana"), twins)))) == ["shared-address"] * 2


def test_the_check_tells_errors_first() -> None:
    made = plan(rotation(layer("ana", "bo", at="03:00", until="2025-02-07")))
    errors = [each.error for each in found(made)]
    assert errors == sorted(errors, reverse=True)


@settings(QUIET, max_examples=200)
@given(st.data(), moments)
def test_what_readiness_calls_fine_always_finds_somebody(data: st.DataObject, now: datetime) -> None:
    def level() -> Level:
        if data.draw(st.booleans()):
            return Level(ids(*data.draw(st.lists(st.sampled_from((*NAMES, "zoe")), max_size=3, unique=True))))
        whole = data.draw(st.booleans())
        of_level = (
            data.draw(layers("low", whole=whole)),
            *((data.draw(layers("high")),) if data.draw(st.booleans()) else ()),
        )
        return Level((), of_level, of_level[0].zone)

    people = tuple(
        person(name, page=data.draw(st.sampled_from((("push", "phone"), ("push",), ())))) for name in NAMES
    )
    made = OnCall(people, tuple(level() for _ in range(data.draw(st.integers(0, 3)))))
    known = data.draw(amendments(now))
    days = data.draw(st.integers(1, 10))
    wanted = data.draw(st.integers(1, 3))
    told = check(made, known, Question(wanted, (), None, now, now + days * DAY))
    if any(each.error for each in told):
        return
    moments_asked = [now + data.draw(st.floats(0, 0.9999)) * days * DAY for _ in range(10)]
    edges = [edge for each in known for edge in (each.start, each.end) if now <= edge < now + days * DAY]
    for at in (*moments_asked, *edges, now):
        roster = roster_at(made, known, at)
        assert all(roster.at(number) for number in range(1, max(wanted, len(made.levels)) + 1))


def test_a_level_without_errors_is_covered_on_the_night_clocks_change() -> None:
    made = plan(rotation(layer("ana", "bo", at="02:30", length=timedelta(hours=1))), ("chen", "dee"))
    now = utc("2025-10-25T12:00")
    assert [each.rule for each in found(made, levels=2, now=now) if each.error] == []


def test_every_finding_is_explained_and_no_other() -> None:
    root = Path(__file__).resolve().parents[3]
    sources = (root / "src" / "tocsin" / "oncall" / name for name in ("readiness.py", "readiness_time.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    known = dict(re.findall(r'Finding\(\s*"([\w-]+)",\s*(True|False)', text))
    page = (root / "docs" / "how-to" / "plan-on-call.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w-]+)` \| (error|warning):", page, re.MULTILINE))
    assert told == {rule: "error" if error == "True" else "warning" for rule, error in known.items()}
