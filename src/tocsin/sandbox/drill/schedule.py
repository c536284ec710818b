"""Drills that `tocsin serve` makes by itself: at their time, in a process of their own, in a sandbox and nowhere else."""

import logging
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cronsim import CronSim

from tocsin.app.settings_drills import DrillsSettings
from tocsin.kit.clock import Clock
from tocsin.sandbox.drill import child

logger = logging.getLogger("tocsin.drills")

BY = "schedule"
_LOOKS_EVERY = timedelta(seconds=1)
_MOST = timedelta(hours=6)
_ENDS_WITHIN = timedelta(seconds=30)


class DrillSchedule:
    """Starts `tocsin drill run` whenever the schedule says so.

    Args:
        program: what Python is given in front of `drill`; for those who wrap it.
    """

    def __init__(
        self, settings: DrillsSettings, clock: Clock, program: tuple[str, ...] = child.PROGRAM
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._program = program
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tocsin-drills", daemon=True)
        self._next = self.due(clock.now())
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to look at the clock. What comes due from now on is drilled, however late the thread comes to look."""
        self._next = self.due(self._clock.now())
        self._thread.start()

    def stop(self) -> None:
        """End the drill that runs, with all of its sandbox, and begin no other."""
        self._stop.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        if self._thread.is_alive():
            self._thread.join(_ENDS_WITHIN.total_seconds())

    def due(self, after: datetime) -> datetime:
        """The next time after a moment."""
        return next(CronSim(self._settings.schedule, after.astimezone(UTC)))

    def command(self) -> tuple[str, ...]:
        """What is started."""
        found = self._settings
        return child.command(found.names, found.folder, found.tools, BY, self._program, found.control_plane)

    def _run(self) -> None:
        while not self._stop.wait(_LOOKS_EVERY.total_seconds()):
            if self._clock.now() < self._next:
                continue
            self._drill()
            self._next = self.due(self._clock.now())  # what was due meanwhile is not made up for

    def _drill(self) -> None:
        logger.info("drills begin: %s", " ".join(self._settings.names) or "all")
        try:
            self._process = subprocess.Popen(
                self.command(), env=child.environment(), cwd=Path("/"), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            if self._stop.is_set():
                self._process.terminate()  # whoever stopped us looked before there was a process
            _, said = self._process.communicate(timeout=_MOST.total_seconds())
        except (OSError, subprocess.TimeoutExpired) as problem:
            logger.error("the scheduled drills did not come to their end: %s", problem)
            if self._process is not None:
                self._process.kill()
            return
        if self._process.returncode == 0:
            logger.info("drills ended: every verdict is the expected one")
        else:
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            logger.error("drills ended with status %s: %s", self._process.returncode, last[0])
