"""Deployments and their replicas: siblings left running (TOC210), constants where a captured number belongs (TOC215)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

_STOPS = re.compile(r"restore|rename|migrat|swap|import|wiederherstell|restaur", re.IGNORECASE)


def siblings(view: View) -> Iterator[Diagnostic]:
    """TOC210: a procedure stops services before a restore or swap; others of the document stay running."""
    known: dict[str, dict[str, int]] = defaultdict(dict)
    for _, _, action, command in view.commands():
        if command.name in ("kubectl", "oc"):
            for name in deployments(command):
                known[command.value("-n", "--namespace") or ""].setdefault(name, action.span.first_line)
    for procedure in view.procedures:
        stopped = [(line, action, command, name) for line in procedure.mitigating for action, command in line.commands
                   if command.name in ("kubectl", "oc") and command.value("--replicas") == "0" for name in deployments(command)]  # fmt: skip
        if not stopped:
            continue
        last = stopped[-1][0]
        halt = stopped[-1][1].span.start
        behind = "\n".join(action.text for action in last.step.actions if action.span.start > halt)
        loads = [behind, *(line.text for line in procedure.after(last) if line.step.actions)]
        if not any(_STOPS.search(text) or re.search(r"\|\s*(?:psql|mysql)\b", text) for text in loads):
            continue
        space = stopped[0][2].value("-n", "--namespace") or ""
        names = {name for *_, name in stopped}
        # In the order of the text; the first few say enough.
        left = list(
            islice(
                ((n, at) for n, at in known[space].items() if n not in names and not _HARMLESS.search(n)), 5
            )
        )
        if left:
            told = ", ".join(f"{name} (line {at})" for name, at in left)
            line, action, command, _ = stopped[0]
            message = f"{told} is not stopped and can go on writing during what follows."
            yield view.at("TOC210", line, action, command.start, message)


# Stores and fronts: what is restored, or what writes nothing itself.
_HARMLESS = re.compile(r"redis|postgres|mysql|read|front|web|ui|static|ingress|nginx|cache")


_NAMED = re.compile(r"(?:deployments?|deploy|statefulsets?|sts)(?:\.apps)?/")


def deployments(command: Command) -> list[str]:
    """Names of the deployments and stateful sets a kubectl command acts on."""
    words = command.plain
    found = [w.split("/", 1)[1] for w in words if "/" in w and _NAMED.match(w)]
    for index, word in enumerate(words[:-1]):
        if word in ("deployment", "deploy", "deployments", "statefulset", "sts") and words[index + 1] not in (
            "restart",
            "undo",
            "status",
        ):
            found.append(words[index + 1])
    return [name for name in found if name[:1] not in ("$", "<", "{", "[")]


_USUAL = re.compile(
    r"\b(?:normal|usual|regular|default|standard|ublich|regular|habituel|habitual|sonst)\w*\b(?P<rest>[^.\n]{0,80})"
)


def usual_size(procedure: Procedure, number: str) -> bool:
    """Whether a sentence says that this is the normal number: then the text has not made it up."""
    outside = fold(re.sub(r"```[^`]*```", "", procedure.text))
    return any(
        re.search(rf"(?<![\w.-]){number}(?!\w|\.\d)", found["rest"]) is not None
        for found in _USUAL.finditer(outside)
    )


def constants(view: View) -> Iterator[Diagnostic]:
    """TOC215: scaled to zero, then to a number that the text made up."""
    for procedure in view.procedures:
        zero: dict[str, Line] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                number = command.value("--replicas") or (command.value("--scale") or "").rpartition("=")[2]
                if not number or not number.isdigit():
                    continue
                names = deployments(command) or [(command.value("--scale") or "").partition("=")[0]]
                for name in names:
                    if number == "0":
                        zero[name] = line
                    elif name in zero and not usual_size(procedure, number):
                        yield view.at(
                            "TOC215",
                            line,
                            action,
                            command.start,
                            f"{name} comes back with {number} replicas, whatever it had before.",
                        )


RULES = (siblings, constants)
