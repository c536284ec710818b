"""PostgreSQL checks: does it let us in, does it answer, how many connections are left, what holds it up."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import (
    OUR_WORDS,
    Attempt,
    Finding,
    attempt,
    check_name,
    cut_off_in_words,
    milliseconds,
    slower,
)
from tocsin.probe.counters import Counters
from tocsin.probe.failing import failed
from tocsin.probe.limit import Limit, Measure, count_limit, judged, share_limit, time_limit
from tocsin.probe.lookups import Lookups
from tocsin.probe.notes import Notes

# Sessions of clients against what is left to them when the reserves are taken off. Who may not see everything
# sees no kind of other people's sessions, only whose they are and on which database; `sees_all` says so.
# A standby that nobody streams to has replayed all it received, and is further behind with every second.
_STATE = """
SELECT count(*) FILTER (WHERE datid IS NOT NULL AND usesysid IS NOT NULL
                          AND coalesce(backend_type, 'client backend') = 'client backend')::int AS used,
       current_setting('max_connections')::int AS most,
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
       pg_is_in_recovery() AS standby,
       current_setting('transaction_read_only') = 'on' AS read_only,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
       coalesce(extract(epoch FROM max(clock_timestamp() - query_start) FILTER (
         WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend')), 0)::float AS query,
       coalesce(extract(epoch FROM max(clock_timestamp() - xact_start) FILTER (
         WHERE state LIKE 'idle in transaction%')), 0)::float AS idle,
       count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
       (SELECT coalesce(sum(deadlocks), 0) FROM pg_stat_database)::float AS deadlocks,
       (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')::int AS replicas,
       CASE WHEN pg_is_in_recovery() THEN
         CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                   AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
              ELSE extract(epoch FROM clock_timestamp()
                - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END
       ELSE (SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication) END::float AS lag
FROM pg_stat_activity
"""
# Refusals that say something about the check's own settings; the server's language may differ, then it is "down".
_OURS = ("password authentication failed", "no pg_hba.conf entry", "no password supplied", "does not exist")

# What psycopg says when none of the hosts could be looked up (of several the last one), and libpq of each attempt.
_LOOKUP = re.compile(r"failed to resolve host '(?P<host>[^']*)': \[Errno (?P<number>-?\d+)\] (?P<said>.*)")
_FATAL = re.compile(r"\bFATAL: +")
_REASON = re.compile(r"port \d+ failed: ([^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class State:
    """What the server says about itself; times in seconds. `lag` is None where there is nothing to lag behind."""

    used: int
    most: int
    reserved: int
    standby: bool
    read_only: bool
    sees_all: bool
    query: float
    idle: float
    waiting: int
    deadlocks: float
    replicas: int
    lag: float | None


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """How a PostgreSQL check looks.

    Attributes:
        dsn: URL or key=value connection string of libpq.
        writable: whether a server (or database) that takes no writes is down.
        connections: limits of the used share of the connections clients may have.
        query, idle: of the age of the longest running statement, and of the longest transaction that does nothing.
        waiting: of the sessions that wait for a lock.
        lag, replicas: of what a replica is behind, and of how many stream from this server.
        deadlocks: of their number within `window`.
        degraded_after: slower than this is degraded, or None.
    """

    dsn: str
    writable: bool
    connections: Limit
    query: Limit
    idle: Limit
    waiting: Limit
    lag: Limit
    replicas: Limit
    deadlocks: Limit
    window: timedelta
    degraded_after: timedelta | None

    @property
    def place(self) -> str:
        """Host, port and database, without the user's password."""
        parts = conninfo_to_dict(self.dsn)
        host, port = parts.get("host") or "local socket", parts.get("port") or "5432"
        return f"{host}:{port}/{parts.get('dbname') or parts.get('user') or ''}"


def postgres_settings(spec: CheckSpec) -> PostgresSettings:
    """Read the settings of a PostgreSQL check. Raises ConfigError naming check and key, never the password."""
    keys = Keys(check_name(spec), spec.settings)
    settings = PostgresSettings(
        dsn=keys.text("dsn"),
        writable=keys.flag("writable"),
        connections=share_limit(keys, "connections", degraded=0.9),
        query=time_limit(keys, "query"),
        idle=time_limit(keys, "idle"),
        waiting=count_limit(keys, "waiting"),
        lag=time_limit(keys, "lag"),
        replicas=count_limit(keys, "replicas", falling=True),
        deadlocks=count_limit(keys, "deadlocks"),
        window=keys.duration_or_none("window") or timedelta(minutes=5),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    try:
        conninfo_to_dict(settings.dsn)
    except psycopg.Error as error:
        raise keys.wrong("dsn", "is not a connection string of PostgreSQL") from error
    return settings


class PostgresProber:
    """Takes samples of PostgreSQL checks."""

    def __init__(self, clock: Clock, lookups: Lookups | None = None, notes: Notes | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)
        self._counters = Counters(clock, notes)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        postgres_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One connection and one query."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = postgres_settings(trying.spec)
        place = f"PostgreSQL {settings.place}"
        facts = {"target": settings.place}
        # libpq rounds its own limit up to whole seconds, at least two; the watch below is exact once connected.
        within = max(2, round(trying.left.total_seconds()))
        try:
            with (
                psycopg.connect(
                    settings.dsn, connect_timeout=within, application_name="tocsin", autocommit=True
                ) as connection,
                ended_after(connection, trying.left),
            ):
                state = connection.cursor(row_factory=class_row(State)).execute(_STATE).fetchone()
        except psycopg.Error as error:
            return login_finding(place, error, trying, facts, self._lookups)
        if trying.left <= timedelta():
            return Finding(Verdict.DOWN, _late(place, trying), {**facts, "error": "timeout"})
        if state is None:
            return Finding(Verdict.UNKNOWN, f"{place} gave no answer we can read", facts)
        return self._judged(settings, place, trying, facts, state)

    def _judged(
        self, settings: PostgresSettings, place: str, trying: Attempt, facts: dict[str, str], state: State
    ) -> Finding:
        took = trying.took
        usable = max(1, state.most - state.reserved)
        share = state.used / usable
        measures = [
            Measure(settings.connections, share),
            Measure(settings.query, state.query),
            Measure(settings.idle, state.idle),
            Measure(settings.waiting, state.waiting),
            Measure(settings.replicas, state.replicas),
        ]
        if state.lag is not None:
            measures.append(Measure(settings.lag, state.lag))
        totals = {"deadlocks": state.deadlocks}
        for growth in self._counters.growth(trying.spec, settings.place, totals, settings.window).values():
            facts |= growth.told("deadlocks")
            measures.append(Measure(settings.deadlocks, growth.by))
        facts |= _facts(state, share, usable)
        said = f"{place} answered in {milliseconds(took)}, {state.used} of {usable} connections used"
        if settings.writable and state.read_only:
            why = "a standby" if state.standby else "read-only"
            return Finding(Verdict.DOWN, f"{said}, but it is {why}", {**facts, "error": "read-only"})
        finding = judged(said, facts, measures)
        if finding.verdict is not Verdict.UP:
            return finding
        if not state.sees_all and (hidden := _hidden(settings)):
            why = f"{said}, but {hidden} cannot be seen without the role pg_read_all_stats (or pg_monitor)"
            return Finding(Verdict.UNKNOWN, why, {**facts, "error": "own"})
        if slower(took, settings.degraded_after):
            return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
        return finding


def _facts(state: State, share: float, usable: int) -> dict[str, str]:
    facts = {
        "connections_used": str(state.used),
        "connections_usable": str(usable),
        "connections": f"{share:.0%}",
        "standby": "true" if state.standby else "false",
        "read_only": "true" if state.read_only else "false",
        "longest_query_seconds": f"{state.query:.1f}",
        "idle_in_transaction_seconds": f"{state.idle:.1f}",
        "waiting_for_locks": str(state.waiting),
        "deadlocks_total": f"{state.deadlocks:.0f}",
        "replicas": str(state.replicas),
    }
    return facts | ({} if state.lag is None else {"lag_seconds": f"{state.lag:.1f}"})


def _hidden(settings: PostgresSettings) -> str:
    """What is to be judged but can be seen only by a monitoring role."""
    limits = (settings.query, settings.idle, settings.waiting, settings.lag, settings.replicas)
    return ", ".join(each.name for each in limits if each.degraded is not None or each.down is not None)


def login_finding(
    place: str, error: psycopg.Error, trying: Attempt, facts: dict[str, str], lookups: Lookups
) -> Finding:
    """What a refusal or a broken connection says: about the server, or only about us and our settings."""
    # First of all: name servers that are silent take longer than most time limits, and that is not the server's time.
    lookup = _LOOKUP.match(str(error))
    if lookup is not None:
        failed_lookup = socket.gaierror(int(lookup["number"]), lookup["said"])
        return failed(place, lookup["host"], failed_lookup, trying.spec.timeout, facts, lookups)
    reasons = {reason.rstrip(".") for reason in _REASON.findall(str(error))}
    if reasons and reasons <= OUR_WORDS and "timeout expired" not in str(error):
        said = f"could not ask {place}: {', '.join(sorted(reasons)).lower()}"
        return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own", **cut_off_in_words(reasons)})
    if trying.left <= timedelta() or isinstance(error, psycopg.errors.ConnectionTimeout):
        return Finding(Verdict.DOWN, _late(place, trying), {**facts, "error": "timeout"})
    # libpq writes several lines, the last of which names the reason.
    said = " ".join(str(error).split()) or type(error).__name__
    # And tells host and port again, and asks questions; an alert needs the reason only.
    short = _FATAL.sub("", ", ".join(sorted(reasons))) or said
    if "too many clients" in said or "remaining connection slots" in said:
        return Finding(
            Verdict.DOWN, f"{place} has no connection left: {short}", {**facts, "error": "connections"}
        )
    if any(words in said for words in _OURS):
        return Finding(Verdict.UNKNOWN, f"could not ask {place}: {short}", {**facts, "error": "login"})
    return Finding(Verdict.DOWN, f"{place}: {short[:1].lower()}{short[1:]}", {**facts, "error": "connect"})


def _late(place: str, trying: Attempt) -> str:
    return f"{place}: no answer within {milliseconds(trying.spec.timeout)}"


@contextmanager
def ended_after(connection: "psycopg.Connection[tuple[object, ...]]", left: timedelta) -> Iterator[None]:
    """Ends the connection when the time is over: libpq itself waits for a frozen server for ever."""
    # A descriptor of our own: the connection's may be closed, and its number given away, before we use it.
    watched = socket.socket(fileno=os.dup(connection.fileno()))

    def end() -> None:
        with suppress(OSError):
            watched.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, left.total_seconds()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        watched.close()
