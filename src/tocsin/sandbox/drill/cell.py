"""The cell of one run, from the outside: made, watched, emptied, ended; afterwards nothing of it is on the machine.

The cell is a scratch directory with a manifest, as every room has one. So it ends like a room: by its owner, by its
keeper should the owner be killed, or by the next run should both be.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec

from tocsin.app.runbook_file import read_runbook
from tocsin.drill.record import Kind, Run, State, Times, Walls
from tocsin.drill.scenario import Scenario
from tocsin.errors import ConfigError, Refused, TocsinError
from tocsin.kit.clock import Clock
from tocsin.runbook.document import Text
from tocsin.runbook.document import read as read_book
from tocsin.sandbox import namespaces, processes
from tocsin.sandbox.drill.guard import must_have_no_credentials
from tocsin.sandbox.drill.job import RUN, STOP, Job, read_run, write
from tocsin.sandbox.drill.settings import compose, identities
from tocsin.sandbox.drill.watchdog import STOPPED, as_root, programs
from tocsin.sandbox.keeping import start_keeper
from tocsin.sandbox.kubernetes.plane.programs import Programs
from tocsin.sandbox.manifest import Entry
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import tail
from tocsin.sandbox.tools import SYSTEM_PATH

_GRACE = timedelta(seconds=1)
_KEPT = ("run.json", "serve.log", "pages.jsonl", "postmortems", "tocsin.db")
_HOSTS = "127.0.0.1 localhost drill\n::1 localhost\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run.

    Attributes:
        runbook: "verbatim" or "corrected". left_out: for ablation. open_room: whether namespaces are not even tried.
        every: how often the checks look, or None for what the settings say.
    """

    scenario: Scenario
    kind: Kind = Kind.TRIAL
    runbook: str = "verbatim"
    left_out: str | None = None
    seed: int = 0
    open_room: bool = False
    every: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a run: a state was entered."""

    at: datetime
    state: State
    what: str


def run(
    wanted: Wanted,
    rooms: Path,
    tools: Path,
    clock: Clock,
    *,
    tell: Callable[[Told], None],
    keep: Path | None = None,
    control_plane: Path | None = None,
) -> Run:
    """Run one job in a cell of its own; its record, with what it left behind.

    Args:
        rooms: the state directory of all sandboxes. tools: where the programs are.
        tell: is called for every state as it is entered.
        keep: a folder for store, log, pages and post-mortem of the run, or None to keep nothing.
        control_plane: where the programs of a real one are, or None for the simulator.

    Raises:
        InputError: the control plane is not where it was said to be.
        Refused: the kill switch is thrown, or the environment holds a way to production and there is no capsule.
        ConfigError: the scenario and its settings do not go together.
    """
    stop = rooms / STOP
    must_not_be_stopped(stop)
    if control_plane is not None:
        control_plane = control_plane.resolve()
        Programs.find(control_plane, SYSTEM_PATH)
    walls = choose_walls(tools, control_plane, open_room=wanted.open_room)
    if walls.kind == "open room":
        must_have_no_credentials(os.environ)
    began = clock.now()
    scratch = Scratch.make(rooms)
    keeper = start_keeper(scratch, _GRACE)
    try:
        job = _furnish(wanted, scratch.path, tools, control_plane, walls, stop, clock)
        found = _follow(job, scratch, tell, began, clock)
        if keep is not None:
            _keep(job, keep)
    finally:
        left = _end(scratch, keeper)
    return replace(found, residue=tuple(left))


def must_not_be_stopped(stop: Path) -> None:
    """Raises Refused while the kill switch is thrown."""
    if stop.exists():
        raise Refused(
            f"Drills are stopped: the kill switch {stop} is there.", hint="tocsin drill resume takes it away."
        )


def choose_walls(tools: Path, control_plane: Path | None = None, *, open_room: bool = False) -> Walls:
    """A capsule wherever the kernel allows one."""
    if open_room:
        return Walls("open room", "asked for")
    why = _why_not()
    if why is not None:
        return Walls("open room", why)
    if as_root(programs(tools, control_plane)):
        return Walls(
            "capsule", "started by root, whose files can be read inside: nobody else can read the programs"
        )
    return Walls("capsule")


@cache
def _why_not() -> str | None:
    """Asked once: the question forks, which a process with several threads does better without."""
    return namespaces.why_not()


def _furnish(
    wanted: Wanted,
    cell: Path,
    tools: Path,
    control_plane: Path | None,
    walls: Walls,
    stop: Path,
    clock: Clock,
) -> Job:
    """Everything the run needs to know, in its cell."""
    scenario = wanted.scenario.as_corrected() if wanted.runbook == "corrected" else wanted.scenario
    try:
        raw = scenario.settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            f"{scenario.file}: settings: {scenario.settings} cannot be read: {problem}."
        ) from problem
    written = read_runbook(scenario.runbook)
    book = read_book(Text(Path("runbook.md"), written), clock.now().date())
    composed = compose(scenario, raw, book, every=wanted.every)
    job = Job(
        scenario=scenario,
        kind=wanted.kind,
        cell=cell,
        tools=tools,
        control_plane=control_plane,
        people=composed.people,
        walls=walls,
        limit_seconds=scenario.budgets.limit.total_seconds(),
        stop=stop,
        runbook=wanted.runbook,
        left_out=wanted.left_out,
        production=tuple(identities(raw).items()),
        seed=wanted.seed,
    )
    for folder in (job.folder, job.rooms, job.out):
        folder.mkdir(mode=0o755)
    job.hosts.write_text(_HOSTS, encoding="ascii")
    (job.folder / "tocsin.toml").write_text(composed.text, encoding="utf-8")
    (job.folder / "runbook.md").write_text(written, encoding="utf-8")
    write(job)
    if walls.kind == "capsule" and os.geteuid() == 0 and not as_root(programs(tools, control_plane)):
        _hand_over(cell)
    return job


def _hand_over(cell: Path) -> None:
    """The cell belongs to whoever lives in it."""
    for path in (cell, *cell.rglob("*")):
        if path.name != "keeper.log":
            os.chown(path, namespaces.NOBODY, namespaces.NOBODY)


def _follow(job: Job, scratch: Scratch, tell: Callable[[Told], None], began: datetime, clock: Clock) -> Run:
    """Start the watchdog, pass on what is told, and read the record."""
    pidfile = scratch.pidfile("watchdog")
    scratch.announce(Entry(name="watchdog", pidfile=str(pidfile), signals=()))
    log = scratch.path / "watchdog.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tocsin.sandbox.drill.watchdog", str(job.cell / "job.json")],
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(Path.home()),
                "LANG": "C.UTF-8",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    pidfile.write_text(Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8"), encoding="utf-8")
    last = ""
    try:
        with process:
            for line in process.stdout or ():
                last = line.decode("utf-8", "replace").strip()
                told = _told(last)
                if told is not None:
                    tell(told)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode == STOPPED:
        return _broken(job, last, began, clock)
    try:
        return read_run(job.out / RUN)
    except (FileNotFoundError, msgspec.MsgspecError):
        return _broken(job, f"the run ended with status {process.returncode}: {tail(log)}", began, clock)


def _told(line: str) -> Told | None:
    try:
        found = json.loads(line)
        return Told(datetime.fromisoformat(found["at"]), State(found["state"]), str(found["what"]))
    except (ValueError, KeyError, TypeError):
        return None


def _broken(job: Job, why: str, began: datetime, clock: Clock) -> Run:
    """The record of a run that left none."""
    return Run(
        scenario=job.scenario.name,
        kind=job.kind,
        runbook=job.runbook,
        section=job.scenario.section,
        text_sha256="",
        seed=job.seed,
        walls=job.walls,
        times=Times(began, ended=clock.now()),
        left_out=job.left_out,
        broken=why,
    )


def _keep(job: Job, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        source, target = job.out / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists():
            shutil.copyfile(source, target)


def _end(scratch: Scratch, keeper: "subprocess.Popen[bytes]") -> list[str]:
    """End everything; what is left all the same, found without asking the manifest."""
    try:
        scratch.end()
    except (TocsinError, OSError) as problem:
        return [str(problem)]
    finally:
        keeper.kill()
        keeper.wait()
    return leftovers(scratch.path)


def leftovers(cell: Path) -> list[str]:
    """Processes that work in a cell or name it, mounts and files of it."""
    found = []
    mark = str(cell).encode()
    for seen in processes.everything():
        pid = seen.identity.pid
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if not seen.zombie and pid != os.getpid() and (processes.works_in(pid, cell) or mark in command):
            found.append(f"process {pid} {command.replace(bytes(1), b' ').decode(errors='replace').strip()}")
    mounts = Path("/proc/self/mountinfo").read_bytes()
    if mark in mounts:
        found.append(f"a mount of {cell}")
    return found + [f"file {path}" for path in cell.parent.glob(cell.name + "*")]
