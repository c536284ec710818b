"""Being cut off ourselves is told as one thing, and by nothing else than our own trouble (NOI-05)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.alert import AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState
from tocsin.detection.cut_off import (
    FACT,
    CutOffRule,
    CutOffState,
    external,
    observe,
    watched,
    witness,
)
from tocsin.kit.ids import CheckName

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RULE = CutOffRule()
NAMES = tuple(CheckName(name) for name in "abcd")
ASKED = frozenset(NAMES)


def state(name: CheckName, verdict: Verdict, *, ours: bool = False) -> CheckState:
    said = "no name can be looked up from here"
    return CheckState(last=Sample(name, NOW, verdict, None, said, {FACT: "true"} if ours else {}))


def seen(away: int, rest: Verdict = Verdict.UP) -> dict[CheckName, CheckState]:
    """So many checks that say that we are cut off; what the others say."""
    return {
        name: state(name, Verdict.UNKNOWN, ours=True) if index < away else state(name, rest)
        for index, name in enumerate(NAMES)
    }


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_half_of_them_for_a_minute_is_one_alert_that_names_them() -> None:
    kept, alert = observe(RULE, CutOffState(), ASKED, seen(2), NOW)
    assert alert is None
    kept, alert = observe(RULE, kept, ASKED, seen(2), minutes(0.9))
    assert alert is None
    kept, alert = observe(RULE, kept, ASKED, seen(3), minutes(1))
    assert alert is not None
    assert alert.state is AlertState.FIRING
    assert alert.title == "Monitoring is cut off: 3 of 4 external checks cannot be measured from here"
    assert alert.labels["checks"] == "a, b, c"
    assert alert.labels["message"] == "no name can be looked up from here"
    for later in range(2, 60):
        kept, again = observe(RULE, kept, ASKED, seen(4), minutes(later))
        assert again is None


def test_it_resolves_by_itself_when_it_has_been_over_for_a_minute() -> None:
    kept = CutOffState(NOW, firing=True)
    kept, alert = observe(RULE, kept, ASKED, seen(1), minutes(5))
    assert (kept.firing, alert) == (True, None)
    kept, alert = observe(RULE, kept, ASKED, seen(2), minutes(5.5))
    assert (kept.calm_since, alert) == (None, None)
    kept, alert = observe(RULE, kept, ASKED, seen(0), minutes(7))
    kept, alert = observe(RULE, kept, ASKED, seen(0), minutes(8))
    assert alert is not None
    assert alert.state is AlertState.RESOLVED
    assert kept == CutOffState()


def test_a_moment_is_not_told() -> None:
    kept, _ = observe(RULE, CutOffState(), ASKED, seen(4), NOW)
    kept, _ = observe(RULE, kept, ASKED, seen(1), minutes(0.5))
    kept, alert = observe(RULE, kept, ASKED, seen(4), minutes(1.2))
    assert (kept.since, alert) == (minutes(1.2), None)


@pytest.mark.parametrize("verdict", [Verdict.DOWN, Verdict.UNKNOWN, Verdict.DEGRADED])
def test_trouble_of_others_and_what_is_unknown_for_other_reasons_says_nothing_about_us(
    verdict: Verdict,
) -> None:
    assert observe(RULE, CutOffState(), ASKED, seen(1, verdict), NOW) == (CutOffState(), None)
    assert not witness(seen(0, verdict)[NAMES[0]].last or pytest.fail("never"))


def test_a_check_that_measured_is_no_witness_whatever_it_says_of_itself() -> None:
    assert not witness(Sample(NAMES[0], NOW, Verdict.DOWN, None, "", {FACT: "true"}))


def test_switched_off_while_it_was_told_it_is_over() -> None:
    kept, alert = observe(None, CutOffState(NOW, firing=True), ASKED, seen(4), minutes(1))
    assert kept == CutOffState()
    assert alert is not None
    assert alert.state is AlertState.RESOLVED
    assert observe(None, CutOffState(), ASKED, seen(4), minutes(1)) == (CutOffState(), None)


def test_no_external_check_is_never_cut_off() -> None:
    nobody: frozenset[CheckName] = frozenset()
    assert observe(RULE, CutOffState(), nobody, {}, NOW) == (CutOffState(), None)


@pytest.mark.parametrize(
    ("kind", "settings", "outside"),
    [
        ("http", {"url": "https://api.cookcam.app/health"}, True),
        ("http", {"url": "http://127.0.0.1:3000/"}, False),
        ("http", {"url": "http://[::1]:3000/"}, False),
        ("http", {"url": "http://localhost/"}, False),
        ("http", {"url": 7}, False),
        ("http_steps", {"steps": [{"url": "http://localhost/"}, {"url": "https://a.example/"}]}, True),
        ("http_steps", {"steps": "none"}, False),
        ("tcp", {"host": "10.0.0.5", "port": 1}, True),
        ("redis", {}, False),
        ("redis", {"host": "cache.internal"}, True),
        ("tls", {"host": "api.cookcam.app"}, True),
        ("dns", {"domain": "cookcam.app"}, True),
        ("dns", {"domain": "cookcam.app", "server": "127.0.0.1"}, False),
        ("postgres", {"dsn": "postgresql://u:p@ss@db.internal:5432/x"}, True),
        ("postgres", {"dsn": "postgresql://u@127.0.0.1:5432,db2.internal:5433/x"}, True),
        ("postgres", {"dsn": "postgresql://u@[::1]:5432/x"}, False),
        ("postgres", {"dsn": "postgresql:///x"}, False),
        ("sql", {"dsn": "host=db.internal dbname=x", "query": "SELECT 1"}, True),
        ("sql", {"dsn": "host=/run/postgresql dbname=x", "query": "SELECT 1"}, False),
        ("sql", {"dsn": "dbname=x", "query": "SELECT 1"}, False),
        ("disk", {"path": "/"}, False),
        ("pm2", {"app": "api"}, False),
    ],
)
def test_what_goes_over_the_network(kind: str, settings: dict[str, object], outside: bool) -> None:
    assert external(CheckSpec(NAMES[0], kind, settings)) is outside


def test_checks_that_look_once_an_hour_are_not_waited_for_unless_there_are_no_others() -> None:
    often = CheckSpec(NAMES[0], "http", {"url": "https://a.example"})
    seldom = CheckSpec(NAMES[1], "tls", {"host": "a.example"}, interval=timedelta(hours=12))
    here = CheckSpec(NAMES[2], "disk", {"path": "/"})
    assert watched([often, seldom, here]) == {NAMES[0]}
    assert watched([seldom, here]) == {NAMES[1]}


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 4)), max_size=60),
    st.sampled_from([0.01, 0.25, 0.5, 0.75, 1.0]),
)
def test_over_any_course_alerts_take_turns_and_none_fires_below_the_share(
    course: list[tuple[float, int]], share: float
) -> None:
    rule = CutOffRule(share=share)
    kept, now, told = CutOffState(), NOW, []
    for after, away in course:
        now += timedelta(minutes=after)
        kept, alert = observe(rule, kept, ASKED, seen(away), now)
        if alert is not None:
            told.append(alert.state)
            enough = away >= max(1, share * len(NAMES))
            assert enough is (alert.state is AlertState.FIRING)
    expected = [AlertState.FIRING, AlertState.RESOLVED] * len(told)
    assert told == expected[: len(told)]
