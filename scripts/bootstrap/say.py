"""What set-up tells the person who waits: steps with their times, and one sentence when it cannot go on."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICK_SECONDS = 1.0
REASON = re.compile(r"\b(failed|could not|cannot|unable to|no space|denied)\b", re.IGNORECASE)
REMARK = re.compile(r"(npm )?warn(ing)?\b", re.IGNORECASE)
CAUSE = re.compile(r"(caused by|cause):", re.IGNORECASE)


class Stop(Exception):
    """Set-up cannot go on.

    Args:
        message: one sentence: what was attempted and what was wrong.
        hint: what the person can do next.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Report:
    """Lines of progress on stderr, so that a command's own output stays clean.

    Args:
        quiet: say nothing unless something had to be done.
        log: where the output of the programs that set-up starts is kept.
    """

    def __init__(self, *, quiet: bool, log: Path) -> None:
        self.quiet = quiet
        self.log = log
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()
        self._steps = 0
        self._title = ""
        self._since = 0.0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One thing being done; its line ends with the time it took."""
        self._steps += 1
        self._title, self._since = title, time.monotonic()
        self._write(f"setup: {title} ...", end="" if self._live else "\n")
        try:
            yield
        except BaseException:
            if self._live:
                self._write("", end="\n")
            raise
        took = time.monotonic() - self._since
        start = "\r" if self._live else ""
        self._write(f"{start}setup: {title}: done in {took:.1f} s ", end="\n")

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        failure: str,
        hint: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Run a program with its output in the log.

        Raises:
            Stop: with `failure`, its last words and `hint`, when it fails or is not there.
        """
        words = [str(word) for word in argv]
        with self.log.open("ab") as log:
            log.write(f"\n$ {' '.join(words)}\n".encode())
            log.flush()
            start = log.tell()
            try:
                with subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd
                ) as program:
                    self._wait(program)
            except OSError as error:
                raise Stop(f"{failure} ({error}).", hint) from error
        if program.returncode != 0:
            raise Stop(f"{failure} ({self._last_words(start)}).", f"{hint} Everything it said: {self.log}")

    def finish(self) -> None:
        """The last line: nothing was to do, or how long all of it took."""
        took = time.monotonic() - self._started
        if self._steps:
            self._write(f"setup: ready after {took:.1f} s", end="\n")
        elif not self.quiet:
            self._write("setup: everything is in place", end="\n")

    def note(self, text: str) -> None:
        """A line of its own, for what a person should know and need not act on."""
        self._write(f"setup: {text}", end="\n")

    def _wait(self, program: "subprocess.Popen[bytes]") -> None:
        while True:
            try:
                program.wait(TICK_SECONDS)
                return
            except subprocess.TimeoutExpired:
                if self._live:
                    self._write(f"\rsetup: {self._title} ... {time.monotonic() - self._since:.0f} s ", end="")

    def _last_words(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            lines = [
                line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()
            ]
        # The reason is the first line that speaks of a failure; a chain of causes ends with the deepest one.
        reasons = [line for line in lines if REASON.search(line) and not REMARK.match(line)] or lines[-1:]
        if reasons and lines[-1] != reasons[0] and CAUSE.match(lines[-1]):
            reasons[0] += f" - {lines[-1]}"
        return reasons[0][:300] if reasons else "it said nothing"

    def _write(self, text: str, *, end: str) -> None:
        print(text, end=end, file=sys.stderr, flush=True)
