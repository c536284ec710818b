"""Judging SQL: what reads is proven, everything else is looked up or unknown.

A statement reads only if its root is one of a closed list, nothing in it writes or locks, and every function
it calls is known to be harmless. Statements the parser does not model go by a table of keywords.
Source: docs/reference/effects.md, section on judging SQL.
"""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.sqlkeywords import by_keyword
from tocsin.effects.sqlmeta import read_psql_meta, read_sqlite_meta
from tocsin.effects.sqltext import Statement, statements
from tocsin.effects.sqltree import read_tree
from tocsin.effects.words import HOLE

_LONGEST = 50_000
_HEAVY = frozenset({Flag.HEAVY})
_EXPLAIN = re.compile(
    r"EXPLAIN\s*(?P<options>\((?:[^()]|\([^()]*\))*\)|(?:ANALYZE|ANALYSE|VERBOSE|EXTENDED|QUERY PLAN|FORMAT\s*=\s*\w+|PARTITIONS|\s)*)",
    re.I,
)
_PARSED = re.compile(r"\s*\(*\s*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|MERGE|COPY|REPLACE)\b", re.I)
_MYSQL = re.compile(r"\s*INSERT\s+IGNORE\s", re.I)
_CUT_DIFFERENTLY = re.compile(r"[\"'].*\\|#|/\*M?!|--[^\s-]|/\*[^*]*/\*", re.S)
# What only SQL Server says. Its statements need no semicolon between them, so a word that can begin one must not be
# taken for an alias.
_TRANSACT = re.compile(
    r"\bTOP\s*\(?\s*\d|\(\s*NOLOCK\s*\)|\bsys\.dm_|\bCROSS\s+APPLY\b|\bOPTION\s*\(|@@\w+|\[\w+\]", re.I
)
_TRANSACT_ALONE = re.compile(r"\bTOP\s*\(\s*\d+\s*\)|\bsys\.dm_|\(\s*NOLOCK\s*\)", re.I)
_TRANSACT_ACTS = re.compile(
    r"\b(?:EXEC|EXECUTE|SHUTDOWN|KILL|RECONFIGURE|DBCC|OPENROWSET|OPENQUERY|OPENDATASOURCE|WRITETEXT|UPDATETEXT|DENY|REVERT|"
    r"CHECKPOINT|BACKUP|RESTORE|DISABLE|ENABLE|GRANT|REVOKE|BULK|USE|GO|SEND|RECEIVE|DECLARE|SET|WAITFOR|INTO|BEGIN|COMMIT|"
    r"ROLLBACK|DROP|TRUNCATE|DELETE|INSERT|UPDATE|MERGE|CREATE|ALTER)\b",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"\$\d+\b|<[A-Za-z][\w-]*>|\{\{?\s*\w+\s*\}?\}|:'\w+'|:\"\w+\"|\[[A-Za-z_]\w*\]" + "|" + HOLE
)


def read_sql(text: str, dialect: str = "any") -> list[Reading]:
    """One reading per statement. Never raises; what cannot be read is unknown.

    Where nobody knows which server reads it ("any"), the text is read as PostgreSQL does; if MySQL would cut it into
    other statements, what it would do there counts too.
    """
    if len(text) > _LONGEST:
        return [unknown("sql.unreadable", "too long to read")]
    if dialect == "any":
        readings = read_sql(text, "postgres")
        if _CUT_DIFFERENTLY.search(text):
            other = read_sql(text, "mysql")
            readings += [
                reading
                for reading in other
                if reading.effect is not Effect.UNKNOWN and not reading.rule.startswith("sql.unreadable")
            ]
        return readings
    if "`" in text and dialect == "postgres":
        dialect = "mysql"
    # `GO` on a line of its own ends what SQL Server's clients send at once.
    batches = _GO.split(text) if dialect == "tsql" else (text,)
    readings = [_statement(one, dialect) for batch in batches for one in statements(batch, dialect)]
    return readings or [Reading(Effect.OBSERVE, "sql.empty")]


def _statement(statement: Statement, dialect: str) -> Reading:
    text = statement.text
    if statement.meta.startswith("\\gexec"):
        return unknown("sql.gexec", "runs whatever the query returns as statements")
    if statement.meta.startswith("\\g") and re.search(r"\\gx?\s+\S", statement.meta):
        return unknown("sql.g", "sends the result to a file or program")
    if text.startswith("\\"):
        return read_psql_meta(text, _body)
    if text.startswith(".") and dialect == "sqlite":
        return read_sqlite_meta(text)
    if statement.meta.startswith("\\watch"):
        inner = _body(text, dialect)
        return Reading(inner.effect, inner.rule, inner.sentence, inner.flags | {Flag.UNBOUNDED})
    return _body(text, dialect)


def _body(text: str, dialect: str, level: int = 0) -> Reading:
    if not text.strip() or text.strip() == HOLE:
        return (
            Reading(Effect.OBSERVE, "sql.empty")
            if not text.strip()
            else unknown("sql.unknown", "a statement that is not written here")
        )
    explain = _EXPLAIN.match(text)
    if explain is not None and level == 0:
        return _explained(text[explain.end() :], explain["options"], dialect)
    if not _PARSED.match(text):
        return by_keyword(re.sub(r"\s+", " ", text.strip()).upper())
    return _parsed(_PLACEHOLDER.sub(_stand_in, text), dialect)


def _stand_in(match: re.Match[str]) -> str:
    written = match[0]
    return written if written.startswith("[") and written[1:-1].isdigit() else "hole_"


def _explained(rest: str, options: str, dialect: str) -> Reading:
    analyzes = re.search(r"\bANALY[ZS]E\b(?!\s*(?:=\s*)?(?:FALSE|OFF|0))", options, re.I) is not None
    if re.match(r"\s*(?:FOR CONNECTION|\w+(?:\.\w+)?\s*$)", rest, re.I) and not analyzes:
        return Reading(Effect.OBSERVE, "sql.explain")
    if not analyzes:
        known = re.match(
            r"\s*\(*\s*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE|REPLACE|EXECUTE|DECLARE|CREATE|REFRESH)\b",
            rest,
            re.I,
        )
        return (
            Reading(Effect.OBSERVE, "sql.explain")
            if known
            else unknown("sql.explain.unknown", "explains something unreadable")
        )
    inner = _body(rest.strip(), dialect, 1)
    return Reading(inner.effect, f"{inner.rule}.explain-analyze", inner.sentence, inner.flags | _HEAVY)


def _parsed(text: str, dialect: str) -> Reading:
    if dialect == "postgres" and _TRANSACT_ALONE.search(text) and not _TRANSACT_ACTS.search(text):
        dialect = "tsql"
    besides = _besides(text, dialect)
    try:
        roots = sqlglot.parse(text, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        if dialect == "postgres" and _TRANSACT.search(text) and not _TRANSACT_ACTS.search(text):
            return _parsed(text, "tsql")
        if dialect == "postgres" and _MYSQL.match(text):
            return _parsed(text, "mysql")
        return max((_unparsed(text), *besides), key=lambda reading: reading.effect.rank)
    readings = [
        read_tree(root, dialect) for root in roots if root is not None and not isinstance(root, exp.Semicolon)
    ]
    if readings:
        readings += besides
    return max(
        readings,
        key=lambda reading: reading.effect.rank,
        default=unknown("sql.unknown", "nothing that can be read"),
    )


_GO = re.compile(r"^[ \t]*GO(?:[ \t]+\d+)?[ \t]*;?[ \t]*$", re.I | re.M)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]")
_BEGINS_ANOTHER = re.compile(
    r"\S\s+(?:SHUTDOWN|RECONFIGURE|CHECKPOINT|REVERT|KILL\s+\d+|BACKUP\s|RESTORE\s|DBCC\s|GO\s*$)", re.I
)
_LOCKS = re.compile(
    r"[(,\s](?:UPDLOCK|XLOCK|TABLOCKX?|HOLDLOCK|PAGLOCK|SERIALIZABLE|REPEATABLEREAD)\s*[,)]", re.I
)


# `a OPERATOR(evil.=) b` calls whatever function hangs on that operator.
_OPERATOR = re.compile(r"\bOPERATOR\s*\(\s*(?!pg_catalog\s*\.)", re.I)


def _besides(text: str, dialect: str) -> list[Reading]:
    """What a server reads in a statement that the parser takes for names: another statement, locks, an operator."""
    if dialect != "tsql":
        if dialect == "postgres" and _OPERATOR.search(text):
            return [unknown("sql.operator", "calls an operator that is not known to be harmless")]
        return []
    bare = _QUOTED.sub("''", text)
    if _BEGINS_ANOTHER.search(bare):
        return [unknown("sql.another", "SQL Server reads another statement behind this one")]
    if _LOCKS.search(bare):
        return [Reading(Effect.DISRUPT, "sql.lock", "takes locks that others wait for")]
    return []


def _unparsed(text: str) -> Reading:
    """A statement the parser refuses: unknown, unless words that destroy stand in it."""
    if re.search(r"\b(?:DROP|TRUNCATE|DELETE)\b", text, re.I):
        return Reading(Effect.DESTROY, "sql.unreadable.destroy", "cannot be read, and speaks of deleting")
    if re.match(r"\s*REPLACE\s+(?:INTO\s)?", text, re.I):
        return Reading(Effect.DESTROY, "sql.replace", "overwrites rows of the same key")
    if re.search(r"\bINTO\s+(?:OUTFILE|DUMPFILE)\b", text, re.I):
        return Reading(Effect.CHANGE, "sql.outfile", "writes a file on the server")
    return unknown("sql.unreadable", "the statement cannot be read")
