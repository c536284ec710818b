"""Database clients: the statement they carry is judged in its own language.

Source: docs/reference/effects.md, sections on wrappers, on where data goes, on judging SQL.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque, spoken_hint, written
from tocsin.effects.effect import Effect, Flag, Undo, Undoable
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.tools.table import tables
from tocsin.effects.words import HOLE, Word

_OPENER = frozenset({Flag.CONTEXT, Flag.INTERACTIVE})
_LOADS_DUMP = re.compile(
    r"gunzip|zcat|unzstd|zstd|pg_dump|mysqldump|pg_restore|mongodump|\.sql\.|dump|backup|restore|\.gz\b|\.bak",
    re.I,
)

_PSQL = Grammar(
    values=frozenset(
        [
            "-c",
            "--command",
            "-d",
            "--dbname",
            "-f",
            "--file",
            "-h",
            "--host",
            "-o",
            "--output",
            "-p",
            "--port",
            "-U",
            "--username",
            "-v",
            "--set",
            "--variable",
            "-F",
            "--field-separator",
            "-P",
            "--pset",
            "-R",
            "--record-separator",
            "-T",
            "--table-attr",
            "-L",
            "--log-file",
            "-n",
        ]
    )
    - {"-n"}
)


def _target(args: Args, database: Word | None) -> str:
    host = args.value("-h", "--host")
    port = args.value("-p", "--port", "-P")
    name = (database.raw or database.text) if database is not None else ""
    place = f"{host}:{port}" if host and port else host or ""
    return "database:" + (
        "/".join(part for part in (place, name.strip("\"'")) if part) or "whatever the environment says"
    )


def _load(call: Call, rule: str, database: str, hint: str, targets: tuple[str, ...], name: str) -> Reading:
    """SQL that nobody can read from here, into this database."""
    if f"created:{database}" in call.place.facts:
        return Reading(Effect.CHANGE, f"{rule}.load", f"loads data into {database}, which this procedure made",
                       targets=targets, undo=Undo(Undoable.YES, None, f"drop the new database {database}"))  # fmt: skip
    if _LOADS_DUMP.search(hint):
        return Reading(
            Effect.DESTROY,
            f"{rule}.load",
            f"loads a dump into {name}: what is there may be replaced",
            targets=targets,
        )
    said = spoken_hint(hint)
    guess = (Inside(text=said, language="sql:postgres"),) if said else ()
    return Reading(
        Effect.UNKNOWN,
        f"{rule}.unknown",
        "runs statements that are not written here",
        targets=targets,
        inside=guess,
    )


def read_psql(call: Call) -> Reading:
    """`psql -c '…'`, `psql -f file`, `… | psql`; alone it opens a session."""
    args = parse(call.words, _PSQL)
    given = args.values("-d", "--dbname")
    database = given[-1] if given else (args.operands[0] if args.operands else None)
    targets = (_target(args, database),)
    name = database.text if database is not None else ""
    shown = (database.raw or database.text) if database is not None else "the default database"
    if args.has("-l", "--list", "--version", "-V", "--help", "-?"):
        return Reading(Effect.OBSERVE, "psql.list", targets=targets if args.has("-l", "--list") else ())
    inside: list[Inside] = []
    for statement in args.values("-c", "--command"):
        if opaque(statement.text):
            return Reading(
                Effect.UNKNOWN, "psql.unknown", "runs a statement that is not written here", targets=targets
            )
        inside.append(Inside(text=statement.text, language="sql:postgres"))
    files = [file for file in args.values("-f", "--file") if file.text != "-"]
    if files:
        return _load(call, "psql", name, files[0].text, targets, shown)
    output = args.values("-o", "--output", "-L", "--log-file")
    if output:
        reading = written(output[-1], elsewhere=call.place.elsewhere, rule="psql.output")
        if reading is not None and reading.effect is not Effect.OBSERVE:
            return replace(reading, targets=targets, inside=tuple(inside))
    if inside:
        return Reading(Effect.OBSERVE, "psql", targets=targets, inside=tuple(inside), silent=True)
    if call.stdin != NOTHING:
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            statements = (Inside(text=call.stdin.literal, language="sql:postgres"),)
            return Reading(Effect.OBSERVE, "psql", targets=targets, inside=statements, silent=True)
        if call.stdin.known and call.stdin.literal == "":
            return Reading(Effect.OBSERVE, "psql", targets=targets)
        return _load(call, "psql", name, call.stdin.source, targets, shown)
    return Reading(Effect.OBSERVE, "psql", flags=_OPENER, targets=targets)


_MYSQL = Grammar(
    values=frozenset(
        ["-e", "--execute", "-h", "--host", "-u", "--user", "-P", "--port", "-D", "--database", "-S", "--socket", "--defaults-file", "--defaults-extra-file", "--defaults-group-suffix", "--login-path", "--default-character-set", "--ssl-ca", "--ssl-cert", "--ssl-key", "--init-command", "--protocol", "--connect-timeout", "-d", "--query", "-q", "--url"]
    )
)  # fmt: skip


def read_mysql(call: Call) -> Reading:
    """`mysql -e '…'`, `clickhouse-client -q`, `cockroach sql -e`, `cqlsh -e`; alone it opens a session."""
    words = call.words
    dialect = {
        "mysql": "mysql",
        "mariadb": "mysql",
        "cockroach": "postgres",
        "clickhouse-client": "clickhouse",
        "clickhouse": "clickhouse",
    }.get(call.name, "mysql")
    if call.name in ("cockroach", "clickhouse"):
        words = words[1:]
    grammar = _MYSQL
    if dialect == "mysql":
        grammar = replace(_MYSQL, values=_MYSQL.values - {"-q", "-d", "--query", "--url"})
    args = parse(words, grammar)
    given = args.values("-D", "--database", "-d", "--url")
    database = given[-1] if given else (args.operands[0] if args.operands else None)
    flags = (
        frozenset({Flag.SECRET})
        if any(re.match(r"-p.|--password=.", word.text) and dialect == "mysql" for word in words)
        else NO_FLAGS
    )
    targets = (_target(args, database),)
    if args.has("--version", "-V"):
        return Reading(Effect.OBSERVE, f"{call.name}.version")
    statements = args.values("-e", "--execute", "-q", "--query", "--init-command")
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
            _load(call, call.name, name, call.stdin.source, targets, name or "the default database"),
            flags=flags,
        )
    return Reading(Effect.OBSERVE, call.name, flags=flags | _OPENER, targets=targets)


_SQLITE = Grammar(
    values=frozenset(["-cmd", "-separator", "-init", "-newline", "-nullvalue", "-vfs", "-A"]), one_dash=True
)


def read_sqlite(call: Call) -> Reading:
    """`sqlite3 file '…'`."""
    args = parse(call.words, _SQLITE)
    targets = (f"database:{args.operands[0].raw or args.operands[0].text}",) if args.operands else ()
    statements = [*args.values("-cmd"), *args.operands[1:]]
    if args.has("-init", "-A"):
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
        return _load(
            call,
            "sqlite3",
            args.operands[0].text if args.operands else "",
            call.stdin.source,
            targets,
            "the file",
        )
    return Reading(Effect.OBSERVE, "sqlite3", flags=_OPENER, targets=targets)


_REDIS = Grammar(
    values=frozenset(["-h", "-p", "-s", "-a", "-u", "-n", "-r", "-i", "-d", "-D", "-x", "--user", "--pass", "--uri", "--cert", "--key", "--cacert", "--cacertdir", "--sni", "-t", "--eval", "--pattern", "--count", "--functions-rdb", "--rdb", "-X", "--tls-ciphers", "--type", "--quoted-pattern"])
    - {"-x"},
    stop=True,
)  # fmt: skip
_REDIS_MODES = {
    "--scan": (Effect.OBSERVE, "", NO_FLAGS),
    "--bigkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--memkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--keystats": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--hotkeys": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--latency": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--latency-history": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--latency-dist": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--intrinsic-latency": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--stat": (Effect.OBSERVE, "", frozenset({Flag.UNBOUNDED})),
    "--version": (Effect.OBSERVE, "", NO_FLAGS),
    "-v": (Effect.OBSERVE, "", NO_FLAGS),
    "--replica": (Effect.OBSERVE, "", frozenset({Flag.HEAVY, Flag.UNBOUNDED, Flag.SENSITIVE})),
    "--rdb": (Effect.OBSERVE, "", frozenset({Flag.HEAVY, Flag.SENSITIVE})),
    "--functions-rdb": (Effect.OBSERVE, "", frozenset({Flag.HEAVY})),
    "--lru-test": (Effect.DESTROY, "fills the database with test keys", NO_FLAGS),
    "--pipe": (Effect.UNKNOWN, "runs commands that arrive on its input", NO_FLAGS),
    "--eval": (Effect.UNKNOWN, "runs a script that is not read here", NO_FLAGS),
}


def redis_target(args: Args) -> str:
    """Which server: "redis:127.0.0.1:6379", "redis:cache1:6380/2"."""
    uri = args.values("-u", "--uri")
    if uri:
        return "redis:" + re.sub(r"^rediss?://(?:[^@/]*@)?", "", uri[-1].raw.strip("\"'"))
    hosts = args.values("-h")
    host = hosts[-1].raw.strip("\"'") if hosts else "127.0.0.1"
    number = args.value("-n")
    return f"redis:{host}:{(args.value('-p') or '6379').replace(HOLE, '$PORT')}" + (
        f"/{number}" if number else ""
    )


def read_redis(call: Call) -> Reading:
    """`redis-cli CMD …`: the table of Redis commands decides."""
    args = parse(call.words, _REDIS)
    targets = (redis_target(args),)
    secret = (
        frozenset({Flag.SECRET})
        if args.has("-a", "--pass") or "@" in (args.value("-u", "--uri") or "")
        else NO_FLAGS
    )
    for mode, (effect, sentence, flags) in _REDIS_MODES.items():
        if mode in args.options:
            return Reading(effect, f"redis-cli.{mode.strip('-')}", sentence, flags | secret, targets)
    if args.has("--cluster"):
        first = args.operands[0].text if args.operands else ""
        return _cluster(first, targets, secret)
    if args.operands:
        found = read_redis_words(tuple(args.operands))
        return replace(found, flags=found.flags | secret, targets=targets)
    if call.stdin != NOTHING:
        if call.stdin.literal is not None and not opaque(call.stdin.literal):
            lines = tuple(
                Inside(text=line, language="redis")
                for line in call.stdin.literal.splitlines()
                if line.strip()
            )
            worst = max(
                (read_redis_text(line.text or "") for line in lines),
                key=lambda reading: reading.effect.value,
                default=None,
            )
            if worst is not None:
                return replace(worst, flags=worst.flags | secret, targets=targets)
        return Reading(
            Effect.UNKNOWN, "redis-cli.piped", "runs commands that arrive on its input", secret, targets
        )
    return Reading(Effect.OBSERVE, "redis-cli", flags=secret | _OPENER, targets=targets)


def _cluster(verb: str, targets: tuple[str, ...], flags: frozenset[Flag]) -> Reading:
    if verb in ("check", "info", "help"):
        return Reading(Effect.OBSERVE, f"redis-cli.cluster.{verb}", flags=flags, targets=targets)
    effect = {
        "rebalance": Effect.DISRUPT,
        "reshard": Effect.DISRUPT,
        "add-node": Effect.CHANGE,
        "backup": Effect.OBSERVE,
    }.get(verb, Effect.DESTROY)
    return Reading(
        effect, "redis-cli.cluster", f"`--cluster {verb}` moves or drops slots of the cluster", flags, targets
    )


def read_redis_words(words: tuple[Word, ...]) -> Reading:
    """One Redis command, already in words."""
    if HOLE in words[0].text:
        return unknown("redis-cli.unknown", "a Redis command that is not written here")
    if words[0].text.isdigit():  # `redis-cli 5 PING` repeats nothing, it is an error; be strict
        return unknown("redis-cli.unknown", "a Redis command that is not known")
    found = tables()["redis-cli"].ask(words)
    return Reading(found.effect, found.rule, found.sentence, found.flags)


def read_redis_text(line: str) -> Reading:
    """One line of a Redis session."""
    pieces = re.findall(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|\S+', line)
    words = tuple(Word(piece.strip("\"'"), 0, 0, piece) for piece in pieces)
    if not words:
        return Reading(Effect.OBSERVE, "redis-cli")
    return read_redis_words(words)


_MONGO = Grammar(values=frozenset(["--eval", "--host", "--port", "-u", "--username", "-p", "--password", "--authenticationDatabase", "-f", "--file", "--db", "--tlsCAFile", "--tlsCertificateKeyFile"]))  # fmt: skip


def read_mongosh(call: Call) -> Reading:
    """`mongosh --eval '…'`."""
    args = parse(call.words, _MONGO)
    targets = (f"database:{args.operands[0].raw}",) if args.operands else ("database:mongodb",)
    flags = frozenset({Flag.SECRET}) if args.value("-p", "--password") else NO_FLAGS
    texts = args.values("--eval")
    if texts:
        if any(opaque(text.text) for text in texts) or len(args.operands) > 1:
            guesses = tuple(
                Inside(text=text.text, language="mongo") for text in texts if not opaque(text.text)
            )
            sentence = "runs a script that is not written here"
            return Reading(Effect.UNKNOWN, "mongosh.unknown", sentence, flags, targets, inside=guesses)
        return Reading(
            Effect.OBSERVE,
            "mongosh",
            flags=flags,
            targets=targets,
            silent=not flags,
            inside=tuple(Inside(text=text.text, language="mongo") for text in texts),
        )
    if call.stdin != NOTHING and call.stdin.literal is not None and not opaque(call.stdin.literal):
        return Reading(
            Effect.OBSERVE,
            "mongosh",
            flags=flags,
            targets=targets,
            silent=not flags,
            inside=(Inside(text=call.stdin.literal, language="mongo"),),
        )
    if (
        args.has("-f", "--file")
        or call.stdin != NOTHING
        or any(word.text.endswith(".js") for word in args.operands)
    ):
        return Reading(
            Effect.UNKNOWN, "mongosh.script", "runs a script that is not written here", flags, targets
        )
    return Reading(Effect.OBSERVE, "mongosh", flags=flags | _OPENER, targets=targets)


def read_pg_restore(call: Call) -> Reading:
    """`pg_restore`: listing looks; into a live database it may replace what is there."""
    values = frozenset(
        [
            "-d",
            "--dbname",
            "-h",
            "-p",
            "-U",
            "-n",
            "--schema",
            "-t",
            "--table",
            "-j",
            "--jobs",
            "-f",
            "--file",
            "-L",
            "--use-list",
            "-I",
            "-P",
            "-S",
            "-T",
            "-F",
            "--format",
            "--host",
            "--port",
            "--username",
            "--section",
            "--role",
        ]
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
    targets = (_target(args, database[-1]),)
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
    **dict.fromkeys(("psql", "pgcli"), read_psql),
    **dict.fromkeys(("mysql", "mariadb", "clickhouse-client", "cqlsh"), read_mysql),
    **dict.fromkeys(("sqlite3", "sqlite"), read_sqlite),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), read_redis),
    **dict.fromkeys(("mongosh", "mongo"), read_mongosh),
    "pg_restore": read_pg_restore,
}
