"""A milder alert while a check is degraded: only where it is wanted, and never in the place of an outage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection import condition, mild
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, Hold
from tocsin.kit.ids import CheckName

NIGHT = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
SPEC = CheckSpec(
    CheckName("certificate"), "tls", {}, impact="Complete service outage", impact_degraded="Cosmetic issue", section="tls"
)  # fmt: skip
LETTERS = {"u": Verdict.UP, "d": Verdict.DOWN, "s": Verdict.DEGRADED, "?": Verdict.UNKNOWN}


def play(
    letters: str, spec: CheckSpec = SPEC, hold: Hold | None = None, state: CheckState | None = None
) -> tuple[CheckState, list[tuple[int, Alert]]]:
    now, alerts = state or CheckState(), []
    for index, letter in enumerate(letters):
        sample = Sample(
            spec.name, NIGHT + timedelta(seconds=30 * index), LETTERS[letter], None, "9 days left", {}
        )
        now, bad = condition.observe(spec, now, sample, hold)
        now, milder = mild.observe(spec, now, sample, hold)
        alerts += [(index, each) for each in (bad, milder) if each is not None]
    return now, alerts


def when(letters: str, spec: CheckSpec = SPEC, hold: Hold | None = None) -> list[tuple[int, str, str]]:
    return [(index, each.fingerprint, each.state.value) for index, each in play(letters, spec, hold)[1]]


BAD, MILD = "check:certificate", "check:certificate:degraded"


def test_nobody_is_told_unless_the_check_says_what_it_means() -> None:
    assert when("ussssss", replace(SPEC, impact_degraded=None)) == []


def test_three_degraded_in_a_row_are_a_milder_alert_with_its_own_impact() -> None:
    _, ((index, alert),) = play("usss")
    assert (index, alert.fingerprint, alert.impact) == (3, MILD, "Cosmetic issue")
    assert alert.labels["section"] == "tls"
    assert when("ussuss") == []


def test_it_is_over_after_good_samples_in_a_row() -> None:
    assert when("sssusuu") == [(2, MILD, "firing"), (6, MILD, "resolved")]


def test_unknown_changes_nothing() -> None:
    assert when("ss?s???u?u") == [(3, MILD, "firing"), (9, MILD, "resolved")]


def test_when_it_goes_down_the_outage_is_told_first_and_the_milder_alert_ends() -> None:
    assert when("sssddd") == [(2, MILD, "firing"), (5, BAD, "firing"), (5, MILD, "resolved")]
    _, alerts = play("sssddd")
    assert alerts[1][1].impact == "Complete service outage"


def test_while_an_outage_is_open_degraded_opens_nothing_beside_it() -> None:
    assert when("dddssssss") == [(2, BAD, "firing")]


def test_down_and_degraded_by_turns_is_told_too() -> None:
    assert when("sds") == when("dds") == [(2, MILD, "firing")]


def test_what_holds_an_alert_back_holds_the_milder_one_back_and_then_lets_it_go() -> None:
    planned = Hold("maintenance: new disks", anew=False)
    assert when("sssss", hold=planned) == []
    state, _ = play("sssss", hold=planned)
    assert [each.fingerprint for _, each in play("s", state=state)[1]] == [MILD]


def test_a_milder_alert_that_nobody_wants_any_more_ends() -> None:
    state, _ = play("sss")
    _, alerts = play("s", replace(SPEC, impact_degraded=None), state=state)
    assert [(each.fingerprint, each.state) for _, each in alerts] == [(MILD, AlertState.RESOLVED)]


@given(st.text(alphabet="uds?", max_size=60))
def test_each_of_the_two_fires_and_ends_by_turns_and_never_both_at_once(letters: str) -> None:
    state, alerts = play(letters)
    open_ones: set[str] = set()
    for _, each in alerts:
        if each.state is AlertState.FIRING:
            assert each.fingerprint not in open_ones
            open_ones.add(each.fingerprint)
        else:
            assert each.fingerprint in open_ones
            open_ones.discard(each.fingerprint)
    assert len(open_ones) <= 1
    assert (BAD in open_ones) is state.firing
    assert (MILD in open_ones) is state.mild


@given(st.text(alphabet="uds?", max_size=60))
def test_what_is_mild_never_delays_or_hides_an_outage(letters: str) -> None:
    with_it = [each for each in when(letters) if each[1] == BAD]
    assert with_it == when(letters, replace(SPEC, impact_degraded=None))
