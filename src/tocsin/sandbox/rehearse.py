"""One rehearsal: a room, a production `tocsin serve` in front of it, a fault, and the log to follow.

Everything the engine does here it does in production too: same settings file, same detectors, same approvals. Only the
addresses lead into the room, and the watch window is shorter and says so.

A rehearsal survives being killed: its store and its progress are files, the room outlives its owner for a while, and
`Rehearsal.open` goes on where the last one stopped.
"""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from tocsin.app.probing import make_probers
from tocsin.app.settings import Settings, load
from tocsin.detection.check import CheckSpec, Sample
from tocsin.engine.history import load as load_incident
from tocsin.engine.history import records
from tocsin.engine.words import Answer, accept_word, wait_for_answer
from tocsin.errors import InputError, StoreError, TocsinError
from tocsin.incident.events import Event, Recorded
from tocsin.incident.incident import Incident
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.sandbox import ending, keeper, manifest, processes
from tocsin.sandbox.scene import Room, Scene
from tocsin.sandbox.serving import Serving
from tocsin.sandbox.tools import Tools
from tocsin.store import checks, incidents
from tocsin.store.database import Database

ROOM_GRACE = timedelta(seconds=60)
_SERVE_WITHIN = timedelta(seconds=180)
_ANSWER_WITHIN = timedelta(seconds=60)
_TURN = timedelta(milliseconds=100)
_PROGRESS = "rehearsal.json"


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
        taken_over: whether the services are those of the killed run.
    """

    def __init__(
        self, scene: Scene, folder: Path, examples: Path, clock: Clock, *, anew: bool = False
    ) -> None:
        """Look what an earlier run left in the folder; nothing is changed or started.

        Args:
            anew: begin again even if a killed run could be gone on with.
        """
        self.scene = scene
        self.folder = folder
        self._config = examples / scene.name / scene.settings
        self._clock = clock
        self._never = threading.Event()
        self._room: Room | None = None
        self._manifest: Path | None = None
        self._environment: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._serve = Serving(folder / "serve.log")
        self._database: Database | None = None
        self.resumed = not anew and self.progress not in (None, Progress.ENDED)
        self.taken_over = False

    # -- beginning and end ---------------------------------------------------------------------------

    def open(self, rooms: Path, tools: Tools) -> None:
        """Take over the room of a killed run, or start one.

        Raises:
            TocsinError: a service did not come up; nothing is left behind then.
            InputError: the folder cannot be used; nothing was started.
        """
        try:
            if not self.resumed and self.folder.exists():
                _set_aside(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise InputError(
                f"{wrong.filename or self.folder}: cannot be used: {wrong.strerror or wrong}.",
                hint="Name a folder that you may write to.",
            ) from wrong
        # Without an incident nobody knows whether the fault took before the kill: then a new room is broken.
        if self.progress is Progress.BROKEN and self._noticed() and self._take_over():
            return
        room = self.scene.start(rooms, tools, ROOM_GRACE)
        self._room, self._manifest = room, room.manifest
        self._environment = room.environment
        if self.progress is Progress.BROKEN and not self._changed():
            self._break(room)
        self._write(self.progress or Progress.STARTED)

    def serve(self, variables: dict[str, str], program: Sequence[str] = ("-m", "tocsin")) -> None:
        """Start `tocsin serve` for this room and wait until it watches.

        Args:
            variables: added to its environment.
            program: what Python is given in front of `serve`; for those who wrap it.
        """
        self._variables = {
            **self._environment,
            "TOCSIN_DATA": str(self.folder),
            "PYTHONPATH": ":".join(path for path in sys.path if path),
            **({"TOCSIN_CWD": str(self._workdir())} if self.scene.workdir else {}),
            **variables,
        }
        self._serve.start(self._config, self._variables, program)
        self._await(self._checked, _SERVE_WITHIN, "tocsin serve did not begin to watch")

    def serving(self) -> bool:
        """Whether the engine still runs."""
        return self._serve.running

    @property
    def last_word(self) -> str:
        """The last sentence of the engine's log."""
        return self._serve.last_word

    @property
    def address(self) -> str | None:
        """Where the engine listens, as a URL; None if it listens nowhere."""
        return self._serve.address

    @property
    def serve_pid(self) -> int | None:
        """The engine's process."""
        return self._serve.pid

    def close(self) -> None:
        """End the engine and the room; nothing of them is left."""
        try:
            self._serve.stop()
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
            return Progress(json.loads((self.folder / _PROGRESS).read_text(encoding="utf-8"))["progress"])
        except (OSError, json.JSONDecodeError, KeyError, ValueError, TypeError):
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
        self._break(self._room)

    def ended(self) -> None:
        """Remember that this rehearsal came to its end."""
        self._write(Progress.ENDED)

    @property
    def room(self) -> Room | None:
        """The room this process started; None for one that was taken over."""
        return self._room

    @property
    def variables(self) -> dict[str, str]:
        """What the engine was given; a command with the same environment sees the same room."""
        return dict(self._variables)

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

    @property
    def check(self) -> CheckSpec:
        """The check that has to notice."""
        return next(spec for spec in self.settings.checks if spec.name == self.scene.check)

    def samples(self, since: datetime) -> tuple[checks.KeptSample, ...]:
        """What the engine's samples of that check said since a time, oldest first."""
        with self.database.read() as tx:
            return checks.history(tx, self.check.name, since)

    def look(self) -> Sample:
        """One sample of that check taken here and now, for a person who wants to see for herself."""
        return make_probers(self.settings, self._clock).probe(self.check)

    def wait(self) -> None:
        """Wait a moment, less if something is stored meanwhile."""
        self.database.wait(_TURN)

    def pause(self, length: timedelta) -> None:
        """Wait for this long, whatever happens."""
        self._never.wait(length.total_seconds())

    def say(self, incident: IncidentId, event: Event, by: PersonId) -> Answer:
        """A person's word, through the same door as everybody's. Raises TocsinError if nobody takes it up."""
        signal = accept_word(self.database, incident, event, f"person:{by}", self._clock.now())
        answer = wait_for_answer(self.database, signal, self._clock, _ANSWER_WITHIN)
        if answer is None:
            raise TocsinError("The engine has not answered.", hint=f"Look into {self._serve.log}.")
        return answer

    # -- inside --------------------------------------------------------------------------------------

    def _take_over(self) -> bool:
        """Make the room of the killed run ours, if it still stands."""
        found = self._known_manifest()
        if found is None or not found.exists():
            return False
        try:
            if manifest.load(found).boot != processes.boot_id():
                return False  # its record outlived a restart of the machine; its services did not
            keeper.hand_over(found, os.getpid())
            self._environment = dict(manifest.load(found).environment)
        except (TocsinError, FileNotFoundError):
            return False
        self._manifest = found
        self.taken_over = True
        return True

    def _known_manifest(self) -> Path | None:
        try:
            written = json.loads((self.folder / _PROGRESS).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return None
        return Path(written["manifest"]) if written.get("manifest") else None

    def _write(self, progress: Progress) -> None:
        partial = self.folder / "rehearsal.partial"
        kept = {"progress": progress.value, "manifest": str(self._manifest) if self._manifest else None}
        partial.write_text(json.dumps(kept), encoding="utf-8")
        partial.replace(self.folder / _PROGRESS)

    def _workdir(self) -> Path:
        if self._manifest is None or self.scene.workdir is None:
            return self.folder
        return Path(manifest.load(self._manifest).scratch) / self.scene.workdir

    def _break(self, room: Room) -> None:
        self.scene.inject(room)
        if not self.scene.confirm(room):
            raise TocsinError(
                f"The fault did not take: {self.scene.fault}.",
                hint="The sandbox is at fault, not the runbook.",
            )

    def _noticed(self) -> Incident | None:
        """The incident, if the store exists and has one. Asked before there is a room, so without its settings."""
        if not (self.folder / "tocsin.db").exists():
            return None
        try:
            with Database.open(self.folder / "tocsin.db", create=False) as kept, kept.read() as tx:
                rows = incidents.listing(tx, limit=1)
                return load_incident(tx, rows[0].id) if rows else None
        except StoreError:
            return None

    def _changed(self) -> bool:
        """Whether a change of the runbook has run already, so that the room must not be broken again."""
        found = self._noticed()
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
            raise TocsinError(
                f"tocsin serve ended at once: {self._serve.last_word}", hint=f"Look into {self._serve.log}."
            )
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
    """Keep the last run beside this one; of older ones nothing is kept.

    Raises:
        InputError: what is there was not made by a rehearsal, so it is not ours to move.
    """
    before = folder.with_name(f"{folder.name}.before")
    if folder.is_dir() and not any(folder.iterdir()):
        return  # ended before anything was on record; the last run that was stays where it is
    for found in (folder, before):
        if (
            found.exists()
            and not (found / _PROGRESS).is_file()
            and (not found.is_dir() or any(found.iterdir()))
        ):
            raise InputError(
                f"{found} is there already and was not made by a rehearsal.", hint="Name another folder."
            )
    if before.exists():
        shutil.rmtree(before)
    folder.rename(before)
