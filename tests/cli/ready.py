"""The command line, a process of its own for every call, without loading it anew for every call.

`python -m tests.cli.ready` loads every command once and is then forked for each call. A call has its own environment,
directory, input, output and exit status; only the loading is shared. That it loads is told by the calls that are `started`.
"""

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tocsin.cli import main as command_line

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 300
_one_at_a_time = threading.Lock()


def called(
    *arguments: str, cwd: Path, environment: Mapping[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """`tocsin` with these arguments in a forked process; a call that takes five minutes is ended by SIGALRM."""
    with tempfile.TemporaryDirectory() as name, _one_at_a_time:
        folder = Path(name)
        (folder / "in").write_text(text, encoding="utf-8")
        wanted = {
            "arguments": arguments,
            "cwd": str(cwd),
            "environment": dict(environment),
            "folder": name,
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(wanted) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        said, wrong = ((folder / each).read_text(encoding="utf-8") for each in ("out", "err"))
        return subprocess.CompletedProcess(["tocsin", *arguments], status, said, wrong)


def started(
    *arguments: str, cwd: Path, environment: Mapping[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same as a person starts it: a new Python that loads what this call needs."""
    return subprocess.run(
        [sys.executable, "-m", "tocsin", *arguments], cwd=cwd, env=dict(environment), text=True, capture_output=True,
        input=text, timeout=_SECONDS, check=False,
    )  # fmt: skip


@cache
def _server() -> "subprocess.Popen[str]":
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.ready"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )  # fmt: skip
    atexit.register(server.communicate)  # its input ends, and so does it
    return server


def _serve() -> None:
    for module, _, _ in command_line.cli.commands_by_name.values():
        importlib.import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(wanted: dict[str, object]) -> None:
    """Everything that belongs to a process is the call's own from here on; ends the process."""
    folder, arguments, environment = wanted["folder"], wanted["arguments"], wanted["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    signal.alarm(_SECONDS)
    for number, name in enumerate(("in", "out", "err")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        os.dup2(os.open(f"{folder}/{name}", flags, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    os.chdir(str(wanted["cwd"]))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["tocsin", *arguments]
    sys.modules["__main__"].__package__ = "tocsin"  # as after `python -m tocsin`, for what help says
    status: object = 0
    try:
        command_line.main(arguments)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    _serve()
