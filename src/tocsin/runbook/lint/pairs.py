"""TOC203 by pairs: changed this and looked at that, formatted one and mounted another, and one odd address out."""

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.lint.replicas import deployments


def other_replica(view: View) -> Iterator[Diagnostic]:
    """Replication is looked at on one host and stopped on another; one pool is looked at and another changed."""
    for procedure in view.procedures:
        seen: dict[str, str] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                about = _replication(command)
                if about is None:
                    continue
                kind, where, looks = about
                if looks:
                    seen.setdefault(kind, where)
                elif kind in seen and seen[kind] != where and not _open(where) and not _open(seen[kind]):
                    message = f"This acts on {where}; what is before it is about {seen[kind]}."
                    yield view.at("TOC203", line, action, command.start, message)


def _replication(command: Command) -> tuple[str, str, bool] | None:
    """What of several alike a command is about: the kind, which one, and whether it only looks."""
    if command.name in ("mysql", "mariadb"):
        where, sql = command.value("-h", "--host"), " ".join(command.args).upper()
        if where and re.search(r"\b(?:REPLICA|SLAVE)\b", sql):
            return "replication", where, re.search(r"\bSHOW (?:REPLICA|SLAVE)\b", sql) is not None
    if command.name == "zpool" and len(command.plain) > 1 and "@" not in command.plain[1]:
        looks = command.plain[0] in ("status", "list", "iostat", "get", "history", "offline", "scrub")
        return "pool", command.plain[1], looks
    return None


def _open(value: str) -> bool:
    return value.startswith(("$", "<", "{", "["))


# tool → (verbs that change, verbs that look)
_ABOUT = {
    "kubectl": ({"restart", "undo", "scale", "set", "patch"}, {"status", "wait"}),
    "systemctl": ({"restart", "start", "reload", "stop"}, {"is-active", "status"}),
    "aws": ({"update-service"}, {"wait"}),
    "docker": ({"restart", "start", "stop"}, {"inspect", "logs", "port"}),
}


def looks_elsewhere(view: View) -> Iterator[Diagnostic]:
    """One thing is changed, and what looks whether it worked asks about another of the same kind."""
    for procedure in view.procedures:
        changed: dict[str, list[tuple[str, Line]]] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                about = _ABOUT.get(command.name)
                things = _things(command) if about is not None else []
                if about is None or not things or any(_open(thing) for thing in things):
                    continue
                verbs = set(command.plain[:3])
                if verbs & about[1] and not verbs & {"scale", "set", "patch", "restart", "undo"}:
                    before = changed.pop(command.name, [])
                    names = {name for name, _ in before}
                    if names and not names & set(things) and _sole_look(procedure, line, command.name, names):
                        first = before[-1]
                        message = f"Line {first[1].step.span.first_line} changed {first[0]}; this looks at {things[0]}."
                        yield view.at("TOC203", line, action, command.start, message)
                elif verbs & about[0]:
                    changed.setdefault(command.name, []).extend((thing, line) for thing in things)


def _sole_look(procedure: Procedure, line: Line, tool: str, names: set[str]) -> bool:
    """Whether nothing behind it looks at what was changed."""
    later = (line, *procedure.after(line))
    return not any(
        command.name == tool
        and names & set(_things(command))
        and not {"history", "undo", "restart"} & set(command.plain[:3])
        for other in later
        for _, command in other.commands
    )


def _things(command: Command) -> list[str]:
    match command.name:
        case "kubectl" | "oc":
            return deployments(command)
        case "systemctl" | "docker":
            where = machine(command)
            return [
                f"{word.removesuffix('.service')}{f' on {where}' if where else ''}"
                for word in command.plain[1:2]
            ]
        case "aws":
            value = command.value("--service", "--services")
            return [value] if value else []
        case _:
            return []


def other_device(view: View) -> Iterator[Diagnostic]:
    """A device is wiped, formatted and mounted, and it is not the same one."""
    for procedure in view.procedures:
        wiped: list[tuple[str, Line, Action, Command]] = []
        for line in procedure.lines:
            for action, command in line.commands:
                if command.name.startswith("mkfs") or command.name in ("wipefs", "dd", "parted", "sgdisk"):
                    device = next(
                        (
                            w.removeprefix("of=")
                            for w in command.plain
                            if "/dev/" in w and not w.startswith("if=")
                        ),
                        "",
                    )
                    if device and not _open(device) and "/dev/zero" not in device:
                        wiped.append((device, line, action, command))
                elif (
                    command.name == "mount"
                    and len(command.plain) > 1
                    and command.plain[-2].startswith("/dev/")
                ):
                    mounted = command.plain[-2]
                    for device, other, at, by in wiped:
                        if by.name.startswith("mkfs") and _disk(device) != _disk(mounted):
                            message = (
                                f"This formats {device}; line {action.span.first_line} mounts {mounted}."
                            )
                            yield view.at("TOC203", other, at, by.start, message)
                    wiped = []


def _disk(device: str) -> str:
    return re.sub(r"(?<=[a-z])\d+$|p\d+$", "", device)


_ADDRESS_OPTIONS = ("--bootstrap-server", "--brokers", "--zookeeper", "-namespace", "--vhost", "-address")
_NOT_LIVE = re.compile(
    r"(?:^|[-_./])(?:stag(?:e|ing)|dev|test|qa|uat|sandbox|preprod|demo|localhost|127\.0\.0\.1)(?:[-_./:\d]|$)",
    re.I,
)
_SHELLED = frozenset({"kubectl", "oc", "aws", "az", "gcloud", "helm", "docker", "git"})


def odd_address(view: View) -> Iterator[Diagnostic]:
    """One command of a procedure goes to a place of another environment, or to none where its siblings name one."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles:
            continue
        places = [(line, action, command, place) for line in procedure.lines for action, command in line.commands
                  if command.name not in _SHELLED and (place := _place(command)) is not None]  # fmt: skip
        if len(places) < 2:
            continue
        families: dict[str, Counter[str]] = {}
        for _, _, command, place in places:
            families.setdefault(_family(command, place), Counter())[place] += 1
        for line, action, command, place in places:
            counts = families[_family(command, place)]
            if counts[place] > 1 or counts.total() < (
                3 if line.step.judgement.effect is Effect.OBSERVE else 2
            ):
                continue
            usual = next((other for other, _ in counts.most_common(2) if other != place), None)
            if usual is not None and _NOT_LIVE.search(place) and not _NOT_LIVE.search(usual):
                message = f"This goes to {place}, its siblings to {usual}."
                yield view.at("TOC203", line, action, command.start, message)


def _family(command: Command, place: str) -> str:
    if command.name.startswith("kafka-"):
        return "kafka"
    if command.name in ("curl", "wget", "http"):
        return f"http:{place.rpartition(':')[2]}" if ":" in place else "http"
    return command.name


def _place(command: Command) -> str | None:
    """The address a command goes to, or None if it names none in a way that is known."""
    if command.name in ("curl", "wget", "http"):
        url = next((w for w in command.args if w.startswith(("http://", "https://"))), None)
        return url.split("/")[2] if url is not None and "$" not in url.split("/")[2] else None
    if command.name == "ssh":
        return next((w.rpartition("@")[2] for w in command.plain if not w.isdigit()), None)
    value = command.value(*_ADDRESS_OPTIONS)
    return value if value is not None and not _open(value) else None


RULES = (other_replica, looks_elsewhere, other_device, odd_address)
