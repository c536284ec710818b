"""Rates in logs: what is added is counted once, whatever becomes of the file."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.ids import CheckName
from tocsin.probe import tail
from tocsin.probe.log import LogProber

LIMITED = '2025/10/07 03:00:00 [error] 7#7: *1 limiting requests, excess: 5.1 by zone "api_limit"\n'
FINE = "2025/10/07 03:00:00 [notice] 7#7: fine\n"


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2025, 10, 7, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Bench:
    """A log, a prober and a clock."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.path = folder / "error.log"
        self.path.touch()
        self.clock = Hand()
        self.prober = LogProber(self.clock)
        table = {"path": str(self.path), "matching": "limiting requests", "rate_degraded": 5, "rate_down": 20}
        self.spec = CheckSpec(CheckName("limit"), "log", table | more)

    def write(self, text: str) -> None:
        with self.path.open("a") as log:
            log.write(text)

    def look(self, after: float = 30) -> Sample:
        self.clock.seconds += after
        return self.prober.probe(self.spec)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_stood_in_the_log_before_is_not_counted(bench: Bench) -> None:
    bench.write(LIMITED * 100)
    assert bench.look().facts["matches"] == "0"


def test_a_window_that_is_not_full_is_unknown_unless_it_is_bad_already(bench: Bench) -> None:
    assert bench.look().verdict is Verdict.UNKNOWN
    assert bench.look().verdict is Verdict.UNKNOWN
    assert bench.look().verdict is Verdict.UP
    bench.write(LIMITED * 20)
    assert bench.look().verdict is Verdict.DOWN
    other = Bench(bench.path.parent)
    other.look()
    other.write(LIMITED * 20)
    assert other.look(1).verdict is Verdict.DOWN


def test_the_rate_is_per_minute_and_ends_with_its_window(bench: Bench) -> None:
    for _ in range(3):
        bench.look()
    bench.write(LIMITED * 7 + FINE)
    sample = bench.look()
    assert (sample.verdict, sample.facts["per_minute"], sample.facts["lines"]) == (
        Verdict.DEGRADED,
        "7.0",
        "8",
    )
    assert sample.facts["last_line"] == LIMITED.strip()
    assert bench.look().verdict is Verdict.DEGRADED
    assert bench.look().verdict is Verdict.UP


def test_the_end_of_a_rotated_file_is_counted_too(bench: Bench) -> None:
    bench.look()
    bench.write(LIMITED * 3)
    bench.path.rename(bench.path.with_name("error.log.1"))
    bench.path.write_text(LIMITED * 2)
    sample = bench.look()
    assert (sample.facts["matches"], "lost" in sample.facts) == ("5", False)


def test_a_file_emptied_in_place_is_read_from_its_beginning_and_the_gap_is_named(bench: Bench) -> None:
    bench.look()
    bench.write(FINE * 100)
    bench.look()
    os.truncate(bench.path, 0)
    bench.write(LIMITED * 2)
    sample = bench.look()
    assert (sample.facts["matches"], sample.facts["lost"]) == ("2", "true")


def test_a_log_that_is_away_between_two_files_is_unknown_and_goes_on_afterwards(bench: Bench) -> None:
    bench.look()
    bench.write(LIMITED)
    bench.path.rename(bench.path.with_name("error.log.1"))
    assert bench.look().verdict is Verdict.UNKNOWN
    bench.path.write_text(LIMITED)
    assert bench.look().facts["matches"] == "2"


def test_a_line_is_counted_when_it_is_whole_and_only_once(bench: Bench) -> None:
    bench.look()
    bench.write(LIMITED[:40])
    assert bench.look().facts["matches"] == "0"
    bench.write(LIMITED[40:])
    assert bench.look().facts["matches"] == "1"


def test_one_look_reads_no_more_than_its_bound(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LARGEST_READ", 1000)
    bench.look()
    bench.write(LIMITED * 100)
    sample = bench.look()
    assert int(sample.facts["skipped_bytes"]) == len(LIMITED) * 100 - 1000
    assert 0 < int(sample.facts["matches"]) <= 1000 // len(LIMITED) + 1


def test_a_share_counts_answers_with_5xx_among_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, matching='" 5[0-9][0-9] ', rate_degraded=10_000, rate_down=10_000, share_down=0.1)
    for _ in range(3):
        bench.look()
    line = '127.0.0.1 - - [07/Oct/2025:03:00:00 +0000] "GET / HTTP/1.1" {} 12 "-" "curl"\n'
    bench.write(line.format(200) * 20 + line.format(502) * 5)
    assert bench.look().verdict is Verdict.UP  # 25 lines are too few to speak of a share
    bench.write(line.format(200) * 20 + line.format(502) * 5)
    sample = bench.look()
    assert (sample.verdict, sample.facts["share"]) == (Verdict.DOWN, "20.0%")


def test_what_is_excused_does_not_count(tmp_path: Path) -> None:
    bench = Bench(tmp_path, without="dry run")
    bench.look()
    bench.write(LIMITED + LIMITED.replace("limiting", "dry run, limiting"))
    assert bench.look().facts["matches"] == "1"


def test_a_log_check_without_a_limit_is_refused(tmp_path: Path) -> None:
    spec = CheckSpec(CheckName("it"), "log", {"path": "x", "matching": "y"})
    with pytest.raises(ConfigError, match="without one this check finds nothing"):
        LogProber(Hand()).validate(spec)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 30)),
        st.tuples(st.just("half"), st.just(0)),
        st.tuples(st.just("rotate"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_over_any_writing_and_one_rotation_per_look_every_line_is_counted_once(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[str, int]]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("log"), window="1000 h")
    bench.look()
    wrote, rotated, half, count = 0, False, False, 0
    for what, amount in [*script, ("look", 0)]:
        match what:
            case "write":
                if half:
                    bench.write(LIMITED[40:])
                    wrote, half = wrote + 1, False
                bench.write(LIMITED * amount)
                wrote += amount
            case "half" if not half:
                bench.write(LIMITED[:40])
                half = True
            case "rotate" if not rotated and not half:
                count += 1
                bench.path.rename(bench.path.with_name(f"error.log.{count}"))
                bench.path.touch()
                rotated = True
            case "look":
                assert bench.look(1).facts["matches"] == str(wrote)
                rotated = False
            case _:
                pass
