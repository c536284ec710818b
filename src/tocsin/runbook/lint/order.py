"""Steps against each other: no backup (TOC201), removed before replaced (TOC202), contradicted state (TOC208), two-part changes (TOC209)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect, Undoable
from tocsin.runbook.book import Action, Diagnostic
from tocsin.runbook.inline import plain
from tocsin.runbook.lint.facts import REACH, Line, Procedure, Statement, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.lint.shell import Command
from tocsin.runbook.lint.targets import deployments
from tocsin.runbook.wording import fold

_SAVES = re.compile(
    r"\b(?:pg_dump\w*|mysqldump|mongodump|mongoexport|BGSAVE|BGREWRITEAOF|backups?|snapshots?|etcdctl snapshot|velero|sqlite3 .*\.backup|"
    r"create-(?:db-)?snapshot|create-image|disk snapshot|export-|state pull|vault operator raft snapshot|git (?:stash|tag|branch)|"
    r"COPY .* TO|SELECT .* INTO OUTFILE|CREATE TABLE \w+ AS|cp -[aprR]+|rsync|tar\s+-?c\w*f|get .*-o ?(?:yaml|json).*>|--dump|kubectl cp|"
    r"DUMP\b|--rdb\b|copy-snapshot|sicher\w*|respald\w*|sauvegard\w*)\b|\.(?:bak|backup|orig|old)\b",
    re.IGNORECASE,
)


_REBUILT = re.compile(
    r"^[^|;&]*\b(?:rm|find|truncate|unlink|UNLINK|DEL)\b.*(?:\b(?:tmp|temp|te?mpfiles|cache|caches|scratch)\b|\.log\b|/logs?/|-mtime \+\d)",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"\bFLUSH(?:ALL|DB)\b|/var/lib/|\bDROP\b|pgdata|/data\b", re.IGNORECASE)


def unsaved(view: View) -> Iterator[Diagnostic]:
    """TOC201: a destroying step with nothing before it that keeps what will be lost."""
    for procedure in view.procedures:
        if not any(line.step.judgement.effect is Effect.DESTROY for line in procedure.lines):
            continue
        savers: list[Line] = []
        for line in procedure.lines:
            if line.step.judgement.effect is Effect.DESTROY and line.step.actions:
                kept = any(not procedure.exclusive(saver, line) for saver in savers[-REACH:])
                first = next(
                    (a for a in line.step.actions if a.judgement.effect is Effect.DESTROY),
                    line.step.actions[0],
                )
                if not kept and not _kept_inside(line, first):
                    yield view.at(
                        "TOC201", line, first, 0, "This destroys, and no step before it keeps what is lost."
                    )
            if _SAVES.search(f"{line.words} {line.text}"):
                savers.append(line)


def _kept_inside(line: Line, first: Action) -> bool:
    """Whether the step saves before it destroys, can be undone, or removes only what is made again."""
    undo = line.step.judgement.undo
    if undo is not None and undo.undoable is Undoable.YES:
        return True
    if _REBUILT.search(line.text) and not _CONTENT.search(line.text):
        return True  # scratch, caches and old logs are meant to go
    before = line.text[: max(line.text.find(first.text), 0)]
    return bool(_SAVES.search(before) or _SAVES.search(_not_restoring(line.step.title)))


def _not_restoring(title: str) -> str:
    """A title without what it restores from: "restore from backup" saves nothing."""
    return re.sub(r"(?i)\b(?:restor|recover|import|load|replay|from|old)\w*\b.*", " ", title)


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a command removes or makes: the family of tools, the kind, and the name (empty if it names none)."""

    family: str
    kind: str
    name: str


_REMOVE_VERBS = frozenset(
    "delete rm remove drop uninstall destroy revoke terminate down purge deregister disable-key delete-access-key".split()
)
_CREATE_VERBS = frozenset(
    "create add start run install apply up new import launch register put upgrade issue create-access-key clone".split()
)
_KIND_ALIASES = {"deploy": "deployment", "deployments": "deployment", "svc": "service", "services": "service", "ing": "ingress", "ingresses": "ingress", "cm": "configmap", "secrets": "secret", "sts": "statefulset", "po": "pod", "pods": "pod", "cert": "certificate"}  # fmt: skip


def _things(command: Command) -> tuple[list[_Thing], list[_Thing]]:
    """What this command removes and what it makes."""
    name, words = command.name, command.plain
    if name in ("dropdb", "createdb"):
        thing = _Thing("database", "database", words[-1] if words else "")
        return ([thing], []) if name == "dropdb" else ([], [thing])
    if name == "pm2" and words:
        thing = _Thing("pm2", "process", "")
        return (
            ([thing], [])
            if words[0] in ("delete", "kill")
            else ([], [thing])
            if words[0] == "start"
            else ([], [])
        )
    if name in ("docker", "podman") and words:
        verb = next(
            (w for w in words[:3] if w in ("rm", "stop", "kill", "run", "start", "up", "down", "create")), ""
        )
        named = command.value("--name") or (words[-1] if verb in ("rm",) else "")
        if "compose" in words[:1] or verb in ("up", "down"):
            return (
                ([_Thing("compose", "stack", "")], [])
                if verb in ("down",)
                else ([], [_Thing("compose", "stack", "")])
                if verb == "up"
                else ([], [])
            )
        thing = _Thing("docker", "container", named)
        return ([thing], []) if verb == "rm" else ([], [thing]) if verb in ("run", "create") else ([], [])
    if name == "docker-compose":
        stack = _Thing("compose", "stack", "")
        return ([stack], []) if "down" in words else ([], [stack]) if "up" in words else ([], [])
    if name in ("kubectl", "oc") and words and words[0] in ("delete", "apply", "create", "replace"):
        kind, _, named = (words[1] if len(words) > 1 else "").partition("/")
        kind = _KIND_ALIASES.get(kind, kind)
        named = named or (words[-1] if len(words) > 2 else "")
        file = command.value("-f", "--filename") or ""
        thing = _Thing("kubectl", "file" if file else kind, file or named)
        return ([thing], []) if words[0] == "delete" else ([], [thing])
    if name in ("rm", "unlink"):
        return [_Thing("file", "file", w.rstrip("/")) for w in words if not w.startswith("/tmp")], []  # noqa: S108 -- a pattern, no file
    if name in ("cp", "mv", "git", "tar", "unzip", "rsync", "ln", "wget", "curl", "aws", "scp") and words:
        made = (
            words[-1].rstrip("/")
            if name in ("cp", "mv", "rsync", "ln", "scp") or (name == "git" and words[0] == "clone")
            else ""
        )
        created = [_Thing("file", "file", made)] if made else []
        if name == "aws":
            return _cloud(command)
        return [], created
    if name in (
        "helm",
        "gcloud",
        "az",
        "doctl",
        "heroku",
        "vault",
        "terraform",
        "consul",
        "certbot",
        "flyctl",
        "gh",
        "stripe",
        "rabbitmqadmin",
        "kafka-topics",
        "kafka-topics.sh",
        "systemctl",
        "useradd",
        "userdel",
    ):
        return _cloud(command)
    return [], []


def _cloud(command: Command) -> tuple[list[_Thing], list[_Thing]]:
    words = [w for w in command.plain if not w.startswith("-")]
    for index, word in enumerate(words[:5]):
        verb, _, noun = word.partition("-")
        if verb in _REMOVE_VERBS or word in _REMOVE_VERBS:
            kind = noun or (words[index - 1] if index else "")
            return [
                _Thing(command.name, kind.rstrip("s"), words[index + 1] if index + 1 < len(words) else "")
            ], []
        if verb in _CREATE_VERBS or word in _CREATE_VERBS:
            kind = noun or (words[index - 1] if index else "")
            return [], [
                _Thing(command.name, kind.rstrip("s"), words[index + 1] if index + 1 < len(words) else "")
            ]
    return [], []


_SQL_DROP = re.compile(
    r"^\s*DROP\s+(?:MATERIALIZED\s+)?(INDEX|TABLE|VIEW|DATABASE|USER|ROLE|TRIGGER|FUNCTION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?[\"`]?([\w.]+)",
    re.IGNORECASE,
)
_SQL_CREATE = re.compile(
    r"^\s*CREATE\s+(?:UNIQUE\s+|OR\s+REPLACE\s+|MATERIALIZED\s+)*(INDEX|TABLE|VIEW|DATABASE|USER|ROLE|TRIGGER|FUNCTION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?([\w.]+)",
    re.IGNORECASE,
)


def removed_first(view: View) -> Iterator[Diagnostic]:
    """TOC202: something in service is removed and its replacement is made afterwards."""
    for procedure in view.procedures:
        gone: list[tuple[Line, Action, int, _Thing]] = []
        reported: set[tuple[str, int]] = set()
        for line in procedure.lines:
            for action, at, removed, made in _changes(line):
                for thing in made:
                    match = next(
                        (g for g in gone if _replaces(g[3], thing) and not procedure.exclusive(g[0], line)),
                        None,
                    )
                    if match is not None and (match[0].step.id, match[2]) not in reported:
                        reported.add((match[0].step.id, match[2]))
                        what = match[3].name or match[3].kind
                        message = f"{what} is removed here, and what replaces it only comes in line {action.span.first_line}, unproven."
                        yield view.at("TOC202", match[0], match[1], match[2], message)
                gone = [*gone, *((line, action, at, thing) for thing in removed)][-REACH:]
        yield from _credentials(view, procedure)


def _changes(line: Line) -> Iterator[tuple[Action, int, list[_Thing], list[_Thing]]]:
    found: list[tuple[Action, int, list[_Thing], list[_Thing]]] = []
    for action, command in line.commands:
        removed, made = _things(command)
        if removed or made:
            found.append((action, command.start, removed, made))
    for statement in line.statements:
        drop, create = _SQL_DROP.match(statement.text), _SQL_CREATE.match(statement.text)
        if drop:
            found.append(
                (statement.action, statement.offset, [_Thing("sql", drop[1].lower(), drop[2].lower())], [])
            )
        if create:
            found.append(
                (
                    statement.action,
                    statement.offset,
                    [],
                    [_Thing("sql", create[1].lower(), create[2].lower())],
                )
            )
    return iter(found)


def _replaces(old: _Thing, new: _Thing) -> bool:
    if old.family != new.family or old.kind != new.kind:
        return False
    if old.family in ("file",):
        return bool(old.name) and (old.name == new.name or old.name == f"{new.name}/*")
    return not old.name or not new.name or old.name == new.name or old.family in ("aws", "stripe", "vault")


_CREDENTIAL = re.compile(
    r"\b(?:keys?|tokens?|secrets?|credentials?|certificates?|certs?|passwords?|access keys?|api keys?|schlussel|clave|chave|cle)\b"
)
_REMOVE_WORD = re.compile(
    r"\b(?:delete|revoke|remove|disable|deactivate|invalidate|destroy|loschen|widerrufen|revocar|revoquer)\b"
)
_CREATE_WORD = re.compile(
    r"\b(?:create|generate|issue|add|make|new|provision|mint|erstell\w*|generar|creer|gerar|criar)\b"
)


_CREDENTIAL_HINT = re.compile(
    r"key|token|secret|credential|cert|password|schl|clave|chave|\bcl[eé]", re.IGNORECASE
)
_INSTRUCTION = re.compile(r"\s*(?:[-*+]|\d+[.)]|\*\*)")


def _credentials(view: View, procedure: Procedure) -> Iterator[Diagnostic]:
    """Instructions in words: the old credential goes first, the new one comes later."""
    old: RawLine | None = None
    for raw in view.raw_of(procedure.section)[1:]:
        if raw.fenced or _CREDENTIAL_HINT.search(raw.text) is None or not _INSTRUCTION.match(raw.text):
            continue
        told = fold(plain(raw.text))
        if not _CREDENTIAL.search(told):
            continue
        removes, makes = _REMOVE_WORD.search(told), _CREATE_WORD.search(told)
        if makes and not removes and old is None:
            return
        if (
            removes
            and not makes
            and old is None
            and not re.search(r"\bold\b|previous|unused|alte[nr]?\b", told)
        ):
            old = raw
        elif makes and not removes and old is not None:
            steps = [line.step.id for line in procedure.lines if not line.step.actions
                     and old.number <= line.step.span.first_line < raw.number and _REMOVE_WORD.search(fold(line.step.title))]  # fmt: skip
            message = f"The old credential goes before the new one is in use (line {raw.number}): what uses it fails in between."
            yield view.remark("TOC202", old.span, message, steps=steps)
            return


_RENAME = re.compile(
    r"^\s*(?:ALTER\s+(?:DATABASE|TABLE|SCHEMA|INDEX)\s+.*\bRENAME\s+TO|RENAME\s+TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)


def two_parts(view: View) -> Iterator[Diagnostic]:
    """TOC209: two renames that make a swap, sent one by one."""
    for procedure in view.procedures:
        renames = [(line, s) for line in procedure.lines for s in line.statements if _RENAME.match(s.text)]
        if len(renames) < 2:
            continue
        text = "\n".join(line.text for line in procedure.lines)
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
_NEEDS_UP = {"reload", "exec", "logs", "status", "top"}


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


def _kubernetes_stopped(
    view: View, line: Line, action: Action, command: Command, down: dict[tuple[str, str], Line]
) -> Iterator[Diagnostic]:
    words = command.plain
    named = next(
        (w.split("/", 1)[1] for w in words if re.match(r"(?:deploy|deployment|statefulset|sts)/", w)), ""
    )
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


RULES = (unsaved, removed_first, two_parts, contradicted, quiet_rollback)
