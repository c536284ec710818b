"""Running SQL on a real Postgres."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psutil
import psycopg
import pytest

from tocsin.connectors.api import Runner, RunRequest, RunResult
from tocsin.connectors.sql import SqlRunner
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.sandbox.postgres import Postgres, find_bin, throwaway

Run = Callable[..., RunResult]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with throwaway(tmp_path_factory.mktemp("pg")) as running:
        with psycopg.connect(running.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int, word text)")
            connection.execute("INSERT INTO kept VALUES (1, 'eins'), (2, NULL)")
        yield running


def runner(
    server: Postgres, *, read_only: bool = True, row_limit: int = 1000, url: str | None = None
) -> SqlRunner:
    redactor = Redactor([server.password])
    return SqlRunner(
        "postgres shop",
        url or server.url(),
        redactor,
        SystemClock(),
        read_only=read_only,
        row_limit=row_limit,
    )


@pytest.fixture
def read(server: Postgres) -> Run:
    def run(text: str, *, row_limit: int = 1000, **more: Any) -> RunResult:
        reader: Runner = runner(server, row_limit=row_limit)
        return reader.run(RunRequest(text, language="sql", **more))

    return run


@pytest.fixture
def write(server: Postgres) -> Run:
    def run(text: str, **more: Any) -> RunResult:
        return runner(server, read_only=False).run(RunRequest(text, language="sql", **more))

    return run


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT n, word FROM kept ORDER BY n",
        "SELECT word, n, 1.5::numeric AS \"a long name\", true AS b, 'x' AS c FROM kept",
        "SELECT * FROM kept WHERE false",
        "SELECT 'one\ntwo' AS a, 'three' AS b, E'four\nfive' AS c",
        "SELECT 'größe', '日本' AS wide, now() IS NULL",
        "EXPLAIN SELECT * FROM kept",
        "SHOW max_connections",
        "SELECT 1; SELECT 'b' AS x",
        "SELECT",
        "SET search_path = public; SELECT count(*) FROM kept",
        "SELECT pg_sleep(0)",
        "SELECT nope FROM kept",
        "SELEC",
        "SELECT 1/0",
        "SELECT 1; SELECT 1/0; SELECT 2",
        "",
        "-- only a comment",
    ],
)
def test_it_shows_what_psql_shows(server: Postgres, write: Run, text: str) -> None:
    ours = write(text)
    bin_dir = find_bin(18)
    assert bin_dir is not None
    theirs = subprocess.run(
        [bin_dir / "psql", "-X", "-d", server.url(), "-c", text],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    assert (ours.exit_status, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO kept VALUES (3, 'x')",
        "DELETE FROM kept",
        "CREATE TABLE new (n int)",
        "SET default_transaction_read_only = off; DELETE FROM kept",
        "SET transaction_read_only = off; DELETE FROM kept",
        "SET TRANSACTION READ WRITE; DELETE FROM kept",
        "BEGIN READ WRITE; DELETE FROM kept; COMMIT",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM kept",
        "WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone",
        "SELECT nextval('s')",
        "DO $$ BEGIN DELETE FROM kept; END $$",
    ],
)
def test_a_read_only_run_cannot_write(server: Postgres, read: Run, text: str) -> None:
    assert read(text).exit_status == 1
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)


def test_a_writing_run_writes(server: Postgres, write: Run) -> None:
    result = write("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2); DROP TABLE t")
    assert (result.exit_status, result.stdout) == (0, "CREATE TABLE\nINSERT 0 2\nDROP TABLE\n")


def test_rows_beyond_the_cap_are_counted(read: Run) -> None:
    result = read("SELECT generate_series(1, 5000) AS n", row_limit=3)
    assert result.stdout == " n \n---\n 1\n 2\n 3\n(3 of 5000 rows shown)\n\n"
    assert result.truncated_bytes > 0


def test_large_results_do_not_pile_up_in_memory(read: Run) -> None:
    before = psutil.Process().memory_info().rss
    result = read("SELECT repeat('x', 1000) FROM generate_series(1, 200000)", row_limit=10**9)
    assert result.exit_status == 0
    assert "of 200000 rows shown" in result.stdout or result.truncated_bytes > 190_000_000
    assert psutil.Process().memory_info().rss - before < 60_000_000


def test_output_is_cut_at_the_limit(read: Run) -> None:
    result = read("SELECT repeat('x', 100000)", output_limit_bytes=500)
    assert len(result.stdout) == 500
    assert result.truncated_bytes > 99_000


def test_a_slow_statement_is_stopped_by_the_server(server: Postgres, read: Run) -> None:
    result = read("SELECT pg_sleep(30)", timeout=timedelta(seconds=1))
    assert (result.exit_status, result.timed_out, result.in_doubt) == (None, True, False)
    assert "statement timeout" in result.stderr


def test_a_lock_somebody_holds_does_not_hold_us_for_ever(server: Postgres, write: Run) -> None:
    with psycopg.connect(server.url()) as holder:
        holder.execute("LOCK TABLE kept")
        result = write("SELECT * FROM kept", timeout=timedelta(milliseconds=400))
        holder.rollback()
    assert result.exit_status in (None, 1)
    assert "timeout" in result.stderr


def test_a_frozen_session_is_left_at_the_time_limit_and_a_change_is_in_doubt(
    server: Postgres, deadline: Callable[..., Any]
) -> None:
    results: list[RunResult] = []
    # It freezes itself: from outside one could come when the server has ended it by its own limit already.
    text = "COPY (SELECT 'frozen') TO PROGRAM 'kill -STOP $PPID'"
    request = RunRequest(text, language="sql", timeout=timedelta(seconds=1))
    thread = threading.Thread(target=lambda: results.append(runner(server, read_only=False).run(request)))
    thread.start()
    with psycopg.connect(server.url(), autocommit=True) as other:
        frozen = "SELECT pid FROM pg_stat_activity WHERE query = %s"
        (pid,) = deadline(lambda: other.execute(frozen, (text,)).fetchone(), what="the session")
    try:
        thread.join()
    finally:
        os.kill(pid, signal.SIGCONT)
    (result,) = results
    assert (result.exit_status, result.timed_out, result.in_doubt) == (None, True, True)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_connection_lost_before_the_answer_leaves_a_change_in_doubt(
    server: Postgres, read_only: bool
) -> None:
    result = runner(server, read_only=read_only).run(
        RunRequest("SELECT pg_terminate_backend(pg_backend_pid())", language="sql")
    )
    assert result.exit_status == 2
    assert result.in_doubt is not read_only
    assert "terminating connection" in result.stderr


def test_nobody_there_is_an_answer(server: Postgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = server.url().replace(f":{server.port}/", f":{port}/")
    result = runner(server, url=url).run(RunRequest("SELECT 1", language="sql"))
    assert result.exit_status is None
    assert result.error is not None
    assert "could not use postgres shop" in result.error


def test_a_server_that_never_greets_is_left(server: Postgres) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = server.url().replace(f":{server.port}/", f":{silent.getsockname()[1]}/")
        request = RunRequest("SELECT 1", language="sql", timeout=timedelta(seconds=1))
        result = runner(server, url=url).run(request)
    assert result.error is not None


def test_the_password_never_leaves(server: Postgres, read: Run) -> None:
    wrong = runner(server, url=server.url("nowhere")).run(RunRequest("SELECT 1", language="sql"))
    shown = read(f"SELECT '{server.password}' AS p; SELECT * FROM \"{server.password}\"")
    for result in (wrong, shown):
        assert server.password not in f"{result.stdout}{result.stderr}{result.error}"
    assert "[redacted]" in shown.stdout


@pytest.mark.parametrize("text", ["COPY kept TO STDOUT", "COPY kept FROM STDIN"])
def test_copying_through_the_client_fails_with_a_sentence(write: Run, text: str) -> None:
    result = write(text)
    assert result.exit_status == 1
    assert "ERROR" in result.stderr


def test_notices_are_shown(read: Run) -> None:
    assert read("DO $$ BEGIN RAISE NOTICE 'look here'; END $$").stderr == "NOTICE:  look here\n"


@pytest.mark.parametrize("text", ["SELECT \ud800", "SELECT '\0'"])
def test_text_no_database_can_take_is_an_answer(read: Run, text: str) -> None:
    result = read(text)
    assert result.exit_status != 0


def test_shell_is_refused(server: Postgres) -> None:
    assert runner(server).run(RunRequest("ls")).error == "postgres shop runs sql texts, not shell."
