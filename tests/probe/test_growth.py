"""Growth over a restart of tocsin: nothing is forgotten that a source counts, and nothing is taken for a jump that is none."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.connectors.api import RunResult
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.ids import CheckName
from tocsin.probe.counters import Counters, Growth
from tocsin.probe.log import LogProber
from tocsin.probe.looks import Looks, from_ages
from tocsin.probe.notes import Notes
from tocsin.probe.registry import Probers

NAME = CheckName("it")
WINDOW = timedelta(minutes=5)
LIMITED = "2025/10/07 03:00:00 [error] limiting requests, excess: 5.1\n"
FINE = "2025/10/07 03:00:00 [notice] 7#7: fine\n"


class Hand:
    """A clock moved by hand; its seconds begin anew with every process, its wall does not."""

    def __init__(self) -> None:
        self.wall = datetime(2025, 10, 7, tzinfo=UTC)
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


class Desk:
    """Counters whose process may end and begin anew."""

    def __init__(self) -> None:
        self.clock = Hand()
        self.notes = Notes()
        self.spec = CheckSpec(NAME, "systemd", {}, interval=timedelta(seconds=30))
        self.counters = Counters(self.clock, self.notes)

    def look(self, value: float, after: float = 30, place: str = "unit") -> Growth | None:
        self.clock.passes(after)
        return self.counters.growth(self.spec, place, {"restarts": value}, WINDOW).get("restarts")

    def restart(self, away: float, clock_moves: float = 0) -> None:
        """tocsin is stopped for so long; meanwhile the machine's clock may be set."""
        stored = self.notes.of([NAME])
        self.clock.wall += timedelta(seconds=away + clock_moves)
        self.clock.seconds = 3.0  # the machine itself may have begun anew
        self.notes = Notes()
        self.notes.load(stored)
        self.counters = Counters(self.clock, self.notes)


def by(growth: Growth | None) -> float:
    assert growth is not None
    return growth.by


def test_what_grew_while_tocsin_was_away_for_a_moment_counts_whole() -> None:
    desk = Desk()
    assert desk.look(40) is None
    desk.restart(away=20)
    assert by(desk.look(46)) == 6


def test_what_had_grown_before_the_restart_still_counts_within_its_window() -> None:
    desk = Desk()
    desk.look(40)
    desk.look(44)
    desk.restart(away=10)
    assert by(desk.look(44)) == 4
    assert by(desk.look(44, after=290)) == 0


def test_a_restart_is_no_growth() -> None:
    desk = Desk()
    desk.look(40)
    desk.restart(away=10)
    assert by(desk.look(40)) == 0


def test_what_grew_over_a_night_is_no_jump_of_the_last_five_minutes_and_is_told_all_the_same() -> None:
    desk = Desk()
    desk.look(40)
    desk.restart(away=10 * 3600 - 30)
    grown = desk.look(52)
    assert grown is not None
    assert grown.by == pytest.approx(12 * 300 / 36_000)
    assert grown.told("restarts") == {"restarts": "0", "restarts_unwatched": "12 in 10 h"}


def test_a_crash_loop_of_the_whole_night_is_bad_at_the_first_look() -> None:
    desk = Desk()
    desk.look(40)
    desk.restart(away=10 * 3600 - 30)
    assert by(desk.look(40 + 1200)) == pytest.approx(10)


def test_a_total_that_got_smaller_began_anew() -> None:
    desk = Desk()
    desk.look(4000)
    desk.restart(away=10)
    assert by(desk.look(3)) == 3


def test_a_clock_set_back_meanwhile_forgets_nothing() -> None:
    desk = Desk()
    desk.look(40)
    desk.look(44)
    desk.restart(away=10, clock_moves=-7200)
    assert by(desk.look(46)) == 6


def test_counters_of_another_place_are_other_counters() -> None:
    desk = Desk()
    desk.look(3, place="redis-1:6379")
    desk.restart(away=10)
    assert desk.look(90_000, place="redis-2:6379") is None


def test_a_note_that_cannot_be_read_is_a_first_look() -> None:
    desk = Desk()
    desk.look(3)
    desk.notes.keep(NAME, '{"at": "yesterday"}')
    desk.restart(away=10)
    assert desk.look(90_000) is None


def test_pods_that_are_gone_are_forgotten_and_notes_stay_small() -> None:
    desk = Desk()
    for number in range(3000):
        desk.clock.passes(30)
        desk.counters.growth(desk.spec, "", {f"pod-{number}": 1, "pod-always": number}, WINDOW)
    note = desk.notes.recall(NAME)
    assert note is not None
    assert len(note) < 10_000
    assert note.count('"name"') <= 13


@given(
    st.lists(st.tuples(st.floats(1, 60), st.integers(0, 9)), min_size=1, max_size=80), st.integers(60, 2000)
)
def test_over_a_note_the_looks_of_a_window_count_what_they_counted(
    script: list[tuple[float, int]], window: int
) -> None:
    looks, now = Looks(0.0), 0.0
    for after, added in script:
        now += after
        looks.add(now, added)
    again = from_ages(now - looks.since, looks.ages(now), 50_000.0)
    long = timedelta(days=1)
    assert again.total(long, long).added == looks.total(long, long).added
    within = timedelta(seconds=window)
    # What is put together in a note errs to the side of more, by a sixtieth of the looks at most.
    assert again.total(within, long).added[0] >= looks.total(within, long).added[0]


def test_a_prober_goes_on_where_the_one_before_ended() -> None:
    shown = {"restarts": 40}

    def run(text: str, limit: timedelta) -> RunResult:
        said = f"LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts={shown['restarts']}\n"
        return RunResult(0, (0,), said, "", 0, clock.now(), timedelta())

    notes, clock = Notes(), Hand()
    spec = CheckSpec(NAME, "systemd", {"unit": "nginx.service"})
    assert Probers(clock, run=run, variables={}, notes=notes).probe(spec).verdict is Verdict.UP
    shown["restarts"] = 45
    clock.passes(30)
    sample = Probers(clock, run=run, variables={}, notes=notes).probe(spec)
    assert (sample.verdict, sample.facts["restarts"]) == (Verdict.DOWN, "5")


class Bench:
    """A log whose watcher may end and begin anew."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.path = folder / "error.log"
        self.path.touch()
        self.clock = Hand()
        self.notes = Notes()
        table = {"path": str(self.path), "matching": "limiting requests", "rate_degraded": 5, "rate_down": 20}
        self.spec = CheckSpec(NAME, "log", table | more, interval=timedelta(seconds=30))
        self.prober = LogProber(self.clock, self.notes)

    def write(self, text: str) -> None:
        with self.path.open("a") as log:
            log.write(text)

    def look(self, after: float = 30) -> Sample:
        self.clock.passes(after)
        return self.prober.probe(self.spec)

    def restart(self, away: float) -> None:
        stored = self.notes.of([NAME])
        self.clock.wall += timedelta(seconds=away)
        self.clock.seconds = 3.0
        self.notes = Notes()
        self.notes.load(stored)
        self.prober = LogProber(self.clock, self.notes)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    for _ in range(3):
        found.look()
    return found


def test_lines_written_while_tocsin_was_away_are_read_and_the_window_is_full_at_once(bench: Bench) -> None:
    bench.write(FINE)
    assert bench.look().verdict is Verdict.UP
    bench.restart(away=10)
    bench.write(LIMITED * 22)
    sample = bench.look(10)
    assert (sample.verdict, sample.facts["matches"]) == (Verdict.DOWN, "22")
    bench.restart(away=50)
    assert bench.look(20).verdict is Verdict.UP


def test_a_line_that_was_half_written_is_counted_once_and_whole(bench: Bench) -> None:
    bench.write(LIMITED + LIMITED[:30])
    assert bench.look().facts["matches"] == "1"
    bench.restart(away=5)
    bench.write(LIMITED[30:])
    assert bench.look(5).facts["matches"] == "2"


def test_the_lines_of_a_night_are_no_flood_of_the_last_minute(bench: Bench) -> None:
    bench.write(FINE)
    bench.look()
    bench.restart(away=10 * 3600)
    bench.write(LIMITED * 120)
    sample = bench.look()
    assert sample.verdict is Verdict.UP
    assert sample.facts["matches_unwatched"] == "120 in 10 h"


def test_a_log_rotated_while_tocsin_was_away_is_read_to_its_end(bench: Bench) -> None:
    bench.write(FINE)
    bench.look()
    bench.write(LIMITED * 3)
    bench.path.rename(bench.path.with_name("error.log.1"))
    bench.path.write_text(LIMITED * 2)
    bench.restart(away=5)
    sample = bench.look()
    assert (sample.facts["matches"], "lost" in sample.facts) == ("5", False)


def test_a_log_that_was_taken_away_meanwhile_is_told_as_lost_and_its_window_is_not_full(bench: Bench) -> None:
    bench.write(FINE * 50)
    bench.look()
    bench.path.unlink()
    bench.path.write_text(LIMITED)
    bench.restart(away=5)
    sample = bench.look()
    assert (sample.verdict, sample.facts["matches"], sample.facts["lost"]) == (Verdict.UNKNOWN, "1", "true")


def test_another_log_with_the_number_of_the_old_one_is_not_taken_for_it(bench: Bench) -> None:
    bench.write(FINE * 5)
    bench.look()
    os.truncate(bench.path, 0)
    bench.write(LIMITED * 50)
    bench.restart(away=5)
    sample = bench.look()
    assert (sample.facts["matches"], sample.facts["lost"]) == ("50", "true")


def test_a_log_copied_elsewhere_and_back_is_known_again_by_what_stands_in_it(bench: Bench) -> None:
    bench.write(LIMITED * 100 + FINE)
    assert bench.look().facts["matches"] == "100"
    copy = bench.path.read_bytes()
    bench.path.rename(bench.path.with_name("kept"))
    bench.path.write_bytes(copy)
    bench.restart(away=3600)
    assert bench.look().facts["matches"] == "0"


def test_another_pattern_begins_anew(bench: Bench) -> None:
    bench.write(FINE + LIMITED)
    bench.look()
    bench.restart(away=5)
    table = dict(bench.spec.settings) | {"matching": "fine"}
    bench.spec = CheckSpec(NAME, "log", table)
    assert bench.look().facts["matches"] == "0"


def test_a_note_holds_nothing_that_stood_in_the_log(bench: Bench) -> None:
    bench.write("password=hunter2hunter2 limiting requests\n" * 3)
    bench.look()
    note = bench.notes.recall(NAME)
    assert note is not None
    assert "hunter2" not in note
    assert "error.log" not in note
