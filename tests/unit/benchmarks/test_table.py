"""What the table of benchmarks claims about ours and the peers."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[3] / "benchmarks" / "table.py"
spec = importlib.util.spec_from_file_location("benchmarks_table", PATH)
assert spec
assert spec.loader
table = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = table  # dataclasses look their module up by name
spec.loader.exec_module(table)


def rounds(figure, values, system="tocsin", **more):
    return [
        json.dumps({"figure": figure, "system": system, "metric": "m", "value": v, "unit": "ms", **more})
        for v in values
    ]


def rows(*lines):
    return table.table(table.readings([line for group in lines for line in group]))


def test_a_missed_target_is_read_first_then_a_lost_comparison():
    found = rows(
        rounds("F01", [1], target=2),
        rounds("F02", [9]),
        rounds("F02", [3], system="peer"),
        rounds("F03", [5], target=2),
    )
    assert [row.figure for row in found] == ["F03", "F02", "F01"]


def test_a_row_is_the_median_of_ours_beside_the_best_peer():
    (row,) = rows(
        rounds("F01", [9, 1, 5], target=4), rounds("F01", [10], "slow"), rounds("F01", [6, 7, 8], "fast")
    )
    assert (row.value, row.low, row.high, row.peer, row.peer_value) == (5, 1, 9, "fast", 7)
    assert row.met is False
    assert row.ratio == pytest.approx(1.4)


def test_for_a_rate_more_is_better():
    (row,) = rows(
        rounds("F06", [6000], target=5000, better="more"), rounds("F06", [3000], system="peer", better="more")
    )
    assert row.met is True
    assert row.ratio == 2


@pytest.mark.parametrize(
    ("before", "now", "steady", "worse"),
    [([100], [119], True, False), ([100], [121], True, True), ([100], [300], False, False)],
)
def test_only_a_steady_figure_that_grew_by_more_than_a_fifth_is_a_regression(before, now, steady, worse):
    old, new = rows(rounds("F01", before, steady=steady)), rows(rounds("F01", now, steady=steady))
    assert bool(table.regressions(new, old)) is worse


def test_a_target_that_was_met_and_is_missed_is_a_regression():
    old, new = (
        rows(rounds("F01", [10], steady=True, target=11)),
        rows(rounds("F01", [11.5], steady=True, target=11)),
    )
    assert table.regressions(new, old) == ["F01 m: the target was met and is missed now"]


def test_a_line_that_is_no_reading_is_quoted():
    with pytest.raises(ValueError, match=r"not a reading .*nonsense"):
        table.readings(['{"figure": "nonsense"}'])


def test_a_figure_without_ours_makes_no_row_and_the_table_is_markdown():
    found = rows(rounds("F01", [1], system="peer"), rounds("F02", [1234.5], target=2000))
    text = table.markdown(found)
    assert text.splitlines()[2].startswith("| F02")
    assert "1,234 ms" in text
    assert len(text.splitlines()) == 3


def test_a_floor_is_shown_and_is_no_peer():
    (found,) = rows(rounds("F05", [4]), rounds("F05", [1, 3, 2], system="floor: two commits"))
    assert (found.peer, found.ratio, found.floor) == (None, None, 2)
    (found,) = rows(
        rounds("F05", [4]), rounds("F05", [2], system="floor: x"), rounds("F05", [8], system="DBOS")
    )
    assert (found.peer, found.ratio, found.floor) == ("DBOS", 2, 2)
    assert "2 ms" in table.markdown([found]).splitlines()[2]
