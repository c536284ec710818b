"""`psql` and `pg_restore`: the statement they carry is judged.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.inside import OPENER
from tocsin.effects.options import Grammar, in_full, parse
from tocsin.effects.reading import NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.clients import load, target

_PSQL = Grammar(
    values=frozenset(
        (
            "-c --command -d --dbname -f --file -h --host -o --output -p --port -U --username -v --set "
            "--variable -F --field-separator -P --pset -R --record-separator -T --table-attr -L --log-file "
            "-n"
        ).split()
    )
    - {"-n"}
)


_SAYS_SQL = re.compile(r"[;\s(`\\]")
_PRELOADS = re.compile(r"(?:session|local)_preload_libraries|dynamic_library_path", re.I)


def read_psql(call: Call) -> Reading:
    """`psql -c '…'`, `psql -f file`, `… | psql`; alone it opens a session."""
    args = parse(in_full(call.words, _PSQL), _PSQL)
    given = args.values("-d", "--dbname")
    database = given[-1] if given else (args.operands[0] if args.operands else None)
    targets = (target(args, database),)
    name = database.text if database is not None else ""
    shown = (database.raw or database.text) if database is not None else "the default database"
    if args.has("-l", "--list", "--version", "-V", "--help", "-?"):
        return Reading(Effect.OBSERVE, "psql.list", targets=targets if args.has("-l", "--list") else ())
    if database is not None and _PRELOADS.search(database.text):
        return unknown("psql.preload", "has the server load a library into the session")
    inside: list[Inside] = []
    for statement in args.values("-c", "--command"):
        if opaque(statement.text):
            return Reading(
                Effect.UNKNOWN, "psql.unknown", "runs a statement that is not written here", targets=targets
            )
        inside.append(Inside(text=statement.text, language="sql:postgres"))
    files = [file for file in args.values("-f", "--file") if file.text != "-"]
    if files:
        return load(call, "psql", name, files[0].text, targets, shown)
    output = args.values("-o", "--output", "-L", "--log-file")
    if any(word.text.startswith("|") for word in output):
        guess = tuple(Inside(text=word.text[1:]) for word in output if word.text.startswith("|"))
        return replace(
            unknown("psql.output.program", "sends its output to a program"), targets=targets, inside=guess
        )
    if output:
        reading = written(output[-1], elsewhere=call.place.elsewhere, rule="psql.output")
        if reading is not None and reading.effect is not Effect.OBSERVE:
            return replace(reading, targets=targets, inside=tuple(inside))
    if inside:
        return Reading(Effect.OBSERVE, "psql", targets=targets, inside=tuple(inside), silent=True)
    if call.stdin != NOTHING:
        replaced = args.values("-v", "--set", "--variable")
        if any(_SAYS_SQL.search(word.text.partition("=")[2]) for word in replaced):
            guesses = tuple(
                Inside(text=word.text.partition("=")[2], language="sql:postgres") for word in replaced
            )
            sentence = "puts words into the statements that arrive on its input"
            return Reading(Effect.UNKNOWN, "psql.variable", sentence, targets=targets, inside=guesses)
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            statements = (Inside(text=call.stdin.literal, language="sql:postgres"),)
            return Reading(Effect.OBSERVE, "psql", targets=targets, inside=statements, silent=True)
        if call.stdin.known and call.stdin.literal == "":
            return Reading(Effect.OBSERVE, "psql", targets=targets)
        return load(call, "psql", name, call.stdin.source, targets, shown)
    return Reading(Effect.OBSERVE, "psql", flags=OPENER, targets=targets)


def read_pg_restore(call: Call) -> Reading:
    """`pg_restore`: listing looks; into a live database it may replace what is there."""
    values = frozenset(
        (
            "-d --dbname -h -p -U -n --schema -t --table -j --jobs -f --file -L --use-list -I -P -S -T -F "
            "--format --host --port --username --section --role"
        ).split()
    )
    args = parse(call.words, Grammar(values=values))
    database = args.values("-d", "--dbname")
    if args.has("-l", "--list", "--version", "--help"):
        return Reading(Effect.OBSERVE, "pg_restore.list")
    if not database:
        output = args.values("-f", "--file")
        reading = (
            written(output[-1], elsewhere=call.place.elsewhere, rule="pg_restore.file") if output else None
        )
        return reading or Reading(Effect.OBSERVE, "pg_restore.print", flags=frozenset({Flag.SENSITIVE}))
    name = database[-1].text
    targets = (target(args, database[-1]),)
    if args.has("-c", "--clean"):
        return Reading(
            Effect.DESTROY,
            "pg_restore.clean",
            "drops the objects of the database before it loads the dump",
            targets=targets,
        )
    if f"created:{name}" in call.place.facts:
        return Reading(
            Effect.CHANGE,
            "pg_restore.load",
            f"loads a dump into {name}, which this procedure made",
            targets=targets,
        )
    return Reading(
        Effect.DESTROY,
        "pg_restore.load",
        "loads a dump over a database that may hold live data",
        targets=targets,
    )


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("psql", "pgcli", "ysqlsh"), read_psql),
    "pg_restore": read_pg_restore,
}
