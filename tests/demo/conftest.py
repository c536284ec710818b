"""The demo as a process, on a terminal or a pipe, in a place of its own."""

import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

ROOT = Path(__file__).parents[2]
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
COLUMNS, LINES = 80, 24
LONG = timedelta(minutes=15)


class Player:
    """One run of `tocsin demo`, and what it has said so far."""

    def __init__(
        self, place: "Place", arguments: Sequence[str], terminal: bool, variables: Mapping[str, str]
    ) -> None:
        self._terminal = terminal
        if terminal:
            self._mine, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        else:
            self._mine, theirs = os.pipe()
        # A shell without job control starts what it puts in the background with Ctrl-C ignored, and children inherit it:
        # the tests too may run there. Whoever sits at a terminal has it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "demo", "--folder", str(place.folder), *arguments],
            cwd=ROOT,
            env={**place.variables, **variables},
            stdin=theirs if terminal else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        signal.signal(signal.SIGINT, before)
        os.close(theirs)
        self.raw = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._mine, 65536)
            except OSError:  # the other end of a terminal is gone
                break
            if not piece:
                break
            self.raw += piece.decode(errors="replace")

    @property
    def text(self) -> str:
        """What was said, without colours."""
        return _ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    @property
    def words(self) -> str:
        """The same as one line, as if no terminal had broken it."""
        return " ".join(self.text.split())

    def until(self, *said: str, within: timedelta = LONG) -> None:
        """Wait until it has said this, or any of these."""

        def ended() -> bool:
            # Asked first: what it said at its end is read after that, and nothing more comes.
            over = self.process.poll() is not None
            if over:
                self._reader.join(timeout=LONG.total_seconds())
            return over

        Deadline()(
            lambda: ended() or any(each in self.words for each in said),
            what=f"it says {' or '.join(said)}",
            within=within,
        )
        if not any(each in self.words for each in said):
            pytest.fail(f"it ended ({self.process.returncode}) without saying {said}:\n{self.text}")

    def type(self, line: str) -> None:
        """Type a line on its terminal."""
        os.write(self._mine, line.encode() + b"\n")

    def kill(self) -> None:
        """kill -9, of the player alone."""
        self.process.kill()
        self.end()

    def interrupt(self) -> int:
        """Ctrl-C as a terminal sends it; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.end()

    def end(self, within: timedelta = LONG) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(timeout=within.total_seconds())
        self._reader.join(timeout=LONG.total_seconds())
        os.close(self._mine)
        return code


class Place:
    """Where a demo keeps its data and its rooms; nobody else's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "var"
        self.rooms = home / f"tocsin-{os.getuid()}"
        self.variables = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "TMPDIR": str(home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TOCSIN_TOOLS": os.environ.get("TOCSIN_TOOLS", str(ROOT / ".tools")),
        }
        self.started: list[Player] = []

    def play(self, *arguments: str, terminal: bool = False, **variables: str) -> Player:
        """Start a demo here."""
        player = Player(self, arguments, terminal, variables)
        self.started.append(player)
        return player

    def left(self) -> list[str]:
        """Processes born here or working here, rooms, and open ports of them: what a clean end leaves none of."""
        found = [str(path) for path in self.rooms.glob("*")]
        mark = str(self.home).encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                about = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
                where = str((process / "cwd").readlink()).encode()
            except OSError:
                continue
            if int(process.name) != os.getpid() and mark in about + where:
                found.append(f"{process.name} {(process / 'cmdline').read_bytes()!r}")
        return found


@pytest.fixture
def place() -> Iterator[Place]:
    """A place for demos; whatever the test did, nothing of it stays."""
    # Short, because Unix sockets are in it, and open, because Postgres runs as another user when we are root.
    home = Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))
    home.chmod(0o755)
    made = Place(home)
    try:
        yield made
    finally:
        for player in made.started:
            if player.process.poll() is None:
                player.process.kill()
                player.process.wait()
        subprocess.run(
            [sys.executable, "-m", "tocsin.sandbox.keeper", "--sweep", str(made.rooms)], cwd=ROOT, check=False
        )
        shutil.rmtree(home, ignore_errors=True)
