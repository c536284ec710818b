"""Rooms and ways to look for what a room left behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.sandbox import processes
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.tools import Tools

_SEGMENTS = Path("/proc/sysvipc/shm")
TOOLS_DIR = Path(__file__).parents[2] / ".tools"


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Every program of the sandbox. A missing one fails the run: nothing is skipped silently."""
    return Tools.find(TOOLS_DIR)


@pytest.fixture
def residue() -> Callable[[Path, tuple[int, ...]], list[str]]:
    """How a test looks for what a room left: given its scratch directory and ports."""
    return find_residue


def find_residue(scratch: Path, ports: tuple[int, ...]) -> list[str]:
    """Processes that work in the scratch directory or name it, open ports, files. Does not use the manifest."""
    left = []
    for seen in processes.everything():
        pid = seen.identity.pid
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        named = str(scratch).encode() in command
        if not seen.zombie and (processes.works_in(pid, scratch) or named):
            left.append(f"process {pid} {command!r}")
    left += [f"port {port}" for port in ports if answers_tcp(port)]
    left += [f"file {path}" for path in scratch.parent.glob(scratch.name + "*")]
    return left


@pytest.fixture
def watch_segment() -> Callable[[Postgres], Callable[[], bool]]:
    """Given a running server, a question for later: does its System V segment still exist?"""

    def watch(server: Postgres) -> Callable[[], bool]:
        lines = (server.scratch.path / "postgres/data/postmaster.pid").read_text().splitlines()
        segment = lines[6].split()[1]
        return lambda: segment in [row.split()[1] for row in _SEGMENTS.read_text().splitlines()[1:]]

    return watch
