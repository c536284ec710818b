"""Runs a shell text on this machine: closed input, its own process group, bounded in time and output.

Only redacted output leaves this file. What the text starts in the background and leaves behind lives on; it only
loses our ear. A process that made a session of its own (setsid) also survives the end of the time limit.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.child import Child, Stream, cut, launch, margin
from tocsin.connectors.plain_command import plain_command
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

# No colour, no pager, no question: nobody sits in front of it.
QUIET = {
    "NO_COLOR": "1",
    "CLICOLOR": "0",
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
    "AWS_PAGER": "",
    "GIT_TERMINAL_PROMPT": "0",
    "DEBIAN_FRONTEND": "noninteractive",
}
_MACHINE_ID = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_PRELUDE = str(Path(__file__).with_name("prelude.bash"))


class LocalRunner:
    """This machine as a place where texts run.

    Args:
        target: the resolved name shown on approvals, e.g. "local (web-1)".
        environment: all variables the text sees besides those of `QUIET`; nothing is inherited.
        redactor: hides secrets in everything that leaves.
    """

    def __init__(self, target: str, environment: Mapping[str, str], redactor: Redactor, clock: Clock) -> None:
        self._target = target
        self._environment = {**environment, **QUIET}
        self._redactor = redactor
        self._clock = clock

    @property
    def target(self) -> str:
        """The name given."""
        return self._target

    @property
    def local(self) -> bool:
        """Its directories are ours."""
        return True

    def identity(self) -> str:
        """The name of this machine and the beginning of its machine id, where it has one."""
        number = next((text for path in _MACHINE_ID if (text := _first_line(path))), "")
        name = os.uname().nodename
        return f"host {name}, machine {number[:12]}" if number else f"host {name}"

    def run(self, request: RunRequest) -> RunResult:
        """Run the text and wait for its end or its time limit. Never raises for anything the text does.

        A single command of plain words is started directly; everything else by
        `bash --noprofile --norc -c`, the text unchanged.
        """
        started_at, start = self._clock.now(), self._clock.monotonic()
        run: Child | str
        if request.language != "shell":
            run = f"{self._target} runs shell texts, not {request.language}."
        else:
            run = self._start(request)
        if isinstance(run, str):
            return RunResult(
                None, (), "", "", 0, started_at, self._took(start), error=self._redactor.redact(run)
            )
        with run:
            timed_out = run.watch(start + request.timeout.total_seconds(), self._clock)
            took = self._took(start)
            status = run.exit_status()
            statuses = () if status is None else run.statuses(status)
        (stdout, cut_out), (stderr, cut_err) = (self._text(stream, request) for stream in run.streams)
        return RunResult(
            exit_status=None if timed_out else status,
            statuses=() if timed_out else statuses,
            stdout=stdout,
            stderr=stderr,
            truncated_bytes=cut_out + cut_err,
            started_at=started_at,
            took=took,
            timed_out=timed_out,
            in_doubt=status is None,
        )

    def _start(self, request: RunRequest) -> Child | str:
        """The running text, or why it could not be started."""
        environment = {**self._environment, **dict(request.environment)}
        keep = request.output_limit_bytes + margin(self._redactor)
        plain = plain_command(request.text, environment, request.cwd)
        if plain is not None:
            # A failure here ran nothing; bash says it in the words people know (and reads scripts without "#!").
            with suppress(OSError):
                process = launch(plain.argv, plain.path, plain.environment, request.cwd)
                return Child(process, None, keep)
        bash = shutil.which("bash", path=environment.get("PATH", os.defpath)) or shutil.which(
            "bash", path=os.defpath
        )
        if bash is None:
            return "bash is not installed here, or not in PATH. Install it, or set PATH for this target."
        status_read, status_write = os.pipe()
        environment |= {"BASH_ENV": _PRELUDE, "TOCSIN_STATUS_FD": str(status_write)}
        argv = ("bash", "--noprofile", "--norc", "-c", request.text)
        try:
            process = launch(argv, bash, environment, request.cwd, status_write)
        except (OSError, ValueError) as error:
            os.close(status_read)
            return f"could not be started{f' in {request.cwd}' if request.cwd else ''}: {error}."
        finally:
            os.close(status_write)
        return Child(process, status_read, keep)

    def _text(self, stream: Stream, request: RunRequest) -> tuple[str, int]:
        """What one stream showed, redacted and cut, and how many bytes are missing."""
        text = stream.kept.decode("utf-8", "replace")
        return cut(text, stream.total, len(stream.kept), request.output_limit_bytes, self._redactor)

    def _took(self, start: float) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - start)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").partition("\n")[0].strip()
    except OSError:
        return ""
