"""Every story says which rules of the response process it holds."""

import re
from pathlib import Path

import pytest

STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_names_its_rules_in_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.search(r"\b[A-Z]{2,4}-\d{2}\b|\bR\d+\b", first), first


def test_there_are_at_least_eighty_stories() -> None:
    assert len(STORIES) >= 80
