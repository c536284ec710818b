"""Judging SQL: what reads is proven, everything else is looked up or unknown.

A statement reads only if its root is one of a closed list, nothing in it writes or locks, and every function
it calls is known to be harmless. Statements the parser does not model go by a table of keywords.
Source: docs/reference/runbook-language.md, section on judging SQL.
"""

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NO_FLAGS, Reading, unknown
from tocsin.effects.sqltext import Statement, statements
from tocsin.effects.words import HOLE

_LONGEST = 50_000
_HEAVY = frozenset({Flag.HEAVY})
_SENSITIVE = frozenset({Flag.SENSITIVE})
_READ_ROOTS = (exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Values, exp.Subquery)
_SENSITIVE_COLUMN = re.compile(
    r"passw|secret|token|api_?key|private_?key|credential|ssn|iban|card_?number|cvv|email|phone|address|birth|salary|\bdob\b",
    re.I,
)

# Volatile in the catalogue (or not in it) and still only a look.
_HARMLESS = frozenset(
    [
        "random",
        "random_normal",
        "clock_timestamp",
        "timeofday",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "uuid_generate_v4",
        "array_sample",
        "array_shuffle",
        "currval",
        "lastval",
        "current_query",
        "pg_database_size",
        "pg_relation_size",
        "pg_table_size",
        "pg_indexes_size",
        "pg_total_relation_size",
        "pg_tablespace_size",
        "pg_lock_status",
        "pg_blocking_pids",
        "pg_safe_snapshot_blocking_pids",
        "pg_is_in_recovery",
        "pg_is_wal_replay_paused",
        "pg_get_wal_replay_pause_state",
        "pg_current_wal_lsn",
        "pg_current_wal_insert_lsn",
        "pg_current_wal_flush_lsn",
        "pg_last_wal_receive_lsn",
        "pg_last_wal_replay_lsn",
        "pg_last_xact_replay_timestamp",
        "pg_last_committed_xact",
        "pg_xact_commit_timestamp",
        "pg_xact_status",
        "txid_status",
        "txid_current_if_assigned",
        "pg_current_xact_id_if_assigned",
        "pg_control_checkpoint",
        "pg_control_system",
        "pg_control_init",
        "pg_control_recovery",
        "pg_hba_file_rules",
        "pg_ident_file_mappings",
        "pg_show_all_file_settings",
        "pg_current_logfile",
        "pg_partition_tree",
        "pg_partition_ancestors",
        "pg_notification_queue_usage",
        "pg_sequence_last_value",
        "pg_prepared_xact",
        "pg_ls_waldir",
        "pg_ls_logdir",
        "pg_ls_tmpdir",
        "pg_ls_archive_statusdir",
        "pg_jit_available",
        "pg_collation_actual_version",
        "pg_stat_file",
        "pg_get_backend_memory_contexts",
        "pg_get_shmem_allocations",
        "pg_get_wait_events",
        "pg_get_aios",
        "pgstattuple",
        "pg_size_pretty",
        "pg_stat_statements",
        "pg_buffercache_summary",
        "heap_page_items",
        "age",
        "coalesce",
        "nullif",
        "greatest",
        "least",
        "cast",
        "extract",
        "date_part",
        "now",
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "exists",
        "row",
        "array",
        "any",
        "all",
        "some",
        "grouping",
        "interval",
        "current_user",
        "session_user",
        "user",
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "string_agg",
        "array_agg",
        "json_agg",
        "jsonb_agg",
        "json_object_agg",
        "jsonb_object_agg",
        "json_build_object",
        "jsonb_build_object",
        "unnest",
        "substring",
        "position",
        "overlay",
        "trim",
    ]
)
_MYSQL_HARMLESS = frozenset(
    [
        "ifnull",
        "if",
        "isnull",
        "date_sub",
        "date_add",
        "adddate",
        "subdate",
        "datediff",
        "timestampdiff",
        "timestampadd",
        "unix_timestamp",
        "from_unixtime",
        "str_to_date",
        "date_format",
        "time_format",
        "sec_to_time",
        "time_to_sec",
        "curdate",
        "curtime",
        "utc_timestamp",
        "sysdate",
        "database",
        "schema",
        "version",
        "connection_id",
        "current_user",
        "user",
        "uuid",
        "rand",
        "group_concat",
        "concat_ws",
        "substring_index",
        "instr",
        "locate",
        "lpad",
        "rpad",
        "find_in_set",
        "field",
        "elt",
        "inet_ntoa",
        "inet_aton",
        "hex",
        "unhex",
        "md5",
        "sha1",
        "sha2",
        "crc32",
        "format",
        "truncate",
        "json_extract",
        "json_unquote",
        "json_object",
        "json_array",
        "json_length",
        "json_contains",
        "json_search",
        "last_insert_id",
        "row_count",
        "found_rows",
        "convert",
        "greatest",
        "least",
        "any_value",
        "bin",
        "conv",
        "variance",
        "std",
        "stddev",
        "quarter",
        "week",
        "weekday",
        "dayofweek",
        "dayofyear",
        "last_day",
        "makedate",
        "period_diff",
        "to_days",
        "from_days",
        "regexp_like",
        "regexp_replace",
        "regexp_substr",
        "is_uuid",
        "uuid_to_bin",
        "bin_to_uuid",
        "ps_current_thread_id",
        "format_bytes",
        "format_pico_time",
        "gtid_subset",
        "gtid_subtract",
        "julianday",
        "strftime",
        "datetime",
        "typeof",
        "printf",
        "glob",
        "hex",
        "total",
        "sqlite_version",
        "json_each",
        "json_tree",
        "json_group_array",
        "json_group_object",
        "changes",
        "total_changes",
        "iif",
        "ifnull",
        "instr",
        "quote",
        "zeroblob",
        "unicode",
        "char",
        "likely",
        "unlikely",
        "countif",
        "uniq",
        "uniqexact",
        "toyyyymm",
        "todate",
        "todatetime",
        "tostartofhour",
        "tostartofminute",
        "tostartofday",
        "formatreadablesize",
        "sumif",
        "avgif",
        "anyif",
        "quantile",
        "quantiles",
        "median",
        "arrayjoin",
        "toint64",
        "tostring",
    ]
)


class _Named(NamedTuple):
    effect: Effect
    sentence: str
    flags: frozenset[Flag] = NO_FLAGS


_FUNCTIONS: dict[str, _Named] = {
    "pg_terminate_backend": _Named(Effect.DISRUPT, "ends other people's database sessions"),
    "pg_cancel_backend": _Named(Effect.DISRUPT, "cancels other people's queries"),
    "pg_promote": _Named(Effect.DISRUPT, "makes this replica the primary"),
    "pg_advisory_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_lock_shared": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_xact_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_try_advisory_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_try_advisory_xact_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "pg_advisory_unlock": _Named(Effect.CHANGE, "releases a lock"),
    "pg_advisory_unlock_all": _Named(Effect.CHANGE, "releases locks"),
    "pg_wal_replay_pause": _Named(Effect.DISRUPT, "stops the replica from catching up"),
    "pg_wal_replay_resume": _Named(Effect.CHANGE, "lets the replica catch up"),
    "pg_reload_conf": _Named(Effect.CHANGE, "makes the server read its configuration again"),
    "pg_rotate_logfile": _Named(Effect.CHANGE, "starts a new log file"),
    "pg_switch_wal": _Named(Effect.CHANGE, "starts a new WAL segment"),
    "pg_create_restore_point": _Named(Effect.CHANGE, "writes a restore point"),
    "pg_create_physical_replication_slot": _Named(Effect.CHANGE, "makes a replication slot, which keeps WAL"),
    "pg_create_logical_replication_slot": _Named(Effect.CHANGE, "makes a replication slot, which keeps WAL"),
    "pg_drop_replication_slot": _Named(
        Effect.DESTROY, "drops a replication slot: the replica must be rebuilt"
    ),
    "pg_replication_slot_advance": _Named(Effect.DESTROY, "moves a consumer's position"),
    "pg_logical_slot_get_changes": _Named(Effect.DESTROY, "consumes changes meant for a subscriber"),
    "pg_backup_start": _Named(Effect.CHANGE, "starts a backup"),
    "pg_backup_stop": _Named(Effect.CHANGE, "ends a backup"),
    "pg_notify": _Named(Effect.CHANGE, "tells every listener", frozenset({Flag.NOTIFIES})),
    "nextval": _Named(Effect.CHANGE, "takes a number from a sequence"),
    "setval": _Named(Effect.CHANGE, "sets a sequence"),
    "set_config": _Named(Effect.CHANGE, "changes a setting, perhaps one that protects"),
    "lo_unlink": _Named(Effect.DESTROY, "deletes a large object"),
    "pg_sleep": _Named(Effect.OBSERVE, "", _HEAVY),
    "pg_stat_reset": _Named(Effect.DESTROY, "throws away statistics"),
    "pg_stat_statements_reset": _Named(Effect.DESTROY, "throws away query statistics"),
    "pg_stat_reset_shared": _Named(Effect.DESTROY, "throws away statistics"),
    "pg_prewarm": _Named(Effect.CHANGE, "loads a table into memory", _HEAVY),
    "sleep": _Named(Effect.OBSERVE, "", _HEAVY),
    "benchmark": _Named(Effect.OBSERVE, "", _HEAVY),
    "get_lock": _Named(Effect.DISRUPT, "takes a lock others may wait for"),
    "release_lock": _Named(Effect.CHANGE, "releases a lock"),
    "pg_logical_slot_peek_changes": _Named(Effect.OBSERVE, "", _HEAVY),
    "drop_chunks": _Named(Effect.DESTROY, "drops chunks of a table"),
}

_O, _C, _D, _X = Effect.OBSERVE, Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY
_CONTEXT = frozenset({Flag.CONTEXT})
# First match wins. Matched against the statement with blanks made single and upper case.
_KEYWORDS: tuple[tuple[re.Pattern[str], Effect, str, str, frozenset[Flag]], ...] = tuple(
    (re.compile(pattern), effect, rule, sentence, flags)
    for pattern, effect, rule, sentence, flags in (
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
            r"ALTER DATABASE \S+ (?:RENAME\b|.*\bALLOW_CONNECTIONS)",
            _D,
            "alter.database.rename",
            "whoever connects by the old name fails",
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
            r"(?:ALTER|CREATE) (?:ROLE|USER|GROUP|LOGIN)\b.*\b(?:PASSWORD|IDENTIFIED|NOLOGIN|VALID UNTIL|LOCK)\b",
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
_PGBOUNCER = {
    "PAUSE": _D, "KILL": _D, "SUSPEND": _D, "SHUTDOWN": _D, "RESUME": _C, "RELOAD": _C, "RECONNECT": _D,
    "DISABLE": _D, "ENABLE": _C,
}  # fmt: skip
_EXPLAIN = re.compile(
    r"EXPLAIN\s*(?P<options>\((?:[^()]|\([^()]*\))*\)|(?:ANALYZE|ANALYSE|VERBOSE|EXTENDED|QUERY PLAN|FORMAT\s*=\s*\w+|PARTITIONS|\s)*)",
    re.I,
)
_PARSED = re.compile(r"\s*\(*\s*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|MERGE|COPY|REPLACE)\b", re.I)
_PLACEHOLDER = re.compile(
    r"<[A-Za-z][\w-]*>|\{\{?\s*\w+\s*\}?\}|:'\w+'|:\"\w+\"|\[[A-Za-z_]\w*\]" + "|" + HOLE
)


@cache
def _catalogue() -> frozenset[str]:
    text = resources.files("tocsin.effects.tools").joinpath("pg_functions.txt").read_text(encoding="utf-8")
    names = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(names).split()) | _HARMLESS


def read_sql(text: str, dialect: str = "postgres") -> list[Reading]:
    """One reading per statement. Never raises; what cannot be read is unknown."""
    if len(text) > _LONGEST:
        return [unknown("sql.unreadable", "too long to read")]
    if "`" in text and dialect == "postgres":
        dialect = "mysql"
    readings = [_statement(statement, dialect) for statement in statements(text, dialect)]
    return readings or [Reading(Effect.OBSERVE, "sql.empty")]


def _statement(statement: Statement, dialect: str) -> Reading:
    text = statement.text
    if statement.meta.startswith("\\gexec"):
        return unknown("sql.gexec", "runs whatever the query returns as statements")
    if statement.meta.startswith("\\g") and re.search(r"\\gx?\s+\S", statement.meta):
        return unknown("sql.g", "sends the result to a file or program")
    if text.startswith("\\"):
        return _psql_meta(text)
    if text.startswith(".") and dialect == "sqlite":
        return _sqlite_meta(text)
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
    flat = re.sub(r"\s+", " ", text.strip()).upper()
    if not _PARSED.match(text):
        for pattern, effect, rule, sentence, flags in _KEYWORDS:
            if pattern.match(flat):
                return Reading(effect, f"sql.{rule}", sentence, flags)
        word = flat.partition(" ")[0]
        if word in _PGBOUNCER:
            return Reading(
                _PGBOUNCER[word], f"pgbouncer.{word.lower()}", "changes what the pool lets through"
            )
        return unknown("sql.unknown", f"the statement {word[:30]} … is not known")
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
    try:
        roots = sqlglot.parse(text, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        return _unparsed(text)
    readings = [
        _tree(root, dialect) for root in roots if root is not None and not isinstance(root, exp.Semicolon)
    ]
    return max(
        readings,
        key=lambda reading: reading.effect.value,
        default=unknown("sql.unknown", "nothing that can be read"),
    )


def _unparsed(text: str) -> Reading:
    """A statement the parser refuses: unknown, unless words that destroy stand in it."""
    if re.search(r"\b(?:DROP|TRUNCATE|DELETE)\b", text, re.I):
        return Reading(Effect.DESTROY, "sql.unreadable.destroy", "cannot be read, and speaks of deleting")
    return unknown("sql.unreadable", "the statement cannot be read")


def _tree(root: exp.Expr, dialect: str) -> Reading:
    """What a parsed statement does: the worst of its nodes."""
    found: list[Reading] = []
    flags: set[Flag] = set()
    columns = 0
    for node in root.walk():
        match node:
            case exp.Delete():
                found.append(Reading(Effect.DESTROY, "sql.delete", "deletes rows"))
            case exp.Update():
                where = node.args.get("where")
                if where is None or _always(where.this):
                    found.append(Reading(Effect.DESTROY, "sql.update.all", "changes every row of a table"))
                else:
                    found.append(Reading(Effect.CHANGE, "sql.update", "changes rows"))
            case exp.Insert():
                overwrites = (
                    node.args.get("overwrite") or str(node.args.get("alternative") or "").upper() == "REPLACE"
                )
                found.append(
                    Reading(Effect.DESTROY if overwrites else Effect.CHANGE, "sql.insert", "adds rows")
                )
            case exp.Merge():
                deletes = "DELETE" in node.sql().upper()
                found.append(
                    Reading(
                        Effect.DESTROY if deletes else Effect.CHANGE, "sql.merge", "merges rows into a table"
                    )
                )
            case exp.Lock():
                found.append(Reading(Effect.DISRUPT, "sql.lock", "takes locks on rows"))
            case exp.Into():
                found.append(Reading(Effect.CHANGE, "sql.into", "writes the result into a table or file"))
            case exp.Drop() | exp.TruncateTable():
                found.append(Reading(Effect.DESTROY, "sql.drop", "drops content"))
            case exp.Create() | exp.Alter() | exp.AlterColumn():
                found.append(Reading(Effect.DISRUPT, "sql.definition", "changes definitions"))
            case exp.Copy():
                found.append(_copy(node))
            case exp.Command():
                found.append(unknown("sql.command", "the statement is not known"))
            case exp.Dot() if isinstance(node.expression, exp.Func) and not _own_catalogue(node.this):
                found.append(
                    unknown("sql.function", f"calls {node.sql()[:40]}, which is not known to be harmless")
                )
            case exp.Func():
                reading = _function(node, dialect)
                if reading is not None:
                    found.append(reading)
            case exp.Column():
                if _SENSITIVE_COLUMN.search(node.name):
                    flags.add(Flag.SENSITIVE)
                columns += 1
            case exp.Star():
                if not isinstance(node.parent, (exp.Count, exp.CountIf)) and _application_table(root):
                    flags.add(Flag.SENSITIVE)
    if not isinstance(root, (*_READ_ROOTS, exp.Update, exp.Insert, exp.Merge, exp.Delete, exp.Copy)):
        found.append(unknown("sql.root", "the statement is not one that is known to read"))
    worst = max(
        found, key=lambda reading: reading.effect.value, default=Reading(Effect.OBSERVE, "sql.select")
    )
    for reading in found:
        flags |= reading.flags
    return Reading(worst.effect, worst.rule, worst.sentence, frozenset(flags))


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


def _function(node: exp.Func, dialect: str) -> Reading | None:
    """What calling this function does; None if it is known to be harmless."""
    if isinstance(node, exp.Anonymous):
        name = (node.this if isinstance(node.this, str) else node.name).lower()
    elif isinstance(node, (exp.And, exp.Or, exp.Xor, exp.Cast, exp.Case, exp.Array, exp.Exists)):
        return None
    else:
        name = node.sql_name().lower()
        if name.startswith("read_") or isinstance(node, exp.NextValueFor):
            return unknown("sql.function", f"calls {name}, which is not known to be harmless")
        if _named(name) is None and not isinstance(node, exp.AnonymousAggFunc):
            return None  # sqlglot models only functions of the language itself, and they compute
    named = _named(name)
    if named is not None:
        if named.effect is Effect.OBSERVE and not named.flags:
            return None
        return Reading(named.effect, f"sql.function.{name}", named.sentence, named.flags)
    if name in _catalogue() or (dialect != "postgres" and name in _MYSQL_HARMLESS):
        return None
    if name.startswith("pg_stat_get_") or (
        name in _MYSQL_HARMLESS and dialect == "postgres" and name in ("if", "ifnull")
    ):
        return None
    return unknown("sql.function", f"calls {name}, which is not known to be harmless")


def _named(name: str) -> _Named | None:
    return _FUNCTIONS.get(name.rpartition(".")[2])


_PSQL_LOOKS = re.compile(
    r"\\(?:d[A-Za-z]*\+?S?|l\+?|x|timing|conninfo|encoding|z|sf\+?|sv\+?|h|\?|echo|qecho|warn|pset|a|t|H|f|C|errverbose|q|df\+?|dt\+?|set|unset|prompt|if|elif|else|endif|p|r|w?arn)(?:\s.*)?$",
    re.S,
)
_PSQL_CONTEXT = re.compile(r"\\(?:c|connect|cd|setenv)\b")


def _psql_meta(text: str) -> Reading:
    """A backslash command of psql."""
    if re.match(r"\\!|\\(?:copy|o|w|i|ir|include|g|s)\b.*\b(?:program\b|\|)", text, re.I) or text.startswith(
        ("\\!", "\\i", "\\ir", "\\o", "\\w")
    ):
        return unknown("psql.meta", f"`{text[:40]}` runs or writes something that is not read here")
    if re.match(r"\\copy\b", text, re.I):
        reads = re.search(r"\bto\b\s+(?:stdout|pstdout|'[^']*'|\S+)", text, re.I)
        writes = re.search(r"\bfrom\b\s+(?:stdin|pstdin|'[^']*'|\S+)(?:\s|$)", text, re.I)
        query = re.match(r"\\copy\s*\((?P<query>.*)\)\s*to\b", text, re.I | re.S)
        if query:
            inner = _body(query["query"], "postgres")
            return Reading(
                inner.effect, inner.rule, inner.sentence, inner.flags | {Flag.LOCAL, Flag.SENSITIVE}
            )
        if writes and not reads:
            return Reading(Effect.CHANGE, "psql.copy.from", "loads rows into a table")
        if reads:
            return Reading(Effect.OBSERVE, "psql.copy.to", flags=frozenset({Flag.LOCAL, Flag.SENSITIVE}))
        return unknown("psql.copy", "a \\copy that cannot be read")
    if re.match(r"\\password\b", text):
        return Reading(Effect.DESTROY, "psql.password", "sets a password")
    if _PSQL_CONTEXT.match(text):
        return Reading(Effect.OBSERVE, "psql.connect", flags=_CONTEXT)
    if _PSQL_LOOKS.match(text) and "`" not in text:
        return Reading(Effect.OBSERVE, "psql.look")
    return unknown("psql.meta", f"the meta-command {text[:20]} is not known")


def _sqlite_meta(text: str) -> Reading:
    """A dot command of sqlite3."""
    word = text.split(maxsplit=1)[0].lower()
    if word in (
        ".tables",
        ".schema",
        ".indices",
        ".indexes",
        ".databases",
        ".dbinfo",
        ".headers",
        ".header",
        ".mode",
        ".show",
        ".help",
        ".quit",
        ".exit",
        ".width",
        ".timer",
        ".fullschema",
        ".stats",
        ".timeout",
        ".print",
        ".lint",
        ".nullvalue",
        ".separator",
        ".eqp",
        ".version",
    ):
        return Reading(Effect.OBSERVE, f"sqlite3{word}")
    if word in (".dump", ".sha3sum"):
        return Reading(Effect.OBSERVE, f"sqlite3{word}", flags=_SENSITIVE)
    if word in (".backup", ".save", ".clone", ".once", ".output", ".excel"):
        target = text.split()[-1].strip("'\"") if len(text.split()) > 1 else ""
        scratch = (
            target.startswith("/tmp/") or re.search(r"backup|bak|dump|\d{4}|" + HOLE, target) is not None
        )
        if "|" in text:
            return unknown(f"sqlite3{word}", "sends output to a program")
        return Reading(
            Effect.OBSERVE if scratch else Effect.CHANGE,
            f"sqlite3{word}",
            "" if scratch else f"writes {target}",
            frozenset({Flag.LOCAL}),
        )
    if word == ".import":
        return (
            Reading(Effect.CHANGE, "sqlite3.import", "loads rows into a table")
            if "|" not in text
            else unknown("sqlite3.import", "reads from a program")
        )
    if word == ".restore":
        return Reading(Effect.DESTROY, "sqlite3.restore", "overwrites the database")
    return unknown("sqlite3.meta", f"the dot command {word[:20]} is not known")
