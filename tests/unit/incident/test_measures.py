"""How well it went is counted from the log alone, and every number can be counted again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tocsin.incident.measures import MEASURES, measure, spread, summary
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile
from tocsin.testing.story import tell

ROOT = Path(__file__).parents[3]
STORY = """runbook: examples/cookcam/runbook.md
bind: DATABASE_URL
hosts: production-server
watch: 10 min
settle: 5 min

03:00 >> alert "api-health: HTTP 502 from https://api.cookcam.app/health" impact "Complete service outage"
03:01 >> every look ends
03:02 >> ana acknowledges
03:03 >> ana approves
03:04 >> pm2 restart ends
03:05 >> every look ends
03:06 >> well again "api-health: HTTP 502 from https://api.cookcam.app/health"
03:07 >> every look ends
03:30 >> the write-up is done
"""


def book(path: str) -> Runbook:
    return compile((ROOT / path).read_text(encoding="utf-8"), path)


def test_each_measure_is_the_time_between_its_two_events() -> None:
    world = tell(STORY, book).world
    one = measure(world.incident, world.log)
    assert one is not None
    assert one.times.keys() == MEASURES.keys()
    assert one.times["acknowledge"] == timedelta(minutes=2)
    assert one.times["mitigate"] == timedelta(minutes=4)
    assert one.times["resolve"] is not None
    assert one.times["resolve"] >= timedelta(minutes=16)
    assert one.times["publish"] is None
    assert (one.severity, one.changes, one.helped) == ("P0", 1, 1)


def test_what_has_not_happened_is_none_and_counts_in_no_median() -> None:
    world = tell(STORY.split("03:01")[0], book).world
    one = measure(world.incident, world.log)
    assert one is not None
    assert one.times["resolve"] is None
    found = summary([(world.incident, one)], world.now, UTC)
    assert "resolve" not in found.by_severity["P0"]
    assert found.counts == {"P0": 1}


def test_a_page_at_three_is_a_night_page_where_it_is_three() -> None:
    world = tell(STORY, book).world
    one = measure(world.incident, world.log)
    assert one is not None
    assert len(one.pages) == 0  # nothing was sent in this story: queued is not woken
    at = datetime(2025, 10, 7, 3, tzinfo=UTC)
    woken = replace(one, pages=(("ana", at),))
    (night,) = summary([(world.incident, woken)], world.now, UTC).load
    (day,) = summary([(world.incident, woken)], world.now, ZoneInfo("Asia/Tokyo")).load
    assert (night.pages, night.night) == (1, 1)
    assert (day.pages, day.night) == (1, 0)


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=30)), min_size=1, max_size=50))
def test_every_percentile_is_a_value_that_happened(values: list[timedelta]) -> None:
    found = spread(values)
    assert {found.median, found.p90, found.worst} <= set(values)
    assert found.median <= found.p90 <= found.worst
    assert sum(value <= found.median for value in values) * 2 >= len(values)
