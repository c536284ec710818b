"""TOC203 by the thing itself: one deployment or release in two namespaces, and a cluster that was left for another one.

Whoever rolls back `resizer` in `img` and looks at `resizer` in `image` sees that all is well, of something else. Where both
places are meant, the text says so, or does the same in both; then nothing is told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.replicas import deployments
from tocsin.runbook.words.wording import fold

_REMOTE = ("ssh", "kubectl exec", "docker exec")


@dataclass(frozen=True, slots=True)
class _Use:
    """One command on a thing: what it is called, where it is said to be, and the command without that place."""

    thing: str
    where: str
    deed: str
    line: Line
    action: Action
    command: Command


def one_thing_in_two_places(view: View) -> Iterator[Diagnostic]:
    """TOC203: the same name under two namespaces of one procedure, for which nobody gives a reason."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        uses = [use for line in procedure.lines for use in _uses(line)]
        for thing in dict.fromkeys(use.thing for use in uses):
            mine = [use for use in uses if use.thing == thing]
            if len({use.where for use in mine}) != 2 or _done_in_both(mine):
                continue
            odd = min(reversed(mine), key=lambda use: sum(other.where == use.where for other in mine))
            usual = next(use for use in mine if use.where != odd.where)
            if procedure.exclusive(usual.line, odd.line) or _told(procedure, odd.where, usual.where):
                continue
            message = f"{thing} is in the namespace {odd.where} here and in {usual.where} in line {usual.action.span.first_line}."
            yield view.at("TOC203", odd.line, odd.action, odd.command.start, message)


def _uses(line: Line) -> Iterator[_Use]:
    for action, command in line.commands:
        if (
            command.name not in ("kubectl", "oc", "helm")
            or command.inner
            or any(one in _REMOTE for one in command.via)
        ):
            continue
        where = command.value("-n", "--namespace")
        if where is None or not _NAME.fullmatch(where):
            continue
        elsewhere = command.value("--context", "--kube-context", "--cluster", "--kubeconfig")
        if elsewhere is None:
            for thing in _things(command):
                yield _Use(
                    thing,
                    where,
                    " ".join(word for word in command.args if where not in word),
                    line,
                    action,
                    command,
                )


_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def _things(command: Command) -> list[str]:
    if command.name != "helm":
        return deployments(command)
    named = command.plain[1:2] if command.plain[:1] != ("get",) else command.plain[2:3]
    return [name for name in named if command.plain[0] in _RELEASES and _NAME.fullmatch(name)]


_RELEASES = frozenset("status history rollback upgrade uninstall get test".split())


def _done_in_both(mine: list[_Use]) -> bool:
    """Whether a command is given once for each place, as where a thing runs in both."""
    given = {(use.deed, use.where) for use in mine}
    places = {use.where for use in mine}
    return any(all((deed, where) in given for where in places) for deed, _ in given)


def _told(procedure: Procedure, *places: str) -> bool:
    """Whether the words of the procedure, its commands aside, name each of the places."""
    said = " ".join(
        fold(text)
        for text in (
            procedure.section.title,
            *procedure.section.symptoms,
            *(_untold(line) for line in procedure.lines),
            *(line.words for line in procedure.lines if not line.commands),
        )
    )
    return all(re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", said) for place in places)


def _untold(line: Line) -> str:
    """The title of a step without the commands in it."""
    title = line.step.title
    for action in line.step.actions:
        title = title.replace(action.text, " ")
    return title


def left_for_another(view: View) -> Iterator[Diagnostic]:
    """TOC203: a context is chosen for what follows, and one command names another one."""
    for procedure in view.procedures:
        chosen, since = "", 0
        for line in procedure.lines:
            for action, command in line.commands:
                if command.inner or any(one in _REMOTE for one in command.via):
                    continue
                if switched := _switched(command):
                    chosen, since = switched, action.span.first_line
                    continue
                other = (
                    command.value("--context", "--kube-context")
                    if command.name in ("kubectl", "oc", "helm")
                    else None
                )
                if (
                    not chosen
                    or other is None
                    or other == chosen
                    or other[:1] in "$<{["
                    or chosen[:1] in "$<{["
                ):
                    continue
                if not _told(procedure, other.lower()):
                    message = f"This goes to the context {other}; line {since} chose {chosen}."
                    yield view.at("TOC203", line, action, command.start, message)


def _switched(command: Command) -> str:
    """The context a command makes the default."""
    if command.name in ("kubectl", "oc") and command.plain[:2] == ("config", "use-context"):
        return next(iter(command.plain[2:3]), "")
    return next(iter(command.plain[:1]), "") if command.name == "kubectx" else ""


RULES = (one_thing_in_two_places, left_for_another)
