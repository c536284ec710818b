"""A certificate authority that exists as long as its room and is trusted by nobody outside it."""

from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import run_once

_DAYS = "3"
_WITHIN = timedelta(seconds=20)
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

    def _config(self, stem: str, common_name: str, names: tuple[str, ...]) -> Path:
        path = self._home / f"{stem}.cnf"
        listed = ", ".join(f"DNS:{name}" for name in names) or "DNS:localhost"
        path.write_text(_CONFIG.format(common_name=common_name, names=listed), encoding="ascii")
        return path

    def _run(self, *arguments: str) -> None:
        environment = self._scratch.base_environment() | {"OPENSSL_CONF": "/dev/null"}
        run_once((self._openssl, *arguments), self._home, environment, _WITHIN)
