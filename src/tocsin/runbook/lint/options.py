"""TOC203 for tools of every kind: an option that says which system is meant, and one command that says another."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, View

_OPTIONS = (
    "-c", "--config", "--config-file", "--cluster", "--stanza", "-r", "--repo", "--server", "--url", "--endpoint", "--instance",
    "--app", "--env", "--environment", "--region", "--stack", "--site", "--realm", "--tenant", "--database", "--vault-name",
)  # fmt: skip
# Their drift is told by `targets`, or the option says something else there.
_TOLD = frozenset({"kubectl", "oc", "k", "helm", "gcloud", "psql", "sh", "bash", "ssh", "git", "grep", "docker", "podman", "curl", "cp", "rm", "xargs", "sort"})  # fmt: skip
_ENOUGH = 3  # uses that make one of them the usual one


@dataclass(frozen=True, slots=True)
class _Use:
    """One command that names a system by an option."""

    line: Line
    action: Action
    command: Command
    value: str


def odd_options(view: View) -> Iterator[Diagnostic]:
    """Of the commands of one tool in the document nearly all name one system, and this one names another of its kind."""
    uses: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    for procedure, line, action, command in view.commands():
        if command.name in _TOLD or not command.dashed or Role.TOOLBOX in procedure.section.roles:
            continue
        for option in _OPTIONS:
            value = command.value(option)
            if value and not value.startswith(("$", "<", "{", "[")) and (option[:2] == "--" or "/" in value):
                uses[(command.name, option)].append(_Use(line, action, command, value))
    for (_, option), found in uses.items():
        counts = Counter(use.value for use in found)
        usual, times = counts.most_common(1)[0]
        for use in found:
            odd = counts[use.value] == 1 and use.value != usual and times >= _ENOUGH - 1
            if odd and len(found) >= _ENOUGH and _of_a_kind(use.value, usual):
                message = f"This names {option} {use.value}, its siblings name {usual}."
                yield view.at("TOC203", use.line, use.action, use.command.start, message)
        if len(found) == len(counts) == 2 and _one_thing(found[0].command, found[1].command):
            first, second = found
            message = f"This names {option} {second.value}; line {first.action.span.first_line} names {first.value} for the same thing."
            yield view.at("TOC203", second.line, second.action, second.command.start, message)


def _of_a_kind(one: str, other: str) -> bool:
    """Whether two values name two systems of one kind: files of one folder, names of one shape."""
    if "/" in one or "/" in other:
        return (
            posixpath.dirname(one) == posixpath.dirname(other)
            and posixpath.splitext(one)[1] == posixpath.splitext(other)[1]
        )
    return (
        bool(set(one.split("-")) & set(other.split("-"))) or len(one.split("-")) == len(other.split("-")) == 3
    )


def _one_thing(one: Command, other: Command) -> bool:
    """Whether two commands do different things to one thing; the same twice is meant for two systems."""
    shared = [word for word in one.plain if word in other.plain]
    return len(shared) >= 3 and one.plain[:2] != other.plain[:2] and one.plain[:1] == other.plain[:1]


_APPLIERS = ("terraform", "tofu", "terragrunt")
_WHERE_TO = ("-chdir", "-var-file", "-state", "-target-dir")


def planned_elsewhere(view: View) -> Iterator[Diagnostic]:
    """TOC203: a plan is made for one directory or set of values, and another one is applied."""
    for procedure in view.procedures if view.commands(*_APPLIERS) else ():
        planned: dict[str, tuple[str, int]] = {}
        for line in procedure.lines:
            for action, command in line.named(*_APPLIERS):
                verb = next((word for word in command.plain if word in ("plan", "apply", "destroy")), "")
                for option in _WHERE_TO:
                    value = next(
                        (w.partition("=")[2] for w in command.args if w.startswith(f"{option}=")), ""
                    )
                    if not value or "$" in value or not verb:
                        continue
                    known = planned.get(option)
                    if verb == "plan":
                        planned[option] = (value, action.span.first_line)
                    elif known is not None and known[0] != value:
                        message = f"Line {known[1]} plans {known[0]}, this applies {value}."
                        yield view.at("TOC203", line, action, command.start, message)


RULES = (odd_options, planned_elsewhere)
