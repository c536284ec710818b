"""TOC208 by what a step makes and needs: a file read before it is made, a role or table used after it is dropped, a database copied after it is gone."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.deeds import machine
from tocsin.runbook.lint.facts import Line, Procedure, View

_FILE = re.compile(r"(?!-)[\w.~/-]*[\w~-]\.[A-Za-z][A-Za-z0-9]{0,9}|/(?:[\w.-]+/)+[\w.-]+")
# Files that are there before anybody makes them.
_THERE = re.compile(
    r"/(?:etc|proc|sys|dev|var/log|usr|lib|bin|opt)/|.*\.(?:log|sh|py|service|pid|sock|conf|cnf|ini|lock)$|.*/dev/null$"
)
_MAKES = {
    "pg_dump": ("-f", "--file"), "pg_dumpall": ("-f", "--file"), "mysqldump": ("--result-file", "-r"), "terraform": ("-out", "--out"),
    "tofu": ("-out", "--out"), "curl": ("-o", "--output"), "wget": ("-O", "--output-document"), "openssl": ("-out", "-keyout"),
    "gpg": ("-o", "--output"), "mongodump": ("--archive", "--out", "-o"), "sqlcmd": ("-o",), "velero": ("-o",), "sort": ("-o",),
}  # fmt: skip
# Who asks whether a file is there, or clears away an older one, needs none.
_ASKS = frozenset(
    "rm mv ls test [ [[ stat mkdir touch find truncate unlink shred ln chmod chown install echo printf tail".split()
)
_MOST = 400  # commands of a procedure that are looked at


def read_before_made(view: View) -> Iterator[Diagnostic]:
    """ "Apply the plan", and the step below it makes the plan."""
    for procedure in view.procedures:
        if Role.TOOLBOX in procedure.section.roles or not _may_make(procedure):
            continue
        needed: dict[tuple[str, str], tuple[Line, Action, Command]] = {}
        made: set[str] = set()
        told: set[str] = set()
        for line, action, command in _commands(procedure):
            outputs = _outputs(command)
            for name in _inputs(command, outputs):
                if name not in made:
                    needed.setdefault((machine(command), name), (line, action, command))
            for name in outputs:
                first = needed.get((machine(command), name))
                if (
                    first is not None
                    and name not in made
                    and name not in told
                    and not procedure.exclusive(first[0], line)
                ):
                    told.add(name)
                    if not _brought(procedure, name, first[0]):
                        message = f"{name} is needed here and made only in line {_line_of(action, command)}."
                        yield view.at(
                            "TOC208", first[0], first[1], first[2].start, message, level=Level.WARNING
                        )
                made.add(name)


def _may_make(procedure: Procedure) -> bool:
    text = "\n".join(line.text for line in procedure.lines)
    return ">" in text or any(tool in text for tool in _MAKES) or " cp " in text or "tar " in text


def _commands(procedure: Procedure) -> list[tuple[Line, Action, Command]]:
    found = [
        (line, action, command)
        for line in procedure.lines
        if line.step.role is not Role.ROLLBACK
        for action, command in line.commands
    ]
    return found[:_MOST]


def _line_of(action: Action, command: Command) -> int:
    return action.span.first_line + action.text[: command.start].count("\n")


def _outputs(command: Command) -> list[str]:
    """The files a command makes anew."""
    names = [target for operator, target in command.redirects if operator in (">", "1>", ">|")]
    options = _MAKES.get(command.name)
    if options is not None and (value := _value(command, options)) is not None:
        names.append(value)
    if command.name == "tar" and command.plain and re.match(r"-?-?c|-\w*c\w*f", " ".join(command.args[:1])):
        names.extend(word for word in command.plain[:2] if _FILE.fullmatch(word))
    return [name for name in map(_bare, names) if _FILE.fullmatch(name) and not _THERE.match(name)]


def _value(command: Command, options: tuple[str, ...]) -> str | None:
    """The value of an option that one dash may begin as well: `-out=x`."""
    for place, word in enumerate(command.args):
        name, sign, value = word.partition("=")
        if name in options:
            return value if sign else next(iter(command.args[place + 1 : place + 2]), None)
    return None


def _bare(name: str) -> str:
    return name.strip("'\"").removeprefix("./")


def _inputs(command: Command, outputs: list[str]) -> list[str]:
    """The files a command reads: its words and what stands behind "<"."""
    if command.name in _ASKS or not command.words:
        return []
    words = [*command.args, *(target for operator, target in command.redirects if operator == "<")]
    if command.name == "cp" and len(command.plain) > 1:
        # "cp x x.old" keeps what is there
        words = [word for word in command.plain[:-1] if not command.plain[-1].startswith(word)]
    names = (
        _bare(word.partition("=")[2] if word[:1] == "-" and "=" in word else word).lstrip("@")
        for word in words
    )
    return [
        name for name in names if _FILE.fullmatch(name) and name not in outputs and not _THERE.match(name)
    ]


def _brought(procedure: Procedure, name: str, line: Line) -> bool:
    """Whether a sentence before the step, or the step itself, speaks of the file: it comes from elsewhere."""
    short = name.rpartition("/")[2]
    return any(
        short in text and not any(short in action.text for action in other.step.actions)
        for other in procedure.before(line)
        for text in (other.words,)
    )


_DROP = re.compile(
    r"^\s*DROP\s+(?P<kind>ROLE|USER|TABLE|DATABASE|SCHEMA|VIEW|MATERIALIZED VIEW|SEQUENCE|FUNCTION|INDEX|LOGIN|PUBLICATION|TABLESPACE|TYPE)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(?P<name>[`\"\[]?[\w.$<>{}-]+[`\"\]]?)(?=[\s;]|$)",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"'[^']*'")
_NEW = re.compile(
    r"^\s*(?:CREATE|RESTORE|ALTER\b.*\bRENAME\b.*\bTO|SELECT\b.*\bINTO|IMPORT|ATTACH|COMMENT|DROP)\b",
    re.IGNORECASE | re.DOTALL,
)
_RESTORES = frozenset({"pg_restore", "createdb", "mysqlimport", "createuser", "psql", "mysql"})


def used_after_drop(view: View) -> Iterator[Diagnostic]:
    """ "DROP ROLE x", and then "REASSIGN OWNED BY x": the server knows no x any more."""
    if not view.says(("drop ",)):
        return
    for procedure in view.procedures:
        gone: dict[str, tuple[Line, str]] = {}
        for line in procedure.lines:
            if line.step.role is Role.ROLLBACK:
                continue
            if any(_loads(command) for _, command in line.commands):
                gone.clear()
            for statement in line.statements:
                dropped = _DROP.match(statement.text)
                if dropped is None:
                    for name in [n for n in gone if _in_sql(n, statement.text)]:
                        since, kind = gone.pop(name)
                        if not _NEW.match(statement.text) and not procedure.exclusive(since, line):
                            message = f"{kind.lower()} {name} was dropped in line {since.step.span.first_line}; this needs it."
                            if since is line:
                                message = f"{kind.lower()} {name} is dropped before this, which needs it."
                            yield view.at("TOC208", line, statement.action, statement.offset, message)
                    continue
                if len(gone) < _REMEMBERED:
                    gone[dropped["name"].strip('`"[]')] = (line, dropped["kind"])


_REMEMBERED = 50


def _loads(command: Command) -> bool:
    """Whether a command loads what may hold the thing again."""
    if command.name in ("psql", "mysql"):
        return (
            command.has("-f", "--file") or any(op == "<" for op, _ in command.redirects) or command.stage > 0
        )
    return command.name in _RESTORES


def _in_sql(name: str, text: str) -> bool:
    return (
        name in text
        and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", _LITERAL.sub("''", text)) is not None
    )


_OF_POSTGRES = frozenset({"psql", "pg_dump", "vacuumdb", "reindexdb", "pg_restore"})


def database_gone(view: View) -> Iterator[Diagnostic]:
    """ "dropdb app", and then "pg_dump app"."""
    for procedure in view.procedures if view.commands("dropdb") else ():
        gone: dict[tuple[str, str], Line] = {}
        for line in procedure.lines:
            for action, command in line.commands:
                host = command.value("-h", "--host") or machine(command)
                if command.name == "dropdb" and command.plain:
                    gone[host, command.plain[-1]] = line
                elif command.name == "createdb" or command.has("-C", "--create"):
                    gone.clear()
                elif command.name in _OF_POSTGRES:
                    name = command.value("-d", "--dbname") or next(reversed(command.plain), "")
                    since = gone.pop((host, name), None)
                    if since is not None and not procedure.exclusive(since, line):
                        message = f"{name} was dropped in line {since.step.span.first_line}; `{command.name}` finds nothing there."
                        yield view.at("TOC208", line, action, command.start, message)


_OPENS = re.compile(
    r"(?:\$ )?ssh(?: -[A-Za-z]\S*)* [\w.@-]+|(?:\$ )?(?:sudo )?(?:docker|podman|kubectl|oc)\b[^|;&]* exec\b[^|;&]*\b(?:bash|sh)"
)
_LEAVES = re.compile(r"(?:\$ |# )?(?:exit|logout)")
_UNIT = re.compile(
    r"\b(?:systemctl|service|rc-service|supervisorctl) (?:(?:stop|start|restart|reload) )?(?P<unit>[\w@.-]+)"
)
_DEEP = re.compile(r"(?<![\w.:@-])/[\w.-]+/[\w.-]+")


def gone_on_outside(view: View) -> Iterator[Diagnostic]:
    """ "exit", and the lines below it go on with the service that was stopped inside: on the machine of the operator."""
    if "exit" not in view.whole and "logout" not in view.whole:
        return
    opened, left = False, False
    inside: set[str] = set()
    for raw in view.raw:
        text = raw.text.strip()
        if not raw.fenced or text[:2] == "# ":
            opened, left, inside = opened and raw.fenced, False, inside if raw.fenced else set()
        elif _OPENS.fullmatch(text):
            opened, left, inside = True, False, set()
        elif opened and _LEAVES.fullmatch(text):
            opened, left = False, True
        elif opened:
            inside |= _touched(text)
        elif left and (again := inside & _touched(text)):
            message = f"The session was left above; this goes on with {min(again)} on the machine it was opened from."
            yield view.remark("TOC208", raw.span, message, level=Level.WARNING)
            left = False


def _touched(text: str) -> set[str]:
    """The units and folders a line names; what it copies from afar is not here."""
    if _FROM_AFAR.match(text):
        return set()
    units = {found["unit"].removesuffix(".service") for found in _UNIT.finditer(text)}
    return (units - _SWITCHES) | {path for path in _DEEP.findall(text) if not _EVERYWHERE.match(path)}


_FROM_AFAR = re.compile(r"(?:\$ )?(?:sudo )?(?:scp|rsync|ssh|curl|git|kubectl|docker|sftp)\b")
_SWITCHES = frozenset(
    {"status", "stop", "start", "restart", "reload", "is-active", "enable", "disable", "daemon-reload"}
)
_EVERYWHERE = re.compile(r"/(?:tmp|dev|bin|proc)/|/usr/(?:s?bin|local)|/etc/hosts")

RULES = (read_before_made, used_after_drop, database_gone, gone_on_outside)
