"""What a fault leaves behind that failed half-way: its reason, told by the run instead of hidden by the restore."""

from pathlib import Path
from typing import cast

import pytest

from tocsin.errors import TocsinError
from tocsin.sandbox.drill.person import Person
from tocsin.sandbox.drill.stage import Stage
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.room import OpenRoom


def _fails(_place: object) -> int:
    raise TocsinError("The third valve is stuck.")


def _nothing(_place: object, _handle: int) -> None:
    raise AssertionError("nobody knows what to restore")


def _quiet(_place: object) -> Oracles:
    return {}


def test_a_fault_that_failed_half_way_says_why_when_the_room_is_dropped() -> None:
    fault: Fault[object, int] = Fault("valve", "A valve", _fails, lambda _place: False, _nothing, _quiet)
    stage = Stage(cast(OpenRoom, None), None, fault, cast(Person, None), Path())
    with pytest.raises(TocsinError, match="third valve"):
        stage.inject()
    assert stage.injected, "there is something to restore"
    with pytest.raises(TocsinError, match=r"half-way.*The third valve is stuck") as refused:
        stage.restore()
    assert refused.value.hint == "Drop the room."
