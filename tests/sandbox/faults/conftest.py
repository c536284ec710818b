"""PrepChef's room, one for each test of a fault, and a shell in it."""

from collections.abc import Iterator

import pytest
from tests.sandbox.faults.seed import Shell

from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.tools import Tools


@pytest.fixture
def prepchef(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefRoom]:
    running = PrepChefRoom.start(tmp_path_factory.mktemp("p"), tools)
    yield running
    running.stop()


@pytest.fixture
def shell(prepchef: PrepChefRoom) -> Shell:
    return Shell(prepchef.environment, prepchef.room.scratch.path)
