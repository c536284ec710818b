"""The rooms of both examples: PrepChef's for each test, CookCam's for a whole module, for its faults end as they began."""

from collections.abc import Iterator

import pytest
from tests.sandbox.faults.seed import Shell

from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.prepchef import PrepChefRoom
from tocsin.sandbox.prepchef_cluster import PrepChefClusterRoom
from tocsin.sandbox.tools import Tools


@pytest.fixture
def prepchef(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefRoom]:
    running = PrepChefRoom.start(tmp_path_factory.mktemp("p"), tools)
    yield running
    running.stop()


@pytest.fixture
def shell(prepchef: PrepChefRoom) -> Shell:
    return Shell(prepchef.environment, prepchef.room.scratch.path)


@pytest.fixture(scope="module")
def cookcam(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CookCamRoom]:
    running = CookCamRoom.start(tmp_path_factory.mktemp("c"), tools)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def clustered(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CookCamRoom]:
    """The same in PM2's cluster mode, which some corrections presuppose."""
    running = CookCamRoom.start(tmp_path_factory.mktemp("c"), tools, cluster=True)
    yield running
    running.stop()


@pytest.fixture
def cluster(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrepChefClusterRoom]:
    running = PrepChefClusterRoom.start(tmp_path_factory.mktemp("k"), tools)
    assert isinstance(running, PrepChefClusterRoom)
    yield running
    running.stop()


@pytest.fixture
def cluster_shell(cluster: PrepChefClusterRoom) -> Shell:
    return Shell(cluster.environment, cluster.room.scratch.path)
