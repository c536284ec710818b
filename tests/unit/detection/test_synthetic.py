"""The verdict follows the seed exactly; a page needs proof."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.synthetic import (
    BAD_OF_EXTRA,
    EXTRA,
    Endpoint,
    Judged,
    Slo,
    Status,
    Timed,
    Verdict,
    confirms,
    nearest_rank,
    overall,
)

SLO = Slo()
HERE = Endpoint("san-francisco/requirements", "http://127.0.0.1/city/san-francisco/requirements")
GOOD, SLOW, FAILED, OURS = (
    Timed(20.0),
    Timed(200.0),
    Timed(None, "HTTP 500"),
    Timed(None, "no socket", ours=True),
)


def judged(*samples: Timed, slo: Slo = SLO) -> Judged:
    return Judged(HERE, slo, samples)


@pytest.mark.parametrize(
    ("values", "percentile", "found"),
    [((100, 110, 120, 130, 190), 95, 190), ((100, 110, 120, 130, 200), 95, 200), (range(1, 21), 95, 19),
     ((7,), 95, 7), (range(1, 1001), 99.9, 999), (range(1, 101), 50, 50), ((3, 1, 2), 100, 3), ((3, 1, 2), 1, 1)],
)  # fmt: skip
def test_the_percentile_is_nearest_rank(values: tuple[float, ...], percentile: float, found: float) -> None:
    assert nearest_rank(tuple(values), percentile) == found


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 100))
def test_at_least_so_many_samples_do_not_exceed_the_percentile(values: list[float], percentile: int) -> None:
    found = nearest_rank(values, percentile)
    assert found in values
    assert 100 * sum(value <= found for value in values) >= percentile * len(values)
    assert 100 * sum(value < found for value in values) < percentile * len(values)


@pytest.mark.parametrize(
    ("slowest", "verdict"),
    [(190.0, Verdict.PASS), (199.9, Verdict.PASS), (200.0, Verdict.FAIL), (241.9, Verdict.FAIL)],
)
def test_a_run_passes_only_strictly_below_the_limit(slowest: float, verdict: Verdict) -> None:
    assert judged(*[Timed(100.0)] * 4, Timed(slowest)).verdict is verdict


def test_errors_are_never_turned_into_latencies() -> None:
    found = judged(*[GOOD] * 4, FAILED)
    assert (found.verdict, found.status, found.percentile_ms) == (Verdict.ERROR, Status.DEGRADED, 20.0)
    gone = judged(*[FAILED] * 5)
    assert (gone.verdict, gone.status, gone.percentile_ms) == (Verdict.ERROR, Status.DOWN, None)


def test_our_own_faults_and_too_few_samples_say_nothing_about_them() -> None:
    for found in (
        judged(*[GOOD] * 4, OURS),
        judged(*[SLOW] * 4, OURS),
        judged(*[GOOD] * 4),
        judged(*[OURS] * 5),
    ):
        assert (found.verdict, found.status) == (Verdict.UNKNOWN, Status.UNKNOWN)
        assert not found.wants_confirmation


def test_the_worst_endpoint_speaks_for_all() -> None:
    good, slow, unknown, down = (judged(*[each] * 5) for each in (GOOD, SLOW, OURS, FAILED))
    assert overall([good]) is Status.OPERATIONAL
    assert overall([good, unknown]) is Status.UNKNOWN
    assert overall([good, unknown, slow]) is Status.DEGRADED
    assert overall([good, unknown, slow, down]) is Status.DOWN
    assert overall([]) is Status.UNKNOWN


@given(st.lists(st.sampled_from([GOOD, SLOW, FAILED, OURS]), min_size=EXTRA, max_size=EXTRA))
def test_asking_after_each_sample_changes_no_outcome(samples: list[Timed]) -> None:
    whole = sum(sample.bad(SLO) for sample in samples) >= BAD_OF_EXTRA
    assert confirms(samples, SLO) is whole
    answers = [answer for taken in range(EXTRA + 1) if (answer := confirms(samples[:taken], SLO)) is not None]
    assert set(answers) == {whole}


def pages(chance_of_slow: float, endpoints: int, runs: int) -> float:
    """Share of runs that page, by the real code."""
    chance = random.Random(7)

    def sample() -> Timed:
        return SLOW if chance.random() < chance_of_slow else GOOD

    def page() -> bool:
        if not judged(*[sample() for _ in range(SLO.samples)]).wants_confirmation:
            return False
        extra: list[Timed] = []
        while (answer := confirms(extra, SLO)) is None:
            extra.append(sample())
        return answer

    return sum(any(page() for _ in range(endpoints)) for _ in range(runs)) / runs


def test_a_service_exactly_at_its_limit_pages_in_fewer_than_two_runs_of_a_hundred() -> None:
    assert pages(0.05, endpoints=4, runs=10_000) < 0.02


def test_an_outage_of_half_the_requests_is_confirmed_nearly_always() -> None:
    assert pages(0.5, endpoints=1, runs=10_000) > 0.96 - 0.01
