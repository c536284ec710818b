"""Findings an author has looked at and keeps, each with a reason that stands in the document.

A comment `<!-- tocsin: ignore TOC301 because the page answers 401 -->` on the same line, or on a line of its own
above, silences that rule there; above a fence it holds for the whole fence. It speaks to the linter only: a silenced
error stays as a warning, because only a waiver in tocsin.toml, which ends and is shown on the approval, lets its step
be asked for. The engine does not read these comments.
"""

import re
from dataclasses import dataclass, replace

from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.markdown.ignore import COMMENT, fenced

_SAID = re.compile(r"ignore\b[\s:]*(?P<rules>TOC\d{3}(?:[\s,]+TOC\d{3})*)?[\s,]*(?P<reason>.*)$", re.I)
_BECAUSE = re.compile(r"(?:because\b|since\b|[:–—-]+)\s*", re.I)


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that is not shown, and the author's reason."""

    diagnostic: Diagnostic
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is shown, sorted by line, and what is not."""

    shown: tuple[Diagnostic, ...]
    silenced: tuple[Silenced, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """One such comment.

    Attributes:
        line, column: where it begins, 1-based. rules: the rules it names. reason: "" if none is given.
        first, last: the lines it holds for.
        wrong: what is wrong with it, or "".
    """

    line: int
    column: int
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    wrong: str = ""


def comments(source: str) -> tuple[Comment, ...]:
    """Every such comment of a document, those with something wrong too."""
    if "tocsin:" not in source:
        return ()
    lines = split_lines(source)
    inside = fenced(lines)
    return tuple(
        _comment(found, number, lines, inside)
        for number, text in enumerate(lines, 1)
        if "tocsin:" in text
        for found in COMMENT.finditer(text)
    )


def _comment(found: re.Match[str], number: int, lines: tuple[str, ...], inside: list[bool]) -> Comment:
    first, last = _reach(number, lines, inside)
    said = _SAID.match(found["said"].rstrip())
    rules = tuple(dict.fromkeys(re.findall(r"TOC\d{3}", (said["rules"] or "").upper()))) if said else ()
    reason = _BECAUSE.sub("", said["reason"], count=1).strip() if said else ""
    wrong = ""
    unknown = [rule for rule in rules if rule not in CATALOGUE]
    if inside[number - 1]:
        wrong = "Inside a fence this is no comment but part of what people paste; it belongs on the line above the fence."
    elif said is None or not rules:
        wrong = "This silences nothing: it names no rule."
    elif unknown:
        wrong = f"There is no rule {unknown[0]}; nothing is silenced."
    elif not re.search(r"\w", reason):
        wrong = "This silences nothing: it gives no reason."
    return Comment(number, found.start() + 1, rules, reason, first, last, wrong)


def _reach(number: int, lines: tuple[str, ...], inside: list[bool]) -> tuple[int, int]:
    """The lines a comment on this line holds for."""
    at = number
    if not COMMENT.sub("", lines[number - 1]).strip():
        at = next(
            (n for n in range(number + 1, len(lines) + 1) if COMMENT.sub("", lines[n - 1]).strip()),
            number,
        )
    last = at
    while last < len(lines) and inside[last]:
        last += 1
    return (at, last + 1) if last > at and last < len(lines) else (at, last)


def suppress(found: tuple[Diagnostic, ...], source: str) -> Outcome:
    """The findings as the linter shows them.

    Args:
        found: all of them. source: the document's text.

    Returns:
        Notes and warnings that a comment names are silenced; errors become warnings that carry the reason.
        A comment without a rule or a reason is TOC123, one that silences nothing TOC124.
    """
    said = comments(source)
    if not said:
        return Outcome(found)
    holding = [comment for comment in said if not comment.wrong]
    used: set[tuple[int, int, str]] = set()
    shown: list[Diagnostic] = []
    silenced: list[Silenced] = []
    for diagnostic in found:
        line = diagnostic.span.first_line
        comment = next((c for c in holding if c.first <= line <= c.last and diagnostic.rule in c.rules), None)
        if comment is None:
            shown.append(diagnostic)
            continue
        used.add((comment.line, comment.column, diagnostic.rule))
        if diagnostic.level is Level.ERROR:
            shown.append(_kept(diagnostic, comment.reason))
        else:
            silenced.append(Silenced(diagnostic, comment.reason))
    shown += [_remark("TOC123", comment, comment.wrong) for comment in said if comment.wrong]
    shown += [
        _remark("TOC124", comment, f"{rule} is not found here; this comment silences nothing.")
        for comment in holding
        for rule in comment.rules
        if (comment.line, comment.column, rule) not in used
    ]
    return Outcome(tuple(sorted(shown, key=lambda d: d.span.first_line)), tuple(silenced))


def _kept(diagnostic: Diagnostic, reason: str) -> Diagnostic:
    """An error as a warning that says what the comment does and does not do."""
    blocks = (
        "; its step stays blocked until [[waive]] in tocsin.toml says otherwise" if diagnostic.steps else ""
    )
    said = f"{diagnostic.message} (kept by the author: {reason}{blocks})"
    return replace(diagnostic, level=Level.WARNING, message=said)


def _remark(rule: str, comment: Comment, message: str) -> Diagnostic:
    known = CATALOGUE[rule]
    return Diagnostic(
        rule, known.level, Span(0, 0, comment.line, comment.line), comment.column, message, known.hint
    )
