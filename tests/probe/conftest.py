"""Real services for probes: nginx, Redis and Postgres from their wheels, and a socket that misbehaves on demand."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.sandbox.authority import Authority
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.postgres import Postgres, throwaway
from tocsin.sandbox.redis import Redis
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until, wait_until_ready
from tocsin.sandbox.tools import Tools

_CONFIG = """
{user}daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{}}
http {{
  access_log {home}/access.log;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
  uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{tls} ssl;
    server_name api.cookcam.app;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location = /health {{ return 200 '{{"status":"ok","db":{{"up":true,"lag":[3,null]}},"a.b":1}}'; }}
    location = /broken {{ return 502; }}
    location = /moved {{ return 301 http://127.0.0.1:{port}/health; }}
    location = /text {{ default_type text/plain; return 200 'not json'; }}
    location = /echo {{ return 200 '$request_method $http_x_check $http_user_agent $host'; }}
    location = /proxied {{ proxy_pass http://127.0.0.1:1/; }}
    location /files/ {{ alias {home}/; }}
  }}
}}
"""


@dataclass(frozen=True)
class Web:
    """A running nginx: its plain port, its TLS port, and what clients must trust."""

    port: int
    tls: int
    authority: Path
    home: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def requests(self, path: str) -> int:
        """How many requests for this path nginx itself has counted."""
        return sum(f" {path} " in line for line in (self.home / "access.log").read_text().splitlines())


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools.find(Path(__file__).parents[2] / ".tools")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    room = Scratch.make(tmp_path_factory.mktemp("probe"))
    try:
        yield room
    finally:
        room.end()


@pytest.fixture(scope="module")
def web(scratch: Scratch, tools: Tools) -> Iterator[Web]:
    authority = Authority(scratch, tools.openssl)
    certificate, key = authority.issue("api.cookcam.app")
    home = scratch.path / "web"
    home.mkdir(mode=0o755)
    (home / "large").write_bytes(b"x" * 3_000_000)
    found = Web(scratch.free_port(), scratch.free_port(), authority.certificate, home)
    config = _CONFIG.format(
        user="user root root; ", home=home, port=found.port, tls=found.tls, certificate=certificate, key=key
    )
    (home / "nginx.conf").write_text(config)
    program = subprocess.Popen(
        [tools.nginx, "-p", str(home), "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(
            lambda: answers_tcp(found.port) and answers_tcp(found.tls), "nginx", timedelta(seconds=120)
        )
        yield found
    finally:
        program.terminate()
        program.wait()


@pytest.fixture(scope="module")
def redis(scratch: Scratch, tools: Tools) -> Iterator[Redis]:
    server = Redis(
        scratch, tools.redis_server, port=scratch.free_port(), maxmemory="8mb", policy="noeviction"
    )
    server.start()
    wait_until_ready(server)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with throwaway(tmp_path_factory.mktemp("pg"), max_connections=8) as running:
        yield running


class Rude:
    """A server that says given pieces, one after another when asked to, and then hangs up or stays silent."""

    def __init__(self, pieces: tuple[bytes, ...], *, pause: float, hang_up: bool) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.visits = 0
        self._pieces = pieces
        self._pause = pause
        self._hang_up = hang_up
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            peer, _ = self._socket.accept()
            with peer, suppress(OSError):
                if self._over.is_set():
                    return
                self.visits += 1
                for piece in self._pieces:
                    peer.sendall(piece)
                    if self._over.wait(self._pause):
                        return
                if not self._hang_up:
                    peer.settimeout(120)
                    while peer.recv(4096):
                        pass
                else:
                    peer.shutdown(socket.SHUT_WR)
                    peer.settimeout(120)  # who is kept from asking still finds its answer
                    while peer.recv(4096):
                        pass

    def close(self) -> None:
        self._over.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            pass
        self._thread.join()
        self._socket.close()


RudeServer = Callable[..., Rude]


@pytest.fixture
def rude() -> Iterator[RudeServer]:
    made: list[Rude] = []

    def make(*pieces: bytes, pause: float = 0.0, hang_up: bool = True) -> Rude:
        made.append(Rude(pieces, pause=pause, hang_up=hang_up))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port nobody listens on, and nobody else comes to meanwhile: it is held, without listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
