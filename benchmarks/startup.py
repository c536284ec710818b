"""F21: how long `tocsin --help` takes, beside a bare Python that imports click. Whole processes, page cache warm.

Run: python benchmarks/startup.py [rounds]
"""

import json
import subprocess
import sys
import time
from statistics import median

TARGET_MS = 150.0
SYSTEMS = {
    "python": [sys.executable, "-c", "pass"],
    "python + click": [sys.executable, "-c", "import click"],
    "tocsin": [sys.executable, "-m", "tocsin", "--help"],
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    took: dict[str, list[float]] = {name: [] for name in SYSTEMS}
    for _ in range(rounds + 1):
        for name, command in SYSTEMS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            took[name].append((time.perf_counter() - began) * 1000)
    for name, values in took.items():
        line: dict[str, object] = {
            "figure": "F21", "system": name, "metric": "wall p50", "value": round(median(values[1:]), 1), "unit": "ms",
            "better": "less",
        }  # fmt: skip
        if name == "tocsin":
            line["target"] = TARGET_MS
        print(json.dumps(line))


if __name__ == "__main__":
    main()
