"""A certificate authority that exists as long as its room and is trusted by nobody outside it."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tocsin.errors import TocsinError
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import run_once

_DAYS = "90"  # as long as certificates of production hold; checks of their end see a normal day
_KEYS = (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)
_WITHIN = timedelta(seconds=180)
# openssl reads a configuration of the machine unless it is given one; unpacked packages have none.
_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {common_name}
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class Authority:
    """Signs the certificates of one room.

    Attributes:
        certificate: what clients of the room trust (PEM); the value of TOCSIN_CA_FILE.
    """

    def __init__(self, scratch: Scratch, openssl: Path) -> None:
        self._scratch = scratch
        self._openssl = str(openssl)
        self._home = scratch.path / "ca"
        self._home.mkdir(mode=0o700)
        self.certificate = self._home / "ca.pem"
        self._key = self._home / "ca.key"
        config = self._config("ca", "Tocsin drill, not for production", ())
        self._run(
            *("req", "-x509", "-config", str(config), "-extensions", "ca", "-days", _DAYS, "-sha256"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(self._key), "-out", str(self.certificate)),
        )

    def issue(self, *names: str) -> tuple[Path, Path]:
        """A certificate for these host names and its key, both PEM. Raises TocsinError if openssl fails."""
        stem = names[0]
        config = self._config(stem, stem, names)
        request, certificate, key = (self._home / f"{stem}{end}" for end in (".csr", ".pem", ".key"))
        self._run(
            *("req", "-new", "-config", str(config), "-sha256"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(key), "-out", str(request)),
        )
        self._run(
            *("x509", "-req", "-in", str(request), "-days", _DAYS, "-sha256"),
            *("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial"),
            *("-extfile", str(config), "-extensions", "server", "-out", str(certificate)),
        )
        return certificate, key

    def sign(self, key: Path, *names: str, begins: datetime, ends: datetime) -> bytes:
        """A certificate with these dates, which may lie in the past, for a private key (PEM) that exists already."""
        authority = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        signer = serialization.load_pem_private_key(self._key.read_bytes(), password=None)
        subject = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey) or not isinstance(subject, _KEYS):
            raise TocsinError(f"{key} is no key that a certificate can be made for.")
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
            .issuer_name(authority.subject)
            .public_key(subject.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
            )
            .sign(signer, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    def _config(self, stem: str, common_name: str, names: tuple[str, ...]) -> Path:
        path = self._home / f"{stem}.cnf"
        listed = ", ".join(f"DNS:{name}" for name in names) or "DNS:localhost"
        path.write_text(_CONFIG.format(common_name=common_name, names=listed), encoding="ascii")
        return path

    def _run(self, *arguments: str) -> None:
        environment = self._scratch.base_environment() | {"OPENSSL_CONF": "/dev/null"}
        run_once((self._openssl, *arguments), self._home, environment, _WITHIN)
