"""PostgreSQL checks: does it let us in, does it answer, and how many connections are left."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, milliseconds, slower

# Sessions of clients against what is left to them when the reserves are taken off. Who may not see everything
# sees no kind of other people's sessions, only whose they are and on which database.
_CONNECTIONS = """
SELECT count(*) FILTER (WHERE datid IS NOT NULL AND usesysid IS NOT NULL
                          AND coalesce(backend_type, 'client backend') = 'client backend'),
       current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true)::int, 0),
       pg_is_in_recovery()
FROM pg_stat_activity
"""
# Refusals that say something about the check's own settings; the server's language may differ, then it is "down".
_OURS = ("password authentication failed", "no pg_hba.conf entry", "no password supplied", "does not exist")


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """How a PostgreSQL check looks.

    Attributes:
        dsn: URL or key=value connection string of libpq.
        connections_degraded: share of the usable connections from which it counts as degraded.
        degraded_after: slower than this is degraded, or None.
    """

    dsn: str
    connections_degraded: float
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
        connections_degraded=keys.share("connections_degraded", 0.9),
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

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
                _ended_after(connection, trying.left),
            ):
                row = connection.execute(_CONNECTIONS).fetchone()
        except psycopg.Error as error:
            return _failed(place, error, trying, facts)
        if trying.left <= timedelta():
            return Finding(Verdict.DOWN, _late(place, trying), {**facts, "error": "timeout"})
        match row:
            case (int(used), int(most), int(reserved), bool(standby)):
                return _judged(settings, place, trying, facts, (used, most - reserved), standby)
            case _:
                return Finding(Verdict.UNKNOWN, f"{place} gave an answer we cannot read: {row!r}", facts)


def _judged(
    settings: PostgresSettings,
    place: str,
    trying: Attempt,
    facts: dict[str, str],
    connections: tuple[int, int],
    standby: bool,
) -> Finding:
    used, usable = connections
    took = trying.took
    share = used / max(1, usable)
    facts |= {
        "connections_used": str(used),
        "connections_usable": str(usable),
        "connections": f"{share:.0%}",
        "standby": "true" if standby else "false",
    }
    said = f"{place} answered in {milliseconds(took)}, {used} of {usable} connections used"
    if share >= settings.connections_degraded:
        return Finding(Verdict.DEGRADED, said, facts)
    if slower(took, settings.degraded_after):
        return Finding(Verdict.DEGRADED, f"{said}, slower than expected", facts)
    return Finding(Verdict.UP, said, facts)


def _failed(place: str, error: psycopg.Error, trying: Attempt, facts: dict[str, str]) -> Finding:
    if trying.left <= timedelta() or isinstance(error, psycopg.errors.ConnectionTimeout):
        return Finding(Verdict.DOWN, _late(place, trying), {**facts, "error": "timeout"})
    # libpq writes several lines, the last of which names the reason.
    said = " ".join(str(error).split()) or type(error).__name__
    if "too many clients" in said or "remaining connection slots" in said:
        return Finding(
            Verdict.DOWN, f"{place} has no connection left: {said}", {**facts, "error": "connections"}
        )
    if any(words in said for words in _OURS):
        return Finding(Verdict.UNKNOWN, f"could not ask {place}: {said}", {**facts, "error": "login"})
    return Finding(Verdict.DOWN, f"{place}: {said}", {**facts, "error": "connect"})


def _late(place: str, trying: Attempt) -> str:
    return f"{place}: no answer within {milliseconds(trying.spec.timeout)}"


@contextmanager
def _ended_after(connection: "psycopg.Connection[tuple[object, ...]]", left: timedelta) -> Iterator[None]:
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
