"""F02: how compile + judge + lint grow with the text: time per byte and memory, beside markdown-it-py.

Two kinds of text. *Seed repeated*: the CookCam seed again and again, to 10 MB; *fences*: 100,000 different fences of one
command each (4.3 MB). What is beyond 6 MB is kept as text and not compiled (TOC120), so beyond that the time per byte
falls; the figure says how much of a text was compiled. Each text is compiled in a process of its own, once per round
(peak memory would not mean anything otherwise), and so is the peer. Targets: 1 MB/s on one core; time per byte of the
largest compiled text within 20 % of that of a quarter of it ("growth", 1 is linear). One round unless told otherwise,
because one takes minutes; nothing is stored. Run: python benchmarks/corpus.py [rounds]
"""

import json
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from _reading import rounds_from, say
from markdown_it import MarkdownIt

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.run import lint

SEED = Path(__file__).resolve().parents[1] / "examples" / "cookcam" / "runbook.md"
MB = 1_000_000
FENCES = 100_000
TARGET_MB_PER_S, TARGET_GROWTH = 1, 1.2
LIMIT_SECONDS = 240
TEXTS = ("seed 1 MB", "seed 4 MB", "seed 10 MB", "fences 25,000", "fences 100,000")


def text_of(name: str) -> str:
    kind, size = name.split()[:2]
    if kind == "fences":
        body = "".join(
            f"```bash\ntail -n {number} /var/log/syslog\n```\n\n"
            for number in range(int(size.replace(",", "")))
        )
        return f"# Shop\n\n## 1. API Not Responding\n\n{body}"
    seed = SEED.read_text()
    return seed * (int(size) * MB // len(seed.encode()) + 1)


def alone(name: str, system: str) -> None:
    """In a process of its own: read one text and print seconds and peak memory."""
    text = text_of(name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    middle = began
    if system == "tocsin":
        book = compile_runbook(text)
        middle = time.process_time()
        lint(book, today=date(2026, 11, 21))
    else:
        MarkdownIt("commonmark").enable("table").parse(text)
    ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([ended - began, ended - middle, (peak - before) / 1024]))


def measured(name: str, system: str) -> tuple[float, float, float] | None:
    """(CPU seconds, of these lint, MB of memory beyond the start), or None if it took too long."""
    try:
        ended = subprocess.run(
            [sys.executable, __file__, "--alone", name, system],
            check=True, stdout=subprocess.PIPE, text=True, timeout=LIMIT_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    whole, linted, memory = json.loads(ended.stdout)
    return whole, linted, memory


def main() -> None:
    if sys.argv[1:2] == ["--alone"]:
        alone(sys.argv[2], sys.argv[3])
        return
    for _ in range(rounds_from(sys.argv, 1)):
        per_byte: dict[str, float] = {}
        for name in TEXTS:
            size = len(text_of(name).encode())
            for system in ("tocsin", "markdown-it-py, parses only"):
                found = measured(name, system)
                if found is None:
                    print(f"F02: {system} had not read {name} after {LIMIT_SECONDS} s and gets no number")
                    continue
                seconds, linted, memory = found
                target = TARGET_MB_PER_S if system == "tocsin" and "10" not in name.split()[1] else None
                say(
                    "F02",
                    system,
                    f"{name}: CPU",
                    size / MB / seconds,
                    "MB/s",
                    target=target,
                    better="more",
                    steady=True,
                )
                say(
                    "F02",
                    system,
                    f"{name}: memory per byte of text",
                    memory * 1_048_576 / size,
                    "B",
                    steady=True,
                )
                if system == "tocsin":
                    per_byte[name] = seconds / size
                    print(f"F02: {name}: {seconds:.1f} s CPU, of these lint {linted:.1f} s, {memory:.0f} MB")
        for small, large in (("seed 1 MB", "seed 4 MB"), ("fences 25,000", "fences 100,000")):
            if small in per_byte and large in per_byte:
                growth = per_byte[large] / per_byte[small]
                say(
                    "F02",
                    "tocsin",
                    f"growth from {small} to {large} (1 is linear)",
                    growth,
                    "×",
                    target=TARGET_GROWTH,
                    steady=True,
                )


if __name__ == "__main__":
    main()
