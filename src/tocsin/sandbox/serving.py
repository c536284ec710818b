"""The engine of a rehearsal: `tocsin serve` as a process of its own, which ends when its owner does."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_STOPS_WITHIN_SECONDS = 40  # `tocsin serve` finishes the step it is at, for 35 s at most


class Serving:
    """One `tocsin serve`.

    Args:
        log: the file that takes what it says; appended to.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, config: Path, variables: Mapping[str, str], program: Sequence[str]) -> None:
        """Start it; it stops by itself when this process is gone, however that went.

        Args:
            variables: its whole environment.
            program: what Python is given in front of `serve`.
        """
        command = [
            sys.executable,
            *program,
            "serve",
            "--config",
            str(config),
            "--verbose",
            "--while-stdin-open",
        ]
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                env=dict(variables),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def last_word(self) -> str:
        """The last sentence in its log; hints below it are left out."""
        spoken = [line for line in self._said() if not line.startswith(" ")]
        return spoken[-1].removeprefix("tocsin: ") if spoken else "it said nothing."

    @property
    def address(self) -> str | None:
        """Where it said that it listens, as a URL; None if it listens nowhere."""
        return next((line.strip() for line in reversed(self._said()) if line.startswith("  http://")), None)

    def _said(self) -> list[str]:
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()]
