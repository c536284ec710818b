"""TLS checks against real handshakes: expiry of leaf and chain, host names, and a renewal nobody loaded."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.probe.conftest import Rude, Web

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.tls import TlsProber

NOW = SystemClock().now()
NAME = "api.shop.test"


class Maker:
    """An authority, an intermediate and leaves, each with the life a test wants."""

    def __init__(self, intermediate_days: float = 900) -> None:
        self._root_key, self._middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._sign("Test Root", self._root_key, "Test Root", self._root_key, 900, ca=True)
        self.middle = self._sign(
            "Test Middle", self._middle_key, "Test Root", self._root_key, intermediate_days, ca=True
        )

    def leaf(self, folder: Path, days: float, name: str = NAME, *, with_root: bool = False) -> Path:
        """A PEM file with key, leaf and chain."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._sign(name, key, "Test Middle", self._middle_key, days, ca=False)
        chain = [made, self.middle, *([self.root] if with_root else [])]
        path = folder / f"leaf-{made.serial_number}.pem"
        path.write_bytes(
            b"".join(each.public_bytes(Encoding.PEM) for each in chain)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return path

    def trusted(self, folder: Path) -> Path:
        path = folder / "root.pem"
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path

    @staticmethod
    def _sign(
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        issuer_key: ec.EllipticCurvePrivateKey,
        days: float,
        *,
        ca: bool,
    ) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        end = NOW + timedelta(days=days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(NOW, end) - timedelta(days=30))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())


class Server:
    """A TLS server that does nothing but shake hands."""

    def __init__(self, pem: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            peer, _ = self._socket.accept()
            if self._over.is_set():
                peer.close()
                return
            peer.settimeout(120)
            with suppress(OSError), self._context.wrap_socket(peer, server_side=True) as shaken:
                shaken.recv(1)
            peer.close()

    def close(self) -> None:
        self._over.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            pass
        self._thread.join()
        self._socket.close()


Serve = Callable[[Path], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def start(pem: Path) -> Server:
        running.append(Server(pem))
        return running[-1]

    yield start
    for server in running:
        server.close()


def look(port: int, trusted: Path | None = None, **more: object) -> Sample:
    variables = {"TOCSIN_CA_FILE": str(trusted)} if trusted is not None else {}
    table = {"host": "127.0.0.1", "port": port, "server_name": NAME} | more
    return TlsProber(SystemClock(), variables).probe(
        CheckSpec(CheckName("it"), "tls", table, timeout=timedelta(seconds=20))
    )


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(90, Verdict.UP), (10, Verdict.DEGRADED), (0.5, Verdict.DOWN), (-2, Verdict.DOWN)],
)
def test_what_is_left_of_the_leaf_decides(
    tmp_path: Path, serve: Serve, days: float, verdict: Verdict
) -> None:
    maker = Maker()
    sample = look(serve(maker.leaf(tmp_path, days)).port, maker.trusted(tmp_path))
    assert sample.verdict is verdict
    assert float(sample.facts["days_left"]) == pytest.approx(days, abs=0.2)
    assert (sample.facts["subject"], sample.facts["issuer"], sample.facts["chain"]) == (
        NAME,
        "Test Middle",
        "2",
    )
    if days < 0:
        assert "expired 2 d ago" in sample.message


def test_an_intermediate_that_ends_before_its_leaf_is_found(tmp_path: Path, serve: Serve) -> None:
    maker = Maker(intermediate_days=5)
    sample = look(serve(maker.leaf(tmp_path, 90)).port, maker.trusted(tmp_path))
    assert sample.verdict is Verdict.DEGRADED
    assert "Test Middle, in its chain, holds for 5 d" in sample.message


def test_limits_are_the_teams_own(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    port = serve(maker.leaf(tmp_path, 10)).port
    assert look(port, maker.trusted(tmp_path), left_degraded="7 d").verdict is Verdict.UP
    assert look(port, maker.trusted(tmp_path), left_down="11 d").verdict is Verdict.DOWN


def test_a_root_that_is_sent_along_is_ignored(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    sample = look(serve(maker.leaf(tmp_path, 90, with_root=True)).port, maker.trusted(tmp_path))
    assert (sample.verdict, sample.facts["chain"]) == (Verdict.UP, "3")


def test_another_host_name_is_down_unless_nobody_wants_it_verified(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    port, trusted = serve(maker.leaf(tmp_path, 90, "other.test")).port, maker.trusted(tmp_path)
    sample = look(port, trusted)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "certificate")
    assert "clients refuse the certificate" in sample.message
    assert look(port, trusted, verify=False).verdict is Verdict.UP


def test_an_authority_nobody_trusts_is_down(tmp_path: Path, serve: Serve) -> None:
    sample = look(serve(Maker().leaf(tmp_path, 90)).port)
    assert (sample.verdict, sample.facts["error"]) == (Verdict.DOWN, "certificate")


def test_a_renewal_that_was_never_loaded_is_found(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    old, new = maker.leaf(tmp_path, 20), maker.leaf(tmp_path, 90)
    port, trusted = serve(old).port, maker.trusted(tmp_path)
    assert look(port, trusted, file=str(old)).facts["same_as_file"] == "true"
    stale = look(port, trusted, file=str(new))
    assert (stale.verdict, stale.facts["same_as_file"]) == (Verdict.DEGRADED, "false")
    assert "was the server reloaded?" in stale.message
    assert stale.facts["sha256"] != stale.facts["file_sha256"]


def test_a_file_that_cannot_be_read_is_unknown_but_hides_nothing_worse(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    trusted = maker.trusted(tmp_path)
    gone = str(tmp_path / "gone.pem")
    assert look(serve(maker.leaf(tmp_path, 90)).port, trusted, file=gone).verdict is Verdict.UNKNOWN
    assert look(serve(maker.leaf(tmp_path, 0.5)).port, trusted, file=gone).verdict is Verdict.DOWN


def test_a_real_nginx_is_read_and_believed(web: Web) -> None:
    sample = look(web.tls, web.authority, server_name="api.cookcam.app", left_degraded="1 d", left_down="1 h")
    assert (sample.verdict, sample.facts["accepted"]) == (Verdict.UP, "true")
    assert 89 < float(sample.facts["days_left"]) <= 90


def test_nobody_there_and_no_tls_there_are_down(closed_port: int, rude: Callable[..., Rude]) -> None:
    assert look(closed_port).facts["error"] == "connect"
    plain = look(rude(b"220 no tls here\r\n").port)
    assert (plain.verdict, plain.facts["error"]) == (Verdict.DOWN, "tls")


def test_a_rehearsal_reaches_its_room_under_the_real_name(tmp_path: Path, serve: Serve) -> None:
    maker = Maker()
    port = serve(maker.leaf(tmp_path, 90)).port
    variables = {
        "TOCSIN_CA_FILE": str(maker.trusted(tmp_path)),
        "TOCSIN_CONNECT_TO": f"{NAME}:443:127.0.0.1:{port}",
    }
    spec = CheckSpec(CheckName("it"), "tls", {"host": NAME}, timeout=timedelta(seconds=20))
    assert TlsProber(SystemClock(), variables).probe(spec).verdict is Verdict.UP


def test_settings_that_cannot_be_meant_are_refused() -> None:
    prober = TlsProber(SystemClock(), {})
    for table in (
        {"host": "https://x"},
        {"host": "x", "port": 0},
        {"host": "x", "left_degraded": "1 d", "left_down": "2 d"},
    ):
        with pytest.raises(ConfigError):
            prober.validate(CheckSpec(CheckName("it"), "tls", table))
