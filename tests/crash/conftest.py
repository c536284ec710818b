"""Stores to be killed over."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path("/tmp") / f"tocsin-crash-{os.getuid()}"


@pytest.fixture
def tools() -> Tools:
    return Tools.find(Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools")))


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, rooms: Path, tools: Tools) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    scratch = Scratch.make(rooms)
    server = Postgres(scratch, tools.postgres_bin, port=scratch.free_port())
    try:
        server.start()
        wait_until_ready(server)
        server.create_database("tocsin")
        yield {"TOCSIN_DATABASE_URL": server.url("tocsin")}
    finally:
        scratch.end()
