"""Things of a cloud by their names: used before they are there (TOC309), of another environment (TOC203).

A name is the value of a long option (`--db-instance-identifier x`) that says what a command acts on.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, View

# Services whose verbs return before the thing is there, gone or changed.
_SLOW = frozenset(
    "rds eks elasticache redshift docdb neptune cloudformation opensearch es fsx efs memorydb dynamodb mq kafka emr".split()
)
_ACTS = re.compile(r"(?:create|delete|restore|modify|start|stop|reboot|failover|update|promote)-")
_LOOKS = re.compile(r"(?:describe|list|get|wait)\b")
_NAMES_A_THING = re.compile(
    r"--[a-z-]*(?:name|names|identifier|id|ids|arn|instance|cluster|function|bucket|service)$"
)


def _names(command: Command) -> dict[str, str]:
    """Option to value, of the options that name what the command acts on."""
    found: dict[str, str] = {}
    args = command.args
    for place, word in enumerate(args):
        option, equals, value = word.partition("=")
        if not option.startswith("--") or not _NAMES_A_THING.fullmatch(option):
            continue
        given = value if equals else args[place + 1] if place + 1 < len(args) else ""
        if len(given) > 2 and not given.startswith(("-", "$", "<", "{", "[")):
            found[option] = given
    return found


def used_before_ready(view: View) -> Iterator[Diagnostic]:
    """TOC309: the next command acts on what the one before it has only asked for."""
    for procedure in view.procedures:
        if Role.TOOLBOX not in procedure.section.roles:
            yield from _in_one(view, procedure)


def _in_one(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    asked: dict[tuple[str, str], tuple[Line, Action, Command]] = {}
    for line in procedure.lines:
        for action, command in line.commands:
            words = command.plain
            if command.name in ("sleep", "until") or "wait" in words[:2] or "while" in action.text:
                asked.clear()
            if command.name != "aws" or len(words) < 2 or words[0] not in _SLOW or not _ACTS.match(words[1]):
                continue
            things = {(words[0], name) for name in _names(command).values()}
            for thing in things & asked.keys():
                before, made, first = asked[thing]
                if procedure.exclusive(before, line):
                    continue
                message = f"`{first.plain[1]}` returns before it is done; line {action.span.first_line} goes on with {thing[1]}."
                hint = f"Wait for it: aws {words[0]} wait …"
                yield view.at("TOC309", before, made, first.start, message, hint=hint)
                asked.clear()
                break
            clusters = {name for option, name in _names(command).items() if option.startswith("--cluster")}
            asked |= {
                thing: (line, action, command)
                for thing in things
                if len(things) == 1 or thing[1] not in clusters
            }


_SUFFIX = re.compile(r"(.{3,}?)[-_.](?:staging|stage|stg|dev|test|qa|uat|sandbox|preprod|demo)$")


def other_environment(view: View) -> Iterator[Diagnostic]:
    """TOC203: beside commands on `thumb` stands one on `thumb-staging`, and nothing speaks of staging."""
    for procedure in view.procedures:
        uses: dict[tuple[str, str], list[tuple[str, Line, Action, Command]]] = defaultdict(list)
        for line in procedure.lines:
            for action, command in line.commands:
                for option, name in _names(command).items():
                    uses[command.name, option].append((name, line, action, command))
        for same in uses.values():
            meant = {name for name, *_ in same}
            for name, line, action, command in same:
                odd = _SUFFIX.fullmatch(name)
                if odd is None or odd[1] not in meant:
                    continue
                told = f"{line.words} {procedure.section.title}".lower()
                if name[len(odd[1]) + 1 :] in told:
                    continue
                message = f"This acts on {name}, its siblings on {odd[1]}."
                yield view.at("TOC203", line, action, command.start, message)


RULES = (used_before_ready, other_environment)
