"""F05, the process alone: what our local runner costs over the process it starts, without any commit.

Each round alternates ours and the bare ways in one process, medians of 100 runs of /bin/true. *Direct* is a command of
plain words, which needs no shell; *bash* a pipeline, which does. Ours captures both outputs, limits time and size, puts
the text into a process group of its own and redacts. Peers: posix_spawn and wait (the floor), subprocess.run without and with
captured output. Nothing is stored; no target of its own (the step as a whole has one: step.py).
Run: python benchmarks/step_floor.py [rounds]
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from _reading import rounds_from, say

from tocsin.connectors.api import RunRequest
from tocsin.connectors.process import LocalRunner
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

RUNS = 100
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
RUNNER = LocalRunner("local", ENVIRONMENT, Redactor(["correct-horse-battery"]), SystemClock())
BASH = ["bash", "--noprofile", "--norc", "-c"]


def spawn() -> None:
    """The floor: what the kernel takes. Not fork, which copies the page tables of this large process first."""
    os.waitpid(os.posix_spawn("/bin/true", ["true"], ENVIRONMENT), 0)


def bare_subprocess() -> None:
    subprocess.run(["/bin/true"], env=ENVIRONMENT, check=True)


def captured_subprocess() -> None:
    subprocess.run(["/bin/true"], env=ENVIRONMENT, check=True, capture_output=True, start_new_session=True)


def ours_direct() -> None:
    assert RUNNER.run(RunRequest("/bin/true")).exit_status == 0


def bare_pipeline() -> None:
    subprocess.run([*BASH, "/bin/true | /bin/true"], env=ENVIRONMENT, check=True)


def ours_pipeline() -> None:
    assert RUNNER.run(RunRequest("/bin/true | /bin/true")).statuses == (0, 0)


DIRECT, PIPELINE = "process of one step, direct", "process of one step, bash pipeline"
CASES: tuple[tuple[str, str, Callable[[], None]], ...] = (
    ("tocsin", DIRECT, ours_direct),
    ("floor: posix_spawn", DIRECT, spawn),
    ("subprocess.run", DIRECT, bare_subprocess),
    ("subprocess.run, output captured", DIRECT, captured_subprocess),
    ("tocsin", PIPELINE, ours_pipeline),
    ("subprocess.run, bash", PIPELINE, bare_pipeline),
)


def median_ms(case: Callable[[], None]) -> float:
    """The median of `RUNS` runs, in milliseconds."""
    spent = []
    for _ in range(RUNS):
        began = time.perf_counter()
        case()
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    for _, _, case in CASES:
        case()
    for _ in range(rounds):
        for system, metric, case in CASES:
            say("F05", system, metric, median_ms(case), "ms")


if __name__ == "__main__":
    main()
