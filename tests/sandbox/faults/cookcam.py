"""What every test of a CookCam fault needs: the seed's commands typed in, the fault around a test, the production checks."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from tests.sandbox.faults.seed import ROOT, Done, commands

from tocsin.app.probing import make_probers
from tocsin.app.settings import load
from tocsin.detection.check import Sample, Verdict
from tocsin.kit.clock import SystemClock
from tocsin.probe.registry import Probers
from tocsin.sandbox.cookcam import CookCamRoom
from tocsin.sandbox.fault import Fault, differences
from tocsin.sandbox.service import wait_until

SEED = ROOT / "examples/cookcam/runbook.md"
CORRECTED = ROOT / "examples/cookcam/runbook.corrected.md"
SETTINGS = ROOT / "examples/cookcam/tocsin.toml"
_HEADING = re.compile(r"^#{2,4} (?:\d+\. )?(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LIMIT = 300.0
SOON = timedelta(seconds=180)
Handle = TypeVar("Handle")


def seed(heading: str, part: str) -> str:
    """The one command of a section of the seed that has this part, word for word."""
    return _one(SEED, heading, part)


def corrected(heading: str, part: str) -> str:
    """The same of the corrected runbook."""
    return _one(CORRECTED, heading, part)


def fences(heading: str, runbook: Path) -> list[str]:
    """The fenced texts of a section, its own subsections left out."""
    text = runbook.read_text(encoding="utf-8")
    found = list(_HEADING.finditer(text))
    begin = next(match.end() for match in found if match[1] == heading)
    after = [match.start() for match in re.finditer(r"^#{2,4} ", text, re.MULTILINE) if match.start() > begin]
    return [match[1] for match in _FENCE.finditer(text[begin : min(after, default=len(text))])]


def statements(fence: str) -> list[str]:
    """The commands of a fence; a quoted text over several lines belongs to the command it is in."""
    found: list[str] = []
    for line in commands(fence):
        if found and found[-1].count('"') % 2:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def _one(runbook: Path, heading: str, part: str) -> str:
    texts = [text for fence in fences(heading, runbook) for text in statements(fence) if part in text]
    (found,) = dict.fromkeys(texts)  # a check may stand several times, word for word
    return found


def run(room: CookCamRoom, text: str, *, limit: float = LIMIT, **variables: str) -> Done:
    """One text, as a person types it in the checkout, with nothing but the room's environment."""
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", text],
            env={**room.environment, **variables},
            cwd=room.workdir,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as over:
        out = over.stdout or b""
        return Done(124, out.decode(errors="replace") if isinstance(out, bytes) else out, "")
    return Done(done.returncode, done.stdout, done.stderr)


def healthy(room: CookCamRoom) -> None:
    """Returns when the application answers 200 through nginx."""
    wait_until(lambda: room.health().status == 200, "health is 200", SOON)


def unharmed(room: CookCamRoom, fault: Fault[CookCamRoom, Handle]) -> None:
    """Returns when the fault is not there: to who looks once, a machine that stands still for a moment looks broken."""
    wait_until(lambda: not fault.confirm(room), f"{fault.name} is not there", SOON)


@contextmanager
def broken(room: CookCamRoom, fault: Fault[CookCamRoom, Handle], *, cut: bool = False) -> Iterator[Handle]:
    """The fault, confirmed, around a test; afterwards everything is as it was before.

    Args:
        cut: the test cuts replication on purpose; then the replica is another connection afterwards.
    """
    before = fault.oracles(room)
    unharmed(room, fault)
    handle = fault.inject(room)
    try:
        # As a drill does: a crowd that a busy machine sends one by one is not refused this time, but the next.
        wait_until(lambda: fault.confirm(room), f"{fault.name} is there", SOON)
        yield handle
    finally:
        fault.restore(room, handle)
    unharmed(room, fault)
    assert set(differences(before, fault.oracles(room))) == ({"postgres.replication"} if cut else set())


class Watch:
    """The checks of the example's own settings, led into the room as `tocsin serve` leads them."""

    def __init__(self, room: CookCamRoom) -> None:
        self._settings = load(SETTINGS, room.environment)
        self._probers: Probers = make_probers(self._settings, SystemClock())

    def sample(self, name: str) -> Sample:
        """One sample of one check."""
        (spec,) = [each for each in self._settings.checks if each.name == name]
        return self._probers.probe(spec)

    @property
    def names(self) -> tuple[str, ...]:
        """Every check."""
        return tuple(spec.name for spec in self._settings.checks)

    def becomes(self, name: str, verdict: Verdict) -> None:
        """Returns with the first sample of this verdict: one that ran into its time limit says nothing of the room."""
        wait_until(lambda: self.sample(name).verdict is verdict, f"{name} is {verdict.value}", SOON)
