"""TCP, Redis and PostgreSQL checks against the real thing, and against sockets that misbehave."""

import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.lookups import Lookups
from tocsin.probe.postgres import PostgresProber
from tocsin.probe.redis import RedisProber
from tocsin.probe.registry import Prober
from tocsin.probe.resp import Refusal, encode, read_reply
from tocsin.probe.sql import SqlProber
from tocsin.probe.tcp import TcpProber

CLOCK = SystemClock()
PROBERS: dict[str, Prober] = {
    "tcp": TcpProber(CLOCK),
    "redis": RedisProber(CLOCK),
    "postgres": PostgresProber(CLOCK),
}


def probe(kind: str, timeout: timedelta = timedelta(minutes=2), **settings: object) -> Sample:
    return PROBERS[kind].probe(CheckSpec(CheckName("it"), kind, settings, timeout=timeout))


# --- tcp


def test_an_open_port_is_up(redis: Any) -> None:
    sample = probe("tcp", host="127.0.0.1", port=redis.port)
    assert (sample.verdict, sample.facts["address"]) == (Verdict.UP, "127.0.0.1")


def test_what_the_other_side_says_can_be_expected(redis: Any) -> None:
    assert (
        probe("tcp", host="127.0.0.1", port=redis.port, send="PING\r\n", expect="+PONG").verdict is Verdict.UP
    )
    wrong = probe("tcp", host="127.0.0.1", port=redis.port, send="NONSENSE\r\nQUIT\r\n", expect="+PONG")
    assert wrong.verdict is Verdict.DOWN
    assert "unknown command" in wrong.message


@pytest.mark.parametrize("kind", ["tcp", "redis"])
def test_nobody_there_is_down(kind: str, closed_port: int) -> None:
    sample = probe(kind, host="127.0.0.1", port=closed_port)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "connect")
    assert "connection refused" in sample.message


@pytest.mark.parametrize("kind", [TcpProber, RedisProber])
def test_a_name_that_does_not_exist_is_down(kind: type[TcpProber] | type[RedisProber]) -> None:
    prober = kind(CLOCK, Lookups(CLOCK, lambda host: True))
    sample = prober.probe(CheckSpec(CheckName("it"), "tcp", {"host": "name.invalid", "port": 1}))
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "dns")


def test_an_answer_that_comes_too_slowly_is_down_in_time(rude: Any) -> None:
    # The word would be whole after minutes, so that no pause of ours brings it in time.
    server = rude(b"wel", *[b"c"] * 3000, b"come", pause=0.1)
    sample = probe("tcp", timedelta(milliseconds=500), host="127.0.0.1", port=server.port, expect="welcome")
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")


# --- redis


def fill(redis: Any) -> None:
    """Write until the server refuses."""
    for size in (100_000, 1_000, 1):
        number = 0
        while not isinstance(redis.ask("SET", f"fill:{size}:{number}", "x" * size), str):
            number += 1


@pytest.fixture
def full(redis: Any) -> Any:
    redis.ask("FLUSHALL")
    fill(redis)
    yield redis
    redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    redis.ask("FLUSHALL")


def test_a_healthy_redis_is_up_with_its_memory(redis: Any) -> None:
    sample = probe("redis", port=redis.port, write_probe=True)
    assert sample.verdict is Verdict.UP
    assert sample.facts["maxmemory"] == str(8 * 1024 * 1024)
    assert sample.facts["maxmemory_policy"] == "noeviction"
    assert sample.facts["oom"] == "false"
    assert 0 < int(sample.facts["used_memory"]) < 8 * 1024 * 1024


def test_the_write_probe_leaves_nothing_behind(redis: Any) -> None:
    redis.ask("FLUSHALL")
    before = redis.ask("INFO", "commandstats")
    assert probe("redis", port=redis.port, write_probe=True).verdict is Verdict.UP
    assert redis.ask("DBSIZE") == 0
    assert "cmdstat_set" in str(redis.ask("INFO", "commandstats"))
    assert before is not None


def test_without_the_write_probe_nothing_is_written(redis: Any) -> None:
    redis.ask("CONFIG", "RESETSTAT")
    probe("redis", port=redis.port)
    assert "cmdstat_set:" not in str(redis.ask("INFO", "commandstats"))


def test_a_full_redis_that_refuses_writes_is_down_in_its_own_words(full: Any) -> None:
    sample = probe("redis", port=full.port, write_probe=True)
    assert sample.verdict is Verdict.DOWN
    assert sample.facts["oom"] == "true"
    assert sample.message == (
        f"Redis 127.0.0.1:{full.port} refuses writes: OOM command not allowed when used memory > 'maxmemory'."
    )


def test_a_full_redis_nobody_wrote_to_is_degraded(full: Any) -> None:
    sample = probe("redis", port=full.port)
    assert sample.verdict is Verdict.DEGRADED
    assert "(noeviction)" in sample.message


def test_with_an_eviction_policy_a_full_redis_takes_writes_again(full: Any) -> None:
    full.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    assert probe("redis", port=full.port, write_probe=True).verdict is Verdict.UP


def test_a_redis_that_wants_a_password_we_lack_is_unknown(redis: Any) -> None:
    redis.ask("CONFIG", "SET", "requirepass", "correct-horse")
    try:
        without = probe("redis", port=redis.port)
        wrong = probe("redis", port=redis.port, password="guess")
        right = probe("redis", port=redis.port, password="correct-horse", database=3, write_probe=True)
        named = probe("redis", port=redis.port, user="default", password="correct-horse")
    finally:
        probe("tcp", host="127.0.0.1", port=redis.port,
              send="AUTH correct-horse\r\nCONFIG SET requirepass \"\"\r\nQUIT\r\n", expect="+OK\r\n+OK\r\n+OK")  # fmt: skip
    assert (without.verdict, without.facts["error"]) == (Verdict.UNKNOWN, "noauth")
    assert (wrong.verdict, wrong.facts["error"]) == (Verdict.UNKNOWN, "wrongpass")
    assert (right.verdict, named.verdict) == (Verdict.UP, Verdict.UP)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"+PO",),
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"$99999999999\r\n",),
        (b"*x\r\n",),
        (b":" + b"1" * 70000,),
    ],
)
def test_an_answer_that_is_torn_or_not_redis_is_down(rude: Any, pieces: tuple[bytes, ...]) -> None:
    sample = probe("redis", port=rude(*pieces).port)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "torn")


def test_a_redis_that_is_loading_is_down(rude: Any) -> None:
    server = rude(b"-LOADING Redis is loading the dataset in memory\r\n")
    sample = probe("redis", port=server.port)
    assert sample.verdict is Verdict.DOWN
    assert sample.message.endswith("refuses PING: LOADING Redis is loading the dataset in memory")


def test_a_silent_redis_is_down_in_time(rude: Any) -> None:
    sample = probe("redis", timedelta(milliseconds=200), port=rude(hang_up=False).port)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")


class Canned:
    """A stream that holds an answer already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def line(self) -> bytes:
        if b"\n" not in self._data:
            raise ConnectionError("end")
        line, _, self._data = self._data.partition(b"\n")
        return line.removesuffix(b"\r")

    def exactly(self, count: int) -> bytes:
        if len(self._data) < count:
            raise ConnectionError("end")
        data, self._data = self._data[:count], self._data[count:]
        return data


words = st.lists(st.text(), min_size=1, max_size=5)


@given(words)
def test_what_we_send_reads_back_as_the_same_words(spoken: list[str]) -> None:
    said = [word.encode("utf-8", "replace").decode() for word in spoken]
    assert read_reply(Canned(encode(*said))) == said  # type: ignore[arg-type]  # only line and exactly are used


@given(st.binary(max_size=60))
@settings(max_examples=300)
def test_no_answer_whatever_breaks_the_reader(data: bytes) -> None:
    with suppress(ConnectionError):
        read_reply(Canned(data))  # type: ignore[arg-type]  # only line and exactly are used
    assert Refusal("OOM command").code == "OOM"


# --- postgres


def test_a_healthy_postgres_is_up_with_its_connections(postgres: Any) -> None:
    sample = probe("postgres", dsn=postgres.url())
    assert sample.verdict is Verdict.UP
    assert sample.facts["connections_usable"] == "5"
    assert sample.facts["standby"] == "false"
    assert postgres.password not in f"{sample}"


def test_nearly_all_connections_used_is_degraded_and_none_left_is_down(
    postgres: Any, deadline: Callable[..., Any]
) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE app LOGIN PASSWORD 'app-password'")
        as_app = postgres.url().replace(f"postgres:{postgres.password}", "app:app-password")
        with ExitStack() as stack:

            def one_more() -> bool:
                # A session that was just left keeps its slot until its server process has ended.
                try:
                    stack.enter_context(psycopg.connect(as_app))
                except psycopg.OperationalError:
                    return False
                return True

            for _ in range(3):
                deadline(one_more, what="a free slot")
            # A session that still ends takes the last slot from whoever looks.
            nearly = deadline(
                lambda: (s := probe("postgres", dsn=as_app)).facts.get("connections") == "100%" and s,
                what="all that it may use are used",
            )
            deadline(one_more, what="the last free slot")
            none_left = deadline(
                lambda: (s := probe("postgres", dsn=as_app)).verdict is Verdict.DOWN and s,
                what="no connection left",
            )
    assert (nearly.verdict, nearly.facts["connections"]) == (Verdict.DEGRADED, "100%")
    assert none_left.facts["error"] == "connections"
    assert "remaining connection slots" in none_left.message


def test_a_wrong_password_is_our_trouble(postgres: Any) -> None:
    sample = probe("postgres", dsn=postgres.url().replace(postgres.password, "guess"))
    assert (sample.verdict, sample.facts["error"]) == (Verdict.UNKNOWN, "login")
    assert probe("postgres", dsn=postgres.url("nowhere")).verdict is Verdict.UNKNOWN


def test_a_closed_port_is_down_without_a_password_in_the_message(closed_port: int) -> None:
    sample = probe("postgres", dsn=f"postgresql://app:hunter2@127.0.0.1:{closed_port}/x")
    assert (sample.verdict, sample.facts["target"]) == (Verdict.DOWN, f"127.0.0.1:{closed_port}/x")
    assert "hunter2" not in f"{sample}"


def test_a_frozen_postgres_is_down_in_time(postgres: Any) -> None:
    os.kill(postgres.pid, signal.SIGSTOP)
    try:
        sample = probe("postgres", timedelta(seconds=1), dsn=postgres.url())
    finally:
        os.kill(postgres.pid, signal.SIGCONT)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")


def test_a_session_that_freezes_after_the_login_is_left_in_time(postgres: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def forward_until_ready() -> None:
            client, _ = door.accept()
            with client, socket.create_connection(("127.0.0.1", postgres.port)) as server, suppress(OSError):
                said = b""
                while b"Z\x00\x00\x00\x05" not in said:
                    ready, _, _ = select.select([client, server], [], [])
                    for one in ready:
                        data = one.recv(65536)
                        if not data:
                            return  # on a slow machine the login takes longer than the limit, and the prober has left
                        (server if one is client else client).sendall(data)
                        said += data if one is server else b""
                while client.recv(65536):
                    pass

        thread = threading.Thread(target=forward_until_ready)
        thread.start()
        dsn = postgres.url().replace(f":{postgres.port}/", f":{door.getsockname()[1]}/")
        sample = probe("postgres", timedelta(milliseconds=700), dsn=dsn)
        thread.join()
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "timeout")


# --- settings


@pytest.mark.parametrize(
    ("kind", "settings_", "sentence"),
    [
        ("tcp", {"host": "x"}, "key 'port' is missing"),
        ("tcp", {"host": "x", "port": 70000}, "key 'port' must be a whole number from 1 to 65535, not 70000"),
        ("tcp", {"host": "x", "port": True}, "key 'port' must be a whole number"),
        ("redis", {"prot": 1}, r"unknown key 'prot'\. Did you mean port\?"),
        ("redis", {"write_probe": "yes"}, "key 'write_probe' must be true or false"),
        ("redis", {"memory_degraded": 90}, "key 'memory_degraded' must be a share"),
        ("postgres", {}, "key 'dsn' is missing"),
        ("postgres", {"dsn": "hunter2 is no dsn"}, "key 'dsn' is not a connection string of PostgreSQL"),
    ],
)
def test_wrong_settings_are_named_and_never_a_verdict(
    kind: str, settings_: dict[str, object], sentence: str
) -> None:
    check = CheckSpec(CheckName("it"), kind, settings_)
    with pytest.raises(ConfigError, match=sentence) as caught:
        PROBERS[kind].validate(check)
    assert "hunter2" not in str(caught.value)
    assert PROBERS[kind].probe(check).verdict is Verdict.UNKNOWN


# --- whose fault a lookup is, and a network that is not there


def refused(said: str) -> psycopg.OperationalError:
    return psycopg.OperationalError(said)


UNREACHABLE = (
    'connection is bad: connection to server at "10.0.0.{}", port 5432 failed: Network is unreachable\n\tIs'
)


@pytest.mark.parametrize("kind", [PostgresProber, SqlProber])
@pytest.mark.parametrize(("works", "verdict"), [(True, Verdict.DOWN), (False, Verdict.UNKNOWN)])
@pytest.mark.parametrize(
    "said", ["[Errno -3] Temporary failure in name resolution", "[Errno -4] Non-recoverable failure"]
)
def test_a_host_that_cannot_be_looked_up_is_down_only_if_our_own_name_servers_work(
    kind: type[PostgresProber] | type[SqlProber],
    works: bool,
    verdict: Verdict,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(dsn: str, **more: object) -> object:
        raise refused(f"failed to resolve host 'db.internal': {said}")

    monkeypatch.setattr(psycopg, "connect", connect)
    table = {"dsn": "postgresql://u@db.internal/x", "query": "SELECT 1", "above_down": 1}
    wanted = table if kind is SqlProber else {"dsn": table["dsn"]}
    # No time is left: silent name servers take longer than most limits.
    spec = CheckSpec(CheckName("it"), "it", wanted, timeout=timedelta())
    sample = kind(CLOCK, Lookups(CLOCK, lambda host: works)).probe(spec)
    assert (sample.verdict, sample.facts["error"]) == (verdict, "dns")
    assert ("cut_off" in sample.facts) is not works


@pytest.mark.parametrize("kind", [PostgresProber, SqlProber])
def test_a_database_whose_name_does_not_exist_is_down(kind: type[PostgresProber] | type[SqlProber]) -> None:
    wanted = {"dsn": "postgresql://u@name.invalid/x"}
    more = {"query": "SELECT 1", "above_down": 1} if kind is SqlProber else {}
    spec = CheckSpec(CheckName("it"), "it", wanted | more, timeout=timedelta(seconds=60))
    sample = kind(CLOCK, Lookups(CLOCK, lambda host: True)).probe(spec)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "dns")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (UNREACHABLE.format(1), Verdict.UNKNOWN),
        (f"{UNREACHABLE.format(1)}\nMultiple connection attempts failed. {UNREACHABLE.format(2)}", Verdict.UNKNOWN),
        (f"{UNREACHABLE.format(1)}\n- host: 'b': connection timeout expired", Verdict.DOWN),
        (f"{UNREACHABLE.format(1)}\n- at \"10.0.0.2\", port 5432 failed: Connection refused", Verdict.DOWN),
        ('connection to server at "10.0.0.1", port 5432 failed: No route to host', Verdict.DOWN),
    ],
)  # fmt: skip
def test_a_network_that_is_not_there_for_us_says_nothing_about_a_database(
    said: str, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(dsn: str, **more: object) -> object:
        raise refused(said)

    monkeypatch.setattr(psycopg, "connect", connect)
    sample = probe("postgres", timedelta(seconds=60), dsn="postgresql://u@10.0.0.1/x")
    assert (sample.verdict, "cut_off" in sample.facts) == (verdict, verdict is Verdict.UNKNOWN)


def test_a_refused_connection_is_told_in_two_words(closed_port: int) -> None:
    sample = probe("postgres", dsn=f"postgresql://u@127.0.0.1:{closed_port}/x")
    assert sample.verdict is Verdict.DOWN
    assert sample.message == f"PostgreSQL 127.0.0.1:{closed_port}/x: connection refused"
