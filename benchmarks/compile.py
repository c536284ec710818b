"""F01: one seed compiled (which judges its commands) and linted, beside markdown-it-py, which only parses.

In this process after one warm-up; every round is the median of 15. Cold means that all that was remembered about texts
is forgotten before each run (`_cold.forget`), which is what a runbook nobody has read yet costs (target: 15 ms); warm is
the same text again. Of the cold whole the fastest run of each round is told, too: beside others on the same machine the
median says as much about them as about us. The parts are measured on their own: blocks (our Markdown reading,
markdown-it-py included), judging every command of the seed, and the lint. The document is in memory; nothing is stored;
garbage is looked for as seldom as in the `tocsin` command. Run: python benchmarks/compile.py [rounds]
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from _cold import forget
from _reading import rounds_from, say
from markdown_it import MarkdownIt

from tocsin.effects.judge import judge
from tocsin.kit.garbage import collect_seldom
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.run import lint
from tocsin.runbook.markdown.read import read

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SEEDS = {"CookCam": "cookcam", "PrepChef": "prepchef"}
TODAY = date(2026, 11, 21)
RUNS = 15
TARGET_MS = 15


@dataclass(frozen=True, slots=True)
class Seed:
    """One document with what its parts need."""

    name: str
    text: str
    book: Runbook
    commands: tuple[tuple[str, str], ...]

    def whole(self) -> None:
        lint(compile_runbook(self.text), today=TODAY)

    def blocks(self) -> None:
        read(self.text)

    def judged(self) -> None:
        for text, language in self.commands:
            judge(text, language)

    def linted(self) -> None:
        lint(self.book, today=TODAY)

    def peer(self) -> None:
        MarkdownIt("commonmark").enable("table").parse(self.text)


def seed(name: str, folder: str) -> Seed:
    text = (EXAMPLES / folder / "runbook.md").read_text()
    book = compile_runbook(text)
    steps = [step for section in book.sections for step in section.steps()]
    commands = {(action.text, action.language) for step in steps for action in step.actions}
    return Seed(name, text, book, tuple(sorted(commands)))


def spent_ms(act: Callable[[], None], *, cold: bool) -> list[float]:
    """What each of the runs took."""
    spent = []
    for _ in range(RUNS):
        if cold:
            forget()
        began = time.perf_counter()
        act()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def median_ms(act: Callable[[], None], *, cold: bool) -> float:
    return median(spent_ms(act, cold=cold))


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    collect_seldom()
    seeds = [seed(name, folder) for name, folder in SEEDS.items()]
    for each in seeds:
        each.whole()
        each.peer()
    for _ in range(rounds):
        for each in seeds:
            metric = f"{each.name} ({len(each.text.encode()) / 1000:.1f} kB): compile + judge + lint"
            whole = spent_ms(each.whole, cold=True)
            say("F01", "tocsin", f"{metric}, cold", median(whole), "ms", target=TARGET_MS)
            say("F01", "tocsin", f"{metric}, cold, fastest run", min(whole), "ms")
            peer = median_ms(each.peer, cold=False)
            say("F01", "markdown-it-py, parses only", f"{metric}, cold", peer, "ms")
            say("F01", "tocsin", f"{metric}, warm", median_ms(each.whole, cold=False), "ms")
            say("F01", "markdown-it-py, parses only", f"{metric}, warm", peer, "ms")
            say("F01", "tocsin", f"{each.name}: blocks alone, cold", median_ms(each.blocks, cold=True), "ms")
            judging = f"{each.name}: judging {len(each.commands)} commands alone, cold"
            say("F01", "tocsin", judging, median_ms(each.judged, cold=True), "ms")
            say("F01", "tocsin", f"{each.name}: lint alone, cold", median_ms(each.linted, cold=True), "ms")


if __name__ == "__main__":
    main()
