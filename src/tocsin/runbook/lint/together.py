"""TOC210: what belongs together elsewhere in the document is here done to some of it: one of two hosts, one of two services."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import alike, machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.told import above
from tocsin.runbook.words.wording import fold

_VERBS = frozenset("restart start stop reload".split())
_ONE = re.compile(
    r"\b(?:one|only|single|this|affected|broken|faulty|failed|sick|misbehaving|hung|stuck|nur|eine[nrsm]?|betroffen\w*|defekt\w*|solo|afectad[oa])\b"
)


@dataclass(frozen=True, slots=True)
class _Switch:
    """A service that a command starts or stops on a host."""

    verb: str
    unit: str
    host: str
    line: Line
    action: Action
    command: Command


def one_host_of_two(view: View) -> Iterator[Diagnostic]:
    """A service is restarted on both hosts elsewhere, and here on one of them."""
    switched = [(procedure, found) for procedure in view.procedures for found in _switches(procedure)]
    hosts: dict[str, set[str]] = defaultdict(set)  # unit → the hosts on which one procedure switches it
    by_procedure: dict[tuple[int, str], set[str]] = defaultdict(set)
    for procedure, found in switched:
        by_procedure[id(procedure), found.unit].add(found.host)
    for (_, unit), some in by_procedure.items():
        if len(some) > len(hosts[unit]):
            hosts[unit] = some
    told: set[tuple[int, str]] = set()
    for procedure, found in switched:
        row, here = hosts[found.unit], by_procedure[id(procedure), found.unit]
        missing = sorted(row - here)
        key = (id(procedure), found.unit)
        if (
            not missing
            or found.host not in row
            or len(here) != 1
            or key in told
            or not all(alike(found.host, other) for other in missing)
        ):
            continue
        told.add(key)
        said = fold(f"{procedure.section.title} {above(view, found.line)} {found.line.step.title}")
        mentioned = any(other in procedure.text for other in missing)
        if mentioned or found.host.lower() in said or _ONE.search(said):
            continue
        message = f"Elsewhere {found.unit} is switched on {', '.join(sorted(row))}; this leaves out {', '.join(missing)}."
        yield view.at("TOC210", found.line, found.action, found.command.start, message, level=Level.WARNING)


def _switches(procedure: Procedure) -> Iterator[_Switch]:
    for line in procedure.lines:
        for action, command in line.commands:
            if command.name not in ("systemctl", "service") or len(command.plain) < 2:
                continue
            verb, unit = command.plain[:2] if command.name == "systemctl" else command.plain[1::-1]
            host = machine(command)
            if verb in _VERBS and host and "$" not in host:
                yield _Switch(verb, unit.removesuffix(".service"), host, line, action, command)


_LOADS = re.compile(
    r"restor|migrat|import|wiederherstell|einspiel|restaur|\brename\b|\|[^|\n]*\b(?:psql|mysql|mongorestore|pg_restore)\b|\b(?:psql|mysql)\b[^\n]*<",
    re.IGNORECASE,
)
_COMPOSE = re.compile(
    r"\bdocker[ -]compose\b(?: -[fp] \S+| --\S+)* (?P<verb>restart|stop|start|up|kill|pause)(?P<names>(?: -\w+| --[\w-]+| [\w-]+){1,8})"
)


def one_service_of_two(view: View) -> Iterator[Diagnostic]:
    """Two services of a stack are started together elsewhere; before a restore only one of them is stopped."""
    if "compose" not in view.text:
        return
    together: dict[str, set[str]] = defaultdict(set)
    for _, line in view.lines():
        for found in _COMPOSE.finditer(line.text):
            names = _services(found)
            for name in names:
                together[name] |= names
    for procedure in view.procedures:
        stopped: dict[str, tuple[Line, Action, int]] = {}
        for line in procedure.lines:
            for action in line.step.actions:
                for found in _COMPOSE.finditer(action.text):
                    if found["verb"] in ("stop", "kill", "pause"):
                        stopped.update({name: (line, action, found.start()) for name in _services(found)})
        left = sorted({other for name in stopped for other in together[name]} - set(stopped))
        if not left or not stopped:
            continue
        line, action, at = next(iter(stopped.values()))
        behind = procedure.after(line)
        if any(_LOADS.search(f"{other.words} {other.text}") for other in behind):
            message = f"{', '.join(left)} is started and stopped with it elsewhere, and goes on here during what follows."
            yield view.at("TOC210", line, action, at, message, level=Level.WARNING)


def _services(found: re.Match[str]) -> set[str]:
    return {word for word in found["names"].split() if word[:1] != "-"}


RULES = (one_host_of_two, one_service_of_two)
