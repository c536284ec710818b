"""A parsed SQL statement: the worst of its nodes.

Source: docs/reference/effects.md, section on judging SQL.
"""

import re

from sqlglot import exp

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.sqlfunctions import read_function

_SENSITIVE = frozenset({Flag.SENSITIVE})
_READ_ROOTS = (exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Values, exp.Subquery)
_SENSITIVE_COLUMN = re.compile(
    r"passw|secret|token|api_?key|private_?key|credential|ssn|iban|card_?number|cvv|email|phone|address|birth|salary|\bdob\b",
    re.I,
)


def read_tree(root: exp.Expr, dialect: str) -> Reading:
    """What a parsed statement does: the worst of its nodes."""
    found: list[Reading] = []
    flags: set[Flag] = set()
    for node in root.walk():
        reading = _written(node)
        if reading is None and isinstance(node, exp.Func):
            reading = read_function(node, dialect)
        if reading is not None:
            found.append(reading)
        if _shows_people(node, root):
            flags.add(Flag.SENSITIVE)
    if not isinstance(root, (*_READ_ROOTS, exp.Update, exp.Insert, exp.Merge, exp.Delete, exp.Copy)):
        found.append(unknown("sql.root", "the statement is not one that is known to read"))
    worst = max(found, key=lambda reading: reading.effect.rank, default=Reading(Effect.OBSERVE, "sql.select"))
    for reading in found:
        flags |= reading.flags
    return Reading(worst.effect, worst.rule, worst.sentence, frozenset(flags))


def _written(node: exp.Expr) -> Reading | None:
    """What this node alone does beyond looking; None if it looks, or calls a function."""
    match node:
        case exp.Delete():
            return Reading(Effect.DESTROY, "sql.delete", "deletes rows")
        case exp.Update():
            where = node.args.get("where")
            if where is None or _always(where.this):
                return Reading(Effect.DESTROY, "sql.update.all", "changes every row of a table")
            return Reading(Effect.CHANGE, "sql.update", "changes rows")
        case exp.Insert():
            replaces = str(node.args.get("alternative") or "").upper() == "REPLACE"
            effect = Effect.DESTROY if node.args.get("overwrite") or replaces else Effect.CHANGE
            return Reading(effect, "sql.insert", "adds rows")
        case exp.Merge():
            effect = Effect.DESTROY if "DELETE" in node.sql().upper() else Effect.CHANGE
            return Reading(effect, "sql.merge", "merges rows into a table")
        case exp.Lock():
            return Reading(Effect.DISRUPT, "sql.lock", "takes locks on rows")
        case exp.Into():
            return Reading(Effect.CHANGE, "sql.into", "writes the result into a table or file")
        case exp.Drop() | exp.TruncateTable():
            return Reading(Effect.DESTROY, "sql.drop", "drops content")
        case exp.Create() | exp.Alter() | exp.AlterColumn():
            return Reading(Effect.DISRUPT, "sql.definition", "changes definitions")
        case exp.Copy():
            return _copy(node)
        case exp.Command():
            return unknown("sql.command", "the statement is not known")
        case exp.Dot() if isinstance(node.expression, exp.Func) and not _own_catalogue(node.this):
            return unknown("sql.function", f"calls {node.sql()[:40]}, which is not known to be harmless")
        case _:
            return None


def _shows_people(node: exp.Expr, root: exp.Expr) -> bool:
    """Whether this node may show secrets or people's data."""
    match node:
        case exp.Column():
            return _SENSITIVE_COLUMN.search(node.name) is not None
        case exp.Star():
            return not isinstance(node.parent, (exp.Count, exp.CountIf)) and _application_table(root)
        case _:
            return False


def _always(condition: exp.Expr) -> bool:
    """Whether a WHERE lets every row through, as far as can be told: `WHERE true`, `WHERE 1=1`."""
    match condition:
        case exp.Boolean():
            return bool(condition.this)
        case exp.EQ():
            return isinstance(condition.left, exp.Literal) and condition.left == condition.right
        case exp.Paren():
            return _always(condition.this)
        case exp.Or():
            return _always(condition.left) or _always(condition.right)
        case _:
            return False


def _application_table(root: exp.Expr) -> bool:
    names = [table.name.lower() for table in root.find_all(exp.Table)]
    return any(not name.startswith(("pg_", "information_schema", "sqlite_")) for name in names) and not any(
        (table.db or "").lower()
        in ("information_schema", "performance_schema", "sys", "pg_catalog", "system")
        for table in root.find_all(exp.Table)
    )


def _own_catalogue(schema: exp.Expr) -> bool:
    return schema.name.lower() in ("pg_catalog", "information_schema", "sys", "mysql")


def _copy(node: exp.Copy) -> Reading:
    text = node.sql().upper()
    if "PROGRAM" in text:
        return unknown("sql.copy.program", "starts a program on the server")
    if node.args.get("kind"):
        return Reading(Effect.CHANGE, "sql.copy.from", "loads rows into a table")
    if "STDOUT" in text:
        return Reading(Effect.OBSERVE, "sql.copy.to", flags=_SENSITIVE)
    return Reading(Effect.CHANGE, "sql.copy.file", "writes a file on the server")
