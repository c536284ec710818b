"""What a client of a TLS server is shown, what lies on disk, and whether the two are the same certificate."""

import hashlib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from tocsin.sandbox.fault import Oracles

_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as far as a drill asks.

    Attributes:
        fingerprint: SHA-256 of the leaf, shortened. begins, ends: its dates.
        names: DNS names it is for. issuer: as written in it.
    """

    fingerprint: str
    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    issuer: str


def served(host: str, *, port: int) -> Certificate | None:
    """The certificate that 127.0.0.1:port shows to a client asking for `host`; None if nobody shows one.

    It is not checked: an expired one is what we want to see.
    """
    nobody_to_trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nobody_to_trust.check_hostname = False
    nobody_to_trust.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as plain,
            nobody_to_trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert(binary_form=True)
    except OSError:
        return None
    return _read(x509.load_der_x509_certificate(shown)) if shown else None


def written(path: Path) -> Certificate | None:
    """The first certificate of a PEM file; None without one."""
    if not path.exists():
        return None
    return _read(x509.load_pem_x509_certificates(path.read_bytes())[0])


def oracles(host: str, *, port: int, certificate: Path, key: Path) -> Oracles:
    """Served fingerprint against file, and whether others may read the key."""
    shown, kept = served(host, port=port), written(certificate)
    return {
        f"tls.{host}.served": shown.fingerprint if shown else "absent",
        f"tls.{host}.file": kept.fingerprint if kept else "absent",
        f"tls.{host}.key": f"mode {key.stat().st_mode & 0o777:o}" if key.exists() else "absent",
    }


def _read(found: x509.Certificate) -> Certificate:
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    der = found.tbs_certificate_bytes + found.signature
    return Certificate(
        fingerprint=hashlib.sha256(der).hexdigest()[:16],
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
        names=names,
        issuer=found.issuer.rfc4514_string(),
    )
