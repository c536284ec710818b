"""Commands that a sentence asks for and that became no step: "find the job with `ps` and `killall convert`".

A sentence with one command in it is a step and is looked at as such. Where it has several, nothing of it is run by us, but a
person runs it all the same; what would be wrong in a fence is wrong there (TOC111, TOC112, TOC201, TOC205, TOC206, TOC207, TOC216).
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.judge import judge
from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.bounds import caught, unbounded_command, wide_command
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine, between
from tocsin.runbook.lint.secrets import secret_of
from tocsin.runbook.lint.shell import read
from tocsin.runbook.lint.written import OPENER
from tocsin.runbook.words.inline import code_spans, plain
from tocsin.runbook.words.programs import starts_command

_NEGATIVE = re.compile(
    r"\b(?:never|don[’']?t|do not|avoid|instead of|rather than|not run|must not|should not|without|unlike|nunca|n[aã]o|jamais|ne pas|niemals|nicht|evite)\b",
    re.IGNORECASE,
)
# What stands before a command that is to be run; "`x` deletes everything" only speaks of it.
_ASKED = re.compile(
    r"(?:[:→]|\b(?:run|execute|use|using|with|via|by|try|issue|type|do|and|then|or|helps|ejecut\w+|usa\w*|con|und|oder|mit|per|lance[rz]?|avec|et))\s*$",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^\W*\w+_\w+\W*:\W*$")  # of a record: "tool_or_endpoint: `…`"
_JOINS = frozenset({"and", "or", "then", "und", "oder", "et"})
_SPAN = re.compile(r"`[^`]*`")
_SENTENCE_END = re.compile(r"[.!?;]\s+(?=[A-ZÄÖÜ`])")
_TELLING = {Role.OVERVIEW, Role.REFERENCES, Role.TOOLBOX, Role.PREVENTION, Role.POST_INCIDENT}


def told_commands(view: View) -> Iterator[Diagnostic]:
    """What is wrong with the commands of sentences."""
    coded = view.prose_with("`")
    if not coded:
        return
    steps = {
        (number, action.text.strip())
        for _, line in view.lines()
        for action in line.step.actions
        for number in range(action.span.first_line, action.span.last_line + 1)
    }
    for section, following in zip_longest(view.sections, view.sections[1:]):
        if section.roles & _TELLING:
            continue
        last = following.heading_line - 1 if following is not None else section.span.last_line
        for raw in between(coded, section.heading_line + 1, last):
            if raw.text.count("`") < 2 or raw.text.lstrip()[:1] in ("#", "|", ">"):
                continue
            for text in _asked(raw):
                if (raw.number, text) not in steps:
                    yield from _wrong(view, raw, text)


def _asked(raw: RawLine) -> Iterator[str]:
    """Each command that a line asks for."""
    for start, _, code in code_spans(raw.text):
        text = code.strip()
        # The plain search first: most of what is in code is a name.
        if " " not in text:
            continue
        sentence = _SENTENCE_END.split(raw.text[:start].rstrip("`"))[-1]
        asked = _ASKED.search(plain(sentence))
        if asked is None or _FIELD.search(sentence) or _NEGATIVE.search(plain(sentence)):
            continue
        # "`this` and `that` lose the data" begins with the first command: it tells, and asks for nothing.
        begun = _SPAN.sub("", sentence).rpartition(asked[0].strip())[0]
        if asked[0].strip().lower() in _JOINS and not re.search(r"[^\W\d_]{2}", begun):
            continue
        if starts_command(text):
            yield text


def _wrong(view: View, raw: RawLine, text: str) -> Iterator[Diagnostic]:
    column = raw.text.find(text) + 1
    judged = judge(text)
    found: dict[str, tuple[Level | None, str]] = {}
    for command in read(text).commands:
        for rule, level, message in _of_command(command):
            found.setdefault(rule, (level, message))
    if Flag.INTERACTIVE in judged.flags and judged.bounded is None and not OPENER.match(text):
        message = f"`{text[:60]}` waits for a person at a keyboard and leaves no record."
        found.setdefault("TOC111", (None, message))
    elif Flag.UNBOUNDED in judged.flags and not OPENER.match(text):
        found.setdefault("TOC112", (Level.WARNING, f"`{text[:60]}` does not end by itself."))
    if judged.effect is Effect.DESTROY and not found:
        found["TOC201"] = (Level.WARNING, f"`{text[:60]}` destroys, and the sentence keeps nothing first.")
    for rule, (level, message) in found.items():
        yield view.remark(rule, raw.span, message, level=level, column=column)


def _of_command(command: Command) -> Iterator[tuple[str, Level | None, str]]:
    if (wide := wide_command(command)) is not None:
        yield "TOC205", None, wide
    if (unbounded := unbounded_command(command)) is not None:
        yield "TOC206", *unbounded
    if (catch := caught(command)) is not None:
        yield "TOC216", None, catch
    if (secret := secret_of(command)) is not None:
        yield "TOC207", *secret


RULES = (told_commands,)
