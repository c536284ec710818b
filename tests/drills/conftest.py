"""Drills in tests: a state directory of their own, short and open, and nothing of it left afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.drill.record import Run
from tocsin.drill.scenario import Scenario
from tocsin.kit.clock import SystemClock
from tocsin.sandbox import namespaces
from tocsin.sandbox.drill import cell, scenarios
from tocsin.sandbox.drill.cell import Told, Wanted

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
EXAMPLES = ROOT / "examples"
FAST = "500 ms"  # how often the checks look in tests; production's rule stays as it is


@dataclass(frozen=True, slots=True)
class Yard:
    """Where the drills of one test take place.

    Attributes:
        rooms: the state directory. kept: what each run leaves to read.
    """

    rooms: Path
    kept: Path

    def run(self, scenario: Scenario, **wanted: object) -> Run:
        """One run; whatever it says."""
        told: list[Told] = []
        asked = replace(Wanted(scenario, every=FAST), **wanted)  # type: ignore[arg-type]  # names of its fields
        return cell.run(asked, self.rooms, TOOLS, SystemClock(), tell=told.append, keep=self.kept)

    def left(self) -> list[str]:
        """What is still there of any cell."""
        return [str(path) for path in self.rooms.glob("*") if path.name != "STOP"]


@pytest.fixture
def yard() -> Iterator[Yard]:
    """A state directory of the test's own."""
    home = Path(tempfile.mkdtemp(prefix="td-", dir="/tmp"))
    home.chmod(0o755)
    rooms = home / "r"
    rooms.mkdir(mode=0o711)
    try:
        yield Yard(rooms, home / "kept")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def scenario(example: str, name: str) -> Scenario:
    """A scenario of an example, with time enough for a slow machine."""
    found = scenarios.read(EXAMPLES / example / "drills" / f"{name}.toml")
    return patient(found)


def patient(found: Scenario) -> Scenario:
    """With a limit that only a hanging drill reaches."""
    return replace(found, budgets=replace(found.budgets, limit=timedelta(minutes=10)))


CAPSULE = namespaces.why_not() is None
"""Whether this machine allows capsules. Where it does not, drills run in open rooms and say so; the claims are the same."""
