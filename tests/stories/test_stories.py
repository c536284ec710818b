"""Every story: what happens, and what tocsin asks of the world, on a hand-moved clock.

Regenerate the `<<` lines with TOCSIN_UPDATE_STORIES=1 and read them in review.
"""

import os
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tocsin.incident.incident import fold
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.testing.story import tell

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STORIES = sorted(HERE.glob("*.story"))


@cache
def runbook(path: str) -> Runbook:
    return read(Text(Path(path), (ROOT / path).read_text(encoding="utf-8")), date(2025, 10, 7))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_goes_as_written(path: Path) -> None:
    told = tell(path.read_text(encoding="utf-8"), runbook)
    if os.environ.get("TOCSIN_UPDATE_STORIES"):
        path.write_text(told.text, encoding="utf-8")
    assert told.text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_incident_is_the_sum_of_the_events_of_its_story(path: Path) -> None:
    world = tell(path.read_text(encoding="utf-8"), runbook).world
    assert fold(world.incident.id, world.log) == world.incident


def test_there_are_at_least_ten_stories() -> None:
    assert len(STORIES) >= 10
