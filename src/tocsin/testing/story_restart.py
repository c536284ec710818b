"""tocsin stopped and started again with other settings, in a story.

hop: 2 min
rounds: 1

03:05 >> tocsin is started again with hop: 9 min; rounds: 5; levels: chen, bo, ana
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.errors import InputError
from tocsin.incident.kept import ResponseSettings
from tocsin.kit import duration
from tocsin.oncall.escalation import Roster
from tocsin.testing import story_roster
from tocsin.testing.world import World

_AGAIN = re.compile(r"^tocsin is started again with (?P<settings>.+)$")


def settings(head: Mapping[str, str]) -> ResponseSettings:
    """What the first lines of a story set about the procedure; the defaults where they say nothing."""
    return ResponseSettings(
        watch=duration.parse(head["watch"]) if "watch" in head else None,
        settle=duration.parse(head.get("settle", "1 min")) or timedelta(minutes=1),
        hop=duration.parse(head.get("hop", "5 min")) or timedelta(minutes=5),
        rounds=int(head.get("rounds", "3")),
    )


def again(world: World, text: str, known: Roster, day: datetime) -> bool:
    """Start again with what these words set; whether they are about that at all.

    Args:
        known: the people of the story, with their levels as they are without a word.

    Raises:
        InputError: a setting that is none.
    """
    found = _AGAIN.match(text)
    if found is None:
        return False
    pairs = [part.partition(":") for part in found["settings"].split(";")]
    head = {key.strip(): value.strip() for key, _, value in pairs}
    odd = [key for key in head if key not in ("hop", "rounds", "watch", "settle", "levels")]
    if odd:
        raise InputError(f"a story cannot set {odd[0]}", hint='Write "hop: 9 min; rounds: 5".')
    world.settings = settings(head)
    if "levels" in head:
        order = story_roster.levels(head["levels"])
        world.plan = story_roster.plan({}, Roster(known.people, order), day)
    return True
