"""Pages by HTTP, against real listeners."""

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tocsin.connectors.api import PageMessage, Pager
from tocsin.connectors.http import retry_after
from tocsin.connectors.webhook_pager import WebhookPager, signature, signing_key, webhook_id
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import SystemClock

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
NIGHT = datetime(2025, 10, 7, 3, tzinfo=UTC)
MESSAGE = PageMessage("INC-1.p1", "ana", "+49", "P1 API not responding ✓", "text", "http://127.0.0.1/i/1")


class Sink(ThreadingHTTPServer):
    """A receiver that remembers, and answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receive)
        self.seen: list[tuple[dict[str, str], bytes, tuple[str, int]]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/page?token=hidden"


class _Receive(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((headers, body, self.client_address))
        status, more, answer = self.server.answers.pop(0) if self.server.answers else (202, {}, b"")
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connect() -> Iterator[Callable[..., WebhookPager]]:
    made: list[WebhookPager] = []

    def make(url: str, secret: str | None = None, old_secret: str | None = None) -> WebhookPager:
        made.append(WebhookPager(url, secret, SystemClock(), old_secret=old_secret))
        return made[-1]

    yield make
    for pager in made:
        pager.close()


Connect = Callable[..., WebhookPager]


def test_a_page_is_posted_with_its_key_and_signed(sink: Sink, connect: Connect) -> None:
    pager: Pager = connect(sink.url, SECRET)
    sink.answers.append((200, {}, b'{"id": "msg-7"}'))
    receipt = pager.page(MESSAGE)
    ((headers, body, _),) = sink.seen
    sent = json.loads(body)
    assert receipt.reference == "msg-7"
    assert sent["type"] == "page"
    assert sent["data"]["subject"] == MESSAGE.subject
    assert headers["idempotency-key"] == "INC-1.p1"
    assert headers["webhook-id"] == "INC-1%2Ep1"
    wanted = signature(signing_key(SECRET), headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == wanted


def test_every_try_carries_the_same_key(sink: Sink, connect: Connect) -> None:
    pager = connect(sink.url)
    sink.answers.append((503, {}, b""))
    with pytest.raises(Temporary):
        pager.page(MESSAGE)
    pager.page(MESSAGE)
    assert len({(headers["webhook-id"], headers["idempotency-key"]) for headers, _, _ in sink.seen}) == 1
    assert "webhook-signature" not in sink.seen[0][0]


def test_the_connection_is_kept_for_the_next_page(sink: Sink, connect: Connect) -> None:
    pager = connect(sink.url)
    for _ in range(5):
        pager.page(MESSAGE)
    assert len({address for _, _, address in sink.seen}) == 1


def test_the_reference_library_verifies_what_we_sign(sink: Sink, connect: Connect) -> None:
    connect(sink.url, SECRET).page(MESSAGE)
    ((headers, body, _),) = sink.seen
    assert Webhook(SECRET).verify(body, headers)["data"]["subject"] == MESSAGE.subject
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_the_signature_is_that_of_the_published_vector() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_who_may_recover_is_tried_again(sink: Sink, connect: Connect, status: int) -> None:
    sink.answers.append((status, {"retry-after": "7"}, b"x"))
    with pytest.raises(Temporary, match=f"HTTP {status}") as caught:
        connect(sink.url).page(MESSAGE)
    assert caught.value.retry_after == timedelta(seconds=7)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 422])
def test_who_refuses_is_not_tried_again(sink: Sink, connect: Connect, status: int) -> None:
    sink.answers.append((status, {"location": sink.url}, b"x"))
    with pytest.raises(Permanent, match=f"HTTP {status}"):
        connect(sink.url).page(MESSAGE)
    assert len(sink.seen) == 1


def test_nobody_there_is_temporary(connect: Connect) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # it does not listen, and nobody else can
        channel = connect(f"http://127.0.0.1:{held.getsockname()[1]}/")
        with pytest.raises(Temporary, match="no whole answer"):
            channel.page(MESSAGE)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", b"no http at all\r\n\r\n",
     b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope"],
)  # fmt: skip
def test_a_torn_answer_is_temporary_because_nobody_knows(connect: Connect, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Temporary):
            connect(f"http://127.0.0.1:{server.getsockname()[1]}/").page(MESSAGE)
        thread.join()


def test_a_proxy_of_the_environment_is_not_asked(
    sink: Sink, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    connect(sink.url).page(MESSAGE)
    assert len(sink.seen) == 1


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 5 ", timedelta(seconds=5)),
        ("Tue, 07 Oct 2025 03:01:00 GMT", timedelta(minutes=1)),
        ("Tue, 07 Oct 2025 02:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(hours=1)),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, wanted: timedelta | None) -> None:
    assert retry_after(value, NIGHT) == wanted


@given(st.text(), st.text())
def test_ids_have_no_dot_and_differ_where_keys_differ(one: str, other: str) -> None:
    for key in (one, other):
        made = webhook_id(key.encode("utf-8", "replace").decode())
        assert "." not in made
        assert made.isascii()
        assert made.isprintable()
    if one.encode("utf-8", "replace") != other.encode("utf-8", "replace"):
        assert webhook_id(one.encode("utf-8", "replace").decode()) != webhook_id(
            other.encode("utf-8", "replace").decode()
        )


def test_an_endless_answer_does_not_hold_us(connect: Connect) -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    while not stop.is_set():
                        peer.sendall(b"x" * 65536)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        receipt: Any = connect(f"http://127.0.0.1:{server.getsockname()[1]}/").page(MESSAGE)
        stop.set()
        thread.join()
    assert receipt.reference == "HTTP 200"


def test_while_a_secret_is_replaced_receivers_of_either_believe_us(
    sink: Sink, connect: Callable[..., WebhookPager]
) -> None:
    older = "whsec_" + base64.b64encode(b"older-older-older-older-older").decode()
    connect(sink.url, SECRET, older).page(MESSAGE)
    headers, body, _ = sink.seen[0]
    for secret in (SECRET, older):
        Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"somebody elses somebody").decode()).verify(body, headers)


def test_a_long_text_is_cut_so_that_receivers_take_the_whole(
    sink: Sink, connect: Callable[..., WebhookPager]
) -> None:
    connect(sink.url).page(replace(MESSAGE, body="ü" * 50_000))
    _, body, _ = sink.seen[0]
    assert len(body) < 20_000
    data = json.loads(body)["data"]
    assert data["body"].startswith("üü")
    assert data["body"].endswith("…")
    assert data["subject"] == MESSAGE.subject
