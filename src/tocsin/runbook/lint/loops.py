"""TOC210 in loops and copied lines: two of three machines in a list, the same machine twice and its sibling never."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.deeds import alike, machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.figures import number
from tocsin.runbook.lint.rows import rows_in, rows_of
from tocsin.runbook.lint.told import above, below
from tocsin.runbook.words.wording import fold

# A loop over names, or a tool that takes a list of machines.
_LIST = re.compile(
    r"\bfor \w+ in (?P<loop>[\w.@ -]+?)\s*(?:;|\n)\s*do\b|\b(?:pdsh|clush|pssh|parallel-ssh|dsh)\b[^\n|;]*?\s-[wHm][ =]?[\"']?(?P<wide>[\w.@-]+(?:[ ,][\w.@-]+)*)|"
    r"\bsalt\b[^\n|;]*?\s-L\s?[\"']?(?P<salt>[\w.@,-]+)|\bansible(?:-playbook)?\b[^\n|;]*?\s(?:-l|--limit)[ =]?[\"']?(?P<limit>[\w.@-]+(?:,[\w.@-]+)+)|"
    r"-ComputerName (?P<windows>[\w.-]+(?:, ?[\w.-]+)+)"
)
_SIGNS = ("for ", "pdsh", "clush", "ssh", "dsh", "salt", "--limit", " -l ", "-ComputerName")
_SOME = re.compile(
    r"\b(?:only|except|but not|without|other (?:two|three|four|ones)|others|rest|remaining|leave|leaves|skip|one (?:half|part)|half|first|canary|later|afterwards?|last|nur|ausser|ohne|uebrig\w*|ubrig\w*|"
    r"restlich\w*|zuerst|solo|salvo|excepto|menos|seulement|sauf|primero|d'abord|not on|affected|broken|replicas?|standbys?|followers?|secondar\w*)\b"
)


@dataclass(frozen=True, slots=True)
class _Listed:
    """Names that one command goes through."""

    names: tuple[str, ...]
    line: Line
    action: Action
    at: int


def left_out_of_the_list(view: View) -> Iterator[Diagnostic]:
    """ "On each of the three (`a`, `b`, `c`)" over `for h in a b`; a list that is longer everywhere else."""
    lists = [listed for _, line in view.steps_with(_SIGNS) for listed in _listed(line)]
    known = rows_of(view) if lists else []
    for place, listed in enumerate(lists):
        if listed.line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = f"{above(view, listed.line)}\n{listed.line.step.title}\n{below(view, listed.line)}"
        if _SOME.search(fold(told)):
            continue
        sizes = {number(word) for word in _NUMBER.findall(fold(told))}
        near = lists[max(0, place - _LONG) : place + _LONG]
        rows = [
            *(row.names for row in rows_in(told)),
            *(row for row in known if len(row) in sizes),
            *(other.names for other in near if other.line.section is listed.line.section),
        ]
        row = next((row for row in rows if _longer(row, listed.names)), None)
        if row is None:
            continue
        missing = [name for name in row if name not in listed.names]
        if any(name in listed.line.text for name in missing):
            continue
        message = f"{', '.join(row)} belong together; this goes to {', '.join(listed.names)} and leaves out {', '.join(missing)}."
        yield view.at("TOC210", listed.line, listed.action, listed.at, message)


def _listed(line: Line) -> Iterator[_Listed]:
    for action in line.step.actions:
        for found in _LIST.finditer(action.text):
            words = next(group for group in found.groups() if group)
            names = tuple([word.rpartition("@")[2] for word in re.split(r"[ ,]+", words) if word])
            if len(names) > 1:
                yield _Listed(names, line, action, found.start())


def _longer(row: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether a row has all these names and one or two more of their kind."""
    missing = set(row) - set(names)
    return (
        0 < len(missing) <= 2
        and set(names) < set(row)
        and all(any(alike(name, other) for other in names) for name in missing)
    )


_TWICE = re.compile(r"\b(?:twice|again|once more|second time|zweimal|noch einmal|erneut|dos veces|otra vez|deux fois|encore)\b")  # fmt: skip
_EACH = re.compile(
    r"\b(?:both|each|every|all|one (?:\w+ )?after (?:the |an)other|one by one|in turn|beide\w*|alle\w*|nacheinander|jede\w*|ambos|cada|todos|tous|chaque|l'un apres l'autre)\b"
)


def same_place_twice(view: View) -> Iterator[Diagnostic]:
    """ "One after the other" over the same change on the same machine twice: the second line was copied and not changed."""
    done: dict[tuple[int, str, str], Line] = {}
    for procedure, line in view.lines():
        if line.step.judgement.effect is Effect.OBSERVE:
            continue
        here: set[tuple[int, str, str]] = set()
        for action, command in line.commands:
            if command.wrapper is None or action.judgement.effect is Effect.OBSERVE:
                continue
            host = machine(command)
            key = (id(procedure), " ".join(command.words), host)
            if not host or "$" in host or (key not in done and key not in here):
                here.add(key)
                done.setdefault(key, line)
                continue
            other = _never(view, procedure, done[key], line, host)
            if other:
                message = f"{host} gets the same twice and {other}, of the same row, never."
                yield view.at("TOC210", line, action, command.start, message)
                break


def _never(view: View, procedure: Procedure, first: Line, again: Line, host: str) -> str:
    """The sibling of a machine that a paragraph with "both" or "each" leaves out while it names the machine twice, or ""."""
    told = fold(f"{above(view, again)} {again.step.title}")
    if not _EACH.search(told) or _TWICE.search(told) or first.section is not again.section:
        return ""
    other = _sibling(view, host)
    beside = _fence_of(procedure, again)
    if first not in beside or not other or any(other in line.text for line in beside):
        return ""
    return other


def _fence_of(procedure: Procedure, line: Line) -> list[Line]:
    """The steps of one fence: those that follow each other without a line of text in between."""
    found = [line]
    before = reversed(procedure.lines[max(0, line.order - _LONG) : line.order])
    for near, way in ((before, -1), (procedure.lines[line.order + 1 : line.order + 1 + _LONG], 1)):
        at = line
        for other in near:
            first, second = (other, at) if way < 0 else (at, other)
            if second.step.span.first_line - first.step.span.last_line > _NEXT or not other.step.actions:
                break
            found.append(other)
            at = other
    return found


_LONG = 40  # steps of one fence that are looked at
_NEXT = 2  # lines from one step of a fence to the next, a comment between them


# "on the three members"
_NUMBER = re.compile(r"\b(?:all|the|both|each of the|alle|die|los|las|les|tous les) (two|three|four|five|six|seven|eight|zwei|drei|vier|funf|sechs|dos|tres|cuatro|cinco|deux|trois|quatre|cinq)\b(?! (?:minutes?|hours?|days?|times|steps?|seconds?))")  # fmt: skip


def _sibling(view: View, host: str) -> str:
    """A name of the document that is numbered or lettered like this one, "" without one."""
    stem = re.escape(re.sub(r"\d+$", "", host))
    if stem == re.escape(host):
        return ""
    found = re.findall(rf"(?<![\w.-]){stem}\d+(?![\w-])", view.whole)
    return next((name for name in found if name != host), "")


RULES = (left_out_of_the_list, same_place_twice)
