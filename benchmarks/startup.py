"""F21: how soon `tocsin --help` has answered, and how soon `tocsin serve` is ready on a store that is not there yet.

Whole processes from start to end, page cache warm, wall clock. `--help` beside a bare Python and one that imports click
(target: 150 ms). `serve` with the CookCam seed as its runbook and an empty folder: it reads and lints the runbook, makes
an SQLite store (WAL, synchronous=FULL), takes the lease and is ready when /healthz says 200 (target: 1.5 s); beside a
Python that only imports what any such server needs. Run: python benchmarks/startup.py [rounds]
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import _room
from _reading import rounds_from, say
from _serve import Serve

HELP_MS, READY_MS = 150, 1500
SEED = Path(__file__).resolve().parents[1] / "examples" / "cookcam" / "runbook.md"
HELPS = {
    "python": [sys.executable, "-c", "pass"],
    "python + click": [sys.executable, "-c", "import click"],
    "tocsin": [sys.executable, "-m", "tocsin", "--help"],
}
IMPORTS = [sys.executable, "-c", "import click, httpx2, markdown_it, sqlalchemy, starlette, uvicorn"]
STARTS = 4  # of each system, in turns, for one round's median


def wall_ms(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def serve_ms() -> float:
    with tempfile.TemporaryDirectory() as scratch:
        file = _room.write(Path(scratch), SEED.read_text(), listen="127.0.0.1:0")
        with Serve(file) as serve:
            took = serve.wait_until_ready() * 1000
            serve.stop()
    return took


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    for command in (*HELPS.values(), IMPORTS):
        wall_ms(command)
    serve_ms()
    for _ in range(rounds):
        took: dict[str, list[float]] = {name: [] for name in HELPS}
        for _ in range(STARTS):
            for name, command in HELPS.items():
                took[name].append(wall_ms(command))
        for name, values in took.items():
            target = HELP_MS if name == "tocsin" else None
            say("F21", name, "tocsin --help", median(values), "ms", target=target)
        say("F21", "tocsin", "serve ready, empty store", serve_ms(), "ms", target=READY_MS)
        say(
            "F21", "python + the same libraries, imported", "serve ready, empty store", wall_ms(IMPORTS), "ms"
        )


if __name__ == "__main__":
    main()
