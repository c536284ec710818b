"""Statements the SQL parser does not model, by their first words.

Source: docs/reference/runbook-language.md, section on judging SQL.
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS, Reading, unknown
from tocsin.effects.sqlservers import BEGINS, OF_OTHERS

_HEAVY = frozenset({Flag.HEAVY})


_O, _C, _D, _X = Effect.OBSERVE, Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY


_CONTEXT = frozenset({Flag.CONTEXT})


# First match wins. Matched against the statement with blanks made single and upper case.
_KEYWORDS: tuple[tuple[re.Pattern[str], Effect, str, str, frozenset[Flag]], ...] = tuple(
    (re.compile(pattern), effect, rule, sentence, flags)
    for pattern, effect, rule, sentence, flags in (
        (
            r"BEGIN (?:IMMEDIATE|EXCLUSIVE)\b",
            _D,
            "begin.lock",
            "keeps others from writing until it ends",
            _CONTEXT,
        ),
        (
            r"(?:BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)(?: (?:WORK|TRANSACTION|TO|READ|ONLY|WRITE|ISOLATION|LEVEL|REPEATABLE|SERIALIZABLE|COMMITTED|UNCOMMITTED|AND|NO|CHAIN|SAVEPOINT|DEFERRABLE|IMMEDIATE|DEFERRED|EXCLUSIVE),?)*(?: \w+)?$",
            _O,
            "transaction",
            "",
            _CONTEXT,
        ),
        (
            r"SET (?:LOCAL |SESSION )?(?:STATEMENT_TIMEOUT|LOCK_TIMEOUT|IDLE_IN_TRANSACTION_SESSION_TIMEOUT|SEARCH_PATH|TIME ZONE|TIMEZONE|WORK_MEM|APPLICATION_NAME|CLIENT_ENCODING|DATESTYLE|NAMES|MAX_EXECUTION_TIME|TRANSACTION READ ONLY|@\w+)\b",
            _O,
            "set.session",
            "",
            _CONTEXT,
        ),
        (
            r"SET (?:SESSION |LOCAL )?(?:DEFAULT_)?TRANSACTION_READ_ONLY ?(?:=|TO) ?'?(?:ON|TRUE|1)",
            _O,
            "set.session",
            "",
            _CONTEXT,
        ),
        (
            r"SET (?:GLOBAL |PERSIST |@@GLOBAL\.)\w*READ_ONLY",
            _D,
            "set.read-only",
            "switches writing off or on for everybody",
            NO_FLAGS,
        ),
        (
            r"SET (?:GLOBAL |PERSIST |PERSIST_ONLY |@@GLOBAL\.)",
            _C,
            "set.global",
            "changes a setting of the whole server",
            NO_FLAGS,
        ),
        (r"SET PASSWORD", _X, "set.password", "sets a password", NO_FLAGS),
        (r"(?:SET|RESET) (?:SESSION AUTHORIZATION|ROLE)\b", _C, "set.role", "acts as another role", _CONTEXT),
        (r"SET\b", _C, "set", "changes a setting of the session, perhaps one that protects", _CONTEXT),
        (r"RESET (?:MASTER|BINARY LOGS)", _X, "reset.master", "deletes the binary logs", NO_FLAGS),
        (r"RESET (?:SLAVE|REPLICA)", _X, "reset.replica", "forgets the replica's position", NO_FLAGS),
        (r"RESET\b", _C, "reset", "resets a setting of the session", _CONTEXT),
        (r"(?:SHOW|DESCRIBE|DESC)\b", _O, "show", "", NO_FLAGS),
        (
            r"LOAD (?:DATA|XML)\b(?:(?! INTO TABLE ).)* REPLACE INTO TABLE",
            _X,
            "load.replace",
            "loads rows over others",
            NO_FLAGS,
        ),
        (r"LOAD (?:DATA|XML)\b", _C, "load", "loads rows into a table", NO_FLAGS),
        (r"CALL MYSQL\.RDS_(?:SHOW_CONFIGURATION|\w*STATUS)\b", _O, "rds.show", "", NO_FLAGS),
        (r"CALL MYSQL\.RDS_SET_\w+", _C, "rds.set", "changes a setting of the server", NO_FLAGS),
        (
            r"CALL MYSQL\.RDS_(?:KILL|KILL_QUERY|STOP_REPLICATION|START_REPLICATION)\b",
            _D,
            "rds.disrupt",
            "ends other people's sessions, or stops replication",
            NO_FLAGS,
        ),
        (
            r"(?:ATTACH|DETACH)\b",
            _C,
            "attach",
            "adds another database to the session, and makes its file",
            _CONTEXT,
        ),
        (r"(?:LISTEN|UNLISTEN)\b", _O, "listen", "", NO_FLAGS),
        (r"USE \S+$", _O, "use", "", _CONTEXT),
        (r"NOTIFY\b", _C, "notify", "tells every listener", frozenset({Flag.NOTIFIES})),
        (r"CHECKPOINT\b", _C, "checkpoint", "writes all dirty pages now", _HEAVY),
        (r"DISCARD\b", _C, "discard", "resets the session", NO_FLAGS),
        (
            r"ALTER SYSTEM\b",
            _C,
            "alter.system",
            "changes the server's configuration; some settings wait for a restart",
            NO_FLAGS,
        ),
        (
            r"ALTER DATABASE \S+ SET DEFAULT_TRANSACTION_READ_ONLY ?(?:=|TO) ?'?(?:ON|TRUE|1)",
            _D,
            "alter.database.read-only",
            "new sessions of the database can no longer write",
            NO_FLAGS,
        ),
        (
            r"ALTER DATABASE \S+ SET (?:SINGLE_USER|OFFLINE|READ_ONLY|RESTRICTED_USER|EMERGENCY)\b|ALTER DATABASE \S+ (?:RENAME\b|.*\bALLOW_CONNECTIONS)",
            _D,
            "alter.database.rename",
            "whoever connects, or connects by the old name, fails",
            NO_FLAGS,
        ),
        (
            r"ALTER DATABASE \S+ (?:SET|RESET)\b",
            _C,
            "alter.database.set",
            "changes a setting for new sessions of the database",
            NO_FLAGS,
        ),
        (r"ALTER DATABASE\b", _C, "alter.database", "changes the database", NO_FLAGS),
        (
            r"CREATE (?:ROLE|USER|GROUP|LOGIN)\b.*\b(?:PASSWORD|IDENTIFIED)\b",
            _C,
            "create.role",
            "makes a new login",
            frozenset({Flag.SECRET}),
        ),
        (
            r"(?:ALTER) (?:ROLE|USER|GROUP|LOGIN)\b.*\b(?:PASSWORD|IDENTIFIED|NOLOGIN|VALID UNTIL|LOCK)\b",
            _X,
            "alter.role.password",
            "changes who can log in",
            frozenset({Flag.SECRET}),
        ),
        (
            r"ALTER (?:ROLE|USER|GROUP)\b.*\bRENAME\b",
            _D,
            "alter.role.rename",
            "whoever logs in by the old name fails",
            NO_FLAGS,
        ),
        (r"ALTER (?:ROLE|USER|GROUP)\b", _C, "alter.role", "changes a role", NO_FLAGS),
        (
            r"ALTER TABLE\b(?:(?! ON ).)* (?:DELETE|CLEAR COLUMN|FORGET PARTITION)\b",
            _X,
            "alter.table.delete",
            "deletes rows (a mutation of ClickHouse)",
            NO_FLAGS,
        ),
        (
            r"ALTER TABLE\b.*\b(?:DROP (?:COLUMN|PARTITION|PARTITIONS)|TRUNCATE PARTITION|DISCARD TABLESPACE)\b",
            _X,
            "alter.table.drop",
            "drops a column or partition with its data",
            NO_FLAGS,
        ),
        (
            r"ALTER TABLE\b(?:(?! ADD ).)*\bDROP (?!CONSTRAINT|DEFAULT|NOT NULL|INDEX|KEY|FOREIGN|EXPRESSION|IDENTITY|PRIMARY|CHECK)",
            _X,
            "alter.table.drop",
            "drops a column with its data",
            NO_FLAGS,
        ),
        (
            r"ALTER TABLE\b.*\b(?:DETACH|EXCHANGE|ATTACH) PARTITION\b",
            _D,
            "alter.table.partition",
            "takes a partition out or in",
            NO_FLAGS,
        ),
        (
            r"ALTER TABLE(?: IF EXISTS)?(?: ONLY)? \S+ ADD COLUMN (?:(?!\bDEFAULT\b|,).)*$",
            _C,
            "alter.table.add-column",
            "adds a column",
            NO_FLAGS,
        ),
        (
            r"ALTER TABLE\b.*\b(?:SET \(|RESET \(|VALIDATE CONSTRAINT|OWNER TO|SET STATISTICS|COMMENT|AUTO_INCREMENT)",
            _C,
            "alter.table.set",
            "changes settings of a table",
            NO_FLAGS,
        ),
        (r"ALTER TABLE\b", _D, "alter.table", "locks or rewrites a table while it runs", NO_FLAGS),
        (
            r"ALTER (?:INDEX|VIEW|SEQUENCE|TYPE|SCHEMA|FUNCTION|MATERIALIZED VIEW|EXTENSION|TABLESPACE)\b.*\bRENAME\b",
            _D,
            "alter.rename",
            "whoever uses the old name fails",
            NO_FLAGS,
        ),
        (
            r"ALTER (?:PUBLICATION|SUBSCRIPTION)\b.*\b(?:DISABLE|DROP|SET)\b",
            _D,
            "alter.subscription",
            "changes what is replicated",
            NO_FLAGS,
        ),
        (
            r"ALTER (?:INDEX|VIEW|SEQUENCE|TYPE|SCHEMA|FUNCTION|PROCEDURE|MATERIALIZED VIEW|EXTENSION|DEFAULT PRIVILEGES|PUBLICATION|SUBSCRIPTION|EVENT|SERVER)\b",
            _C,
            "alter",
            "changes a definition",
            NO_FLAGS,
        ),
        (
            r"DROP (?:TABLE|DATABASE|SCHEMA|TABLESPACE|MATERIALIZED VIEW|SEQUENCE|TYPE|DOMAIN|OWNED|FOREIGN TABLE|SUBSCRIPTION|KEYSPACE|DICTIONARY|BUCKET)\b",
            _X,
            "drop",
            "drops content for good",
            NO_FLAGS,
        ),
        (r"DROP\b.*\bCASCADE\b", _X, "drop.cascade", "drops this and whatever depends on it", NO_FLAGS),
        (
            r"DROP (?:INDEX|VIEW|FUNCTION|PROCEDURE|TRIGGER|USER|ROLE|EXTENSION|RULE|POLICY|AGGREGATE|OPERATOR|EVENT|PUBLICATION|SERVER|COLLATION|LANGUAGE|CAST|STATISTICS|ACCESS|GROUP|PREPARE)\b",
            _D,
            "drop.definition",
            "drops a definition that can be made again",
            NO_FLAGS,
        ),
        (r"DROP\b", _X, "drop", "drops something", NO_FLAGS),
        (r"TRUNCATE\b", _X, "truncate", "throws away every row", NO_FLAGS),
        (
            r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY\b",
            _C,
            "create.index.concurrently",
            "builds an index while service goes on",
            _HEAVY,
        ),
        (
            r"CREATE (?:UNIQUE |FULLTEXT )?INDEX\b",
            _D,
            "create.index",
            "locks writing to the table while it builds",
            NO_FLAGS,
        ),
        (r"CREATE OR REPLACE\b", _C, "create.replace", "replaces a definition", NO_FLAGS),
        (r"CREATE\b", _C, "create", "makes something new", NO_FLAGS),
        (r"COMMENT ON\b", _C, "comment", "writes a comment", NO_FLAGS),
        (r"GRANT\b", _C, "grant", "gives rights", NO_FLAGS),
        (r"REVOKE\b", _D, "revoke", "takes rights away", NO_FLAGS),
        (r"REASSIGN OWNED\b", _C, "reassign", "gives objects to another owner", NO_FLAGS),
        (r"VACUUM\b.*\bFULL\b", _D, "vacuum.full", "locks and rewrites tables", _HEAVY),
        (r"VACUUM\b", _C, "vacuum", "cleans up dead rows", _HEAVY),
        (
            r"ANALYZE\b|ANALYSE\b|CHECK TABLE\b|CHECKSUM TABLE\b",
            _C,
            "analyze",
            "updates the planner's statistics",
            NO_FLAGS,
        ),
        (
            r"REINDEX\b.*\bCONCURRENTLY\b",
            _C,
            "reindex.concurrently",
            "rebuilds indexes while service goes on",
            _HEAVY,
        ),
        (r"REINDEX\b", _D, "reindex", "locks tables while indexes are rebuilt", _HEAVY),
        (r"(?:OPTIMIZE|REPAIR) TABLE\b|CLUSTER\b", _D, "rewrite", "locks and rewrites tables", _HEAVY),
        (
            r"REFRESH MATERIALIZED VIEW CONCURRENTLY\b",
            _C,
            "refresh.concurrently",
            "computes a view again",
            _HEAVY,
        ),
        (r"REFRESH MATERIALIZED VIEW\b", _D, "refresh", "locks a view while it is computed again", _HEAVY),
        (r"LOCK (?:TABLES?|INSTANCE)?\b", _D, "lock", "locks tables", NO_FLAGS),
        (r"UNLOCK TABLES\b", _C, "unlock", "releases locks", NO_FLAGS),
        (r"KILL\b", _D, "kill", "ends other people's sessions or queries", NO_FLAGS),
        (
            r"(?:STOP|START|PAUSE) (?:SLAVE|REPLICA|GROUP_REPLICATION)\b",
            _D,
            "replication",
            "stops or starts replication",
            NO_FLAGS,
        ),
        (
            r"CHANGE (?:MASTER|REPLICATION)\b",
            _D,
            "replication.change",
            "makes the replica follow somebody else",
            NO_FLAGS,
        ),
        (r"FLUSH TABLES\b.*\b(?:READ LOCK|EXPORT)\b", _D, "flush.lock", "locks every table", NO_FLAGS),
        (r"FLUSH\b", _C, "flush", "closes and reopens what the server holds open", NO_FLAGS),
        (r"PURGE\b", _X, "purge", "deletes binary logs", NO_FLAGS),
        (r"DELETE\b", _X, "delete", "deletes rows", NO_FLAGS),
        (r"RENAME TABLE\b", _D, "rename", "whoever uses the old name fails", NO_FLAGS),
        (
            r"PRAGMA (?:\w+\.)?(?:INTEGRITY_CHECK|QUICK_CHECK|FOREIGN_KEY_CHECK|TABLE_INFO|TABLE_XINFO|TABLE_LIST|INDEX_LIST|INDEX_INFO|DATABASE_LIST|PAGE_COUNT|PAGE_SIZE|FREELIST_COUNT|COMPILE_OPTIONS|FUNCTION_LIST)\b",
            _O,
            "pragma",
            "",
            NO_FLAGS,
        ),
        (
            r"PRAGMA (?:\w+\.)?(?:OPTIMIZE|INCREMENTAL_VACUUM|WAL_CHECKPOINT|SHRINK_MEMORY|SCHEMA_VERSION=)",
            _C,
            "pragma.acts",
            "tidies up the database",
            NO_FLAGS,
        ),
        (r"PRAGMA \w+$", _O, "pragma", "", NO_FLAGS),
        (
            r"PRAGMA WRITABLE_SCHEMA\b",
            _X,
            "pragma.writable-schema",
            "allows writing the schema by hand",
            NO_FLAGS,
        ),
        (r"PRAGMA\b", _C, "pragma.set", "changes a setting of the database", NO_FLAGS),
    )
)


_OTHERS = tuple(
    (re.compile(pattern), effect, rule, sentence, flags)
    for pattern, effect, rule, sentence, flags in OF_OTHERS
)
_PGBOUNCER = {
    "PAUSE": _D, "KILL": _D, "SUSPEND": _D, "SHUTDOWN": _D, "RESUME": _C, "RELOAD": _C, "RECONNECT": _D,
    "DISABLE": _D, "ENABLE": _C,
}  # fmt: skip


def by_keyword(flat: str) -> Reading:
    """What a statement does by its first words; `flat` has single blanks and is upper case."""
    for pattern, effect, rule, sentence, flags in (*_OTHERS, *_KEYWORDS) if BEGINS.match(flat) else _KEYWORDS:
        if pattern.match(flat):
            return Reading(effect, f"sql.{rule}", sentence, flags)
    word = flat.partition(" ")[0]
    if word in _PGBOUNCER:
        return Reading(_PGBOUNCER[word], f"pgbouncer.{word.lower()}", "changes what the pool lets through")
    return unknown("sql.unknown", f"the statement {word[:30]} … is not known")
