"""The fixtures of the intake's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.intake.house import House


@pytest.fixture
def house(tmp_path: Path, deadline: Deadline) -> Iterator[House]:
    made = House(tmp_path, deadline)
    yield made
    made.end()
