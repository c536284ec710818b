"""TOC203 and TOC110 by numbers of order: the second node is not `db-1`, and the third to be called not before the second."""

import re
from collections.abc import Iterator
from itertools import pairwise

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.told import above
from tocsin.runbook.policy.text import duration
from tocsin.runbook.words.wording import fold

_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "first erste ersten erster erstes primer primero primera premier premiere primeiro primeira 1st",
            "second zweite zweiten zweiter zweites segundo segunda deuxieme seconde 2nd",
            "third dritte dritten dritter drittes tercer tercero tercera troisieme terceiro terceira 3rd",
        ),
        1,
    )
    for word in words.split()
}
_SAID = re.compile(
    rf"\b({'|'.join(_NUMBERS)}) (?:\w+ )?(?:nodes?|hosts?|servers?|machines?|instances?|replicas?|members?|brokers?|workers?|gateways?|knoten|rechner|maschine|"
    r"nodo|servidor|maquina|noeud|serveur|replik\w*|instan[zc]\w*)\b"
)
_NUMBERED = re.compile(r"(?<![\w-])([a-z][a-z0-9]*(?:-[a-z0-9]+)*?-?)(\d)(?![\w-])")
_HOST_OPTIONS = ("-h", "--host", "-H")


def other_of_the_row(view: View) -> Iterator[Diagnostic]:
    """TOC203: the sentence says which of a numbered row, and the command goes to another one."""
    if not view.says(_NUMBERS):
        return
    for procedure in view.procedures:
        for line in procedure.lines:
            told = fold(above(view, line) or line.step.title)
            said = {_NUMBERS[found[1]] for found in _SAID.finditer(told)}
            if len(said) != 1:
                continue
            (wanted,) = said
            for action, command in line.commands:
                host = _host(command)
                found = _NUMBERED.fullmatch(host)
                if found is None or host in told or found[2] == str(wanted) or _from_zero(view, found[1]):
                    continue
                message = f'The text says "{next(_SAID.finditer(told))[0]}"; this goes to {host}.'
                yield view.at("TOC203", line, action, command.start, message)
                break


def _host(command: Command) -> str:
    return (
        (machine(command) or command.value(*_HOST_OPTIONS) or "").rpartition("@")[2].partition(".")[0].lower()
    )


def _from_zero(view: View, stem: str) -> bool:
    """Whether the row is counted from 0, so that its second is number 1."""
    return re.search(rf"(?<![\w-]){re.escape(stem)}0(?![\w-])", view.whole.lower()) is not None


_SINCE_START = re.compile(
    r"\bafter (?:the )?(?:page|first page|alert|start|trigger|incident|call|beginning)\b|\bt ?\+|\bnach (?:dem |der )?(?:alarm|alarmierung|beginn|ersten)\b|"
    r"\bdesde (?:el|la) (?:inicio|alerta)\b|\bapres l.alerte\b"
)


def called_before_the_one_below(view: View) -> Iterator[Diagnostic]:
    """TOC110: of an escalation whose times count from the start, a level is called before the one below it."""
    levels = view.book.policy.escalation
    told = [(level, _from_start(view, level.span.first_line)) for level in levels]
    for (below, first), (level, second) in pairwise(told):
        if (
            first is not None
            and second is not None
            and second < first
            and level.span.first_line != below.span.first_line
        ):
            message = f"{level.who} is called after {second:g} min and {below.who}, who comes before, after {first:g} min (line {below.span.first_line})."
            yield view.remark("TOC110", level.span, message, hint="Put the times in the order of the levels.")


def _from_start(view: View, number: int) -> float | None:
    """The minutes that the line of a level counts from the start, or None where it does not say so."""
    line = next(iter(view.lines_of(number, number)), None)
    told = fold(line.text) if line is not None else ""
    limit = duration(told) if _SINCE_START.search(told) is not None else None
    return limit.total_seconds() / 60 if limit is not None else None


RULES = (other_of_the_row, called_before_the_one_below)
