"""Steps against each other: no backup (TOC201), contradicted state (TOC208), two-part changes (TOC209), undo (TOC310)."""

import re
from collections.abc import Iterator

from tocsin.effects.effect import Effect, Undoable
from tocsin.runbook.book import Action, Diagnostic, Level, Role
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.facts import REACH, Line, Procedure, Statement, View
from tocsin.runbook.lint.targets import deployments

_SAVES = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|mongoexport|BGSAVE|BGREWRITEAOF|backups?|snapshots?|etcdctl snapshot|velero|sqlite3 .*\.backup|"
    r"create-(?:db-)?snapshot|create-image|disk snapshot|export-|state pull|vault operator raft snapshot|git (?:stash|tag|branch)|"
    r"COPY .* TO|SELECT .* INTO OUTFILE|CREATE TABLE \w+ AS|cp -[aprR]+|rsync|tar\s+-?c\w*f|get .*-o ?(?:yaml|json).*>|--dump|kubectl cp|"
    r"DUMP\b|--rdb\b|copy-snapshot|sicher\w*|respald\w*|sauvegard\w*)\b|\.(?:bak|backup|orig|old)\b",
    re.IGNORECASE,
)


_REBUILT = re.compile(
    r"^[^|;&]*\b(?:rm|find|truncate|unlink|UNLINK|DEL)\b.*(?:\b(?:tmp|temp|te?mpfiles|cache|caches|scratch|node_modules|__pycache__|dist|build|target/debug)\b|\.log\b|/logs?/|-mtime \+\d)",
    re.IGNORECASE,
)


_ASIDE_HOST = re.compile(r"\bssh\s+(?:-\S+\s+)*\S*\b(?:restore|scratch|sandbox|spare|staging)\b")
# A cache is filled again; a lease and a vault keep what was there.
_VERSIONED = re.compile(
    r"\bcaches?[ :-](?:flush|clear|purge|clean|prune)|(?:flush|clear|purge|clean|prune)\w*[ :-]caches?\b|put-secret-value|/rotate\b|--force-with-lease|\bnpm\b.*\bci\b|\bgit\b[^&|;]*\bswitch --detach\b",
    re.IGNORECASE,
)
_AGED = re.compile(r"\bfind\b(?=.*-i?name\b)(?=.*-[mca](?:time|min) \+\d)(?=.*-delete|.*-exec rm)")


_CONTENT = re.compile(r"\bFLUSH(?:ALL|DB)\b|/var/lib/|\bDROP\b|pgdata|/data\b", re.IGNORECASE)


def unsaved(view: View) -> Iterator[Diagnostic]:
    """TOC201: a destroying step with nothing before it that keeps what will be lost."""
    for procedure in view.procedures:
        destroying = [line.order for line in procedure.lines if line.step.judgement.effect is Effect.DESTROY]
        if not destroying:
            continue
        savers: list[Line] = []
        for line in procedure.lines:
            if line.step.judgement.effect is Effect.DESTROY and line.step.actions:
                kept = any(not procedure.exclusive(saver, line) for saver in savers[-REACH:])
                first = next(
                    (a for a in line.step.actions if a.judgement.effect is Effect.DESTROY),
                    line.step.actions[0],
                )
                if not kept and not _kept_inside(line, first) and not _way_back(procedure, line):
                    yield view.at(
                        "TOC201", line, first, 0, "This destroys, and no step before it keeps what is lost."
                    )
            if line.order < destroying[-1] and _saves(line):
                savers.append(line)


# What keeps something, by its command; "ls /backup" and "restore the dump" only speak of it.
_SAVE_COMMAND = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|mongoexport|BGSAVE|BGREWRITEAOF|velero backup create|create-(?:db-)?\S*snapshot|create-image|create-backup|"
    r"snapshots? (?:create|save)|backups? (?:create|run|now)|disk snapshot|copy-snapshot|export-\S+|state pull|git (?:stash|tag|branch)|kubectl cp|"
    r"start-\S*backup\S*|COPY .* TO|INTO OUTFILE|CREATE TABLE \S+ AS|cp|mv|rsync|tar|scp|s3 (?:cp|sync|mv)|gsutil|rclone|restic backup|borg create|"
    r"zfs snapshot|lvcreate|pbm backup|wal-g backup-push|xtrabackup|--rdb|\.backup|SHOW (?:REPLICA|SLAVE) STATUS|postcat|BACKUP (?:DATABASE|TABLE))\b|>>?\s*[\w\"'./$-]",
    re.IGNORECASE,
)
_LOADERS_OF_BACKUPS = re.compile(
    r"\b(?:pg_restore|mongorestore|mysqlimport|restore-\S+)\b|\|\s*(?:psql|mysql|mongorestore)\b|\b(?:psql|mysql)\b[^|\n]*<",
    re.IGNORECASE,
)


def _saves(line: Line) -> bool:
    """Whether a step keeps what a later one destroys: by hand in words, else by a command that writes it somewhere."""
    if not line.step.actions:
        return _SAVES.search(_not_restoring(line.words)) is not None
    if _LOADERS_OF_BACKUPS.search(line.text):
        return False
    if line.step.judgement.effect is Effect.OBSERVE and _SAVE_COMMAND.search(line.text) is None:
        # Looking at backups keeps nothing, unless it stops where there is none.
        return (
            _PROVES.search(line.text) is not None
            and _KEPT_THERE.search(f"{line.words} {line.text}") is not None
        )
    return _SAVES.search(f"{line.words} {line.text}") is not None or (
        line.step.judgement.effect is not Effect.DESTROY and _WRITTEN_DOWN.search(line.text) is not None
    )


_KEPT_THERE = re.compile(
    r"backup|snapshot|archiv|dump|export|_SUCCESS|sicher|respald|sauvegard", re.IGNORECASE
)
_PROVES = re.compile(
    r"\bjq\s+(?:-\w+\s+)*-\w*e|\bgrep\s+-\w*q|\btest\s|\[\[? |--exit-code|\bgzip -t\b|sha256sum -c|md5sum -c"
)
# The state is written to a file: offsets, a queue listing, an object.
_WRITTEN_DOWN = re.compile(
    r"(?:--describe|\bget\b|\bexport\b|\bdump\b|\bshow\b|\blist\b|status|select|postcat|postqueue)[^|\n]*>\s*[\w\"'./$-]|SHOW (?:REPLICA|SLAVE) STATUS",
    re.IGNORECASE,
)


def _way_back(procedure: Procedure, line: Line) -> bool:
    """Whether it takes back what the procedure itself did with the same program: a new database dropped, an old value set."""
    if line.step.role is not Role.ROLLBACK:
        return False
    names = {
        command.name
        for _, command in line.commands
        if command.wrapper is None or command.wrapper.name == "ssh"
    }
    made = {"dropdb": "createdb", "rm": "cp"}
    before = {
        command.name for other in procedure.before(line) for _, command in other.commands if not _reads(other)
    }
    return bool(names & before) or any(made.get(name) in before for name in names)


def _reads(line: Line) -> bool:
    return line.step.judgement.effect is Effect.OBSERVE


def _kept_inside(line: Line, first: Action) -> bool:
    """Whether the step saves before it destroys, can be undone, or removes only what is made again."""
    undo = line.step.judgement.undo
    if undo is not None and undo.undoable is Undoable.YES:
        return True
    if _REBUILT.search(line.text) and not _CONTENT.search(line.text):
        return True  # scratch, caches and old logs are meant to go
    if _VERSIONED.search(line.text) or _ASIDE_HOST.search(line.text):
        return True
    if _AGED.search(line.text) and not _CONTENT.search(line.text):
        return True  # so is what has a name and an age of its own
    before = line.text[: max(line.text.find(first.text), 0)]
    if _INTO_NEW.search(line.text) and _fresh(line.text):
        return True
    if _PROVES.search(before) and _KEPT_THERE.search(before):
        return True
    return bool(
        _SAVES.search(before)
        or _WRITTEN_DOWN.search(before)
        or _SAVES.search(_not_restoring(line.step.title))
    )


_INTO_NEW = re.compile(r"\b(?:pg_restore|mongorestore|psql|mysql)\b")


def _fresh(text: str) -> bool:
    """Whether what is loaded goes into something that is made for it: a database that `createdb` made just before."""
    if "--nsTo" in text:
        return True
    if re.search(r"\bDROP\b|\bdropdb\b", text):
        return False
    text = re.sub(r":[?][^}]*", "", text)  # the same variable, whatever it says when it is unset
    made = re.findall(r"\bcreatedb\b[^\n&|;]*?([\w${}:?-]+)[\"']?\s*$", text, re.MULTILINE)
    return any(text.count(name) > 1 for name in made)


def _not_restoring(title: str) -> str:
    """A title without what it restores from: "restore from backup" saves nothing."""
    return re.sub(
        r"(?i)\b(?:restor|recover|import|load|replay|from|old|bring|put|apply|last|latest|newest|delet|remov|drop|prun|clean)\w*\b.*",
        " ",
        title,
    )


_RENAME = re.compile(
    r"^\s*(?:ALTER\s+(?:DATABASE|TABLE|SCHEMA|INDEX)\s+.*\bRENAME\s+TO|RENAME\s+TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)


_REMOVAL_VERBS = frozenset(
    {"delete", "destroy", "purge", "wipe", "drop", "remove", "erase", "delete-all", "rm"}
)


def unknown_removals(view: View) -> Iterator[Diagnostic]:
    """TOC201, milder: a tool nobody knows is told to delete, and nothing was kept before."""
    for procedure in view.procedures:
        for line in procedure.lines:
            if line.step.judgement.effect is not Effect.UNKNOWN or line.step.role is Role.ROLLBACK:
                continue
            for action, command in line.commands:
                verb = command.plain[0].lower() if command.plain else ""
                if (
                    action.judgement.effect is Effect.UNKNOWN
                    and verb in _REMOVAL_VERBS
                    and command.wrapper is None
                ):
                    if not any(_saves(other) for other in procedure.before(line)):
                        message = f"`{command.name} {verb}` removes something, and no step before it keeps what is lost."
                        yield view.at("TOC201", line, action, command.start, message, level=Level.WARNING)
                    break


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
    for procedure in view.procedures:
        yield from _read_only(view, procedure)
        yield from _stopped(view, procedure)
        yield from _commits(view, procedure)
        yield from _mounted(view, procedure)


def _read_only(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    locked: int | None = None  # the line that made the database read-only
    for line, action, offset, item in _in_order(procedure):
        command = item.command if isinstance(item, Statement) else item
        free = _freed(command, line)
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
    unsaved,
    unknown_removals,
    two_parts,
    contradicted,
    quiet_rollback,
)
