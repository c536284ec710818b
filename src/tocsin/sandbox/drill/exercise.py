"""A scenario, drilled: the trial, the corrected text, and the controls without which a green trial proves nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tocsin.drill.record import Kind, Run
from tocsin.drill.result import Result, result
from tocsin.drill.scenario import Scenario
from tocsin.kit.clock import Clock
from tocsin.sandbox.drill import cell
from tocsin.sandbox.drill.cell import Told, Wanted


@dataclass(frozen=True, slots=True)
class Asked:
    """How thoroughly a scenario is to be drilled.

    Attributes:
        controls: run without fault, without runbook, and without each step. repeat: how many trials.
        corrected: whether the corrected text is tried too. seed: of the first trial's jitter; the next have the next.
        every: how often the checks look, or None for what the settings say.
        open_room: do without namespaces. keep: a folder for what each run leaves to read.
    """

    controls: bool = False
    repeat: int = 1
    corrected: bool = True
    seed: int = 0
    every: str | None = None
    open_room: bool = False
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is drilled.

    Attributes:
        rooms: the state directory of sandboxes. tools: where the programs are.
        control_plane: where those of a real one are, or None for the simulator.
    """

    rooms: Path
    tools: Path
    clock: Clock
    control_plane: Path | None = None


def exercise(scenario: Scenario, asked: Asked, place: Place, tell: Callable[[str, Told], None]) -> Result:
    """Drill one scenario.

    Args:
        tell: is given the name of the run and each of its states.

    Raises:
        Refused, ConfigError: as `cell.run`.
    """
    at = place.clock.now()

    def run(wanted: Wanted) -> Run:
        name = _name(wanted)
        keep = asked.keep / scenario.name / name.replace(" ", "-") if asked.keep is not None else None
        return cell.run(
            wanted, place.rooms, place.tools, place.clock, tell=lambda told: tell(name, told), keep=keep,
            control_plane=place.control_plane,
        )  # fmt: skip

    def wanted(
        kind: Kind, *, left_out: str | None = None, runbook: str = "verbatim", seed: int = 0
    ) -> Wanted:
        return Wanted(scenario, kind, runbook, left_out, seed, asked.open_room, asked.every)

    first = run(wanted(Kind.TRIAL, seed=asked.seed))
    runs = [first]
    if asked.corrected and scenario.corrected is not None:
        runs.append(run(wanted(Kind.TRIAL, runbook="corrected", seed=asked.seed)))
    for number in range(1, asked.repeat):
        runs.append(run(wanted(Kind.TRIAL, seed=asked.seed + number if asked.seed else 0)))
    if asked.controls and first.broken is None:
        runs.append(run(wanted(Kind.NO_FAULT)))
        runs.append(run(wanted(Kind.NO_RUNBOOK)))
        for step in dict.fromkeys(step.number for step in first.changes):
            runs.append(run(wanted(Kind.WITHOUT_STEP, left_out=step)))
    return result(scenario, tuple(runs), at)


def _name(wanted: Wanted) -> str:
    if wanted.kind is Kind.TRIAL:
        return "corrected" if wanted.runbook == "corrected" else "trial"
    return f"without {wanted.left_out}" if wanted.kind is Kind.WITHOUT_STEP else str(wanted.kind.value)
