"""Whatever the other side of a check answers, there is one sample, and never is it a fault of ours or a finding made up."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import dns.message
import dns.rrset
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.registry import Probers

LONG = timedelta(seconds=60)
JUNK = st.binary(max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["groups", "totals", "sum(quantity)", "name", "pm2_env", "monit", "memory", "status", "restart_time", "pm_id", "metadata",
                         "generation", "spec", "replicas", "selector", "matchLabels", "items", "conditions", "notAfter", "observedGeneration"])
        | st.text(max_size=4),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


class Other:
    """The other side of a connection: reads a little, answers what it is told to, and hangs up; the same by UDP."""

    def __init__(self) -> None:
        self.answer = b""
        self.datagram = b""
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._tcp.getsockname()[1])
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        for serve in (self._accept, self._receive):
            threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        for each in (self._tcp, self._udp):
            with suppress(
                OSError
            ):  # one that is not connected complains, and whoever waits on it is woken all the same
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(60)
                connection.recv(65536)
                connection.sendall(self.answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
        except OSError:
            return

    def _receive(self) -> None:
        while True:
            try:
                asked, sender = self._udp.recvfrom(65536)
                if not asked:
                    return  # woken because it is over
                # The id is that of the question, so that the rest is read.
                self._udp.sendto(asked[:2] + self.datagram[2:], sender)
            except OSError:
                return


@dataclass(frozen=True)
class Ran:
    """What a program printed."""

    stdout: str
    exit_status: int | None = 0
    stderr: str = ""
    timed_out: bool = False
    error: str | None = None


@pytest.fixture(scope="module")
def other() -> Iterator[Other]:
    made = Other()
    yield made
    made.close()


def look(kind: str, told: Mapping[str, object], printed: str = "") -> Sample:
    """One sample of a check whose programs print this."""
    spec = CheckSpec(CheckName("it"), kind, told, timeout=LONG)
    made = Probers(SystemClock(), run=lambda text, within: Ran(printed), variables={})
    made.validate(spec)
    return made.probe(spec)


def is_one(sample: Sample) -> Sample:
    """A sample that says what the other side did, and can be kept."""
    assert "our own fault" not in sample.message, sample
    assert codec.encode(sample)
    return sample


def http(body: bytes, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)


LISTED = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Contents><Key>{}</Key><LastModified>{}</LastModified><Size>{}</Size></Contents></ListBucketResult>"
)
FIELDS = st.one_of(
    st.sampled_from(["", "a.dump", "2026-11-22T02:00:00.000Z", "2026-11-22", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "12", "-1",
                     "1e9", "9" * 400, "9" * 5_000, "²", "٣"]),
    st.text("0123456789-T:Z+. ", max_size=25),
)  # fmt: skip


@given(
    st.one_of(JUNK, st.tuples(FIELDS, FIELDS, FIELDS).map(lambda each: LISTED.format(*each).encode())),
    st.sampled_from([200, 403, 500]),
)
@example(LISTED.format("a.dump", "soon", "12").encode(), 200)
@example(LISTED.format("a.dump", "2026-11-22T02:00:00.000Z", "large").encode(), 200)
@settings(max_examples=150)
def test_a_listing_of_objects(other: Other, body: bytes, status: int) -> None:
    other.answer = http(body, status)
    told = {"bucket": "b", "endpoint": f"http://127.0.0.1:{other.port}", "access_key": "k", "secret_key": "s"}
    sample = is_one(look("s3", told))
    if b"<Contents>" not in body or status != 200:
        assert sample.verdict is Verdict.UNKNOWN, "what is no listing says nothing about the backups"


@given(st.one_of(JUNK, JSON.map(lambda value: json.dumps(value).encode())), st.sampled_from([200, 401, 502]))
@example(b'{"groups":[{"totals":{"sum(quantity)":1e308}},{"totals":{"sum(quantity)":1e308}}]}', 200)
@settings(max_examples=120)
def test_statistics_of_errors(other: Other, body: bytes, status: int) -> None:
    other.answer = http(body, status)
    told = {
        "url": f"http://127.0.0.1:{other.port}",
        "organization": "o",
        "project": 1,
        "token": "t",
        "rate_down": 10,
    }
    sample = is_one(look("sentry", told))
    assert sample.verdict is Verdict.UNKNOWN or status == 200


@given(JUNK, st.booleans())
@settings(max_examples=100)
def test_what_a_web_server_says(other: Other, junk: bytes, answered: bool) -> None:
    other.answer = http(junk) if answered else junk
    told = {"url": f"http://127.0.0.1:{other.port}/x", "json": {"a.b": "1"}, "contains": "ok"}
    assert is_one(look("http", told)).verdict is Verdict.DOWN, "what was asked for is not in it"


@given(
    st.lists(
        st.one_of(
            JUNK.map(lambda raw: b"$%d\r\n%s\r\n" % (len(raw), raw)),
            JUNK,
            st.sampled_from([b"+PONG\r\n", b"-ERR no\r\n", b":7\r\n", b"*-1\r\n"]),
        ),
        max_size=3,
    ).map(b"".join)
)
@example(b"+PONG\r\n$%d\r\n%s\r\n" % (5_017, b"used_memory:" + b"9" * 5_000 + b"\r\n\r\n\r"))
@settings(max_examples=120)
def test_what_redis_says(other: Other, said: bytes) -> None:
    other.answer = said
    sample = is_one(look("redis", {"port": other.port}))
    if not said.startswith((b"+PONG\r\n$", b"+PONG\r\n+")):
        assert sample.verdict is not Verdict.UP, "whoever answers anything else is no Redis"


@given(JUNK)
@settings(max_examples=60)
def test_what_postgres_says(other: Other, said: bytes) -> None:
    other.answer = said
    sample = is_one(look("postgres", {"dsn": f"postgresql://u:p@127.0.0.1:{other.port}/d"}))
    assert sample.verdict is not Verdict.UP


@given(JUNK)
@settings(max_examples=60)
def test_what_speaks_no_tls(other: Other, said: bytes) -> None:
    other.answer = said
    assert is_one(look("tls", {"host": "127.0.0.1", "port": other.port})).verdict is not Verdict.UP


def wire(records: str) -> bytes:
    """An answer as a name server sends it."""
    made = dns.message.make_response(dns.message.make_query("shop.test", "A"))
    made.answer.append(dns.rrset.from_text("shop.test.", 60, "IN", "A", *records.split()))
    return made.to_wire()


VALID = wire("10.0.0.1 10.0.0.2")


@st.composite
def near(draw: st.DrawFn) -> bytes:
    """A valid answer with a few bytes changed or cut off."""
    raw = bytearray(VALID)
    for _ in range(draw(st.integers(0, 4))):
        raw[draw(st.integers(2, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw[: draw(st.integers(2, len(raw)))])


@given(st.one_of(near(), JUNK))
@settings(max_examples=150)
def test_what_a_name_server_says(other: Other, said: bytes) -> None:
    other.datagram = said
    other.answer = len(said).to_bytes(2, "big") + said
    told = {
        "domain": "shop.test",
        "server": "127.0.0.1",
        "port": other.port,
        "answers": ["10.0.0.1", "10.0.0.2"],
    }
    spec = CheckSpec(CheckName("it"), "dns", told, timeout=timedelta(milliseconds=200))
    sample = is_one(Probers(SystemClock(), variables={}).probe(spec))
    assert sample.verdict is not Verdict.UP or b"\x0a\x00\x00\x01" in said


LINES = st.lists(st.sampled_from(["LoadState=loaded", "ActiveState=active", "NRestarts=٣", "NRestarts=-1", "MemoryCurrent=[not set]", "=", "x"]) | st.text(max_size=20), max_size=6)  # fmt: skip


@given(st.one_of(LINES.map("\n".join), JSON.map(json.dumps), st.text(max_size=80)))
@example("LoadState=loaded\nActiveState=active\nMemoryCurrent=" + "9" * 5_000)
@example("LoadState=loaded\nActiveState=active\nNRestarts=" + "9" * 5_000)
@example('[{"name":"shop","pm2_env":{"status":"online"},"monit":{"memory":1e308},"pm_id":1e300}]')
@settings(max_examples=150)
def test_what_programs_print(printed: str) -> None:
    for kind, told in (
        ("pm2", {"app": "shop"}), ("systemd", {"unit": "shop.service"}), ("kubernetes", {"context": "c", "deployment": "shop"}),
        ("kubernetes", {"context": "c", "certificate": "shop"}), ("command", {"command": "true", "contains": "all is well"}),
    ):  # fmt: skip
        is_one(look(kind, told, printed))
