"""A document as the linter shows it, and mended: the same for the command line and the editor."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from tocsin.app.lint_settings import LintSettings
from tocsin.app.project import gather
from tocsin.effects.effect import Effect
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.document import Text, read
from tocsin.runbook.lint.fixes import apply
from tocsin.runbook.lint.suppress import Outcome, suppress
from tocsin.runbook.project import NOTHING_KNOWN, Copied, ProjectFacts, copied

_ROUNDS = (
    5  # a fix can make room for another one on its line; more than a few rounds would be a defect of ours
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules are looked at: ids or their beginnings; `select` empty means all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, rule: str) -> bool:
        """Whether findings of this rule are shown."""
        return (not self.select or rule.startswith(self.select)) and not (
            self.ignore and rule.startswith(self.ignore)
        )


@dataclass(frozen=True, slots=True)
class Linted:
    """A document with what was found in it."""

    book: Runbook
    source: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Linter:
    """Lints texts of one document.

    Attributes:
        name: the document as it is shown. document: where it is, for patterns and waivers.
        settings: of its tocsin.toml. choice: what the caller wants to see beside that. today: for dates of review.
        ask: also ask this machine which programs it has. copies: the procedures of the other documents of this run.
        alone: the text stands nowhere, so nothing lies around it.
    """

    name: str
    document: Path
    settings: LintSettings
    choice: Choice
    today: date
    ask: bool = False
    copies: tuple[Copied, ...] = ()
    alone: bool = False

    def lint(self, source: str) -> Linted:
        """The findings in a text of this document. Never raises for any text."""
        book = read(Text(Path(self.name), source), self.today, around=self._around)
        book = self.settings.waived(book, self.document, self.today)
        outcome = suppress(book.diagnostics, source)
        own = Choice(self.choice.select, (*self.choice.ignore, *self.settings.ignored(self.document)))
        return Linted(
            book,
            source,
            Outcome(
                tuple(found for found in outcome.shown if own.takes(found.rule)),
                tuple(each for each in outcome.silenced if own.takes(each.diagnostic.rule)),
            ),
        )

    def _around(self, book: Runbook) -> ProjectFacts:
        if self.alone:
            return NOTHING_KNOWN
        return replace(gather(book, self.document, self.settings, ask=self.ask), copies=self.copies)

    def mend(self, source: str) -> tuple[str, int]:
        """The text with every certain fix made, and how many were made.

        A fix is kept only if reading the mended text again finds nothing new, no longer finds what was mended, and
        judges no step worse.
        """
        made = 0
        for _ in range(_ROUNDS):
            before = self.lint(source)
            fixable = [found for found in before.outcome.shown if found.fix is not None]
            if not fixable:
                break
            mended, number = self._kept(before, fixable)
            if not number:
                break
            source, made = mended, made + number
        return source, made

    def _kept(self, before: Linted, fixable: list[Diagnostic]) -> tuple[str, int]:
        """The text with all these fixes, or else with those that stand the test one after the other."""
        together, number = self._try(before, fixable)
        if together is not None:
            return together, number
        good: list[Diagnostic] = []
        kept: tuple[str, int] = (before.source, 0)
        for each in fixable:
            tried, number = self._try(before, [*good, each])
            if tried is not None:
                good.append(each)
                kept = (tried, number)
        return kept

    def _try(self, before: Linted, fixing: list[Diagnostic]) -> tuple[str | None, int]:
        text, number = apply(before.source, (found.fix for found in fixing if found.fix is not None))
        after = self.lint(text)
        new = _places(after.book.diagnostics) - _places(before.book.diagnostics)
        left = Counter(_told(after.book.diagnostics))
        had = Counter(_told(before.book.diagnostics))
        gone = number < len(fixing) or all(left[key] < had[key] for key in _told(fixing))
        if new or not gone or not _no_worse(before.book, after.book):
            return None, 0
        return text, number


def procedures(document: Path, text: str) -> tuple[Copied, ...]:
    """The procedures of a document, for `Linter.copies`."""
    return copied(compile_runbook(text, document.as_posix()))


def _places(found: Iterable[Diagnostic]) -> Counter[tuple[str, int]]:
    return Counter((each.rule, each.span.first_line) for each in found)


def _told(found: Iterable[Diagnostic]) -> list[tuple[str, int, str]]:
    return [(each.rule, each.span.first_line, each.message) for each in found]


def _no_worse(before: Runbook, after: Runbook) -> bool:
    """Whether at most as many steps as before have each effect or a worse one."""
    old, new = _effects(before), _effects(after)
    return all(
        sum(value >= effect.value for value in new) <= sum(value >= effect.value for value in old)
        for effect in Effect
        if effect is not Effect.OBSERVE
    )


def _effects(book: Runbook) -> list[int]:
    return [step.judgement.effect.value for section in book.sections for step in section.steps()]
