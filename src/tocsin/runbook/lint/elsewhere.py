"""Targets across a document: made-up sizes (TOC215), misspelt hosts (TOC203), clusters nobody names (TOC211)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Diagnostic, Level, Role
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.targets import takes_namespace

_SIZES = (
    "--replicas",
    "--desired-capacity",
    "--desired-count",
    "--new-capacity",
    "--node-count",
    "--num-nodes",
    "--size",
    "--max-size",
    "--min-instances",
    "--max-instances",
)


def made_up_sizes(view: View) -> Iterator[Diagnostic]:
    """TOC215: a way back that sets a number of the text's own, where another one was set before."""
    for procedure in view.procedures:
        given: dict[tuple[str, str], str] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                for option in _SIZES if command.dashed else ():
                    number = command.value(option)
                    if number is None:
                        continue
                    key = (command.name, option)
                    if line.step.role is not Role.ROLLBACK:
                        given[key] = number
                    elif number.isdigit() and number != "0" and given.get(key, number) not in (number, "0"):
                        message = (
                            f"The way back sets {option.lstrip('-')} to {number}, whatever it was before."
                        )
                        yield view.at("TOC215", line, action, command.start, message)


def misspelt_hosts(view: View) -> Iterator[Diagnostic]:
    """TOC203: a host that is written like another one of the document but for zeros or dashes ("db-01", "db-1")."""
    hosts: dict[str, Counter[str]] = defaultdict(Counter)
    seen: list[tuple[str, str, Line, Action, Command]] = []
    for _, line, action, command in view.commands("ssh"):
        host = next((word for word in command.plain if not word.isdigit()), "").rpartition("@")[2]
        if not host or host.startswith(("$", "<", "{", "[")):
            continue
        form = re.sub(r"[-_.]", "", re.sub(r"(?<!\d)0+(?=\d)", "", host))
        hosts[form][host] += 1
        seen.append((form, host, line, action, command))
    for form, host, line, action, command in seen:
        usual, times = hosts[form].most_common(1)[0]
        if host != usual and times > 1 and hosts[form][host] == 1:
            yield view.at(
                "TOC203", line, action, command.start, f"This names {host}, its siblings name {usual}."
            )


_CONTEXT_SET = (
    "use-context", "set-context", "kubens", "kubectx", "--context", "oc project", "oc login", "KUBECONFIG", "get-credentials",
    "update-kubeconfig", "tsh kube",
)  # fmt: skip
_SAID_WHERE = re.compile(r"\b(?:namespace|cluster|context|project)\b", re.IGNORECASE)


def _names_a_place(text: str) -> bool:
    """Whether a document says anywhere which cluster or namespace is meant. Plain searches: it is long."""
    if any(word in text for word in _CONTEXT_SET) or re.search(r"\s-n[ =]", text):
        return True
    lower = text.lower()
    said = any(word in lower for word in ("namespace", "cluster", "context", "project"))
    return (said and _SAID_WHERE.search(text) is not None) or re.search(r"\baks\b", text) is not None


def ambient_cluster(view: View) -> Iterator[Diagnostic]:
    """TOC211: a kubectl change without namespace or context in a document that names neither anywhere."""
    everything: str | None = None
    for procedure in view.procedures:
        for line in procedure.lines:
            found = next(
                (
                    (action, command)
                    for action, command in line.named("kubectl", "oc")
                    if action.judgement.effect.value >= Effect.CHANGE.value and takes_namespace(command)
                ),
                None,
            )
            if found is None or found[1].value("-n", "--namespace", "--context") is not None:
                continue
            if everything is None:
                everything = view.whole
                if _names_a_place(everything):
                    return
            message = f"`{found[1].name}` names no namespace and no context: whatever is set there decides."
            yield view.at("TOC211", line, found[0], found[1].start, message, level=Level.WARNING)
            break


RULES = (misspelt_hosts, ambient_cluster, made_up_sizes)
