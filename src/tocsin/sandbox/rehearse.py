"""One rehearsal: a room, a production `tocsin serve` in front of it, a fault, and the log to follow.

Everything the engine does here it does in production too: same settings file, same detectors, same approvals. Only the
addresses lead into the room, and the watch window is shorter and says so.

A rehearsal survives being killed: its store and its progress are files, the room outlives its owner for a while, and
`Rehearsal.open` goes on where the last one stopped.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol

from tocsin.app.settings import Settings, load
from tocsin.engine.history import load as load_incident
from tocsin.engine.history import records
from tocsin.engine.intake import Answer, accept_word, wait_for_answer
from tocsin.errors import StoreError, TocsinError
from tocsin.incident.events import Event, Recorded
from tocsin.incident.incident import Incident
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.sandbox import ending, keeper, manifest
from tocsin.sandbox.tools import Tools
from tocsin.store import checks, incidents
from tocsin.store.database import Database

ROOM_GRACE = timedelta(seconds=60)
_SERVE_WITHIN = timedelta(seconds=20)
_ANSWER_WITHIN = timedelta(seconds=15)
_TURN = timedelta(milliseconds=100)


class Room(Protocol):
    """What a rehearsal needs of a room."""

    @property
    def environment(self) -> dict[str, str]: ...

    @property
    def manifest(self) -> Path: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What is rehearsed.

    Attributes:
        name: of the example, e.g. "cookcam". heading: the runbook section it is about.
        check: the check that has to notice.
        fault: what is going to be broken, for people.
        start: makes the room. inject: breaks it. confirm: an independent look whether it is broken.
        workdir: where the runbook's commands run, relative to the room's scratch; None for the settings' own.
    """

    name: str
    heading: str
    check: str
    fault: str
    start: Callable[[Path, Tools, timedelta], Room]
    inject: Callable[[Room], None]
    confirm: Callable[[Room], bool]
    workdir: str | None = None


class Progress(Enum):
    """How far a rehearsal has come; kept in a file."""

    STARTED = "started"
    BROKEN = "broken"
    ENDED = "ended"


class Rehearsal:
    """A rehearsal in progress.

    Attributes:
        folder: store, pages, post-mortem and log of this run.
        resumed: whether it goes on where a killed one stopped.
    """

    def __init__(self, scene: Scene, folder: Path, examples: Path, clock: Clock) -> None:
        self.scene = scene
        self.folder = folder
        self._config = examples / scene.name / "tocsin.toml"
        self._clock = clock
        self._never = threading.Event()
        self._room: Room | None = None
        self._manifest: Path | None = None
        self._environment: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._serve: subprocess.Popen[bytes] | None = None
        self._database: Database | None = None
        self.resumed = self.progress is not None and self.progress is not Progress.ENDED

    # -- beginning and end ---------------------------------------------------------------------------

    def open(self, rooms: Path, tools: Tools) -> None:
        """Take over the room of a killed run, or start one.

        Raises:
            TocsinError: a service did not come up; nothing is left behind then.
        """
        if not self.resumed and self.folder.exists():
            _set_aside(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.progress is Progress.BROKEN and self._take_over():
            return
        room = self.scene.start(rooms, tools, ROOM_GRACE)
        self._room, self._manifest = room, room.manifest
        self._environment = room.environment
        if self.progress is Progress.BROKEN and not self._changed():
            self.scene.inject(room)
        self._write(self.progress or Progress.STARTED)

    def serve(self, variables: dict[str, str], program: Sequence[str] = ("-m", "tocsin")) -> None:
        """Start `tocsin serve` for this room and wait until it watches.

        Args:
            variables: added to its environment.
            program: what Python is given in front of `serve`; for those who wrap it.
        """
        command = [sys.executable, *program, "serve", "--config", str(self._config), "--verbose", "--while-stdin-open"]
        self._variables = {
            **self._environment,
            "TOCSIN_DATA": str(self.folder),
            "PYTHONPATH": ":".join(path for path in sys.path if path),
            **({"TOCSIN_CWD": str(self._workdir())} if self.scene.workdir else {}),
            **variables,
        }
        with (self.folder / "serve.log").open("ab") as out:
            self._serve = subprocess.Popen(
                command,
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._await(self._checked, _SERVE_WITHIN, "tocsin serve did not begin to watch")

    def serving(self) -> bool:
        """Whether the engine still runs."""
        return self._serve is not None and self._serve.poll() is None

    @property
    def serve_pid(self) -> int | None:
        """The engine's process."""
        return self._serve.pid if self._serve is not None else None

    def stop_serving(self) -> None:
        """End the engine as an operator would."""
        if self._serve is None:
            return
        if self._serve.stdin is not None:
            self._serve.stdin.close()
        try:
            self._serve.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self._serve.kill()
            self._serve.wait()
        self._serve = None

    def close(self) -> None:
        """End the engine and the room; nothing of them is left."""
        try:
            self.stop_serving()
        finally:
            if self._database is not None:
                self._database.close()
                self._database = None
            if self._room is not None:
                self._room.stop()
            elif self._manifest is not None and self._manifest.exists():
                ending.end(self._manifest)

    # -- the fault -----------------------------------------------------------------------------------

    @property
    def progress(self) -> Progress | None:
        """How far it has come, or None for a new one."""
        try:
            return Progress(
                json.loads((self.folder / "rehearsal.json").read_text(encoding="utf-8"))["progress"]
            )
        except (FileNotFoundError, json.JSONDecodeError, KeyError, ValueError):
            return None

    def baseline(self, limit: timedelta) -> None:
        """Wait until the check says up. Raises TocsinError when it does not: then the sandbox is at fault."""
        self._await(
            lambda: '"verdict":"up"' in self._state(),
            limit,
            f"the check {self.scene.check} did not become green",
        )

    def inject(self) -> None:
        """Break it, and make sure that it is broken.

        Raises:
            TocsinError: the fault did not take.
        """
        if self._room is None:
            raise TocsinError("This room was taken over; its fault has been injected before.")
        self._write(Progress.BROKEN)
        self.scene.inject(self._room)
        if not self.scene.confirm(self._room):
            raise TocsinError(
                f"The fault did not take: {self.scene.fault}.",
                hint="The sandbox is at fault, not the runbook.",
            )

    def ended(self) -> None:
        """Remember that this rehearsal came to its end."""
        self._write(Progress.ENDED)

    @property
    def room(self) -> Room | None:
        """The room this process started; None for one that was taken over."""
        return self._room

    # -- the log -------------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The store of this run."""
        if self._database is None:
            self._database = Database.open(self.settings.database, create=False)
        return self._database

    @property
    def settings(self) -> Settings:
        """The settings the engine runs with."""
        return load(self._config, {**self._environment, "TOCSIN_DATA": str(self.folder), **self._variables})

    def incident(self) -> Incident | None:
        """The incident of this rehearsal, once there is one."""
        with self.database.read() as tx:
            rows = incidents.listing(tx, limit=1)
            return load_incident(tx, rows[0].id) if rows else None

    def log(self, after: int = 0) -> tuple[Recorded, ...]:
        """What happened to it after a position."""
        with self.database.read() as tx:
            rows = incidents.listing(tx, limit=1)
            found = records(tx, rows[0].id) if rows else ()
        return found[after:]

    def wait(self) -> None:
        """Wait a moment, less if something is stored meanwhile."""
        self.database.wait(_TURN)

    def say(self, incident: IncidentId, event: Event, by: PersonId) -> Answer:
        """A person's word, through the same door as everybody's. Raises TocsinError if nobody takes it up."""
        signal = accept_word(self.database, incident, event, f"person:{by}", self._clock.now())
        answer = wait_for_answer(self.database, signal, self._clock, _ANSWER_WITHIN)
        if answer is None:
            raise TocsinError("The engine has not answered.", hint=f"Look into {self.folder / 'serve.log'}.")
        return answer

    # -- inside --------------------------------------------------------------------------------------

    def _take_over(self) -> bool:
        """Make the room of the killed run ours, if it still stands."""
        found = self._known_manifest()
        if found is None or not found.exists():
            return False
        try:
            keeper.hand_over(found, os.getpid())
            self._environment = dict(manifest.load(found).environment)
        except (TocsinError, FileNotFoundError):
            return False
        self._manifest = found
        return True

    def _known_manifest(self) -> Path | None:
        try:
            written = json.loads((self.folder / "rehearsal.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return Path(written["manifest"]) if written.get("manifest") else None

    def _write(self, progress: Progress) -> None:
        partial = self.folder / "rehearsal.partial"
        kept = {"progress": progress.value, "manifest": str(self._manifest) if self._manifest else None}
        partial.write_text(json.dumps(kept), encoding="utf-8")
        partial.replace(self.folder / "rehearsal.json")

    def _workdir(self) -> Path:
        if self._manifest is None or self.scene.workdir is None:
            return self.folder
        return Path(manifest.load(self._manifest).scratch) / self.scene.workdir

    def _changed(self) -> bool:
        """Whether a change of the runbook has run already, so that the room must not be broken again."""
        try:
            found = self.incident()
        except StoreError:
            return False  # there is no store yet
        return found is not None and any(run.changes for run in found.runs.values())

    def _state(self) -> str:
        try:
            with self.database.read() as tx:
                states = checks.states(tx)
        except StoreError:
            return ""
        return next((state for name, state in states.items() if name == self.scene.check), "")

    def _checked(self) -> bool:
        if not self.serving():
            raise TocsinError("tocsin serve ended at once.", hint=f"Look into {self.folder / 'serve.log'}.")
        return bool(self._state())

    def _await(self, done: Callable[[], bool], limit: timedelta, otherwise: str) -> None:
        until = self._clock.monotonic() + limit.total_seconds()
        while not done():
            if self._clock.monotonic() > until:
                raise TocsinError(
                    f"{otherwise} within {limit.total_seconds():.0f} s.", hint=f"Look into {self.folder}."
                )
            self._never.wait(_TURN.total_seconds())


def _set_aside(folder: Path) -> None:
    """Keep the last run beside this one; of older ones nothing is kept."""
    before = folder.with_name(f"{folder.name}.before")
    if before.exists():
        for path in sorted(before.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        before.rmdir()
    folder.rename(before)
