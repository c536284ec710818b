"""SQL checks: a rule about the business in one reading statement ("failed webhooks in the last hour: fewer than 5").

The statement is judged like any of a runbook, runs in a read-only transaction, and ends with its time limit.
"""

import decimal
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.effects.judge import judge
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds
from tocsin.probe.limit import Limit, Measure, count_limit, judged, plain
from tocsin.probe.lookups import Lookups
from tocsin.probe.postgres import ended_after, login_finding

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SqlSettings:
    """What is asked, and what the first column of the first row must be.

    Attributes:
        dsn: URL or key=value connection string of libpq.
        query: one statement that only reads.
        equals: the text it must be, or None.
        above, below: limits of the number; `above_down = 5` is down at 5 and more, `below_down = 1` at 1 and less.
        empty: what no row at all means.
    """

    dsn: str
    query: str
    equals: str | None
    above: Limit
    below: Limit
    empty: Verdict

    @property
    def place(self) -> str:
        """Host, port and database, without the user's password."""
        parts = conninfo_to_dict(self.dsn)
        host, port = parts.get("host") or "local socket", parts.get("port") or "5432"
        return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


def sql_settings(spec: CheckSpec) -> SqlSettings:
    """Read the settings of a SQL check. Raises ConfigError, also for a statement that does more than read."""
    keys = Keys(check_name(spec), spec.settings)
    empty = keys.text_or_none("empty") or Verdict.UNKNOWN.value
    if empty not in [each.value for each in Verdict]:
        raise keys.wrong("empty", f"must be up, degraded, down or unknown, not {empty!r}")
    settings = SqlSettings(
        dsn=keys.text("dsn"),
        query=keys.text("query"),
        equals=keys.text_or_none("equals"),
        above=count_limit(keys, "above"),
        below=count_limit(keys, "below", falling=True),
        empty=Verdict(empty),
    )
    keys.done()
    limits = (settings.above.degraded, settings.above.down, settings.below.degraded, settings.below.down)
    if settings.equals is None and all(limit is None for limit in limits):
        raise keys.wrong(
            "above_down", "or another expectation is missing; without one this check finds nothing"
        )
    try:
        conninfo_to_dict(settings.dsn)
    except psycopg.Error as error:
        raise keys.wrong("dsn", "is not a connection string of PostgreSQL") from error
    judgement = judge(settings.query, "sql")
    if not judgement.runs_by_itself:
        reason = judgement.reasons[0].sentence if judgement.reasons else "it is not known"
        raise keys.wrong("query", f"may only read, and this one is judged {judgement.effect.word}: {reason}")
    return settings


class SqlProber:
    """Takes samples of SQL checks."""

    def __init__(self, clock: Clock, lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        sql_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One statement in a read-only transaction."""
        return attempt(spec, self._clock, lambda trying: _look(trying, self._lookups))


def _look(trying: Attempt, lookups: Lookups) -> Finding:
    settings = sql_settings(trying.spec)
    place = f"PostgreSQL {settings.place}"
    facts = {"target": settings.place}
    within = max(2, round(trying.left.total_seconds()))
    try:
        with (
            psycopg.connect(
                settings.dsn, connect_timeout=within, application_name="tocsin", autocommit=False
            ) as connection,
            ended_after(connection, trying.left),
        ):
            connection.read_only = True
            # Server-side, so that a statement does not go on when we have long given up.
            limit = max(1, round(trying.left.total_seconds() * 1000))
            connection.execute(f"SET LOCAL statement_timeout = {limit:d}")
            row = connection.execute(settings.query.encode("utf-8")).fetchone()
    except (
        psycopg.errors.SyntaxError,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ReadOnlySqlTransaction,
    ) as error:
        said = f"could not ask {place}: {' '.join(str(error).split())}"
        return Finding(Verdict.UNKNOWN, said, {**facts, "error": "query"})
    except psycopg.errors.QueryCanceled:
        said = f"{place}: no answer within {milliseconds(trying.spec.timeout)}"
        return Finding(Verdict.UNKNOWN, said, {**facts, "error": "timeout"})
    except psycopg.Error as error:
        return login_finding(place, error, trying, facts, lookups)
    if row is None:
        return Finding(settings.empty, f"{place}: the statement has no row", facts | {"value": ""})
    return _judged(settings, place, row[0], facts)


def _judged(settings: SqlSettings, place: str, value: object, facts: dict[str, str]) -> Finding:
    text, number = _read(value)
    facts = {**facts, "value": text[:_SHOWN]}
    said = f"{place}: {text[:_SHOWN]}"
    if settings.equals is not None and text != settings.equals:
        return Finding(Verdict.DOWN, f"{said}, not {settings.equals}", {**facts, "error": "answer"})
    if number is None:
        if any(_set(limit) for limit in (settings.above, settings.below)):
            return Finding(Verdict.UNKNOWN, f"{said} is no number", {**facts, "error": "answer"})
        return Finding(Verdict.UP, said, facts)
    return judged(
        f"{place}: {plain(number)}", facts, (Measure(settings.above, number), Measure(settings.below, number))
    )


def _set(limit: Limit) -> bool:
    return limit.degraded is not None or limit.down is not None


def _read(value: object) -> tuple[str, float | None]:
    """A value as text, and as a number if it is one; a duration counts in seconds."""
    match value:
        case None:
            return "null", None
        case bool(truth):
            return ("true" if truth else "false"), None
        case int() | float() | decimal.Decimal():
            return str(value), float(value)
        case timedelta():
            return str(value), value.total_seconds()
        case datetime():
            return value.isoformat(), None
        case _:
            return str(value), None
