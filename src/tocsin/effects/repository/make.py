"""Targets of a Makefile, as far as reading alone can tell what `make TARGET` runs.

Only what is plainly written is read. A Makefile with conditions, includes, generated rules or commands that run while
it is read is not, and whatever such a one runs stays unknown.
Source: https://www.gnu.org/software/make/manual/make.html
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tocsin.effects.repository.held import Held, Repository, sha256
from tocsin.effects.words import HOLE, Word

FILES = ("GNUmakefile", "makefile", "Makefile")
_BEYOND = re.compile(
    r"^\s*(?:-?include|sinclude|define|endef|ifn?eq|ifn?def|else|endif|override|vpath|load|private)\b|\$[({](?:eval|shell|file|call|foreach|guile)\b|!="
)
_ASSIGNS = re.compile(r"^\s*(?:export\s+)?([\w.-]+)\s*(:{0,3}=|\?=|\+=)\s*(.*)$")
_RULE = re.compile(r"^([^\s:#=][^:#=]*?)\s*:(?![:=])\s*([^;]*)(?:;(.*))?$")
_SAFE = re.compile(r"[\w./:@,+-]*")
_FLAGS = re.compile(
    r"(?:--no-print-directory|--silent|--warn-undefined-variables|--no-builtin-\w+|-[rRs]+|-j\d*|\s)*"
)
_SHELL = re.compile(r"(?:/(?:usr/)?(?:local/)?bin/)?(?:env\s+)?(?:ba|z|da|a)?sh(?:\s+-[a-z]+)*")
_SHELL_FLAGS = re.compile(r"(?:-[a-zA-Z]+|pipefail|\s)*")
_DEEPEST = 20


@dataclass(slots=True)
class _Target:
    needs: list[str] = field(default_factory=list)
    recipe: list[tuple[int, str]] = field(default_factory=list)
    closed: bool = False  # a recipe was given; a second one would replace it


@dataclass(slots=True)
class Makefile:
    """Targets by name, and the variables with one written value (None: whatever the environment says)."""

    targets: dict[str, _Target] = field(default_factory=dict)
    values: dict[str, str | None] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)


@lru_cache(maxsize=64)
def parse(text: str) -> Makefile | None:
    """A Makefile's targets, or None if more than reading is needed to know them."""
    made = Makefile()
    current: list[_Target] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at]
        while line.endswith("\\") and at + 1 < len(lines):
            at += 1
            line += "\n" + lines[at]
        at += 1
        if line.startswith("\t"):
            if not current and line.strip():
                return None
            for target in current:
                target.recipe.append((number, re.sub(r"\n\t", "\n", line[1:])))
            continue
        plain = re.sub(r"\s*\\\n\s*", " ", line).split("#", 1)[0].rstrip()
        if not plain.strip():
            continue
        if _BEYOND.search(plain):
            return None
        assigned = _ASSIGNS.match(plain)
        if assigned:
            current = []
            if not _assign(made, assigned[1], assigned[2], assigned[3]):
                return None
            continue
        if re.match(r"\s*(?:un)?export\b", plain):
            continue
        rule = _RULE.match(plain)
        started = _start(made, rule, number) if rule is not None else None
        if started is None:
            return None
        current = started
    return made


def _assign(made: Makefile, name: str, operator: str, value: str) -> bool:
    """Remember a variable. False for one that changes how make itself works."""
    if name == "SHELL":
        return bool(_SHELL.fullmatch(value))
    if name == ".SHELLFLAGS":
        return bool(_SHELL_FLAGS.fullmatch(value))
    if name == "MAKEFLAGS":
        return bool(_FLAGS.fullmatch(value))
    if name in (".RECIPEPREFIX", "MAKEFILES", "VPATH", "MAKE"):
        return False
    if name in made.values or operator == "+=":
        made.unclear.add(name)
    made.values[name] = None if operator == "?=" else value
    return True


def _start(made: Makefile, rule: re.Match[str], number: int) -> list[_Target] | None:
    names, needs, inline = rule[1].split(), rule[2].replace("|", " ").split(), rule[3]
    if any("%" in name for name in names):
        return [_Target()]  # a pattern: what is looked up has its own name
    if "=" in rule[2] or rule[1].endswith("&") or any("$" in word for word in (*names, *needs)):
        return None
    if any(name.startswith(".") and name not in (".PHONY", ".SILENT", ".DEFAULT_GOAL", ".ONESHELL", ".NOTPARALLEL") for name in names):  # fmt: skip
        return None
    started = []
    for name in names:
        if name.startswith("."):
            continue
        target = made.targets.setdefault(name, _Target())
        target.needs += needs
        if inline is not None:
            target.recipe.append((number, inline.strip()))
        started.append(target)
    return started or [_Target()]


def read(words: tuple[Word, ...], repository: Repository) -> Held | None:
    """What `make TARGET NAME=value` runs, the targets it needs with it."""
    file = next((found for name in FILES if (found := repository.find(name)) is not None), None)
    made = parse(file[1]) if file is not None else None
    texts = [word.text for word in words]
    if (
        file is None
        or made is None
        or not texts
        or any(HOLE in text or text.startswith("-") for text in texts)
    ):
        return None
    given = dict(text.split("=", 1) for text in texts if "=" in text)
    goals = [text for text in texts if "=" not in text]
    if not goals or not all(_SAFE.fullmatch(value) for value in given.values()):
        return None
    lines: list[tuple[int, str]] = []
    done: set[str] = set()
    for goal in goals:
        if not _collect(made, goal, given, repository, lines, done, 0):
            return None
    text = "\n".join(line for _, line in lines)
    numbers = tuple(number for number, line in lines for _ in range(line.count("\n") + 1))
    return Held(f"make {' '.join(goals)}", file[0], sha256(file[1]), text, numbers)


def _collect(
    made: Makefile, goal: str, given: dict[str, str], repository: Repository, lines: list[tuple[int, str]],
    done: set[str], depth: int,
) -> bool:  # fmt: skip
    """Append what a target runs, once. False if something of it cannot be read."""
    if goal in done:
        return True
    done.add(goal)
    target = made.targets.get(goal)
    if target is None:
        return depth > 0 and repository.find(goal) is not None  # a file that is there needs nothing
    if depth > _DEEPEST or (depth == 0 and not target.recipe and not target.needs):
        return False
    if not all(_collect(made, each, given, repository, lines, done, depth + 1) for each in target.needs):
        return False
    for number, line in target.recipe:
        text = expand(made, line, goal, given)
        if text is None:
            return False
        text = re.sub(r"^[\s@+-]+", "", text)
        if text:
            lines.append((number, text))
    return True


def expand(made: Makefile, text: str, goal: str, given: dict[str, str], depth: int = 0) -> str | None:
    """A recipe's line as the shell gets it; what the environment decides stays a variable. None if it is not clear."""
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "$":
            end = text.find("$", at)
            out.append(text[at : end if end >= 0 else len(text)])
            at = end if end >= 0 else len(text)
            continue
        mark = text[at + 1 : at + 2]
        if mark == "$":
            out.append("$")
            at += 2
            continue
        if mark in ("(", "{"):
            end = _closing(text, at + 1)
            value = _value(made, text[at + 2 : end], goal, given, depth) if end > 0 else None
            at = end + 1
        else:
            value = _value(made, mark, goal, given, depth)
            at += 2
        if value is None:
            return None
        out.append(value)
    return "".join(out)


def _closing(text: str, start: int) -> int:
    opening, closing = text[start], ")" if text[start] == "(" else "}"
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
    return -1


def _value(made: Makefile, name: str, goal: str, given: dict[str, str], depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    if name.startswith("shell "):
        inner = expand(made, name[6:], goal, given, depth + 1)
        return None if inner is None else f"$({inner})"
    if name == "@":
        return goal
    if name == "MAKE":
        return "make"
    if name in given:
        return given[name]
    if name in made.unclear or name not in made.values or not re.fullmatch(r"[\w.-]+", name):
        return None
    value = made.values[name]
    if value is None:
        return f"${{{name}}}" if re.fullmatch(r"[A-Za-z_]\w*", name) else None
    return expand(made, value, goal, given, depth + 1)
