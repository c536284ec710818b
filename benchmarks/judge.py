"""F03: what judging one command costs, on the labelled sets of the tests, beside nah in the same run.

Nothing is remembered from one command to the next (cold). Per round: p50, mean and p95 over all shell texts (target: 150 µs
p50) and over all SQL statements (target: 1 ms p50); the slowest ten are printed at the end. nah was made for coding
agents, not for operations; it runs in one process of its own, over the same shell texts, its own cost only. Whether the
judgements are right is F04 and a test, not this figure. Nothing is stored. Run: python benchmarks/judge.py [rounds]
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median

import _peers
from _cold import forget
from _reading import p95, rounds_from, say

from tocsin.effects.judge import judge

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SETS = ("judged_commands.jsonl", "judged_holdout.jsonl")
TARGETS_US = {"shell": 150, "sql": 1000}
SLOWEST = 10

NAH = """
import json, sys, time
from nah import bash

texts = json.load(open(sys.argv[1]))
took, failed = [], 0
for turn in range(2):
    took.clear()
    failed = 0
    for text in texts:
        began = time.perf_counter()
        try:
            bash.classify_command(text)
        except Exception:
            failed += 1
        took.append((time.perf_counter() - began) * 1e6)
print(json.dumps([took, failed]))
"""


def texts() -> dict[str, list[str]]:
    """The texts of the labelled sets by language; the labels do not matter here."""
    found: dict[str, list[str]] = {language: [] for language in TARGETS_US}
    for name in SETS:
        for line in (DATA / name).read_text().splitlines():
            case = json.loads(line)
            language = case.get("language", "shell")
            if language in found:
                found[language].append(case["text"])
    return found


def took_us(language: str, cases: list[str]) -> list[float]:
    """Microseconds of each text, with nothing remembered."""
    spent = []
    for text in cases:
        forget()
        began = time.perf_counter()
        judge(text, language)
        spent.append((time.perf_counter() - began) * 1e6)
    return spent


def report(system: str, language: str, count: int, spent: list[float], target: float | None) -> None:
    metric = f"judge one {language} text of {count}"
    say("F03", system, f"{metric}, p50", median(spent), "µs", target=target)
    say("F03", system, f"{metric}, mean", mean(spent), "µs")
    say("F03", system, f"{metric}, p95", p95(spent), "µs")


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    cases = texts()
    missing = _peers.install()
    if missing is not None:
        print(f"F03: nah could not be installed and gets no number: {missing}")
    slowest: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "texts.json"
        listed.write_text(json.dumps(cases["shell"]))
        for language, found in cases.items():
            took_us(language, found)
        for _ in range(rounds):
            for language, found in cases.items():
                spent = took_us(language, found)
                report("tocsin", language, len(found), spent, TARGETS_US[language])
                for text, value in zip(found, spent, strict=True):
                    slowest.setdefault(f"{language}: {text}", []).append(value)
            if missing is None:
                spent, failed = json.loads(_peers.run(NAH, str(listed), cwd=Path(scratch)))
                report("nah 0.11", "shell", len(cases["shell"]), spent, None)
                if failed:
                    print(f"F03: nah raised for {failed} texts")
    ranked = sorted(slowest, key=lambda text: -median(slowest[text]))[:SLOWEST]
    for text in ranked:
        print(f"F03: {median(slowest[text]):8,.0f} µs  {text[:100]!r}")


if __name__ == "__main__":
    main()
