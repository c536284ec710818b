"""Targets across a document: made-up sizes (TOC215), misspelt hosts (TOC203), clusters nobody names (TOC211)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.replicas import usual_size
from tocsin.runbook.lint.targets import takes_namespace
from tocsin.runbook.lint.told import above, sentences
from tocsin.runbook.words.wording import fold

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
                    back = line.step.role is Role.ROLLBACK
                    if not back and (key not in given or not _put_back(view, line)):
                        given[key] = number
                    elif (
                        number.isdigit()
                        and given.get(key, number) not in (number, "0")
                        and (number != "0" or not back)
                        and (back or not _told(procedure, number))
                        and not usual_size(procedure, number)
                    ):
                        message = (
                            f"The way back sets {option.lstrip('-')} to {number}, whatever it was before."
                        )
                        yield view.at("TOC215", line, action, command.start, message)


_PUT_BACK = re.compile(
    r"\b(?:put|set|bring|scale|turn|switch|go)\w*\b[^.]{0,40}\bback\b|\bwieder auf\b|\b(?:afterwards|as before|back to normal|to what it was|wieder zuruck|zurucksetzen|volver|dejar como|remettre)\b"
)


def _put_back(view: View, line: Line) -> bool:
    """Whether the sentence above says that it is made what it was."""
    return any(_PUT_BACK.search(said) for said in sentences(above(view, line))[-1:])


_IN_WORDS = {"1": "one|once|einen?|un[oa]?", "2": "two|twice|both|zwei|dos|deux", "3": "three|drei|tres|trois", "4": "four|vier|cuatro|quatre", "5": "five|funf|cinco|cinq",
             "6": "six|sechs|seis", "7": "seven|sieben|siete|sept", "8": "eight|acht|ocho|huit", "10": "ten|zehn|diez|dix", "12": "twelve|zwolf|doce|douze"}  # fmt: skip


def _told(procedure: Procedure, number: str) -> bool:
    """Whether a sentence of the procedure says the number: then it is not made up."""
    outside = fold(re.sub(r"```[^`]*```", "", procedure.text))
    said = rf"{number}|{_IN_WORDS[number]}" if number in _IN_WORDS else number
    return re.search(rf"(?<![\w.-])(?:{said})(?!\w|\.\d)", outside) is not None


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
