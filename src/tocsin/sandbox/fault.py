"""What every fault has: a way in, an independent proof, a way back that always works, and what must not change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Place = TypeVar("Place")
Handle = TypeVar("Handle")

Oracles = dict[str, str]
"""What must not change: a named observation and its value, comparable before and after."""


@dataclass(frozen=True, slots=True)
class Fault(Generic[Place, Handle]):
    """One way to break one room on purpose.

    Attributes:
        name: "api_not_responding.stopped": the file is named after the runbook's heading.
        heading: that heading, word for word, without its number.
        inject: break it; the handle is what `restore` needs, taken before anything was broken.
            Raises TocsinError.
        confirm: whether the fault is real now, seen by the sandbox's own eyes and never by the
            detectors under test.
        restore: bring the old state back, whatever happened in between, and as often as it is called.
            Raises TocsinError; in doubt the room is dropped.
        oracles: read before injection and after the way back; a difference that nobody declared is a
            side effect.
        rooms: names of the kinds of room it can break; a scenario that pairs it with another is refused.
        stand_ins: what of it is not the real thing, for the verdict; empty for a fault in real programs.
    """

    name: str
    heading: str
    inject: Callable[[Place], Handle]
    confirm: Callable[[Place], bool]
    restore: Callable[[Place, Handle], None]
    oracles: Callable[[Place], Oracles]
    rooms: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


def differences(before: Oracles, after: Oracles) -> dict[str, tuple[str, str]]:
    """The observations that are not what they were: name → (before, after); "absent" if one is missing."""
    names = sorted(before.keys() | after.keys())
    pairs = {name: (before.get(name, "absent"), after.get(name, "absent")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
