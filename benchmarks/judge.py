"""F03 and F04: what judging one command costs, and how right it is, beside three judges made by others in the same run.

F03: nothing is remembered from one command to the next (cold). Per round: p50, mean and p95 over all shell texts of the
labelled sets (target: 150 µs p50) and over all SQL statements (1 ms p50); the slowest ten are printed at the end. Peers get
the same shell texts in a process of their own, their own cost only.

F04: of the shell texts people call a look, a change, a loss: how many would run unasked? For ours that is a look without a
flag that asks first (the bounded text where there is one). Sets: holdout was never used to write a rule; the others
were labelled before the judge saw them and used afterwards, their honest figures stand in
tests/data/judged_sets.toml. Where careful people differ, a row carries a second label in `also`, and an
answer that fits it counts as right. The peers saw none of them; nah and cc-safety-net were made for coding agents,
and cc-safety-net only denies what it knows. A text a peer fails on counts as asked.

Nothing is stored. Run: python benchmarks/judge.py [rounds]
"""

import json
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from _cold import forget
from _judge_peers import Peer, peers
from _reading import p95, rounds_from, say

from tocsin.effects.judge import judge

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SETS = tuple(
    told["name"] for told in tomllib.loads((DATA / "judged_sets.toml").read_text(encoding="utf-8"))["set"]
)
COMPARED = SETS[1:]  # "commands" grew with the rules
TARGETS_US = {"shell": 150, "sql": 1000}
# Section 21 of the runbook language: percent of each label that may or should run unasked.
TARGETS_PERCENT = {"observe": 85.0, "change": 1.0, "destroy": 0.0}
SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A text with the label people gave it, and the one that is tolerated beside it ("" if there is none)."""

    label: str
    also: str
    text: str

    def unasked(self, allowed: bool) -> bool:
        """Whether it counts as run unasked: an answer that fits the second label counts as what the first one asks."""
        if self.also and allowed is (self.also == "observe"):
            return self.label == "observe"
        return allowed


def rows(name: str, language: str) -> list[Row]:
    """The rows of a set in this language."""
    listed = (DATA / f"judged_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in listed]
    # The later sets also tell a disruption from a change; the targets do not.
    merged = {"disrupt": "change"}
    return [
        Row(merged.get(row["label"], row["label"]), row.get("also", ""), row["text"])
        for row in found
        if row.get("language", "shell") == language
    ]


def took_us(language: str, cases: Sequence[str]) -> list[float]:
    """Microseconds of each text, with nothing remembered."""
    spent = []
    for text in cases:
        forget()
        began = time.perf_counter()
        judge(text, language)
        spent.append((time.perf_counter() - began) * 1e6)
    return spent


def runs_unasked(text: str) -> bool:
    """Whether ours would run a shell text by itself."""
    judgement = judge(text)
    return judge(judgement.bounded).runs_by_itself if judgement.bounded else judgement.runs_by_itself


def report_cost(system: str, language: str, spent: Sequence[float], target: float | None) -> None:
    """The lines of F03 of one round."""
    metric = f"judge one {language} text of {len(spent)}"
    say("F03", system, f"{metric}, p50", median(spent), "µs", target=target)
    say("F03", system, f"{metric}, mean", mean(spent), "µs")
    say("F03", system, f"{metric}, p95", p95(spent), "µs")


def report_right(system: str, name: str, found: Sequence[Row], allowed: Sequence[bool]) -> None:
    """The lines of F04 of one set."""
    for label, target in TARGETS_PERCENT.items():
        unasked = [row.unasked(yes) for row, yes in zip(found, allowed, strict=True) if row.label == label]
        say(
            "F04",
            system,
            f"{name}: of {len(unasked)} that {label}, run unasked",
            100 * sum(unasked) / len(unasked),
            "%",
            target=target if system == "tocsin" else None,
            better="more" if label == "observe" else "less",
        )


def ask(peer: Peer, texts: Sequence[str]) -> tuple[list[float], list[bool]]:
    """A peer's cost and answers; says for how many it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "texts.json"
        listed.write_text(json.dumps(list(texts)))
        answers = peer.ask(listed)
    if answers.failed:
        print(f"{peer.name} raised for {answers.failed} of {len(texts)} texts")
    return answers.took, answers.allowed


def right(others: Sequence[Peer]) -> None:
    """F04: every system over every set, once: the answers do not change from round to round."""
    for name in COMPARED:
        found = rows(name, "shell")
        texts = [row.text for row in found]
        report_right("tocsin", name, found, [runs_unasked(text) for text in texts])
        for peer in others:
            report_right(peer.name, name, found, ask(peer, texts)[1])


def main() -> None:
    """Both figures."""
    rounds = rounds_from(sys.argv, 5)
    cases = {language: [row.text for name in SETS for row in rows(name, language)] for language in TARGETS_US}
    known = peers()
    for peer in known:
        if peer.missing is not None:
            print(f"F03, F04: {peer.name} gets no number: {peer.missing}")
    others = [peer for peer in known if peer.missing is None]
    slowest: dict[str, list[float]] = {}
    for language, found in cases.items():
        took_us(language, found)
    for _ in range(rounds):
        for language, found in cases.items():
            spent = took_us(language, found)
            report_cost("tocsin", language, spent, TARGETS_US[language])
            for text, value in zip(found, spent, strict=True):
                slowest.setdefault(f"{language}: {text}", []).append(value)
        for peer in others:
            report_cost(peer.name, "shell", ask(peer, cases["shell"])[0], None)
    right(others)
    for text in sorted(slowest, key=lambda text: -median(slowest[text]))[:SLOWEST]:
        print(f"F03: {median(slowest[text]):8,.0f} µs  {text[:100]!r}")


if __name__ == "__main__":
    main()
