"""What a runbook may damage in a Postgres: rows, replication, sessions, indexes, settings, who a database is."""

from dataclasses import dataclass

import msgspec

from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.postgres import Postgres

_TABLES = """\
SELECT coalesce(json_agg(format('%I.%I', schemaname, tablename) ORDER BY 1), '[]')
FROM (SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')) AS t
"""
# Independent of the order of rows, which a restore changes.
_CONTENT = (
    "SELECT count(*) || ' rows, digest ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} AS t"
)
_PAIRS = (
    "SELECT coalesce(json_object_agg(name, value ORDER BY name), '{{}}') FROM ({rows}) AS found (name, value)"
)
_REPLICATION = """\
SELECT application_name, 'process ' || pid || ' since ' || backend_start || ', ' || state FROM pg_stat_replication
"""
_DATABASES = """\
SELECT datname, 'owner ' || pg_get_userbyid(datdba) || ', connections ' || datallowconn || ', access ' || coalesce(datacl::text, 'default')
       || ', settings ' || coalesce((SELECT string_agg(coalesce(rolname, 'all') || ' ' || array_to_string(setconfig, ' '), '; ' ORDER BY rolname)
          FROM pg_db_role_setting LEFT JOIN pg_roles ON pg_roles.oid = setrole WHERE setdatabase = pg_database.oid), 'none')
FROM pg_database WHERE NOT datistemplate
"""
_SETTINGS = """\
SELECT name, setting || CASE WHEN pending_restart THEN ', something else after a restart' ELSE '' END FROM pg_settings
WHERE source NOT IN ('default', 'override', 'client', 'session', 'command line', 'environment variable') OR pending_restart
UNION ALL
SELECT 'written ' || name, setting FROM pg_file_settings WHERE sourcefile LIKE '%/postgresql.auto.conf'
"""
_SESSIONS = """\
SELECT coalesce(json_agg(json_build_object('pid', pid, 'kind', backend_type, 'application', application_name,
       'role', coalesce(usename, ''), 'database', coalesce(datname, ''), 'started', backend_start::text)), '[]')
FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender')
"""
_BLOCKED = """\
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND cardinality(pg_blocking_pids(pid)) > 0
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One client or replica, as the server knows it. The start tells a new one with an old number apart."""

    pid: int
    kind: str
    application: str
    role: str
    database: str
    started: str


def contents(server: Postgres, database: str) -> Oracles:
    """Every table of a database: how many rows, and a digest of all of them. Raises TocsinError."""
    tables = msgspec.json.decode(server.query(_TABLES, database), type=list[str])
    if not tables:
        return {}
    counted = server.query(" UNION ALL ".join(_named(table) for table in tables), database)
    lines = (line.partition("|") for line in counted.splitlines())
    return {f"postgres.{database}.{table}": found for table, _, found in lines}


def newer(server: Postgres, database: str, table: str, column: str, moment: str) -> int:
    """Rows that came after a moment, as of a backup: a restore loses them. Raises TocsinError.

    Args:
        moment: as Postgres reads it: "2025-01-20 03:00Z".
    """
    quoted = moment.replace("'", "''")
    # The names are the scenario's own, never a person's.
    return int(server.query(f"SELECT count(*) FROM {table} WHERE {column} > '{quoted}'", database))  # noqa: S608


def replication(server: Postgres) -> Oracles:
    """Every replica by name: the same process since the same moment is the same replica. Raises TocsinError."""
    return _pairs(server, "postgres.replication", _REPLICATION)


def databases(server: Postgres) -> Oracles:
    """Every database: owner, whether it may be entered, access list, its own settings. Raises TocsinError."""
    return _pairs(server, "postgres.database", _DATABASES)


def settings(server: Postgres) -> Oracles:
    """Settings that somebody changed, and those that wait for a restart. Raises TocsinError."""
    return _pairs(server, "postgres.setting", _SETTINGS)


def indexes(server: Postgres, database: str) -> Oracles:
    """Every index, and whether it is valid: a failed CREATE INDEX CONCURRENTLY leaves one that is not."""
    rows = """SELECT indexrelid::regclass::text, CASE WHEN indisvalid THEN 'valid' ELSE 'INVALID' END
              FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
              WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)"""
    return _pairs(server, f"postgres.{database}.index", rows, database)


def sessions(server: Postgres) -> frozenset[Session]:
    """Who is connected at this moment, without the sandbox itself. Raises TocsinError."""
    found = msgspec.json.decode(server.query(_SESSIONS), type=list[Session])
    return frozenset(one for one in found if one.application != "tocsin-sandbox")


def ended(before: frozenset[Session], after: frozenset[Session]) -> dict[str, int]:
    """Sessions that are gone, counted by kind and application: "walsender replica-1" → 1."""
    counted: dict[str, int] = {}
    for one in before - after:
        name = f"{one.kind} {one.application}".strip()
        counted[name] = counted.get(name, 0) + 1
    return counted


def waiting(server: Postgres) -> int:
    """Clients that wait for a lock another one holds. Raises TocsinError."""
    return int(server.query(_BLOCKED))


def _named(table: str) -> str:
    quoted = table.replace("'", "''")
    return f"SELECT '{quoted}', ({_CONTENT.format(table=table)})"


def _pairs(server: Postgres, prefix: str, rows: str, database: str = "postgres") -> Oracles:
    answer = server.query(_PAIRS.format(rows=rows), database)
    found = msgspec.json.decode(answer, type=dict[str, str | None])
    return {f"{prefix}.{name}": value or "" for name, value in found.items()}
