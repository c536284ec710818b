"""Each clock of the process is seen to warn and to pass in some story; the respond clock warns in the page itself."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from tests.stories.test_stories import STORIES, runbook

from tocsin.incident import events as ev
from tocsin.incident.commands import Page
from tocsin.testing.story import tell
from tocsin.testing.world import World

CLOCKS = (
    "initial response", "investigate", "escalate", "stale", "public update", "baseline", "watch", "post-mortem", "action",
)  # fmt: skip
# These are short or somebody's own, and have nobody to warn.
PASS_ONLY = (
    "snooze",
    "deputy reminder",
    "internal update",
    "handover",
    "task",
    "undo",
    "wait",
    "look",
    "answer",
    "settle",
)


@cache
def worlds() -> tuple[World, ...]:
    return tuple(tell(path.read_text(encoding="utf-8"), runbook).world for path in STORIES)


def kind(name: str) -> str:
    return name.partition(" INC-")[0]


def happened() -> Iterator[tuple[World, ev.Event]]:
    for world in worlds():
        for record in world.log:
            yield world, record.event


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_story_sees_the_clock_warn(clock: str) -> None:
    assert any(isinstance(event, ev.ClockNearing) and kind(event.name) == clock for _, event in happened())


@pytest.mark.parametrize("clock", [*CLOCKS, *PASS_ONLY, "respond"])
def test_a_story_sees_the_clock_pass(clock: str) -> None:
    assert any(
        isinstance(event, ev.ClockPassed) and re.match(rf"{clock}\b", kind(event.name))
        for _, event in happened()
    )


def test_a_page_that_is_waited_for_says_until_when_and_what_comes_then() -> None:
    waited = 0
    for world in worlds():
        clocks = [r for r in world.log if isinstance(r.event, ev.ClockStarted) and r.event.name == "respond"]
        for page, at in zip(world.asked, world.asked_at, strict=True):
            started = [r.event for r in clocks if isinstance(r.event, ev.ClockStarted) and r.at == at]
            if isinstance(page, Page) and page.kind == "page" and page.level > 0 and started:
                said = re.search(
                    r"^Unless    nobody acknowledges by (\S+) UTC: then (.+)$", page.body, re.MULTILINE
                )
                assert said is not None, page.body
                assert said[1] in [
                    f"{event.due:%H:%M:%S}" for event in started if isinstance(event, ev.ClockStarted)
                ]
                assert re.fullmatch(r"level \d is called( again)?|it is said that nobody answered", said[2])
                waited += 1
    assert waited > 50
