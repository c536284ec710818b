"""Counting days: nothing is counted twice, nothing unseen is called fine, counting in pieces changes nothing."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.check import CheckSpec, Verdict
from tocsin.kit.ids import CheckName
from tocsin.status.days import DAY_MS, Mark, Rule, Spent, count
from tocsin.status.spans import MOST, joined, length

UP, DOWN, SLOW, UNKNOWN = Verdict.UP, Verdict.DOWN, Verdict.DEGRADED, Verdict.UNKNOWN
RULE = Rule(failures=3, successes=2, speaks_ms=35_000)
T = 20_000 * DAY_MS


def every(seconds: int, *verdicts: Verdict, start: int = T) -> list[tuple[int, Verdict]]:
    return [(start + 1000 * seconds * n, verdict) for n, verdict in enumerate(verdicts)]


def total(samples: list[tuple[int, Verdict]], rule: Rule = RULE) -> Spent:
    _, days = count(None, samples, rule)
    found = Spent()
    for day in days.values():
        found.up += day.up
        found.degraded += day.degraded
        found.down += day.down
        found.unknown += day.unknown
    return found


def test_an_outage_lasts_from_its_first_bad_sample_to_its_first_good_one() -> None:
    found = total(every(10, UP, DOWN, DOWN, DOWN, DOWN, UP, UP, UP))
    assert (found.up, found.down) == (10_000 + 20_000, 40_000)


def test_fewer_bad_samples_than_open_an_incident_are_no_outage() -> None:
    assert total(every(10, UP, DOWN, DOWN, UP, UP)).down == 0


def test_slow_or_unmeasured_in_between_does_not_end_the_bad_ones_in_a_row() -> None:
    assert total(every(10, UP, DOWN, SLOW, DOWN, UNKNOWN, DOWN, DOWN)).down == 50_000


def test_slow_is_degraded() -> None:
    found = total(every(10, UP, SLOW, SLOW, UP))
    assert (found.up, found.degraded) == (10_000, 20_000)


def test_what_nobody_looked_at_is_not_counted() -> None:
    found = total([(T, UP), (T + 3_600_000, UP)])
    assert found == Spent(up=RULE.speaks_ms)


def test_a_span_over_midnight_is_cut_there() -> None:
    _, days = count(None, every(10, UP, UP, start=T + DAY_MS - 4_000), RULE)
    assert days == {20_000: Spent(up=4_000), 20_001: Spent(up=6_000)}


def test_the_rule_is_that_of_the_check() -> None:
    spec = CheckSpec(CheckName("a"), "tcp", {}, interval=timedelta(seconds=10), timeout=timedelta(seconds=5))
    assert Rule.of(spec) == RULE


SAMPLES = st.lists(
    st.tuples(st.integers(1, 90_000), st.sampled_from([UP, DOWN, SLOW, UNKNOWN])), max_size=60
).map(lambda steps: [(T + sum(s for s, _ in steps[: n + 1]), v) for n, (_, v) in enumerate(steps)])


@given(SAMPLES, st.integers(0, 60), st.integers(1, 4), st.integers(1, 3))
def test_counting_in_pieces_gives_the_same_sums(
    samples: list[tuple[int, Verdict]], cut: int, failures: int, successes: int
) -> None:
    rule = Rule(failures, successes, 35_000)
    whole_mark, whole = count(None, samples, rule)
    mark: Mark | None = None
    sums: dict[int, Spent] = {}
    for piece in (samples[:cut], samples[cut:]):
        mark, days = count(mark, piece, rule)
        for day, spent in days.items():
            known = sums.setdefault(day, Spent())
            known.up += spent.up
            known.degraded += spent.degraded
            known.down += spent.down
            known.unknown += spent.unknown
            known.down_spans = joined([*known.down_spans, *spent.down_spans])
            known.degraded_spans = joined([*known.degraded_spans, *spent.degraded_spans])
    assert mark == whole_mark
    assert sums == whole


@given(SAMPLES, st.integers(1, 4))
def test_the_spans_of_a_day_tell_all_of_its_outages(
    samples: list[tuple[int, Verdict]], failures: int
) -> None:
    _, days = count(None, samples, Rule(failures, 2, 35_000))
    for spent in days.values():
        assert (length(spent.down_spans), length(spent.degraded_spans)) == (spent.down, spent.degraded)
        assert all(0 <= start < end <= DAY_MS for start, end in spent.down_spans)


def test_of_a_check_that_fails_all_day_long_the_first_outages_are_remembered_and_all_are_counted() -> None:
    rule = Rule(1, 1, 2_000)
    samples = every(1, *[DOWN, UP] * (MOST + 100))
    _, days = count(None, samples, rule)
    (spent,) = days.values()
    assert (len(spent.down_spans), spent.down) == (MOST, (MOST + 100) * 1000)


@given(SAMPLES)
def test_no_more_time_is_counted_than_passed(samples: list[tuple[int, Verdict]]) -> None:
    found = total(samples)
    passed = samples[-1][0] - samples[0][0] if samples else 0
    assert found.up + found.degraded + found.down + found.unknown <= passed


@given(SAMPLES)
def test_good_samples_alone_never_make_an_outage(samples: list[tuple[int, Verdict]]) -> None:
    assert total([(at, verdict if verdict is not DOWN else UP) for at, verdict in samples]).down == 0
