"""Keys and certificates between the API server and our node. Each certificate vouches for itself and for nothing else."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tocsin.sandbox.kubernetes.plane.programs import LOOPBACK, NODE_CERTIFICATE

_DAYS = 7  # longer than any drill
_BITS = 2048


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM files. Whoever is to trust the certificate is given the file itself."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """What the plane is started with.

    Attributes:
        door: of the node's own API on 127.0.0.1. client: by which the API server proves there who it is.
        signing: an RSA key, PEM; service accounts' tokens are signed with it.
    """

    door: Pair
    client: Pair
    signing: Path

    @classmethod
    def make(cls, home: Path, now: datetime) -> "Certificates":
        """Write them below a directory; only the owner may read the keys."""
        signing = home / "signing.pem"
        _keep_secret(signing, rsa.generate_private_key(public_exponent=65537, key_size=_BITS))
        return cls(
            _pair(home, Path(NODE_CERTIFICATE).stem, now, ExtendedKeyUsageOID.SERVER_AUTH),
            _pair(home, "api-client", now, ExtendedKeyUsageOID.CLIENT_AUTH),
            signing,
        )


def _pair(home: Path, name: str, now: datetime, usage: x509.ObjectIdentifier) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"tocsin drill {name}")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pair = Pair(home / f"{name}.pem", home / f"{name}.key")
    pair.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    _keep_secret(pair.key, key)
    return pair


def _keep_secret(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
