"""When samples become an alert."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, observe
from tocsin.kit.ids import CheckName

NIGHT = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
NAME = CheckName("api-health")
LETTERS = {"u": Verdict.UP, "d": Verdict.DOWN, "s": Verdict.DEGRADED, "?": Verdict.UNKNOWN}


def spec(failures: int = 3, successes: int = 2, **more: str | None) -> CheckSpec:
    return CheckSpec(
        NAME, "http", {"url": "https://api.test/health"}, failures=failures, successes=successes, **more
    )  # type: ignore[arg-type]  # only the text settings are passed


def sample(index: int, verdict: Verdict) -> Sample:
    at = NIGHT + timedelta(seconds=30 * index)
    return Sample(NAME, at, verdict, timedelta(milliseconds=12), "HTTP 502 in 12 ms", {"status": "502"})


def play(letters: str, check: CheckSpec | None = None) -> tuple[CheckState, list[tuple[int, Alert]]]:
    """The state after a row of samples ("uud?s") and the alerts with the index that caused each."""
    state, alerts = CheckState(), []
    for index, letter in enumerate(letters):
        state, alert = observe(check or spec(), state, sample(index, LETTERS[letter]))
        if alert is not None:
            alerts.append((index, alert))
    return state, alerts


def when(letters: str, check: CheckSpec | None = None) -> list[tuple[int, str]]:
    return [(index, alert.state.value) for index, alert in play(letters, check)[1]]


def test_three_failures_in_a_row_fire_and_two_do_not() -> None:
    assert when("udd") == []
    assert when("uddd") == [(3, "firing")]


def test_a_good_sample_starts_the_count_again() -> None:
    assert when("ddudd") == []


def test_one_good_sample_amid_failures_does_not_resolve() -> None:
    assert when("dddudd") == [(2, "firing")]


def test_two_good_samples_in_a_row_resolve() -> None:
    assert when("ddduu") == [(2, "firing"), (4, "resolved")]


def test_unknown_neither_adds_to_failures_nor_forgives_them() -> None:
    assert when("d?d") == []
    assert when("d?d?d") == [(4, "firing")]
    assert when("ddd????") == [(2, "firing")]
    assert when("dddu?u") == [(2, "firing"), (5, "resolved")]


def test_nothing_but_unknown_is_unknown_and_never_an_outage() -> None:
    state, alerts = play("?" * 50)
    assert (state.verdict, alerts) == (Verdict.UNKNOWN, [])


def test_slow_is_degraded_and_never_fires_but_does_not_count_as_healthy() -> None:
    state, alerts = play("s" * 50)
    assert (state.verdict, alerts) == (Verdict.DEGRADED, [])
    assert when("dddusu") == [(2, "firing")]
    assert when("dddusuu") == [(2, "firing"), (6, "resolved")]


def test_degraded_between_failures_does_not_hide_them() -> None:
    assert when("dsdsd") == [(4, "firing")]


def test_the_word_of_a_check_changes_only_when_it_is_confirmed() -> None:
    words = [play("uuddduu"[: n + 1])[0].verdict.value for n in range(7)]
    assert words == ["up", "up", "up", "up", "down", "down", "up"]


def test_a_check_that_could_not_be_measured_is_shown_as_unknown_while_its_alert_stays() -> None:
    state, _ = play("ddd?")
    assert (state.verdict, state.firing) == (Verdict.UNKNOWN, True)


def test_since_is_when_the_word_changed() -> None:
    assert play("uuuddd")[0].since == NIGHT + timedelta(seconds=30 * 5)
    assert play("uuu")[0].since == NIGHT


def test_an_alert_says_what_where_since_when_and_what_it_means_for_users() -> None:
    check = spec(impact="Complete service outage", section="1. API Not Responding")
    ((_, alert),) = play("uddd", check)[1]
    assert alert == Alert(
        fingerprint="check:api-health",
        state=AlertState.FIRING,
        title="api-health: HTTP 502 in 12 ms",
        source="check:api-health",
        at=NIGHT + timedelta(seconds=90),
        labels={
            "status": "502",
            "check": "api-health",
            "kind": "http",
            "message": "HTTP 502 in 12 ms",
            "section": "1. API Not Responding",
            "since": "2025-10-07T03:00:30+00:00",
        },
        impact="Complete service outage",
    )


def test_the_title_of_the_settings_wins_over_the_message() -> None:
    ((_, alert),) = play("ddd", spec(title="502 from the API"))[1]
    assert alert.title == "502 from the API"


def test_a_flapping_check_keeps_one_alert_open_until_it_is_calm() -> None:
    flapping = "ddduududuuduu"
    fired = when(flapping)
    assert fired[0] == (2, "firing")
    assert [what for _, what in fired].count("firing") <= 2
    state, alerts = play("dududduddd" + "uduudu")
    assert state.flapping
    assert state.firing
    assert len(alerts) == 1
    calm, alerts = play("dududduddd" + "uduudu" + "u" * 10)
    assert not calm.flapping
    assert [alert.state for _, alert in alerts] == [AlertState.FIRING, AlertState.RESOLVED]


rows = st.text(alphabet="uds?", max_size=80)
limits = st.builds(spec, failures=st.integers(1, 5), successes=st.integers(1, 5))


@given(rows, limits)
def test_firing_and_resolved_always_alternate_beginning_with_firing(letters: str, check: CheckSpec) -> None:
    words = [word for _, word in when(letters, check)]
    assert words == ["firing", "resolved"] * (len(words) // 2) + ["firing"] * (len(words) % 2)


@given(rows, limits)
def test_only_a_down_sample_fires_and_only_an_up_sample_resolves(letters: str, check: CheckSpec) -> None:
    for index, word in when(letters, check):
        assert letters[index] == {"firing": "d", "resolved": "u"}[word]


@given(rows, limits)
def test_unknown_samples_could_as_well_have_never_been_taken(letters: str, check: CheckSpec) -> None:
    measured = [index for index, letter in enumerate(letters) if letter != "?"]
    without = when("".join(letters[index] for index in measured), check)
    assert when(letters, check) == [(measured[index], word) for index, word in without]


@given(rows, limits)
def test_an_alert_fires_only_after_that_many_failures_without_a_good_sample(
    letters: str, check: CheckSpec
) -> None:
    for index, word in when(letters, check):
        if word == "firing":
            streak = letters[: index + 1].rsplit("u", 1)[-1]
            assert streak.count("d") >= check.failures


@given(rows, limits)
def test_a_calm_check_with_enough_good_samples_is_never_left_firing(letters: str, check: CheckSpec) -> None:
    state, _ = play(letters + "u" * 20, check)
    assert not state.firing
    assert state.verdict is Verdict.UP


@given(rows, limits)
def test_down_is_shown_exactly_while_an_alert_is_open_and_measured(letters: str, check: CheckSpec) -> None:
    state, _ = play(letters, check)
    assert (state.verdict is Verdict.DOWN) == (state.firing and not letters.endswith("?"))
