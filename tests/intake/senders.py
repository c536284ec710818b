"""Real senders on loopback: Debian's Prometheus and Alertmanager, and what stands between them and us when things go wrong."""

import os
import secrets
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2

from tocsin.sandbox.scratch import port_is_free

ROOT = Path(__file__).parents[2]


def program(name: str) -> str:
    """The full path of a program of Debian's, unpacked by scripts/setup --dev or installed."""
    tools = Path(os.environ.get("TOCSIN_TOOLS", ROOT / ".tools"))
    found = shutil.which(name, path=f"{tools / 'bin'}:{os.environ['PATH']}")
    assert found is not None, f"{name} is not here: scripts/setup --dev fetches it"
    return found


_claims: list[socket.socket] = []


def free_port() -> int:
    """A port that no outgoing connection is given, and no other worker of these tests: claimed as rooms claim theirs."""
    while True:
        port = 18_000 + secrets.randbelow(14_000)
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0tocsin.sandbox.port.{port}")
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        if port_is_free(port):
            return port


class Sender:
    """A program that sends, with its log in a file."""

    def __init__(self, folder: Path, name: str, argv: Sequence[str], port: int) -> None:
        self.port = port
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [program(name), *argv], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-2_000:]
        try:
            return (
                httpx2.get(f"http://127.0.0.1:{self.port}/-/ready", trust_env=False, timeout=60).status_code
                == 200
            )
        except httpx2.HTTPError:
            return False

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def alertmanager(folder: Path, receiver: str) -> Sender:
    """Debian's Alertmanager with one receiver (YAML, indented by two)."""
    port = free_port()
    config = folder / "alertmanager.yml"
    config.write_text(
        "route:\n  receiver: us\n  group_by: [alertname]\n  group_wait: 1s\n  group_interval: 1s\n  repeat_interval: 1h\n"
        f"receivers:\n- name: us\n{receiver}",
        encoding="utf-8",
    )
    argv = [
        f"--config.file={config}", f"--storage.path={folder / 'am'}", "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    return Sender(folder, "prometheus-alertmanager", argv, port)


def prometheus(folder: Path, target: str, prefix: str) -> Sender:
    """Debian's Prometheus with the rules of rules.yml, which it reads again when asked."""
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text(
        "global:\n  evaluation_interval: 1s\n  external_labels: {cluster: test}\nrule_files: [rules.yml]\nalerting:\n"
        f"  alertmanagers:\n  - path_prefix: {prefix}\n    static_configs:\n    - targets: ['{target}']\n",
        encoding="utf-8",
    )
    argv = [
        f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}", "--web.enable-lifecycle",
        f"--web.listen-address=127.0.0.1:{port}", "--rules.alert.resend-delay=1s",
    ]  # fmt: skip
    return Sender(folder, "prometheus", argv, port)


def amtool(url: str, *argv: str) -> str:
    """What amtool says. Fails the test with its own words if it fails."""
    done = subprocess.run(
        [program("amtool"), f"--alertmanager.url={url}", *argv], capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"amtool {' '.join(argv)}: {done.stderr}{done.stdout}"
    return done.stdout


class Between:
    """A wire between a sender and us that does what it is told with each connection.

    Args:
        plan: asked with the number of each connection: "pass", "503" (answered here, we hear nothing), "lose" (we take and
            answer it, and the answer is lost), "die" (`die` is called when we were handed the request).
        certificate: if given the sender speaks TLS with it.
        die: ends us.

    Attributes:
        count: connections so far. answers: statuses of ours that went through, in order.
    """

    def __init__(
        self,
        address: str,
        plan: Callable[[int], str] = lambda _: "pass",
        certificate: ssl.SSLContext | None = None,
        die: Callable[[], None] = lambda: None,
    ) -> None:
        self.lead(address)
        self._plan, self._die = plan, die
        self._certificate = certificate
        self.count = 0
        self.answers: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def lead(self, address: str) -> None:
        """Where the next connections go."""
        host, _, port = address.rpartition(":")
        self._to = (host, int(port))

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(
                target=self._serve, args=(connection, self._plan(self.count)), daemon=True
            ).start()

    def _serve(self, connection: socket.socket, what: str) -> None:
        try:
            if self._certificate is not None:
                connection = self._certificate.wrap_socket(connection, server_side=True)
            with connection, socket.create_connection(self._to) as ours:
                request = self._request(connection)
                if what == "503":
                    connection.sendall(
                        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    return
                ours.sendall(request)
                if what == "die":
                    self._die()
                    return
                # To its end: head and body may come one after the other, and half an answer is none.
                answer = b"".join(iter(lambda: ours.recv(1 << 20), b""))
                if what == "lose":
                    self._die()
                    return
                self.answers.append(int(answer.split(b" ", 2)[1]))
                connection.sendall(answer)
        except (OSError, ssl.SSLError, IndexError):  # one of both is gone, or we ended without an answer
            return

    def _request(self, connection: socket.socket) -> bytes:
        """One whole request; told to us as the last of its connection, so that the next comes by a new one."""
        text = b""
        while b"\r\n\r\n" not in text:
            more = connection.recv(1 << 16)
            if not more:
                return text
            text += more
        head, _, body = text.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ]
        while len(body) < (lengths[0] if lengths else 0):
            more = connection.recv(1 << 16)
            if not more:
                break  # the sender is gone in the middle of it
            body += more
        kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection")]
        return b"\r\n".join((*kept, b"Connection: close")) + b"\r\n\r\n" + body
