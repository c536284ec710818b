"""Runs shell texts on another host with OpenSSH's own client: one connection kept open and reused, the host's key pinned.

The text travels on standard input, so that neither it nor its variables stand in anybody's process list on the way; the
bash over there that runs it has its input closed. It says on standard error when it began and how it ended, under a name
nobody can guess, and these lines are taken out again. A connection that breaks in between leaves the run in doubt.
"""

import os
import re
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.child import Child, cut, launch, margin
from tocsin.connectors.process import QUIET
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

CONNECT_WITHIN = timedelta(seconds=10)
KILL_WITHIN = timedelta(seconds=10)
KEEP_OPEN = timedelta(minutes=10)
_ALIVE_EVERY, _ALIVE_MISSES = 5, 3  # a line that has gone silent is noticed after 15 s
_LOST = 255  # OpenSSH's own status for everything that goes wrong with the connection
_WHO = 'printf "host %s" "$(uname -n)"; id=$(cat /etc/machine-id 2>/dev/null | cut -c1-12); [ -z "$id" ] || printf ", machine %s" "$id"'


@dataclass(frozen=True, slots=True)
class SshHost:
    """How one host is reached.

    Attributes:
        address: name or IP to connect to. user: whom to log in as, or None for ssh's own choice.
        known_hosts: the file its key must stand in; nothing else is believed.
        identity_file: private key to log in with, or None for the agent's.
        environment: variables set over there for every text.
    """

    address: str
    known_hosts: Path
    user: str | None = None
    port: int = 22
    identity_file: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()


class SshRunner:
    """Another host as a place where texts run.

    Args:
        target: the name the runbook and tocsin.toml use. folder: a private one of ours for the socket of the connection;
            its path must be short, as the paths of all sockets.
        environment: what the ssh client itself may see: PATH, HOME, SSH_AUTH_SOCK.
    """

    def __init__(
        self,
        target: str,
        host: SshHost,
        folder: Path,
        environment: Mapping[str, str],
        redactor: Redactor,
        clock: Clock,
    ) -> None:
        self._target = target
        self._host = host
        self._folder = folder
        self._environment = {name: environment[name] for name in _CLIENT_SEES if name in environment}
        self._redactor = redactor
        self._clock = clock
        self._connecting = Lock()

    @property
    def target(self) -> str:
        """The name given."""
        return self._target

    @property
    def local(self) -> bool:
        """Its directories are its own."""
        return False

    def identity(self) -> str:
        """The name and machine id the host gives itself; that it holds the pinned key has been seen to by then.

        Raises:
            Temporary: it cannot be reached, or is not who known_hosts says.
        """
        result = self.run(RunRequest(_WHO, timeout=CONNECT_WITHIN))
        if result.error is not None or result.exit_status != 0:
            told = result.error or result.stderr.strip() or "it broke off"
            raise Temporary(f"{self._target} does not say who it is: {told}")
        return f"{result.stdout.strip()}, ssh to {self._host.address}:{self._host.port}"

    def run(self, request: RunRequest) -> RunResult:
        """Run the text by `bash` over there and wait for its end or its time limit. Never raises for what the text does.

        The time limit ends the whole process group on the other side.
        """
        started_at, start = self._clock.now(), self._clock.monotonic()

        def took() -> timedelta:
            return timedelta(seconds=self._clock.monotonic() - start)

        error = self._connected() if request.language == "shell" else f"{self._target} runs shell texts only."
        if error is not None:
            told = self._redactor.redact(error)
            return RunResult(None, (), "", "", 0, started_at, took(), error=told)
        mark = f"tocsin-{secrets.token_hex(12)}"
        keep = request.output_limit_bytes + margin(self._redactor)
        try:
            process = self._start(_script(request, self._host.environment, mark))
        except (OSError, ValueError) as problem:
            return RunResult(
                None, (), "", "", 0, started_at, took(), error=f"ssh could not be started: {problem}."
            )
        with Child(process, None, keep) as child:
            timed_out = child.watch(
                start + request.timeout.total_seconds(), self._clock, ask=lambda: self._end(child, mark)
            )
            status = child.exit_status()
        said = _Said.read(child.streams[1].kept.decode("utf-8", "replace"), mark)
        stdout = child.streams[0]
        shown, cut_out = cut(
            stdout.kept.decode("utf-8", "replace"),
            stdout.total,
            len(stdout.kept),
            request.output_limit_bytes,
            self._redactor,
        )
        errors, cut_err = cut(
            said.rest, child.streams[1].total - said.own_bytes, len(said.rest.encode()), request.output_limit_bytes,
            self._redactor,
        )  # fmt: skip
        lost = not timed_out and (status is None or (status == _LOST and said.statuses is None))
        return RunResult(
            exit_status=None if timed_out or lost else status,
            statuses=() if timed_out or lost else said.statuses or (),
            stdout=shown,
            stderr=errors,
            truncated_bytes=max(0, cut_out) + max(0, cut_err),
            started_at=started_at,
            took=took(),
            timed_out=timed_out,
            in_doubt=lost,
        )

    def close(self) -> None:
        """End the connection, if one is open."""
        with suppress(OSError, subprocess.SubprocessError):
            self._control("exit")

    def _connected(self) -> str | None:
        """Open the connection unless it is open; why it cannot be opened, or None. Nothing has run by then."""
        with self._connecting:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                if self._control("check").returncode == 0:
                    return None
                opened = subprocess.run(
                    (*self._ssh("-o", "ControlMaster=auto", "-N", "-f"), self._host.address),
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    timeout=2 * CONNECT_WITHIN.total_seconds(),
                    check=False,
                )
            except FileNotFoundError:
                return "OpenSSH's client is not installed here, or not in PATH."
            except subprocess.TimeoutExpired:
                return (
                    f"no connection to {self._host.address} within {2 * CONNECT_WITHIN.total_seconds():g} s."
                )
            except OSError as problem:
                return f"ssh could not be started: {problem}."
        if opened.returncode == 0:
            return None
        told = " ".join(opened.stderr.decode("utf-8", "replace").split())
        return f"no connection to {self._host.address}: {told or f'ssh status {opened.returncode}'}"

    def _control(self, word: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            (*self._ssh("-O", word), self._host.address),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CONNECT_WITHIN.total_seconds(),
            check=False,
        )

    def _ssh(self, *more: str) -> tuple[str, ...]:
        """The client and its options. No file of anybody's settings is read, and nothing is ever asked."""
        host = self._host
        options = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": _quoted(host.known_hosts),
            "GlobalKnownHostsFile": "/dev/null",
            "UpdateHostKeys": "no",
            "CheckHostIP": "no",
            "ConnectTimeout": f"{CONNECT_WITHIN.total_seconds():.0f}",
            "ServerAliveInterval": str(_ALIVE_EVERY),
            "ServerAliveCountMax": str(_ALIVE_MISSES),
            "ControlPath": _quoted(self._folder / "%C"),
            "ControlPersist": f"{KEEP_OPEN.total_seconds():.0f}",
            "ForwardAgent": "no",
            "ForwardX11": "no",
            "PermitLocalCommand": "no",
            "LogLevel": "ERROR",
        }
        if host.identity_file is not None:
            options |= {"IdentityFile": _quoted(host.identity_file), "IdentitiesOnly": "yes"}
        given = tuple(word for name, value in options.items() for word in ("-o", f"{name}={value}"))
        user = ("-l", host.user) if host.user else ()
        path = shutil.which("ssh", path=self._environment.get("PATH", os.defpath)) or "ssh"
        return (path, "-F", "none", "-T", *given, *user, "-p", str(host.port), *more)

    def _start(self, script: str) -> "subprocess.Popen[bytes]":
        argv = (
            *self._ssh("-o", "ControlMaster=no"),
            self._host.address,
            f"exec bash --noprofile --norc -c {shlex.quote(_OUTER)}",
        )
        read, write = os.pipe()
        try:
            process = launch(argv, argv[0], self._environment, None, stdin=read)
        except (OSError, ValueError):
            os.close(write)
            raise
        finally:
            os.close(read)
        with suppress(BrokenPipeError), os.fdopen(write, "wb") as pipe:
            pipe.write(script.encode("utf-8", "surrogateescape"))
        return process

    def _end(self, child: Child, mark: str) -> None:
        """End the process group over there: ask it, and a moment later insist."""
        said = _Said.read(child.streams[1].kept.decode("utf-8", "replace"), mark)
        if said.group is None:
            return
        kill = (
            f"kill -TERM -- -{said.group} 2>/dev/null; "
            f"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 -- -{said.group} 2>/dev/null || exit 0; "
            f"sleep 0.1; done; kill -KILL -- -{said.group} 2>/dev/null; exit 0"
        )
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                (
                    *self._ssh("-o", "ControlMaster=no"),
                    self._host.address,
                    f"exec bash --noprofile --norc -c {shlex.quote(kill)}",
                ),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=KILL_WITHIN.total_seconds(),
                check=False,
            )


_CLIENT_SEES = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SSH_AUTH_SOCK")

# What bash over there does first: read the script, forget where it came from, and run it with its input closed.
_OUTER = 'eval "$(cat)"; exec bash --noprofile --norc -c "$TOCSIN_TEXT" </dev/null'


def _script(request: RunRequest, own: tuple[tuple[str, str], ...], mark: str) -> str:
    """What is sent on standard input: variables, directory, and the text with its prelude."""
    prelude = (
        f"printf '%s began %s\\n' {mark} \"$$\" >&2; unset TOCSIN_TEXT\n"
        f'trap \'{{ s=("${{PIPESTATUS[@]}}"); printf "\\n%s ended" {mark}; printf " %s" "${{s[@]}}"; echo; }} >&2\' EXIT\n'
    )
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in {**QUIET, **dict(own), **dict(request.environment)}.items()
    ]
    if request.cwd is not None:
        lines.append(f"cd -- {shlex.quote(request.cwd)} || exit 1")
    lines.append(f"export TOCSIN_TEXT={shlex.quote(prelude + request.text)}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Said:
    """What our own lines on standard error said, and the rest of it.

    Attributes:
        group: the process group over there, or None if nothing began. statuses: of the last pipeline, or None if the
            end was not seen. own_bytes: how much of the stream was ours.
    """

    group: int | None
    statuses: tuple[int, ...] | None
    rest: str
    own_bytes: int

    @classmethod
    def read(cls, text: str, mark: str) -> "_Said":
        began = re.search(rf"^{mark} began (\d+)\n", text, re.M)
        ended = re.search(rf"\n{mark} ended((?: \d+)*)\n", text)
        rest = text
        for found in (ended, began):
            if found is not None:
                rest = rest.replace(found[0], "", 1)
        statuses = None if ended is None else tuple(map(int, ended[1].split()))
        own = len(text.encode()) - len(rest.encode())
        return cls(int(began[1]) if began else None, statuses, rest, own)


def _quoted(path: Path) -> str:
    """A path inside one of ssh's own options: blanks in quotes, and a percent sign is only ours."""
    text = str(path)
    return f'"{text}"' if " " in text else text
