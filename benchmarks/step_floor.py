"""What running a step costs over the process it starts (F05's floor: fork and exec, without the two commits).

Each round alternates ours and its peers in the same process; printed are medians of the rounds' medians, with
the lowest and highest round. Run: python benchmarks/step_floor.py [rounds]
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tocsin.connectors.api import RunRequest
from tocsin.connectors.process import LocalRunner
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

RUNS = 100
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
RUNNER = LocalRunner("local", ENVIRONMENT, Redactor(["correct-horse-battery"]), SystemClock())


def fork_exec() -> None:
    """The floor: what the kernel takes."""
    pid = os.fork()
    if pid == 0:
        os.execve("/bin/true", ["true"], ENVIRONMENT)
    os.waitpid(pid, 0)


def bare_subprocess() -> None:
    subprocess.run(["/bin/true"], env=ENVIRONMENT, check=True)


def captured_subprocess() -> None:
    subprocess.run(["/bin/true"], env=ENVIRONMENT, check=True, capture_output=True, start_new_session=True)


def ours_direct() -> None:
    assert RUNNER.run(RunRequest("/bin/true")).exit_status == 0


def bare_bash() -> None:
    subprocess.run(["bash", "--noprofile", "--norc", "-c", "/bin/true;"], env=ENVIRONMENT, check=True)


def ours_bash() -> None:
    assert RUNNER.run(RunRequest("/bin/true | /bin/true")).statuses == (0, 0)


def bare_bash_pipeline() -> None:
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "/bin/true | /bin/true"], env=ENVIRONMENT, check=True
    )


CASES: tuple[Callable[[], None], ...] = (
    fork_exec,
    bare_subprocess,
    captured_subprocess,
    ours_direct,
    bare_bash,
    bare_bash_pipeline,
    ours_bash,
)


def median_ms(case: Callable[[], None]) -> float:
    """The median of `RUNS` runs, in milliseconds."""
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        case()
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for case in CASES:
        case()
    results: dict[str, list[float]] = {case.__name__: [] for case in CASES}
    for _ in range(rounds):
        for case in CASES:
            results[case.__name__].append(median_ms(case))
    floor = statistics.median(results["fork_exec"])
    print(
        f"{'':22}{'median ms':>10}{'lowest':>9}{'highest':>9}{'over fork+exec':>16}   load {os.getloadavg()[0]:.1f}"
    )
    for name, values in results.items():
        middle = statistics.median(values)
        print(f"{name:22}{middle:10.3f}{min(values):9.3f}{max(values):9.3f}{middle - floor:16.3f}")


if __name__ == "__main__":
    main()
