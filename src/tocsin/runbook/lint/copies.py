"""TOC410: two copies of a procedure that differ. One was mended, and at night the other one is used."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from tocsin.runbook.diagnostic import Diagnostic, Span
from tocsin.runbook.lint.facts import View
from tocsin.runbook.project import Copied, copied
from tocsin.runbook.words.wording import fold

_SAME_TITLE, _ANY_TITLE = 0.6, 0.85  # the least share of commands in common, by whether the headings agree
_LEAST_ANY_TITLE = 6
_COMMON = 20  # a command in more procedures than these belongs to none of them


def differing(view: View) -> Iterator[Diagnostic]:
    """TOC410: a procedure that is nearly one that stands elsewhere, in this document or in another of the same run."""
    known = _Known()
    for each in view.project.copies:
        if each.path != view.book.path:
            known.add(each)
    # What is a copy of something, or was told, is settled with all its parts.
    settled: set[tuple[int, str]] = set()
    for mine in copied(view.book):
        if settled.issuperset(mine.commands):
            continue
        if known.has(mine):
            settled.update(mine.commands)
            continue
        for other in known.like(mine):
            first = None if _nested(mine, other) else _difference(mine, other)
            if first is not None:
                settled.update(mine.commands)
                where = f"line {other.line}" if other.path == mine.path else f"{other.path}:{other.line}"
                message = f"{mine.title} is nearly the procedure at {where}; they differ, first in `{first[1][:60]}`."
                yield view.remark("TOC410", Span(0, 0, first[0], first[0]), message)
                break
        known.add(mine)


class _Known:
    """The procedures seen so far, found by their commands: what everybody runs tells nothing apart and is passed over."""

    def __init__(self) -> None:
        self.exact: set[tuple[str, ...]] = set()
        self.by_command: dict[str, list[Copied]] = {}

    def add(self, procedure: Copied) -> None:
        texts = _texts(procedure)
        self.exact.add(tuple(texts))
        for text in dict.fromkeys(texts):
            self.by_command.setdefault(text, []).append(procedure)

    def has(self, procedure: Copied) -> bool:
        return tuple(_texts(procedure)) in self.exact

    def like(self, procedure: Copied) -> list[Copied]:
        """Those that share at least two of its rarer commands, in the order they were seen."""
        counted: dict[int, tuple[int, Copied]] = {}
        for text in dict.fromkeys(_texts(procedure)):
            sharing = self.by_command.get(text, ())
            for each in sharing if len(sharing) <= _COMMON else ():
                counted[id(each)] = (counted.get(id(each), (0, each))[0] + 1, each)
        return [each for number, each in counted.values() if number >= 2][:_COMMON]


def _texts(procedure: Copied) -> list[str]:
    return [text for _, text in procedure.commands]


def _nested(mine: Copied, other: Copied) -> bool:
    """Whether one is a part of the other."""
    return mine.path == other.path and bool(set(mine.commands) & set(other.commands))


def _difference(mine: Copied, other: Copied) -> tuple[int, str] | None:
    """The first command of `mine` that differs, if the two are copies of one procedure and differ; else None."""
    left, right = _texts(mine), _texts(other)
    agree = _titles_agree(mine, other)
    shared = 2 * len(_common(left, right)) / (len(left) + len(right))
    if shared < (_SAME_TITLE if agree else _ANY_TITLE) or (not agree and len(left) < _LEAST_ANY_TITLE):
        return None
    if len(_common(left, right)) < 2 or _renamed(left, right):
        return None
    matching = SequenceMatcher(None, left, right, autojunk=False)
    for kind, start, _, _, _ in matching.get_opcodes():
        if kind != "equal":
            return mine.commands[min(start, len(mine.commands) - 1)]
    return None


def _common(left: list[str], right: list[str]) -> set[str]:
    return set(left) & set(right)


# Headings that every procedure has; what they are about stands above them.
_GENERIC = re.compile(
    r"(?:immediate |quick |possible |next |common )?(?:diagnos[ei]s|mitigations?|resolutions?|verification|verify|investigations?|investigate|"
    r"rollbacks?|roll back|steps?|procedure|actions?|fix|usage|flags|options?|examples?|setup|installation|install|prerequisites|remediation|"
    r"debug(?:ging)?|troubleshooting|recovery|solutions?|checks?|commands?|replacement|environment variables|notes?|overview|summary)"
)


def _titles_agree(one: Copied, other: Copied) -> bool:
    """Whether both headings name the same thing; a heading that every procedure has counts with what stands above it."""
    mine, theirs = _words(one.title), _words(other.title)
    if not mine or mine != theirs:
        return False
    if not _GENERIC.fullmatch(mine):
        return True
    # In one document the title above all of it is no distinction.
    above = [
        tuple(_words(title) for title in each.above[1 if one.path == other.path else 0 :])
        for each in (one, other)
    ]
    return above[0][-1:] == above[1][-1:]


def _words(title: str) -> str:
    return " ".join(_LETTERS.findall(fold(title)))


_WORD = re.compile(r"[\w./:@-]+")
_LETTERS = re.compile(r"[a-z]+")


def _renamed(left: list[str], right: list[str]) -> bool:
    """Whether one is the other for something else: each differing command has its like with one name for another."""
    if len(left) != len(right):
        return False
    names: dict[str, str] = {}
    for one, other in zip(left, right, strict=True):
        mine, theirs = _WORD.findall(one), _WORD.findall(other)
        if len(mine) != len(theirs) or _WORD.sub("", one) != _WORD.sub("", other):
            return False
        for a, b in zip(mine, theirs, strict=True):
            if a != b and (a.startswith("-") or a.isdigit() or names.setdefault(a, b) != b):
                return False
    return len(names) <= 3


RULES = (differing,)
