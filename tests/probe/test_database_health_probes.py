"""What holds a real PostgreSQL or Redis up: long queries, locks, deadlocks, read-only, evictions, refused clients, replicas."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.notes import Notes
from tocsin.probe.registry import Probers
from tocsin.sandbox.redis import Redis
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until_ready
from tocsin.sandbox.tools import Tools

Deadline = Callable[..., Any]
NAME = CheckName("it")


class Bench:
    """One check, probed again and again by the same prober, so that counters are remembered."""

    def __init__(self, kind: str, **settings: object) -> None:
        self._probers = Probers(SystemClock(), variables={})
        self._spec = CheckSpec(NAME, kind, settings, timeout=timedelta(seconds=20))
        self._probers.validate(self._spec)

    def look(self) -> Sample:
        return self._probers.probe(self._spec)


# --- postgres


@contextmanager
def session(url: str, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    """A session that has said some things and stays."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield connection
        connection.rollback()


def test_a_statement_that_runs_too_long_is_seen(postgres: Any, deadline: Deadline) -> None:
    check = Bench("postgres", dsn=postgres.url(), query_degraded="200 ms", query_down="1 h")
    assert check.look().verdict is Verdict.UP
    with psycopg.connect(postgres.url()) as slow:
        pid = slow.info.backend_pid

        def ask() -> None:
            with suppress(psycopg.Error):
                slow.execute("SELECT pg_sleep(600)")

        asking = threading.Thread(target=ask)
        asking.start()
        seen = deadline(
            lambda: (s := check.look()).verdict is Verdict.DEGRADED and s, what="the long query is seen"
        )
        assert seen.facts["over"] == "query"
        assert "limit 200 ms" in seen.message
        with psycopg.connect(postgres.url()) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
        asking.join()


def test_a_forgotten_transaction_and_who_waits_for_it_are_seen(postgres: Any, deadline: Deadline) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS t")
        admin.execute("CREATE TABLE t (id int PRIMARY KEY)")
        admin.execute("INSERT INTO t VALUES (1), (2)")
    check = Bench("postgres", dsn=postgres.url(), idle_degraded="10 ms", waiting_down=1)
    with (
        session(postgres.url(), "UPDATE t SET id = 1 WHERE id = 1"),
        psycopg.connect(postgres.url()) as waiter,
    ):
        deadline(lambda: check.look().facts.get("over") == "idle", what="the idle transaction is seen")

        def ask() -> None:
            with suppress(psycopg.Error):
                waiter.execute("UPDATE t SET id = 1 WHERE id = 1")

        asking = threading.Thread(target=ask)
        asking.start()
        seen = deadline(lambda: (s := check.look()).verdict is Verdict.DOWN and s, what="the lock is seen")
        assert seen.facts["waiting_for_locks"] == "1"
        with psycopg.connect(postgres.url()) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (waiter.info.backend_pid,))
        asking.join()


def test_a_deadlock_is_counted_within_the_window(postgres: Any, deadline: Deadline) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS t")
        admin.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        admin.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
    check = Bench("postgres", dsn=postgres.url(), deadlocks_degraded=1)
    assert "deadlocks" not in check.look().facts
    assert check.look().facts["deadlocks"] == "0"
    both = threading.Barrier(2)

    def cross(first: int, second: int) -> None:
        with suppress(psycopg.errors.DeadlockDetected), psycopg.connect(postgres.url()) as connection:
            connection.execute("UPDATE t SET n = n + 1 WHERE id = %s", (first,))
            both.wait()
            connection.execute("UPDATE t SET n = n + 1 WHERE id = %s", (second,))

    pair = [threading.Thread(target=cross, args=ids) for ids in ((1, 2), (2, 1))]
    for each in pair:
        each.start()
    for each in pair:
        each.join()
    seen = deadline(
        lambda: (s := check.look()).verdict is Verdict.DEGRADED and s, what="the deadlock is counted"
    )
    assert seen.facts["over"] == "deadlocks"


def test_a_database_made_read_only_is_down_where_writes_are_expected(postgres: Any) -> None:
    url = postgres.create_database("frozen")
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("ALTER DATABASE frozen SET default_transaction_read_only = on")
    assert Bench("postgres", dsn=url).look().verdict is Verdict.UP
    sample = Bench("postgres", dsn=url, writable=True).look()
    assert (sample.verdict, sample.facts["read_only"]) == (Verdict.DOWN, "true")
    assert Bench("postgres", dsn=postgres.url(), writable=True).look().verdict is Verdict.UP


def test_what_a_role_may_not_see_is_unknown_and_not_up(postgres: Any) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS blind")
        admin.execute("CREATE ROLE blind LOGIN PASSWORD 'blind-password'")
    blind = postgres.url().replace(f"postgres:{postgres.password}", "blind:blind-password")
    sample = Bench("postgres", dsn=blind, query_degraded="1 h").look()
    assert sample.verdict is Verdict.UNKNOWN
    assert "pg_monitor" in sample.message
    assert Bench("postgres", dsn=blind).look().verdict is Verdict.UP


def test_a_server_without_its_replica_is_seen(postgres: Any) -> None:
    sample = Bench("postgres", dsn=postgres.url(), replicas_degraded=0).look()
    assert (sample.verdict, sample.facts["replicas"]) == (Verdict.DEGRADED, "0")


# --- a rule in SQL


@pytest.fixture
def webhooks(postgres: Any) -> str:
    """The seed's table, with three failures in the last hour and many before."""
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS stripe_webhook_events")
        admin.execute("CREATE TABLE stripe_webhook_events (status text, created_at timestamptz)")
        admin.execute(
            "INSERT INTO stripe_webhook_events SELECT 'failed', now() - interval '5 minutes' FROM generate_series(1, 3) "
            "UNION ALL SELECT 'failed', now() - interval '2 hours' FROM generate_series(1, 50)"
        )
    return str(postgres.url())


FAILED = "SELECT count(*) FROM stripe_webhook_events WHERE status = 'failed' AND created_at > now() - interval '1 hour'"


def test_failed_webhooks_per_hour_are_judged_by_their_number(webhooks: str) -> None:
    def judged(**limits: object) -> Sample:
        return Bench("sql", dsn=webhooks, query=FAILED, **limits).look()

    assert judged(above_down=4).verdict is Verdict.UP
    assert judged(above_degraded=3, above_down=10).verdict is Verdict.DEGRADED
    down = judged(above_down=3)
    assert (down.verdict, down.facts["value"]) == (Verdict.DOWN, "3")
    assert judged(below_down=3).verdict is Verdict.DOWN
    assert judged(equals="3").verdict is Verdict.UP
    assert judged(equals="0").verdict is Verdict.DOWN


def test_no_row_and_no_number_are_what_the_team_says(webhooks: str) -> None:
    nothing = "SELECT status FROM stripe_webhook_events WHERE status = 'received'"
    assert Bench("sql", dsn=webhooks, query=nothing, equals="x").look().verdict is Verdict.UNKNOWN
    assert Bench("sql", dsn=webhooks, query=nothing, equals="x", empty="up").look().verdict is Verdict.UP
    word = "SELECT status FROM stripe_webhook_events LIMIT 1"
    assert Bench("sql", dsn=webhooks, query=word, above_down=1).look().verdict is Verdict.UNKNOWN


def test_a_table_that_is_not_there_is_our_trouble(postgres: Any) -> None:
    sample = Bench("sql", dsn=postgres.url(), query="SELECT count(*) FROM nowhere", above_down=1).look()
    assert (sample.verdict, sample.facts["error"]) == (Verdict.UNKNOWN, "query")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM stripe_webhook_events",
        "SELECT pg_terminate_backend(1)",
        "SELECT 1; DROP TABLE stripe_webhook_events",
        "WITH gone AS (DELETE FROM t RETURNING 1) SELECT count(*) FROM gone",
    ],
)
def test_a_statement_that_does_more_than_read_is_refused(query: str) -> None:
    with pytest.raises(ConfigError, match="may only read"):
        Bench("sql", dsn="postgresql://localhost/x", query=query, above_down=1)


def test_a_rule_without_an_expectation_is_refused() -> None:
    with pytest.raises(ConfigError, match="without one this check finds nothing"):
        Bench("sql", dsn="postgresql://localhost/x", query="SELECT 1")


# --- redis


@pytest.fixture
def settings_kept(redis: Redis) -> Iterator[Redis]:
    """Redis with its settings and data as they were afterwards."""
    kept = {name: redis.setting(name) for name in ("maxmemory", "maxmemory-policy", "maxclients")}
    yield redis
    for name, value in kept.items():
        redis.ask("CONFIG", "SET", name, value)
    redis.ask("FLUSHALL")


def test_evictions_are_counted_within_the_window(settings_kept: Redis) -> None:
    redis = settings_kept
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    check = Bench("redis", port=redis.port, evictions_degraded=1)
    assert check.look().verdict is Verdict.UP
    for number in range(200):
        redis.ask("SET", f"key:{number}", "x" * 100_000)
    seen = check.look()
    assert (seen.verdict, seen.facts["over"]) == (Verdict.DEGRADED, "evictions")
    assert int(seen.facts["evicted_keys"]) > 0


def test_evictions_while_tocsin_was_away_are_not_forgotten(settings_kept: Redis) -> None:
    redis = settings_kept
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    spec = CheckSpec(NAME, "redis", {"port": redis.port, "evictions_degraded": 1})
    notes = Notes()
    assert Probers(SystemClock(), variables={}, notes=notes).probe(spec).verdict is Verdict.UP
    for number in range(200):
        redis.ask("SET", f"away:{number}", "x" * 100_000)
    seen = Probers(SystemClock(), variables={}, notes=notes).probe(spec)
    assert (seen.verdict, seen.facts["over"]) == (Verdict.DEGRADED, "evictions")


def test_refused_clients_are_counted(settings_kept: Redis, deadline: Deadline) -> None:
    redis = settings_kept
    check = Bench("redis", port=redis.port)
    assert check.look().verdict is Verdict.UP
    redis.ask("CONFIG", "SET", "maxclients", "3")
    crowd = [socket.create_connection(("127.0.0.1", redis.port), timeout=10) for _ in range(8)]
    for each in crowd:
        each.close()
    seen = deadline(
        lambda: (s := check.look()).facts.get("over") == "rejected" and s, what="refused clients are counted"
    )
    assert seen.verdict is Verdict.DEGRADED


def test_another_policy_and_another_role_than_expected_are_seen(redis: Redis) -> None:
    other = Bench("redis", port=redis.port, policy="allkeys-lru").look()
    assert other.verdict is Verdict.DEGRADED
    assert "its eviction policy is noeviction" in other.message
    assert Bench("redis", port=redis.port, role="replica").look().verdict is Verdict.DOWN
    assert Bench("redis", port=redis.port, role="master", policy="noeviction").look().verdict is Verdict.UP


def test_a_replica_is_seen_on_both_sides_and_so_is_its_loss(
    redis: Redis, tools: Tools, tmp_path_factory: pytest.TempPathFactory, deadline: Deadline
) -> None:
    room = Scratch.make(tmp_path_factory.mktemp("replica"))
    try:
        replica = Redis(room, tools.redis_server, port=room.free_port(), maxmemory="8mb", policy="noeviction")
        replica.start()
        wait_until_ready(replica)
        replica.ask("REPLICAOF", "127.0.0.1", str(redis.port))
        master, slave = (
            Bench("redis", port=redis.port, replicas_degraded=0),
            Bench("redis", port=replica.port, role="replica", lag_degraded="1 h"),
        )
        deadline(lambda: slave.look().verdict is Verdict.UP, what="the replica follows")
        deadline(lambda: master.look().verdict is Verdict.UP, what="the master sees it")
        replica.ask("REPLICAOF", "127.0.0.1", "1")
        deadline(lambda: slave.look().verdict is Verdict.DEGRADED, what="the link is down")
        replica.stop()
        seen = deadline(lambda: (s := master.look()).verdict is Verdict.DEGRADED and s, what="it is missed")
        assert seen.facts["connected_slaves"] == "0"
    finally:
        room.end()
