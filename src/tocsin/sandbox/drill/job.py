"""What one run is told: written by `tocsin drill` into the cell, read by the process inside."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tocsin.drill.record import Kind, Run, Walls
from tocsin.drill.scenario import Scenario
from tocsin.sandbox.ending import INNER_ROOMS

JOB = "job.json"
RUN = "run.json"
STOP = "STOP"
"""The kill switch: a file of this name in the state directory ends every drill and lets no new one begin."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one scenario.

    Attributes:
        cell: directory of everything the run writes; the only one it can write.
        tools: where the programs are.
        runbook: "verbatim" or "corrected"; which text lies in the cell.
        left_out: number of the step that gets a no, for ablation.
        walls: what the run is to stand in. production: who the real targets are; nothing here may be one of them.
        limit_seconds: after which the watchdog ends it. stop: the kill switch.
        seed: of the jitter before the fault; 0 for none.
        people: who may answer, the first on call first.
        control_plane: where the programs of a real one are, or None for the simulator.
    """

    scenario: Scenario
    kind: Kind
    cell: Path
    tools: Path
    people: tuple[str, ...]
    walls: Walls
    limit_seconds: float
    stop: Path
    runbook: str = "verbatim"
    left_out: str | None = None
    production: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    control_plane: Path | None = None

    @property
    def folder(self) -> Path:
        """Settings and runbook of the run."""
        return self.cell / "drill"

    @property
    def rooms(self) -> Path:
        """Where its room is made."""
        return self.cell / INNER_ROOMS

    @property
    def out(self) -> Path:
        """Store, pages, post-mortem, log and record: what is kept of a run."""
        return self.cell / "out"

    @property
    def hosts(self) -> Path:
        """What is seen as /etc/hosts."""
        return self.cell / "hosts"


def write(job: Job) -> Path:
    """Put the job into its cell; the file."""
    path = job.cell / JOB
    path.write_bytes(msgspec.json.encode(job, enc_hook=_plain))
    return path


def read(path: Path) -> Job:
    """The job of a cell. Raises msgspec.MsgspecError if the file is none."""
    return msgspec.json.decode(path.read_bytes(), type=Job, dec_hook=_typed)


def write_run(path: Path, run: Run) -> None:
    """Keep the record of a run."""
    path.write_bytes(msgspec.json.encode(run))


def read_run(path: Path) -> Run:
    """The record of a run. Raises msgspec.MsgspecError if the file is none, FileNotFoundError if there is none."""
    return msgspec.json.decode(path.read_bytes(), type=Run)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value)} is not part of a job")


def _typed(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    if kind is object:
        return value  # a value of a table of tocsin.toml, which is read as such later
    raise NotImplementedError(f"{kind} is not part of a job")
