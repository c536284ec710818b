"""A drill that somebody starts from the pages: a child of `tocsin serve`, one at a time, followed line by line.

The child keeps its verdict in the history of drills itself. It ends when we close its standard input, and so also when
we are killed; its watchdog then ends what it started.
"""

import logging
import subprocess
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec

from tocsin.app.drilling import Attempt, Entered, Offer
from tocsin.app.settings_drills import DrillsPlace
from tocsin.errors import InputError, NotFound, Refused, TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.printable import printable
from tocsin.sandbox import namespaces
from tocsin.sandbox.drill import child
from tocsin.sandbox.drill.job import STOP
from tocsin.sandbox.state import rooms
from tocsin.sandbox.tools import Tools

logger = logging.getLogger("tocsin.drills")

FLAG = "--told-by-lines"
_ENDS_WITHIN = timedelta(seconds=30)
_SAID_MAX = 500
_ENTERED_MAX = 500
_DEFAULT_TOOLS = Path(".tools")


class Line(msgspec.Struct, omit_defaults=True):
    """One line that the child says: a state that was entered, or how it ended.

    Attributes:
        verdict: in words, at the end. proven: whether the section is. drill: its number in the history.
    """

    run: str = ""
    state: str = ""
    what: str = ""
    verdict: str = ""
    proven: bool = False
    drill: int = 0


class Attended:
    """Carries drills out beside the engine.

    Args:
        tools: what TOCSIN_TOOLS said when tocsin was started; a settings file that names them wins.
        program: what Python is given in front of `drill`; for those who wrap it.
    """

    def __init__(
        self, place: DrillsPlace, tools: str | None, clock: Clock, program: tuple[str, ...] = child.PROGRAM
    ) -> None:
        self._folder = place.folder
        self._tools = (place.tools or (Path(tools) if tools else _DEFAULT_TOOLS)).absolute()
        self._control_plane = place.control_plane
        self._clock = clock
        self._program = program
        # Asked before there are threads: the question forks.
        self._no_capsule = namespaces.why_not()
        self._lock = threading.Lock()
        self._attempt: Attempt | None = None
        self._heard = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def offer(self) -> Offer:
        """What can be started here, and why not."""
        names: tuple[str, ...] = ()
        if self._folder.is_dir():
            names = tuple(sorted(path.stem for path in self._folder.glob("*.toml")))
        if not names:
            return Offer(
                (),
                f"There are no scenarios in {self._folder}.",
                "docs/how-to/add-a-drill.md shows how to write one.",
            )
        try:
            Tools.find(self._tools, self._control_plane)
            if (switch := rooms() / STOP).exists():
                return Offer(
                    names, f"drills are stopped, for {switch} is there.", "tocsin drill resume takes it away."
                )
        except TocsinError as problem:
            return Offer(names, problem.message, problem.hint or "")
        if self._no_capsule is None:
            return Offer(names)
        return Offer(
            names, note=f"It runs in an open room here ({self._no_capsule}): its commands are not walled off."
        )

    def current(self) -> Attempt | None:
        """The drill that runs, or the last one that did."""
        with self._lock:
            return self._attempt

    def heard(self) -> int:
        """How often anything about it has changed."""
        with self._lock:
            return self._heard

    def start(self, scenario: str, by: str) -> Attempt:
        """Begin one. Raises NotFound or Refused."""
        offer = self.offer()
        if scenario not in offer.scenarios:
            raise NotFound(f'There is no scenario "{scenario[:60]}" in {self._folder}.')
        if offer.why_not:
            raise Refused(f"Nothing can be drilled here: {offer.why_not}", hint=offer.hint or None)
        with self._lock:
            if self._attempt is not None and self._attempt.running:
                raise Refused(
                    f"{self._attempt.scenario} is being drilled already.",
                    hint="Wait for its end, or stop it.",
                )
            asked = child.command(
                (scenario,), self._folder, self._tools, by, self._program, self._control_plane
            )
            argv = [*asked, FLAG]
            try:
                process = subprocess.Popen(
                    argv, env=child.environment(), cwd=Path("/"),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                )  # fmt: skip
            except OSError as problem:
                raise InputError(f"The drill cannot be started: {problem.strerror or problem}.") from problem
            self._process = process
            begun = self._put(Attempt(scenario, by, self._clock.now()))
            self._thread = threading.Thread(
                target=self._follow, args=(process,), name="tocsin-drill", daemon=True
            )
            self._thread.start()
            return begun

    def stop(self, by: str) -> Attempt:
        """End the one that runs, with all of its sandbox. Raises NotFound if none does."""
        with self._lock:
            attempt, process = self._attempt, self._process
            if attempt is None or process is None or not attempt.running:
                raise NotFound("No drill runs.")
            process.terminate()
            return self._put(replace(attempt, stopped_by=attempt.stopped_by or by))

    def close(self) -> None:
        """tocsin stops: so does the drill."""
        with self._lock:
            process, thread = self._process, self._thread
        if process is None or thread is None:
            return
        if process.poll() is None:
            process.terminate()
        thread.join(_ENDS_WITHIN.total_seconds())

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaints: list[bytes] = []
        # Both pipes are read, or the one that is not fills up and the child stands still.
        reader = threading.Thread(target=lambda: complaints.extend(process.stderr or ()), daemon=True)
        reader.start()
        for raw in process.stdout:
            try:
                line = msgspec.json.decode(raw, type=Line)
            except msgspec.MsgspecError:
                continue  # a warning of a library is no word of the drill
            with self._lock:
                self._hear(line)
        status = process.wait()
        reader.join()
        process.stdin.close()
        said = b"".join(complaints).decode("utf-8", "replace").strip().splitlines()
        with self._lock:
            self._end(status, said[-1] if said else "")

    def _put(self, attempt: Attempt) -> Attempt:
        self._attempt = attempt
        self._heard += 1
        return attempt

    def _hear(self, line: Line) -> None:
        attempt = self._attempt
        assert attempt is not None
        if line.state:
            after = self._clock.now() - attempt.began
            entered = Entered(printable(line.run), line.state, printable(line.what[:_SAID_MAX]), after)
            attempt = replace(attempt, entered=(*attempt.entered, entered)[-_ENTERED_MAX:])
        if line.verdict:
            attempt = replace(attempt, said=printable(line.verdict), proven=line.proven)
        if line.drill:
            attempt = replace(attempt, drill=line.drill)
        self._put(attempt)

    def _end(self, status: int, last: str) -> None:
        attempt = self._attempt
        assert attempt is not None
        said, proven = attempt.said, attempt.proven
        if attempt.drill is None:
            # Without a line in the history there is no verdict, whatever was said on the way.
            said = (
                "stopped before it came to a verdict" if attempt.stopped_by else printable(last[:_SAID_MAX])
            )
            said, proven = said or f"it ended with status {status} and said nothing", None
            logger.warning("the drill %s came to no verdict: %s", attempt.scenario, said)
        self._put(replace(attempt, said=said, proven=proven, ended=self._clock.now()))
