"""A real Postgres comes up, answers, and goes away without a trace."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tocsin.errors import TocsinError
from tocsin.sandbox import processes
from tocsin.sandbox.postgres import Postgres, is_full, throwaway
from tocsin.sandbox.service import wait_until, wait_until_ready

Watch = Callable[[Postgres], Callable[[], bool]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with throwaway(tmp_path_factory.mktemp("pg")) as running:
        yield running


def capabilities(server: Postgres) -> int:
    """What of root's power the server has."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16)


def test_a_new_database_speaks_utf8(server: Postgres) -> None:
    with psycopg.connect(server.create_database("bücher")) as connection:
        assert connection.execute("SELECT 'Zürich'").fetchone() == ("Zürich",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_nobody_gets_in_without_the_password(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{server.port}/postgres")


def test_the_sandbox_waits_for_a_connection_and_the_application_is_refused_at_once(server: Postgres) -> None:
    server.create_role("app")
    taken = []
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(server.url("postgres")))
    try:
        with pytest.raises(TocsinError) as refused:
            server.query("SELECT 1", role="app")
        assert is_full(refused.value)
        with ThreadPoolExecutor(1) as one:
            answer = one.submit(server.query, "SELECT 1")
            taken.pop().close()
            assert answer.result() == "1"
    finally:
        for each in taken:
            each.close()


def test_the_sandbox_is_still_refused_for_any_other_reason(server: Postgres) -> None:
    with pytest.raises(TocsinError, match="no_such_table"):
        server.query("SELECT * FROM no_such_table")


@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["others may enter", "only we may enter"])
def test_postgres_starts_in_open_and_in_private_directories(mode: int) -> None:
    # Not tmp_path, which is always private: root becomes nobody in the one, and uses a namespace in the other.
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(mode)
        with throwaway(Path(name)) as running:
            effective = capabilities(running)
            owner = os.stat(f"/proc/{running.pid}").st_uid
        assert effective == 0
        # Where nobody may read our own programs, root stays root in the open directory, too.
        private = mode == 0o700 or not _open_to_others(Path(sys.prefix))
        assert (owner == 0) == (private and os.geteuid() == 0)


def _open_to_others(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def test_a_stopped_server_starts_again_with_its_data(server: Postgres) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    assert server.pid is None
    server.start()
    wait_until_ready(server)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_throwaway_leaves_no_file_process_or_shared_memory(tmp_path: Path, watch_segment: Watch) -> None:
    with throwaway(tmp_path) as running:
        scratch = running.scratch.path
        segment_exists = watch_segment(running)
        assert segment_exists()
        # Files there would outlive a killed server; this one makes none.
        assert "/dev/shm" not in Path(f"/proc/{running.pid}/maps").read_text()
    assert list(tmp_path.iterdir()) == []
    assert not [one for one in processes.everything() if processes.works_in(one.identity.pid, scratch)]
    assert not segment_exists()


def test_a_killed_server_leaves_no_shared_memory_once_its_room_is_ended(
    tmp_path: Path, watch_segment: Watch
) -> None:
    with throwaway(tmp_path) as running:
        segment_exists = watch_segment(running)
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
    assert not segment_exists()
    assert list(tmp_path.iterdir()) == []


def test_a_throwaway_goes_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tocsin.sandbox.postgres import throwaway
with throwaway(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        assert tests.stdout.readline() == b"up\n"
        tests.kill()
    wait_until(lambda: list(tmp_path.iterdir()) == [], "the keeper has ended it", timedelta(seconds=60))
