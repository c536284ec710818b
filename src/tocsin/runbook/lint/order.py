"""Steps against each other: no backup (TOC201), contradicted state (TOC208), two-part changes (TOC209), undo (TOC310)."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import Line, Procedure, Statement, View
from tocsin.runbook.lint.replicas import deployments

_RENAME = re.compile(
    r"^\s*(?:ALTER\s+(?:DATABASE|TABLE|SCHEMA|INDEX)\s+.*\bRENAME\s+TO|RENAME\s+TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)


def two_parts(view: View) -> Iterator[Diagnostic]:
    """TOC209: two renames that make a swap, sent one by one."""
    for procedure in view.procedures:
        renames = [
            (line, s) for line in procedure.mitigating for s in line.statements if _RENAME.match(s.text)
        ]
        if len(renames) < 2:
            continue
        text = "\n".join(line.text for line, _ in renames)
        if re.search(r"\bBEGIN\b|START TRANSACTION|--single-transaction|\s-1\s", text, re.IGNORECASE):
            continue
        line, first = renames[0]
        steps = tuple(dict.fromkeys(other.step.id for other, _ in renames))
        message = f"{len(renames)} renames are sent one by one: when the second fails, neither the old nor the new name is there."
        yield view.at("TOC209", line, first.action, first.offset, message, steps=steps)


_WRITES_SQL = re.compile(
    r"^\s*(?:INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|TRUNCATE|COPY|GRANT)\b", re.IGNORECASE
)


_READ_ONLY = re.compile(
    r"default_transaction_read_only\s*(?:=|TO)\s*'?(on|off|true|false)|\bread_only\s*(?:=|TO)\s*'?(on|off|0|1|true|false)|\bSET\s+GLOBAL\s+(?:super_)?read_only\s*=\s*(\w+)",
    re.IGNORECASE,
)


_LOADERS = frozenset({"pg_restore", "mysqlimport", "mongorestore"})


def contradicted(view: View) -> Iterator[Diagnostic]:
    """TOC208: a step needs the opposite of the state an earlier step left its target in."""
    locks = view.says(("read_only",))
    for procedure in view.procedures:
        if locks:
            yield from _read_only(view, procedure)
        yield from _stopped(view, procedure)
        if view.commands("git"):
            yield from _commits(view, procedure)
        if view.commands("mount"):
            yield from _mounted(view, procedure)


def _read_only(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    locked: int | None = None  # the line that made the database read-only
    for line, action, offset, item in _in_order(procedure):
        command = item.command if isinstance(item, Statement) else item
        free = locked is not None and _freed(command, line)
        if isinstance(item, Command):
            if locked is not None and not free and _loads(item, line):
                message = f"The database is read-only since line {locked}; every statement of the restore is refused."
                yield view.at("TOC208", line, action, offset, message)
            continue
        switch = _READ_ONLY.search(item.text)
        if switch is not None:
            on = (switch[1] or switch[2] or switch[3] or "").lower() in ("on", "true", "1")
            everywhere = (
                re.search(r"\bALTER\s+(?:DATABASE|ROLE|SYSTEM)\b", item.text, re.IGNORECASE) is not None
            )
            if on:
                locked = locked or action.span.first_line
            elif locked is not None and everywhere and not free:
                message = f"Line {locked} makes every new session read-only, also the one this opens: the switch is refused."
                yield view.at("TOC208", line, action, offset, message, hint=_FREE_HINT)
            if not on:
                locked = None
        elif locked is not None and not free and _WRITES_SQL.match(item.text):
            message = f"The database is read-only since line {locked}; this is refused."
            yield view.at("TOC208", line, action, offset, message)


_FREE_HINT = (
    "Open the session with PGOPTIONS='-c default_transaction_read_only=off', or from another database."
)


def _in_order(procedure: Procedure) -> Iterator[tuple[Line, Action, int, Statement | Command]]:
    """Commands and statements as they would be carried out."""
    for line in procedure.lines:
        found: list[tuple[Line, Action, int, Statement | Command]] = []
        found.extend((line, action, command.start, command) for action, command in line.commands)
        found.extend((line, s.action, s.offset, s) for s in line.statements)
        yield from sorted(found, key=lambda event: (event[1].span.start, event[2]))


def _loads(command: Command, line: Line) -> bool:
    """Whether the command feeds a file or a pipe into a database."""
    if command.name in _LOADERS:
        return True
    fed = command.has("-f", "--file") or any(operator == "<" for operator, _ in command.redirects)
    piped = command.stage > 0 and not any(s.command is command for s in line.statements)
    # What a client reads out of its own server is a list of statements ("KILL 17;") and no dump.
    piped = piped and not any(
        c.name == command.name
        and c.pipeline == command.pipeline
        and c.stage < command.stage
        and not c.has("-f", "--file")
        for _, c in line.commands
    )
    return command.name in ("psql", "mysql") and (fed or piped)


def _freed(command: Command | None, line: Line) -> bool:
    return ("read_only=off" in line.text.replace(" ", "") and "PGOPTIONS" in line.text) or (
        command is not None and command.value("-d", "--dbname") in ("postgres", "template1")
    )


_DOWN_VERBS = {"stop", "kill", "delete", "down", "disable"}


def _stopped(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """`systemctl stop x` then `systemctl reload x`; `docker stop c` then `docker exec c`; `scale 0` then `exec`."""
    down: dict[tuple[str, str], Line] = {}
    for line in procedure.lines:
        for action, command in line.commands:
            words = command.plain
            if (
                command.name in ("systemctl", "docker", "podman", "pm2", "supervisorctl", "service")
                and len(words) >= 2
            ):
                verb, target = (words[1], words[0]) if command.name == "service" else (words[0], words[1])
                key = (command.name, target.removesuffix(".service"))
                if verb in _DOWN_VERBS:
                    down[key] = line
                elif verb in ("start", "restart", "run", "up", "enable"):
                    down.pop(key, None)
                elif verb in ("reload", "exec") and key in down and not procedure.exclusive(down[key], line):
                    message = f"{target} was stopped in line {down[key].step.span.first_line}; `{verb}` needs it running."
                    yield view.at("TOC208", line, action, command.start, message)
            elif command.name in ("kubectl", "oc") and words:
                yield from _kubernetes_stopped(view, line, action, command, down)


_NAMED = re.compile(r"(?:deploy|deployment|statefulset|sts)/")


def _kubernetes_stopped(
    view: View, line: Line, action: Action, command: Command, down: dict[tuple[str, str], Line]
) -> Iterator[Diagnostic]:
    words = command.plain
    named = next((w.split("/", 1)[1] for w in words if "/" in w and _NAMED.match(w)), "")
    if not named and len(words) > 2 and words[1] in ("deployment", "deploy", "statefulset", "sts"):
        named = words[2]
    if not named:
        return
    key = ("kubectl", named)
    replicas = command.value("--replicas")
    if words[0] == "delete" or replicas == "0":
        down[key] = line
    elif replicas is not None or words[0] in ("apply", "create"):
        down.pop(key, None)
    elif words[0] in ("exec", "port-forward") and key in down:
        yield view.at(
            "TOC208",
            line,
            action,
            command.start,
            f"{named} has no running pod since line {down[key].step.span.first_line}.",
        )


_WRITERS = frozenset({"rsync", "cp", "mv", "tee", "touch", "mkdir", "rm", "ln", "install", "dd", "tar"})


def _mounted(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """`mount -o remount,ro /x`, then something that writes below /x."""
    locked: dict[str, Line] = {}
    for line in procedure.lines:
        for action, command in line.commands:
            options = command.value("-o", "--options") or ""
            path = command.plain[-1].rstrip("/") if command.plain else ""
            if command.name == "mount" and "ro" in options.split(","):
                locked[path] = line
            elif command.name == "mount":
                locked.pop(path, None)
            elif command.name in _WRITERS or any(op.startswith(">") for op, _ in command.redirects):
                places = (path, *(target for op, target in command.redirects if op.startswith(">")))
                below = next(
                    (
                        p
                        for p in locked
                        for place in places
                        if p and (place == p or place.startswith(f"{p}/"))
                    ),
                    None,
                )
                if below is not None and not procedure.exclusive(locked[below], line):
                    message = f"{below} is read-only since line {locked[below].step.span.first_line}; this is refused."
                    yield view.at("TOC208", line, action, command.start, message)


def _commits(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """A commit nobody staged anything for, and a push that goes on without it."""
    verbs = [c.plain[0] for line in procedure.lines for _, c in line.named("git") if c.plain]
    if verbs.count("commit") != 1 or "push" not in verbs:
        return  # several in a row show how a message is written; without a push nothing goes on
    staged = False
    for line in procedure.lines:
        for action, command in line.commands:
            if command.name != "git" or not command.plain:
                continue
            verb = command.plain[0]
            if verb in ("add", "rm", "mv", "cherry-pick", "revert", "merge", "am", "apply", "stash"):
                staged = True
            elif verb == "commit":
                if (
                    not staged
                    and not command.has("-a", "--all", "--amend", "--allow-empty")
                    and not re.search(r"\b(?:git add|stage)\b", line.words)
                ):
                    yield view.at(
                        "TOC208",
                        line,
                        action,
                        command.start,
                        "Nothing was staged before this commit: it fails, and what follows goes on without the change.",
                        hint="Stage the change (git add …, git commit -a) and stop at the first failure.",
                    )
                staged = False


def quiet_rollback(view: View) -> Iterator[Diagnostic]:
    """TOC310: an undo that goes to the previous revision after steps that make revisions themselves."""
    made: dict[str, int] = {}
    for _, _, action, command in view.commands():
        if command.name in ("kubectl", "oc") and command.plain[:2] in _MAKES_REVISIONS:
            for name in deployments(command):
                made.setdefault(name, action.span.first_line)
    for _, line, action, command in view.commands():
        undoes = command.name in ("kubectl", "oc") and command.plain[:2] == ("rollout", "undo")
        again = next((n for n in deployments(command) if n in made), None) if undoes else None
        if again is not None and command.value("--to-revision") is None:
            message = f"The previous revision of {again} may be the one made by line {made[again]}, not the last good one."
            yield view.at("TOC310", line, action, command.start, message)


_MAKES_REVISIONS = (("rollout", "restart"), ("set", "env"), ("set", "image"))


RULES = (
    two_parts,
    contradicted,
    quiet_rollback,
)
