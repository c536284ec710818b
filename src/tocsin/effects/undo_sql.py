"""Ways back for SQL, alone or carried by psql.

Source: docs/reference/effects.md, table of captures and undos.
"""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.recipe import Recipe, known, quoted
from tocsin.effects.sqltext import statements
from tocsin.effects.words import HOLE, Word

_NAME = r'(?:[A-Za-z_][\w$]*|"[^"\x00-\x1f]+")'
_SETTING = r"[A-Za-z_][\w.]*"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def sql_recipe(text: str) -> Recipe | None:
    """The way back of one PostgreSQL statement, or one that only Oracle knows; capture and reverse are statements too."""
    found = statements(text, "postgres")
    if len(found) != 1 or found[0].meta or HOLE in text:
        return None
    statement = found[0].text
    for pattern, build in _SHAPES:
        match = pattern.fullmatch(statement)
        if match is not None:
            return build(match)
    return _rows(statement)


def psql_recipe(prefix: list[str], words: tuple[Word, ...]) -> Recipe | None:
    """The same for `psql … -c 'statement'`: capture and reverse go through the same connection."""
    at = [place for place, word in enumerate(words) if word.text in ("-c", "--command")]
    if len(at) != 1 or at[0] + 1 >= len(words) or not known(words[at[0] + 1]):
        return None
    recipe = sql_recipe(words[at[0] + 1].text)
    if recipe is None:
        return None
    connection = [word.raw for place, word in enumerate(words) if place not in (at[0], at[0] + 1)]
    start = " ".join([*prefix, *connection])

    def carried(statement: str, options: str = "") -> str:
        return f"{start}{options} -c {quoted(statement)}"

    undo = recipe.undo
    inner = recipe.back
    shown = Undo(
        undo.undoable,
        carried(undo.capture, " -At") if undo.capture is not None else None,
        undo.reverse,
        undo.lost,
    )
    if inner is None:
        return Recipe(shown)

    def back(captured: str) -> str | None:
        statement = inner(captured)
        if statement is None:
            return None
        # A database that refuses writing also refuses to be told to allow it, unless this session is exempt.
        frees = "default_transaction_read_only" in statement
        return ("PGOPTIONS='-c default_transaction_read_only=off' " if frees else "") + carried(statement)

    return Recipe(shown, back)


# The statements below are put together from names that matched _NAME or _SETTING, and literals of _literal.
# ruff: noqa: S608 -- nothing else gets in; see the patterns in _SHAPES


def _literal(value: str) -> str | None:
    return None if _CONTROL.search(value) else "'" + value.replace("'", "''") + "'"


def _system(match: re.Match[str]) -> Recipe:
    name = match["name"].lower()

    def back(captured: str) -> str | None:
        value = captured.rstrip("\n")
        if not value:
            return f"ALTER SYSTEM RESET {name}"
        literal = _literal(value)
        return f"ALTER SYSTEM SET {name} = {literal}" if literal else None

    capture = f"SELECT setting FROM pg_file_settings WHERE name = '{name}' AND sourcefile LIKE '%postgresql.auto.conf'"
    return Recipe(
        Undo(
            Undoable.YES,
            capture,
            f"ALTER SYSTEM SET {name} to the captured value, or RESET it if there was none; then reload",
        ),
        back,
    )


def _oracle(match: re.Match[str]) -> Recipe:
    """Oracle's ALTER SYSTEM says where it writes; PostgreSQL's views do not exist there."""
    name, scope = match["name"].lower(), match["scope"].upper()
    view = "v$parameter" if scope == "MEMORY" else "v$spparameter"
    capture = f"SELECT name, value FROM {view} WHERE name = '{name}'"
    reverse = (
        f"ALTER SYSTEM SET {name} to the captured value with SCOPE={scope}, or RESET it if there was none"
    )
    return Recipe(Undo(Undoable.YES, capture, reverse))


def _database(match: re.Match[str]) -> Recipe:
    database, name = match["database"], match["name"].lower()
    plain = database.strip('"').replace("'", "''")

    def back(captured: str) -> str | None:
        settings = dict(line.partition("=")[::2] for line in captured.splitlines() if "=" in line)
        if name not in settings:
            return f"ALTER DATABASE {database} RESET {name}"
        literal = _literal(settings[name])
        return f"ALTER DATABASE {database} SET {name} = {literal}" if literal else None

    capture = (
        "SELECT unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
        f"WHERE d.datname = '{plain}' AND s.setrole = 0"
    )
    return Recipe(
        Undo(
            Undoable.YES,
            capture,
            f"ALTER DATABASE {database} SET {name} to the captured value, or RESET it if there was none",
        ),
        back,
    )


def _renamed(match: re.Match[str]) -> Recipe:
    old, new = match["old"], match["new"]
    names = [name.strip('"') for name in (old, new)]

    def back(captured: str) -> str | None:
        present = {line.strip() for line in captured.splitlines()}
        there = names[0] in present and names[1] not in present
        return f"ALTER DATABASE {new} RENAME TO {old}" if there else None

    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    capture = f"SELECT datname FROM pg_database WHERE datname IN ({listed})"
    return Recipe(
        Undo(Undoable.YES, capture, f"ALTER DATABASE {new} RENAME TO {old}, after ending its sessions"), back
    )


def _index(match: re.Match[str]) -> Recipe:
    name = match["name"]
    plain = name.rpartition(".")[2].strip('"')

    def back(captured: str) -> str | None:
        present = {line.strip() for line in captured.splitlines()}
        return None if plain in present else f"DROP INDEX CONCURRENTLY IF EXISTS {name}"

    capture = f"SELECT indexname FROM pg_indexes WHERE indexname = '{plain}'"
    return Recipe(Undo(Undoable.YES, capture, f"DROP INDEX CONCURRENTLY {name}"), back)


def _sessions(match: re.Match[str]) -> Recipe:
    capture = f"SELECT pid, usename, application_name, client_addr, state, query_start FROM pg_stat_activity {match['rest']}"
    return Recipe(Undo(Undoable.NO, capture, None, "the transactions these sessions had open"))


def _reload(match: re.Match[str]) -> Recipe:
    capture = "SELECT name, setting, sourcefile FROM pg_file_settings WHERE NOT applied"
    return Recipe(Undo(Undoable.YES, capture, "take back what was changed in the files, and reload again"))


_SHAPE_TEXTS: tuple[tuple[str, Callable[[re.Match[str]], Recipe]], ...] = (
    (rf"ALTER\s+SYSTEM\s+SET\s+(?P<name>{_SETTING})\s*=(?=.*\bSCOPE\s*=\s*(?P<scope>MEMORY|SPFILE|BOTH)\b).*", _oracle),
    (rf"ALTER\s+SYSTEM\s+(?:SET\s+(?P<name>{_SETTING})\s*(?:=|\bTO\b).*)", _system),
    (rf"ALTER\s+DATABASE\s+(?P<database>{_NAME})\s+SET\s+(?P<name>{_SETTING})\s*(?:=|\bTO\b).*", _database),
    (rf"ALTER\s+DATABASE\s+(?P<old>{_NAME})\s+RENAME\s+TO\s+(?P<new>{_NAME})", _renamed),
    (r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>[A-Za-z_][\w$]*)\s+ON\b.*", _index),
    (r"SELECT\s+pg_(?:terminate|cancel)_backend\s*\(\s*pid\s*\)\s+FROM\s+pg_stat_activity\s+(?P<rest>WHERE\b.*)", _sessions),
    (r"SELECT\s+pg_reload_conf\s*\(\s*\)", _reload),
)  # fmt: skip
_SHAPES = tuple((re.compile(pattern, re.I | re.S), build) for pattern, build in _SHAPE_TEXTS)


def _rows(statement: str) -> Recipe | None:
    """For UPDATE and DELETE: the rows they will hit, as they are now."""
    if not re.match(r"(?:UPDATE|DELETE)\b", statement, re.I):
        return None
    try:
        root = sqlglot.parse_one(statement, dialect="postgres")
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError):
        return None
    table, where = root.args.get("this"), root.args.get("where")
    if not isinstance(root, (exp.Update, exp.Delete)) or not isinstance(table, exp.Table) or where is None:
        return None
    if root.args.get("from") or root.args.get("using") or root.args.get("with_"):
        return None
    # Nothing else needs the parts of the statement, so they are taken over as they are.
    select = exp.select("*").from_(table.pop(), copy=False).where(where.this.pop(), copy=False)
    select = select.limit(1000, copy=False)
    capture = select.sql(dialect="postgres")
    if isinstance(root, exp.Update):
        return Recipe(
            Undo(
                Undoable.PARTLY,
                capture,
                "write the captured values back to rows that still hold the new ones",
                "rows beyond the captured 1000",
            )
        )
    return Recipe(
        Undo(
            Undoable.PARTLY,
            capture,
            "insert the captured rows again",
            "rows beyond the captured 1000, and what cascades",
        )
    )
