"""F02: how compile + judge + lint grow with the text: speed, time per byte and memory, beside markdown-it-py.

Three kinds of text. *Seed repeated*: the CookCam seed again and again, to 0.1, 1 and 10 MB; *fences*: 10,000 and 100,000
different fences of one command each (0.4 and 4.3 MB); *public runbooks*: every Markdown file below the folder that
TOCSIN_CORPUS names, one after the other (no such text is kept in this repository; without the variable it gets no number).
Each is read in a process of its own that collects garbage as the `tocsin` command does; so does the peer, which only
parses. Figures are CPU time. Targets: public runbooks at 1 MB/s on one core; time per byte within 20 % over ten times the
text ("growth", 1 is linear). One round unless told otherwise, because one takes minutes; nothing is stored.
Run: TOCSIN_CORPUS=folder python benchmarks/corpus.py [rounds]
"""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from _reading import rounds_from, say
from markdown_it import MarkdownIt

from tocsin.kit.garbage import collect_seldom
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.run import lint

SEED = Path(__file__).resolve().parents[1] / "examples" / "cookcam" / "runbook.md"
MB = 1_000_000
TARGET_MB_PER_S, TARGET_GROWTH = 1, 1.2
LIMIT_SECONDS = 240
TODAY = date(2026, 11, 21)
PUBLIC = "public runbooks"
TEXTS = ("seed 0.1 MB", "seed 1 MB", "seed 10 MB", "fences 10,000", "fences 100,000", PUBLIC)
GROWTHS = (("seed 0.1 MB", "seed 1 MB"), ("seed 1 MB", "seed 10 MB"), ("fences 10,000", "fences 100,000"))
PEER = "markdown-it-py, parses only"


def texts_of(name: str) -> list[str]:
    if name == PUBLIC:
        folder = os.environ.get("TOCSIN_CORPUS")
        return (
            [path.read_text(errors="replace") for path in sorted(Path(folder).rglob("*.md"))]
            if folder
            else []
        )
    kind, size = name.split()[:2]
    if kind == "fences":
        body = "".join(
            f"```bash\ntail -n {number} /var/log/syslog\n```\n\n"
            for number in range(int(size.replace(",", "")))
        )
        return [f"# Shop\n\n## 1. API Not Responding\n\n{body}"]
    seed = SEED.read_text()
    return [seed * (int(float(size) * MB) // len(seed.encode()) + 1)]


def size_of(texts: list[str]) -> int:
    return sum(len(text.encode(errors="replace")) for text in texts)


def alone(name: str, system: str) -> None:
    """In a process of its own: read these texts and print seconds and peak memory."""
    collect_seldom()
    texts = texts_of(name)
    lint(compile_runbook("# Warm\n\n```bash\nuptime\n```\n"), today=TODAY)  # tables are read once per process
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole = linted = 0.0
    for text in texts:
        began = time.process_time()
        if system == "tocsin":
            book = compile_runbook(text)
            middle = time.process_time()
            lint(book, today=TODAY)
            linted += time.process_time() - middle
        else:
            MarkdownIt("commonmark").enable("table").parse(text)
        whole += time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([whole, linted, (peak - before) / 1024]))


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


def read(name: str, size: int) -> float | None:
    """Say what both systems take for these texts; our seconds per byte, or None without a number."""
    ours: float | None = None
    for system in ("tocsin", PEER):
        found = measured(name, system)
        if found is None:
            print(f"F02: {system} had not read {name} after {LIMIT_SECONDS} s and gets no number")
            continue
        seconds, linted, memory = found
        target = TARGET_MB_PER_S if system == "tocsin" and name == PUBLIC else None
        speed = size / MB / seconds
        say("F02", system, f"{name}: CPU", speed, "MB/s", target=target, better="more", steady=True)
        if name != PUBLIC:
            say("F02", system, f"{name}: memory per byte", memory * 1_048_576 / size, "B", steady=True)
        if system == "tocsin":
            ours = seconds / size
            alone_speed = size / MB / (seconds - linted)
            say("F02", system, f"{name}: CPU without lint", alone_speed, "MB/s", better="more", steady=True)
            print(f"F02: {name}: {seconds:.1f} s CPU, of these lint {linted:.1f} s, {memory:.0f} MB")
    return ours


def main() -> None:
    if sys.argv[1:2] == ["--alone"]:
        alone(sys.argv[2], sys.argv[3])
        return
    for _ in range(rounds_from(sys.argv, 1)):
        per_byte: dict[str, float | None] = {}
        for name in TEXTS:
            size = size_of(texts_of(name))
            if not size:
                print(f"F02: {name} are not here (TOCSIN_CORPUS) and get no number")
                continue
            per_byte[name] = read(name, size)
        for small, large in GROWTHS:
            first, last = per_byte[small], per_byte[large]
            if first and last:
                metric = f"growth from {small} to {large} (1 is linear)"
                say("F02", "tocsin", metric, last / first, "×", target=TARGET_GROWTH, steady=True)


if __name__ == "__main__":
    main()
