"""Running texts on another host, over a real OpenSSH server on loopback."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from tests.conftest import Deadline
from tests.contract.late import Late

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.ssh import SshHost, SshRunner
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.redact import Redactor
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.sshd import Sshd
from tocsin.sandbox.tools import SYSTEM_PATH

ROOT = Path(__file__).parents[2]
SECRET = "correct-horse-battery"
LONG = timedelta(seconds=60)

pytestmark = pytest.mark.xdist_group("machine")


def program(name: str) -> Path:
    found = shutil.which(name, path=f"{SYSTEM_PATH}:{ROOT / '.tools/bin'}")
    assert found, f"{name} is missing: run scripts/setup"
    return Path(found)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    scratch = Scratch.make(Path("/tmp") / f"tocsin-ssh-{os.getpid()}")
    running = Sshd(scratch, program("sshd"), program("ssh-keygen"), port=scratch.free_port())
    try:
        running.start()
        wait_until_ready(running)
        yield running
    finally:
        scratch.end()


@pytest.fixture
def web(server: Sshd) -> Iterator[SshRunner]:
    runner = runner_of(server)
    yield runner
    runner.close()


def runner_of(
    server: Sshd, known_hosts: Path | None = None, port: int | None = None, clock: Clock | None = None
) -> SshRunner:
    host = SshHost(
        "127.0.0.1", known_hosts or server.known_hosts, server.user, port or server.port, server.identity_file,
        (("DATABASE_URL", f"postgres://u:{SECRET}@db/x"),),
    )  # fmt: skip
    environment = {"PATH": f"{SYSTEM_PATH}:{ROOT / '.tools/bin'}", "HOME": str(server.home)}
    return SshRunner(
        "web-1", host, server.home / "c", environment, Redactor([SECRET]), clock or SystemClock()
    )


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody has asked about yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def run(runner: SshRunner, text: str, timeout: timedelta = LONG, **more: object) -> RunResult:
    return runner.run(RunRequest(text, timeout=timeout, **more))  # type: ignore[arg-type]  # fields of RunRequest


def test_a_text_runs_over_there_with_its_status_and_both_outputs(web: SshRunner) -> None:
    result = run(web, "echo out; echo err >&2; exit 3")
    assert (result.exit_status, result.stdout, result.stderr) == (3, "out\n", "err\n")
    assert not result.in_doubt
    assert result.error is None


def test_the_parts_of_a_pipeline_are_told_apart(web: SshRunner) -> None:
    assert run(web, "false | true | sh -c 'exit 4'").statuses == (1, 0, 4)


def test_a_status_of_255_of_the_text_itself_is_no_lost_connection(web: SshRunner) -> None:
    result = run(web, "exit 255")
    assert (result.exit_status, result.in_doubt) == (255, False)


def test_quotes_lines_and_dollars_arrive_as_they_are(web: SshRunner) -> None:
    text = """printf '%s|' "a  'b'" $((2+3)) 'c"d'
cat <<'END'
$HOME `x`
END
"""
    assert run(web, text).stdout == "a  'b'|5|c\"d|$HOME `x`\n"


def test_input_is_closed(web: SshRunner) -> None:
    result = run(web, "cat; echo after")
    assert result.stdout == "after\n"


def test_directory_and_variables_are_those_of_the_request(web: SshRunner, tmp_path: Path) -> None:
    result = run(web, "pwd; echo $X", cwd=str(tmp_path), environment=(("X", "it's me"),))
    assert result.stdout == f"{tmp_path}\nit's me\n"


def test_a_directory_that_is_not_there_fails_and_runs_nothing(web: SshRunner) -> None:
    result = run(web, "echo ran", cwd="/no/such/place")
    assert result.exit_status == 1
    assert result.stdout == ""


def test_a_known_secret_is_hidden_and_stands_in_no_process_list(web: SshRunner) -> None:
    result = run(
        web, 'echo "$DATABASE_URL"; tr "\\0" " " </proc/$PPID/cmdline; tr "\\0" " " </proc/$$/cmdline'
    )
    assert SECRET not in result.stdout + result.stderr
    assert "postgres://" in result.stdout
    assert "DATABASE_URL=" not in result.stdout


def test_much_output_is_cut_and_counted(web: SshRunner) -> None:
    result = run(web, "head -c 200000 /dev/zero | tr '\\0' x", output_limit_bytes=1000)
    assert result.stdout == "x" * 1000
    assert result.truncated_bytes == 199_000


def test_one_connection_serves_many_texts_at_once(server: Sshd, web: SshRunner) -> None:
    results: list[RunResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(run(web, "echo $SSH_CONNECTION"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.error for result in results] == [None] * 8
    assert len({result.stdout for result in results}) == 1, "each had a connection of its own"


def test_the_time_limit_ends_everything_over_there(server: Sshd, tmp_path: Path, deadline: Deadline) -> None:
    pids_in, mark = tmp_path / "pids", tmp_path / "mark"
    runner = runner_of(server, clock=Late(mark))
    try:
        result = run(
            runner,
            f"sleep 1000 & echo $! $$ > {pids_in}; touch {mark}; echo; sleep 1000",
            timeout=timedelta(minutes=10),
        )
    finally:
        runner.close()
    assert result.timed_out
    assert result.exit_status is None
    pids = [int(word) for word in pids_in.read_text().split()]
    deadline(lambda: not any(map(lives, pids)), what="nothing of it is left")


def test_a_connection_that_breaks_in_the_middle_leaves_it_in_doubt(
    server: Sshd, web: SshRunner, tmp_path: Path, deadline: Deadline
) -> None:
    began, results = tmp_path / "began", list[RunResult]()
    thread = threading.Thread(target=lambda: results.append(run(web, f"echo $PPID > {began}; sleep 1000")))
    thread.start()
    deadline(lambda: began.exists() and began.read_text().strip(), what="it runs")
    os.kill(int(began.read_text()), signal.SIGKILL)  # the server's process for this connection
    thread.join()
    assert results[0].in_doubt
    assert results[0].exit_status is None
    assert run(web, "echo again").stdout == "again\n", "a new connection is made for the next"


def test_a_host_with_another_key_is_not_spoken_to(server: Sshd, tmp_path: Path) -> None:
    other = tmp_path / "known_hosts"
    kind, key = (server.home / "client_key.pub").read_text().split()[:2]
    other.write_text(f"[127.0.0.1]:{server.port} {kind} {key}\n")
    runner = runner_of(server, other)
    result = run(runner, f"touch {tmp_path / 'ran'}")
    assert result.error is not None
    assert "host key" in result.error.lower()
    assert not result.in_doubt
    assert not (tmp_path / "ran").exists()
    with pytest.raises(Temporary, match="does not say who it is"):
        runner.identity()


def test_a_host_nobody_pinned_is_not_spoken_to(server: Sshd, tmp_path: Path) -> None:
    result = run(runner_of(server, tmp_path / "nothing"), "echo ran")
    assert result.error is not None
    assert result.stdout == ""


def test_a_host_that_does_not_answer_is_no_doubt(server: Sshd) -> None:
    with_nobody = runner_of(server, port=server.scratch.free_port())
    result = run(with_nobody, "echo ran")
    assert result.error is not None
    assert "no connection" in result.error
    assert not result.in_doubt


def test_it_says_who_it_is_and_always_the_same(web: SshRunner) -> None:
    assert web.identity() == web.identity()
    assert f"host {os.uname().nodename}" in web.identity()


def test_sql_is_refused(web: SshRunner) -> None:
    assert "shell" in (run(web, "SELECT 1", language="sql").error or "")
