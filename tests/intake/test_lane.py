"""The short way of alerts and pings through HTTP: the same answers as the long way has, however the bytes arrive."""

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import cast

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Deadline
from tests.intake.house import AM, PD, House, notification, one
from uvicorn.server import ServerState

from tocsin.store.requests import State
from tocsin.web.lane import BODY_BYTES, Answer, GiveUp, Lane, Said, Taker, Whole

PATIENCE = 60.0


def event(key: str, body: bytes | None = None) -> bytes:
    payload = {"summary": "disk at 99 %", "source": "db1", "severity": "critical"}
    said = {"routing_key": PD, "event_action": "trigger", "dedup_key": key, "payload": payload}
    return json.dumps(said).encode() if body is None else body


def posted(body: bytes, *headers: str, path: str = "/v2/enqueue", version: str = "1.1") -> bytes:
    head = "\r\n".join(
        [f"POST {path} HTTP/{version}", "Host: tocsin", f"Content-Length: {len(body)}", *headers]
    )
    return head.encode() + b"\r\n\r\n" + body


def chunked(body: bytes, path: str = "/v2/enqueue") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: tocsin\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


class Line:
    """One connection, byte for byte."""

    def __init__(self, house: House) -> None:
        host, _, port = house.door.address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def ask(self, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
        for part in parts:
            self.socket.sendall(part)
        return self.answer()

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers, body."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode("latin-1").partition(": ")
            headers[name.lower()] = value
        return status, headers, self._file.read(int(headers.get("content-length", "0")))

    def ended(self) -> bool:
        """Whether the other side has closed it."""
        return self._file.read(1) == b""


@pytest.fixture
def line(house: House) -> Line:
    return Line(house)


def same(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
    return answer[0], {name: value for name, value in answer[1].items() if name != "date"}, answer[2]


@pytest.mark.parametrize(
    "body",
    [event("a"), event("a", b"{"), event("a", b"[]"), event("a", json.dumps({"routing_key": "0" * 32}).encode())],
    ids=["an event", "no JSON", "no object", "a stranger"],
)  # fmt: skip
def test_both_ways_give_the_same_answer(house: House, body: bytes) -> None:
    short = Line(house).ask(posted(body))
    long = Line(house).ask(chunked(body))
    assert same(short) == same(long)


def test_both_ways_answer_a_ping_alike(house: House) -> None:
    path = f"/ping/{'0' * 32}/nightly"
    short = Line(house).ask(posted(b"done", path=path))
    assert short[0] == 404
    assert same(short) == same(Line(house).ask(chunked(b"done", path=path)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 330), max_size=12), st.booleans())
def test_the_pieces_in_which_a_request_arrives_change_nothing(
    house: House, cuts: list[int], far: bool
) -> None:
    whole = posted(event("pieces"))
    if far:
        whole = chunked(event("pieces"))
    places = [0, *sorted({cut for cut in cuts if cut < len(whole)}), len(whole)]
    parts = [whole[a:b] for a, b in pairwise(places)]
    status, _, said = Line(house).ask(*parts)
    assert (status, json.loads(said)["dedup_key"]) == (202, "pieces")


def test_what_is_sent_ahead_is_answered_in_its_order(house: House, line: Line) -> None:
    line.socket.sendall(b"".join(posted(event(f"ahead-{number}")) for number in range(8)))
    keys = [json.loads(line.answer()[2])["dedup_key"] for _ in range(8)]
    assert keys == [f"ahead-{number}" for number in range(8)]
    assert house.ledger().accepted == 8


def test_a_second_request_sent_before_the_first_is_answered_waits_for_it(house: House, line: Line) -> None:
    for number in range(50):
        first, second = posted(event(f"{number}-a")), posted(event(f"{number}-b"))
        said = line.ask(first, second)[2], line.answer()[2]
        assert [json.loads(each)["dedup_key"] for each in said] == [f"{number}-a", f"{number}-b"]


def test_one_connection_serves_alerts_and_everything_else(house: House, line: Line) -> None:
    assert line.ask(posted(event("before")))[0] == 202
    status, _, said = line.ask(b"GET /healthz HTTP/1.1\r\nHost: tocsin\r\n\r\n")
    assert (status, json.loads(said)["ok"]) == (200, True)
    assert line.ask(posted(event("after")))[0] == 202


@pytest.mark.parametrize("body", [event("x"), event("x", b"{}")])
def test_who_asks_for_it_is_closed_after_the_answer(line: Line, body: bytes) -> None:
    _, headers, _ = line.ask(posted(body, "Connection: close"))
    assert headers["connection"] == "close"
    assert line.ended()


def test_the_older_http_is_understood(line: Line) -> None:
    assert line.ask(posted(event("old"), version="1.0"))[0] == 202
    assert line.ended()


def test_who_asks_first_whether_to_go_on_is_told(line: Line) -> None:
    body = event("asks")
    whole = posted(body, "Expect: 100-continue")
    assert line.ask(whole[: -len(body)])[0] == 100
    assert line.ask(body)[0] == 202


def test_a_large_alert_goes_the_long_way(house: House, line: Line) -> None:
    many = notification(
        *(one("A", fingerprint=f"{n:016x}", annotations={"summary": "x" * 200}) for n in range(300))
    )
    body = json.dumps(many).encode()
    assert len(body) > BODY_BYTES
    assert (
        line.ask(posted(body, "Content-Type: application/json", path=f"/hooks/alertmanager/{AM}"))[0] == 200
    )
    assert house.ledger().accepted == 300


@pytest.mark.parametrize(
    "junk",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"POST /v2/enqueue HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
     b"POST /v2/enqueue HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
     b"POST /v2/enqueue\xff HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"],
    ids=["TLS", "a length below nothing", "two lengths", "no path"],
)  # fmt: skip
def test_what_is_no_http_is_refused(line: Line, junk: bytes) -> None:
    assert line.ask(junk)[0] == 400
    assert line.ended()


def test_a_head_without_end_does_not_fill_the_memory(line: Line) -> None:
    line.socket.sendall(b"POST /v2/enqueue HTTP/1.1\r\n")
    try:
        for number in range(4_000):
            line.socket.sendall(f"X-{number}: {'y' * 100}\r\n".encode())
        line.socket.shutdown(socket.SHUT_WR)
        assert line._file.readline() in (b"", b"HTTP/1.1 400 Bad Request\r\n", b"HTTP/1.1 202 Accepted\r\n")
    except OSError:
        pass  # it was closed: as good


def test_a_sender_that_is_gone_before_its_answer_is_kept(house: House, deadline: Deadline) -> None:
    for number in range(20):
        line = Line(house)
        line.socket.sendall(posted(event(f"gone-{number}")))
        line.socket.close()

    def all_here() -> bool:
        return len(house.requests()) == 20

    deadline(all_here, what="all are kept", within=timedelta(seconds=90))
    assert set(house.states()) == {State.READ}


def test_two_hundred_connections_that_are_idle_or_stop_in_the_middle_keep_nobody_out(house: House) -> None:
    waiting = [Line(house) for _ in range(200)]
    whole = posted(event("half"))
    for each in waiting[:100]:
        each.socket.sendall(whole[:-1])
    assert [Line(house).ask(posted(event(f"other-{number}")))[0] for number in range(20)] == [202] * 20
    assert waiting[0].ask(whole[-1:])[0] == 202, "whoever goes on after a while is heard"
    assert house.ledger().accepted == 21
    for each in waiting:
        each.socket.close()


# -- time, by hand -----------------------------------------------------------------------------------------


class Hands:
    """A loop whose clock is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, what: Callable[[], None]) -> asyncio.TimerHandle:
        self.later.append((self.now + delay, what))
        return cast(asyncio.TimerHandle, self)

    def cancel(self) -> None:
        """A timer of it is not wanted any more."""

    def move(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [each for each in self.later if each[0] <= until]:
            first = min(due, key=lambda each: each[0])
            self.later.remove(first)
            self.now = first[0]
            first[1]()
        self.now = until


class Wire(asyncio.Transport):
    """Remembers what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Slow:
    """Somebody who answers when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Whole, Answer]] = []
        self.given_up = 0

    def __call__(self, whole: Whole, answer: Answer) -> GiveUp:
        self.asked.append((whole, answer))

        def give_up() -> None:
            self.given_up += 1
            answer(Said(503, b"later"))

        return give_up


def connected(taker: Taker) -> tuple[Lane, Wire, Hands]:
    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nothing goes the long way here")

    hands, wire = Hands(), Wire()
    config = uvicorn.Config(app, timeout_keep_alive=75, log_config=None)  # type: ignore[arg-type]  # never called
    lane = Lane(lambda method, path: taker, config, ServerState(), {}, cast(asyncio.AbstractEventLoop, hands))
    lane.connection_made(wire)
    return lane, wire, hands


def test_who_waits_too_long_is_told_to_come_again_once() -> None:
    slow = Slow()
    lane, wire, hands = connected(slow)
    lane.data_received(posted(b"one"))
    hands.move(15)
    assert not wire.written
    hands.move(10)
    assert wire.written.startswith(b"HTTP/1.1 503 ")
    slow.asked[0][1](Said(202, b"kept after all"))
    hands.move(60)
    assert wire.written.count(b"HTTP/1.1") == slow.given_up == 1


def test_a_late_answer_is_never_taken_for_that_of_the_next_request() -> None:
    slow = Slow()
    lane, wire, hands = connected(slow)
    lane.data_received(posted(b"one"))
    hands.move(30)
    lane.data_received(posted(b"two"))
    slow.asked[0][1](Said(202, b"for the first"))
    assert b"for the first" not in wire.written
    slow.asked[1][1](Said(202, b"for the second"))
    assert wire.written.endswith(b"for the second")


def test_an_idle_connection_is_kept_as_long_as_others_are() -> None:
    slow = Slow()
    lane, wire, hands = connected(slow)
    lane.data_received(posted(b"one"))
    slow.asked[0][1](Said(202, b""))
    hands.move(74)
    assert not wire.closed
    hands.move(10)
    assert wire.closed


def test_who_does_not_read_is_not_heard() -> None:
    slow = Slow()
    lane, wire, _ = connected(slow)
    lane.data_received(posted(b"one"))
    lane.pause_writing()
    slow.asked[0][1](Said(202, b""))
    lane.data_received(posted(b"two"))
    assert (len(slow.asked), wire.paused) == (1, True)
    lane.resume_writing()
    assert (len(slow.asked), wire.paused) == (2, False)


def test_at_the_end_what_waits_is_answered_first() -> None:
    slow = Slow()
    lane, wire, _ = connected(slow)
    lane.data_received(posted(b"one"))
    lane.shutdown()
    assert not wire.closed
    slow.asked[0][1](Said(202, b"kept"))
    assert wire.closed
    assert wire.written.endswith(b"kept")


def test_a_defect_costs_one_answer() -> None:
    def broken(whole: Whole, answer: Answer) -> None:
        raise ValueError("a defect")

    lane, wire, _ = connected(broken)
    lane.data_received(posted(b"one"))
    assert wire.written.startswith(b"HTTP/1.1 500 ")
    assert wire.closed
