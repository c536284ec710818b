"""A service on loopback whose every answer is set by hand, and an installation that times it."""

import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.cli.ready import called

ROOT = Path(__file__).parents[2]


class Answering(BaseHTTPRequestHandler):
    """Answers with an empty object."""

    def answer(self, status: int) -> None:
        """With this status."""
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Quiet."""


Trouble = Callable[[Answering], None]


class Service:
    """Answers 200 at once, unless told otherwise for paths that contain a word."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told: list[tuple[bytes, dict[str, str]]] = []
        self.webhook: list[int] = []  # statuses to answer with, before 200
        self.trouble: dict[str, Trouble] = {}
        self.over = threading.Event()
        service = self

        class Handler(Answering):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                for word, trouble in service.trouble.items():
                    if word in self.path:
                        trouble(self)
                        return
                self.answer(200)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.told.append((body, {name.lower(): value for name, value in self.headers.items()}))
                self.answer(service.webhook.pop(0) if service.webhook else 200)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who gave up waiting has gone
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def slow(self, seconds: float) -> Trouble:
        """Answer after so many seconds."""

        def trouble(handler: Answering) -> None:
            self.over.wait(seconds)
            handler.answer(200)

        return trouble

    @staticmethod
    def status(code: int, first: int | None = None) -> Trouble:
        """Answer with this status; only the first few times, if that is said."""
        left = [first]

        def trouble(handler: Answering) -> None:
            if left[0] is None:
                handler.answer(code)
                return
            left[0] -= 1
            handler.answer(code if left[0] >= 0 else 200)

        return trouble

    @staticmethod
    def tear(handler: Answering) -> None:
        """Half an answer."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        handler.close_connection = True

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving_tls(certificate: Path, key: Path) -> Iterator[int]:
    """A TLS server that answers everything with 200; its port."""

    class Handler(Answering):
        def do_GET(self) -> None:
            self.answer(200)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what we want to see
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    yield found
    found.close()


@dataclass
class Prep:
    """PrepChef's untouched runbook with a few settings, and the command line."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def settings(self, text: str) -> None:
        runbook = ROOT / "examples" / "prepchef" / "runbook.md"
        # A service that is slow because the machine is busy still answers in its time.
        patience = "" if "timeout" in text else 'timeout = "60 s"\n'
        whole = f'[tocsin]\nrunbook = "{runbook}"\n[synthetics]\n{patience}{text}\n'
        (self.folder / "tocsin.toml").write_text(whole, encoding="utf-8")

    def tocsin(self, *words: str) -> subprocess.CompletedProcess[str]:
        settings = str(self.folder / "tocsin.toml")
        variables = {"PATH": os.environ["PATH"], **self.variables}
        return called("synthetics", *words, "--config", settings, cwd=ROOT, environment=variables)


@pytest.fixture
def prep(tmp_path: Path) -> Prep:
    found = Prep(tmp_path)
    found.settings("")
    return found
