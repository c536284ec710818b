"""`mysql`, `clickhouse-client`, `cqlsh`, `cockroach`, `sqlite3`: the statement they carry is judged.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import (
    OPENER,
)
from tocsin.effects.options import Args, Grammar, in_full, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.bytable import by_table
from tocsin.effects.tools.clients import load, target
from tocsin.effects.variables import settings_at
from tocsin.effects.words import Word


def read_cockroach(call: Call) -> Reading:
    """`cockroach sql -e '…'`."""
    reading, found = by_table("cockroach", call)
    if found.path == "sql":
        statements = found.args.values("-e", "--execute")
        if statements and not any(opaque(one.text) for one in statements):
            return Reading(
                Effect.OBSERVE,
                "cockroach.sql",
                silent=True,
                inside=tuple(Inside(text=one.text, language="sql:postgres") for one in statements),
            )
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            return Reading(
                Effect.OBSERVE,
                "cockroach.sql",
                silent=True,
                inside=(Inside(text=call.stdin.literal, language="sql:postgres"),),
            )
        if call.stdin != NOTHING or statements or found.args.has("-f", "--file"):
            return unknown("cockroach.sql.unknown", "runs statements that are not written here")
        return Reading(Effect.OBSERVE, "cockroach.sql", flags=frozenset({Flag.CONTEXT, Flag.INTERACTIVE}))
    return reading


_MYSQL = Grammar(
    values=frozenset(
        ["-e", "--execute", "-h", "--host", "-u", "--user", "-P", "--port", "-D", "--database", "-S", "--socket", "--defaults-file", "--defaults-extra-file", "--defaults-group-suffix", "--login-path", "--default-character-set", "--ssl-ca", "--ssl-cert", "--ssl-key", "--init-command", "--protocol", "--connect-timeout", "-d", "--query", "-q", "-Q", "--url", "--queries-file", "--pager", "--tee", "--plugin-dir"]
    )
)  # fmt: skip


_DIALECTS = {
    "mysql": "mysql", "mariadb": "mysql", "cockroach": "postgres", "clickhouse-client": "clickhouse", "clickhouse": "clickhouse", "clickhouse-local": "clickhouse",
    "sqlcmd": "tsql", "trino": "trino", "presto": "presto", "snowsql": "snowflake", "hive": "hive", "beeline": "hive", "impala-shell": "hive",
}  # fmt: skip
_READ_FILES = frozenset({"cqlsh", "sqlcmd", "trino", "presto", "snowsql", "hive", "beeline", "impala-shell"})
_SQLCMD = Grammar(values=frozenset(["-Q", "-q", "-S", "-d", "-U", "-P", "-i", "-o", "-h", "-s", "-w", "-v", "-t", "-l", "-K", "-H", "-a", "-m", "-b-level", "-V"]))  # fmt: skip


def _beside(args: Args, call: Call) -> Reading | None:
    """What options do besides the statement: a pager is a program, `--tee` writes a file; None if neither is given."""
    pagers = [
        word.text for word in args.values("--pager") if word.text not in ("cat", "less", "more", "less -S")
    ]
    if pagers or args.has("--plugin-dir"):
        inside = tuple(Inside(text=pager) for pager in pagers)
        return unknown("mysql.program", "hands its output to another program", inside=inside)
    files = [written(name, elsewhere=call.place.elsewhere, rule="mysql.tee") for name in args.values("--tee")]
    said = tuple(Inside(text=word.text, language="sql:mysql") for word in args.values("-e", "--execute"))
    into = next((one for one in files if one is not None and one.effect is not Effect.OBSERVE), None)
    return into and replace(into, inside=said)


def read_mysql(call: Call) -> Reading:
    """`mysql -e '…'`, `clickhouse-client -q`, `cockroach sql -e`, `cqlsh -e`; alone it opens a session."""
    words = call.words
    dialect = _DIALECTS.get(call.name, "mysql")
    if call.name in ("cockroach", "clickhouse"):
        words = words[1:]
    grammar = _MYSQL
    if dialect == "mysql":
        grammar = replace(_MYSQL, values=_MYSQL.values - {"-q", "-d", "--query", "--url"})
    args = parse(in_full(words, grammar), _SQLCMD if call.name == "sqlcmd" else grammar)
    given = args.values("-D", "--database", "-d", "--url")
    database = given[-1] if given else (args.operands[0] if args.operands else None)
    flags = (
        frozenset({Flag.SECRET})
        if any(re.match(r"-p.|--password=.", word.text) and dialect == "mysql" for word in words)
        else NO_FLAGS
    )
    targets = (target(args, database),)
    if args.has("--version", "-V"):
        return Reading(Effect.OBSERVE, f"{call.name}.version")
    unread = _unread_file(call, args, dialect, database)
    if unread is not None:
        return replace(unread, flags=flags, targets=targets)
    if dialect == "mysql" and (beside := _beside(args, call)) is not None:
        return replace(beside, flags=beside.flags | flags, targets=targets)
    statements = args.values("-e", "--execute", "-q", "--query", "-Q", "--init-command")
    if statements:
        if any(opaque(statement.text) for statement in statements):
            return Reading(
                Effect.UNKNOWN,
                f"{call.name}.unknown",
                "runs a statement that is not written here",
                flags=flags,
                targets=targets,
            )
        inside = tuple(Inside(text=statement.text, language=f"sql:{dialect}") for statement in statements)
        return Reading(
            Effect.OBSERVE, call.name, flags=flags, targets=targets, inside=inside, silent=not flags
        )
    if call.stdin != NOTHING:
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            inside = (Inside(text=call.stdin.literal, language=f"sql:{dialect}"),)
            return Reading(
                Effect.OBSERVE, call.name, flags=flags, targets=targets, inside=inside, silent=not flags
            )
        name = database.text if database is not None else ""
        return replace(
            load(call, call.name, name, call.stdin.source, targets, name or "the default database"),
            flags=flags,
        )
    return Reading(Effect.OBSERVE, call.name, flags=flags | OPENER, targets=targets)


def _unread_file(call: Call, args: Args, dialect: str, database: Word | None) -> Reading | None:
    """Statements or settings out of a file that is not read here; None if no option names one."""
    if call.name in _READ_FILES and args.has("-f", "--file", "-i", "--input-file", "--filename", "-c", "-o"):
        return unknown(f"{call.name}.unknown", "runs statements that are not written here, or writes a file")
    if call.name in ("sqlcmd", "hive", "impala-shell", "snowsql", "beeline") and args.operands:
        more = tuple(Inside(text=one.text, language=f"sql:{dialect}") for one in args.operands[1:])
        return unknown(f"{call.name}.unknown", "words this client does not know", inside=more)
    for file in args.values("--defaults-file", "--defaults-extra-file"):
        settings = settings_at(file, f"{call.name}.settings")
        if settings.effect is not Effect.OBSERVE:
            said = args.values("-e", "--execute")
            return replace(
                settings, inside=tuple(Inside(text=one.text, language=f"sql:{dialect}") for one in said)
            )
    if args.has("--queries-file"):
        name = database.text if database is not None else ""
        queries = args.value("--queries-file") or ""
        return load(call, call.name, name, queries, (), name or "the default database")
    return None


_SQLITE = Grammar(
    values=frozenset(["-cmd", "-separator", "-init", "-newline", "-nullvalue", "-vfs", "-A"]), one_dash=True
)


def read_sqlite(call: Call) -> Reading:
    """`sqlite3 file '…'`."""
    args = parse(call.words, _SQLITE)
    targets = (f"database:{args.operands[0].raw or args.operands[0].text}",) if args.operands else ()
    statements = [*args.values("-cmd"), *args.operands[1:]]
    if args.has("-init") or any(name.startswith("-A") for name in args.options):
        return Reading(
            Effect.UNKNOWN, "sqlite3.unknown", "runs statements that are not written here", targets=targets
        )
    if statements:
        if any(opaque(statement.text) for statement in statements):
            guesses = tuple(
                Inside(text=one.text, language="sql:sqlite") for one in statements if not opaque(one.text)
            )
            sentence = "runs a statement that is not written here"
            return Reading(Effect.UNKNOWN, "sqlite3.unknown", sentence, targets=targets, inside=guesses)
        inside = tuple(Inside(text=statement.text, language="sql:sqlite") for statement in statements)
        return Reading(Effect.OBSERVE, "sqlite3", targets=targets, inside=inside, silent=True)
    if args.has("-version", "--version", "-help"):
        return Reading(Effect.OBSERVE, "sqlite3.version")
    if call.stdin != NOTHING:
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            return Reading(
                Effect.OBSERVE,
                "sqlite3",
                targets=targets,
                silent=True,
                inside=(Inside(text=call.stdin.literal, language="sql:sqlite"),),
            )
        return load(
            call,
            "sqlite3",
            args.operands[0].text if args.operands else "",
            call.stdin.source,
            targets,
            "the file",
        )
    return Reading(Effect.OBSERVE, "sqlite3", flags=OPENER, targets=targets)


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(
        ("mysql", "mariadb", "mycli", "clickhouse-client", "clickhouse-local", *_READ_FILES), read_mysql
    ),
    **dict.fromkeys(("sqlite3", "sqlite", "litecli"), read_sqlite),
    "cockroach": read_cockroach,
}
