"""Running shell texts on this machine, with real processes."""

import gc
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.late import Late

from tocsin.connectors.api import Runner, RunRequest, RunResult
from tocsin.connectors.plain_command import SHELL_WORDS, plain_command
from tocsin.connectors.process import QUIET, LocalRunner
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

PATH = os.environ["PATH"]
SECRET = "correct-horse-battery"
Wait = Callable[..., Any]


def local(**environment: str) -> LocalRunner:
    return LocalRunner("local (web-1)", {"PATH": PATH, **environment}, Redactor([SECRET]), SystemClock())


def run(text: str, **more: Any) -> RunResult:
    runner: Runner = local()
    return runner.run(RunRequest(text, **more))


def test_the_target_is_named_as_on_approvals() -> None:
    assert local().target == "local (web-1)"


@pytest.mark.parametrize(
    ("text", "status", "statuses", "stdout"),
    [
        ("true", 0, (0,), ""),
        ("/bin/true", 0, (0,), ""),
        ("ls /nowhere-at-all", 2, (2,), ""),
        ("echo a b | tr a-z A-Z", 0, (0, 0), "A B\n"),
        ("false | true", 0, (1, 0), ""),
        ("set -o pipefail\nfalse | true", 1, (1, 0), ""),
        ("(exit 3) | (exit 4) | (exit 5)", 5, (3, 4, 5), ""),
        ("false | true; echo then", 0, (0,), "then\n"),
        ("exit 7", 7, (), ""),
        ("trap 'echo bye' EXIT; false", 1, (), "bye\n"),
        ("exec sh -c 'exit 9'", 9, (), ""),
        ("kill -KILL $$", 137, (), ""),
        ("sleep 0 & wait $!", 0, (0,), ""),
        ("set -eu; false; echo never", 1, (1,), ""),
        ("nonexistent-program-x", 127, (127,), ""),
    ],
)
def test_the_end_of_a_text_and_of_each_part_of_its_last_pipeline(
    text: str, status: int, statuses: tuple[int, ...], stdout: str
) -> None:
    result = run(text)
    assert (result.exit_status, result.statuses, result.stdout) == (status, statuses, stdout)
    assert not result.timed_out
    assert result.error is None


@pytest.mark.parametrize(
    "text",
    [
        "echo $0 $# $- $LINENO",
        "echo one\necho two $LINENO >&2; nope-x",
        "if then",
        "set -x; echo hi; (exit 3)",
        "cat <<X\n$HOME `echo b`\nX",
        "f() { return 4; }; f | cat; ! true",
        "declare -F; alias; trap 'echo t' INT; echo ${#DIRSTACK[@]}",
        "env | sort",
        "env -0 | tr '\\0' '\\n' | sort",
        "echo 'un''quoted \\x' \"$((1+2))\" {a,b} ~ *",
    ],
)
def test_a_text_means_the_same_as_when_bash_runs_it(text: str, tmp_path: Path) -> None:
    runner = local(HOME="/tmp")
    ours = runner.run(RunRequest(text, cwd=str(tmp_path)))
    quiet = local(HOME="/tmp").run(RunRequest("env -0", cwd=str(tmp_path))).stdout
    environment = dict(pair.split("=", 1) for pair in quiet.split("\0") if pair)
    for own in ("PWD", "SHLVL", "_"):
        environment.pop(own)
    theirs = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", text],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # The only difference allowed: our trap stands between bash and its shortcut of becoming the last command.
    theirs_out = theirs.stdout.replace("SHLVL=0", "SHLVL=1")
    assert (ours.exit_status, ours.stdout, ours.stderr) == (theirs.returncode, theirs_out, theirs.stderr)


simple = st.sampled_from(
    ["true", "false", "echo a b", "printf 'x\\ny\\n'", "(exit 3)", "cat", "tr a-z A-Z", "X=1", 'echo "$X-$?"', "ls /nope",
     "nope-x", "echo e >&2", "test -d /", "{ echo g; false; }", "f() { return 5; }", "f", "set -e", "set -u", "set -x",
     "echo $Y", "exit 6", "# c", "echo 'open", "for i in 1 2; do echo $i; done", "if false; then :; fi",
     "cd /", "pwd", "trap 'echo out' EXIT", "return", "echo $((1/0))", "export Z=2", "sh -c 'echo $Z'", "cat <<E", "E"]
)  # fmt: skip
joints = st.sampled_from(["; ", "\n", " | ", " && ", " || ", " |& "])
shell_texts = st.lists(st.tuples(simple, joints), min_size=1, max_size=6).map(
    lambda pairs: "".join(word + joint for word, joint in pairs[:-1]) + pairs[-1][0]
)


@given(shell_texts)
@settings(max_examples=150, deadline=None)
def test_no_text_means_anything_else_to_us_than_to_bash(text: str) -> None:
    ours = LocalRunner("local", {"PATH": "/usr/bin:/bin"}, Redactor(), SystemClock()).run(
        RunRequest(text, cwd="/tmp")
    )
    theirs = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", text],
        cwd="/tmp",
        env={"PATH": "/usr/bin:/bin", **QUIET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ours.exit_status, ours.stdout) == (theirs.returncode, theirs.stdout)
    # Parts of a pipeline write errors at the same time, so there the order is chance.
    if "|" not in text.replace("||", ""):
        assert ours.stderr == theirs.stderr
    if ours.statuses and "exit" not in text:
        assert ours.exit_status in ours.statuses


word = st.text(st.sampled_from("abAB01._/:@%+,=-"), min_size=1, max_size=6)


@given(st.lists(word, max_size=4), st.sampled_from([" ", "  ", "\t"]), st.sampled_from(["", " ", "\n"]))
@settings(max_examples=40, deadline=None)
def test_a_plain_command_started_directly_shows_what_bash_would_show(
    words: list[str], blank: str, end: str
) -> None:
    # env prints what a program was really given: its words and its variables.
    text = blank.join(["/usr/bin/printenv", "--", *words]) + end if words else "env" + end
    environment = {"PATH": "/usr/bin:/bin", "A": "1"}
    plain = plain_command(text, environment, None)
    assert plain is not None
    direct = subprocess.run(
        plain.argv, executable=plain.path, env=plain.environment, capture_output=True, check=False
    )
    # `; exit $?` keeps bash from becoming the program, as in a longer text.
    bash = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", text.rstrip() + "\nexit $?"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert sorted(direct.stdout.splitlines()) == sorted(bash.stdout.splitlines())
    assert (direct.returncode, direct.stderr) == (bash.returncode, bash.stderr)


def test_no_word_of_the_shell_is_started_directly() -> None:
    words = subprocess.run(
        ["bash", "-c", "compgen -b; compgen -k"], capture_output=True, text=True, check=True
    )
    for name in words.stdout.split():
        assert name in SHELL_WORDS or plain_command(name, {"PATH": PATH}, None) is None


@pytest.mark.parametrize(
    "text",
    ["", "A=1 env", "ls *", "ls ~", "ls; ls", "ls | cat", "ls > x", "ls $HOME", "ls 'a b'", "ls\nls", "ls \\a", "{ls,-l}",
     "ls #", "! ls", "ls &", "ls [ab]", "ls a?", "no-such-program"],
)  # fmt: skip
def test_anything_bash_could_read_differently_goes_to_bash(text: str) -> None:
    assert plain_command(text, {"PATH": PATH}, None) is None


@pytest.mark.parametrize("name", ["BASH_ENV", "BASH_FUNC_ls%%", "SHELLOPTS", "POSIXLY_CORRECT", "PWD"])
def test_variables_that_steer_bash_leave_it_to_bash(name: str) -> None:
    assert plain_command("ls", {"PATH": PATH, name: "x"}, None) is None
    assert plain_command("ls", {"PATH": PATH, "ENVIRONMENT": "production"}, None) is not None


def test_a_script_without_a_first_line_still_runs(tmp_path: Path) -> None:
    script = tmp_path / "check"
    script.write_text("echo from $0\nexit 3\n")
    script.chmod(0o755)
    result = run(str(script))
    assert (result.exit_status, result.stdout) == (3, f"from {script}\n")


def test_the_environment_is_built_and_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKED_FROM_US", "yes")
    for text in ("env", "env | cat"):
        result = local(HOME="/h").run(RunRequest(text, environment=(("ADDED", "1"),)))
        names = {line.split("=")[0] for line in result.stdout.splitlines()}
        assert {"HOME", "ADDED", "NO_COLOR", "PAGER"} <= names
        assert not names & {"LEAKED_FROM_US", "BASH_ENV", "TOCSIN_STATUS_FD", "CI"}


def test_input_is_closed_and_there_is_no_terminal() -> None:
    assert run("cat; tty; read x || echo none").stdout == "not a tty\nnone\n"
    assert run("echo y > /dev/tty").exit_status == 1


def test_it_runs_in_a_session_of_its_own() -> None:
    result = run("ps -o sid= -p $$; echo $$")
    sid, pid = result.stdout.split()
    assert sid == pid
    assert int(sid) != os.getsid(0)


def test_the_working_directory_is_the_one_asked_for(tmp_path: Path) -> None:
    assert run("pwd", cwd=str(tmp_path)).stdout == f"{tmp_path}\n"
    missing = run("pwd", cwd=str(tmp_path / "gone"))
    assert missing.exit_status is None
    assert missing.error is not None
    assert "gone" in missing.error


@pytest.mark.parametrize("text", ["echo \0", "echo \ud800", "x" * 5_000_000])
def test_a_text_the_system_cannot_take_is_an_answer_and_no_crash(text: str) -> None:
    result = run(text)
    assert result.exit_status is None
    assert result.error is not None


def test_another_language_is_refused_with_a_sentence() -> None:
    assert run("SELECT 1", language="sql").error == "local (web-1) runs shell texts, not sql."


def test_a_machine_without_bash_is_an_answer(tmp_path: Path) -> None:
    runner = LocalRunner("local", {"PATH": str(tmp_path)}, Redactor(), SystemClock())
    result = runner.run(RunRequest("true; true"))
    assert (result.exit_status == 0) == (shutil.which("bash", path=os.defpath) is not None)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def run_late(text: str, mark: Path, *, stands: bool = False) -> RunResult:
    """Run a text whose time is up when it has made this file and says something more."""
    runner = LocalRunner("local", {"PATH": PATH}, Redactor(), Late(mark, stands=stands))
    return runner.run(RunRequest(text, timeout=timedelta(minutes=10)))


def test_the_time_limit_ends_the_whole_group(tmp_path: Path, deadline: Wait) -> None:
    mark = tmp_path / "mark"
    result = run_late(f"sleep 300 & echo $!; sh -c 'echo $$; touch {mark}; echo; sleep 300'", mark)
    assert result.timed_out
    assert (result.exit_status, result.statuses) == (None, ())
    pids = [int(line) for line in result.stdout.split()]
    assert len(pids) == 2
    deadline(lambda: not any(map(alive, pids)), what="both children gone")


def test_who_ignores_term_is_killed(tmp_path: Path, deadline: Wait) -> None:
    mark = tmp_path / "mark"
    result = run_late(f"trap '' TERM; echo $$; touch {mark}; echo; while :; do sleep 1; done", mark)
    assert result.timed_out
    deadline(lambda: not alive(int(result.stdout)), what="gone")


def test_a_clean_up_on_term_is_heard(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = f"trap 'echo cleaning; exit 0' TERM; touch {mark}; echo; sleep 300 & wait"
    result = run_late(text, mark, stands=True)
    # TERM may come between the mark and the line after it, which then is not said any more.
    assert (result.timed_out, result.stdout.lstrip()) == (True, "cleaning\n")


def test_a_background_child_that_holds_the_output_open_does_not_hang_the_run() -> None:
    result = run("sleep 300 & echo $!")
    try:
        assert (result.exit_status, result.timed_out) == (0, False)
        assert alive(int(result.stdout))
    finally:
        os.kill(int(result.stdout), 9)


def test_a_background_child_that_keeps_talking_does_not_hang_the_run_either() -> None:
    result = run("sh -c 'echo $$; exec yes' & sleep 0.1", output_limit_bytes=1000)
    talker = int(result.stdout.split()[0])
    try:
        assert (result.exit_status, result.timed_out) == (0, False)
    finally:
        with suppress(ProcessLookupError):  # its output may have closed on it already
            os.kill(talker, 9)


def test_output_beyond_the_limit_is_counted_and_does_not_stop_the_text() -> None:
    result = run("head -c 5000000 /dev/zero | tr '\\0' x; echo done >&2", output_limit_bytes=1000)
    assert result.stdout == "x" * 1000
    assert result.truncated_bytes == 4_999_000
    assert (result.exit_status, result.stderr) == (0, "done\n")


def test_both_outputs_at_once_do_not_block() -> None:
    result = run("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero", output_limit_bytes=10)
    assert result.truncated_bytes == 2 * (1_000_000 - 10)


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert run("printf 'a\\377b'").stdout == "a\ufffdb"


def test_secrets_never_leave() -> None:
    result = run(f"echo {SECRET}; echo password=hunter2 >&2; cat /{SECRET}")
    assert SECRET not in result.stdout + result.stderr
    assert "hunter2" not in result.stderr
    assert "[redacted]" in result.stdout


@pytest.mark.parametrize("offset", range(0, 40, 3))
def test_a_secret_across_the_cut_does_not_leak_its_first_half(offset: int) -> None:
    limit = 1000
    before = limit - offset
    for after in (0, 3_000, 50_000):
        result = run(f"printf '%{before}s%s%{after}s' '' {SECRET} ''", output_limit_bytes=limit)
        assert SECRET[:6] not in result.stdout
        assert len(result.stdout) <= limit


def test_the_end_of_what_was_read_does_not_leak_half_a_secret() -> None:
    limit = 1000
    for over in range(4096 - 30, 4096 + 5, 2):
        # Enough is hidden at the beginning to pull the end of what was read into what is shown.
        hidden = f"-----BEGIN PRIVATE KEY-----{'x' * 3000}-----END PRIVATE KEY-----"
        pad = limit + over - len(hidden)
        text = f"printf '%s%{pad}s%s%9999s' '{hidden}' '' {SECRET} ''"
        assert SECRET[:6] not in run(text, output_limit_bytes=limit).stdout


def test_many_runs_at_once_keep_their_output_apart_and_leave_no_descriptor_open() -> None:
    run("true")
    gc.collect()  # what other tests left to be closed is none of ours
    before = psutil.Process().num_fds()
    results: dict[int, str] = {}

    def one(number: int) -> None:
        results[number] = run(f"echo {number} | cat").stdout

    threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: f"{number}\n" for number in range(24)}
    run("sleep 9", timeout=timedelta(milliseconds=50))
    assert psutil.Process().num_fds() <= before


def test_a_kernel_that_gives_no_process_descriptors_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int) -> int:
        raise PermissionError("seccomp")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert run("echo a | cat; sleep 0.05; (exit 3)").exit_status == 3
    assert run("sleep 300", timeout=timedelta(milliseconds=100)).timed_out


def test_took_and_started_at_say_when() -> None:
    clock = SystemClock()
    before = clock.now()
    result = run("sleep 0.1")
    assert before <= result.started_at <= clock.now()
    assert timedelta(milliseconds=100) <= result.took <= clock.now() - before
