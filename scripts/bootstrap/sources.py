"""Where packages come from and whom we trust for it: this machine's settings, read as pip and uv read them."""

import configparser
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from place import DEBIAN, ROOT

OWN_BUNDLE = DEBIAN / "ca-bundle.crt"
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Sources:
    """The package index and the certificates of this machine.

    Attributes:
        index: base URL of the Python package index, without a slash at its end.
        is_mirror: a person set the index, so nothing may be fetched from anywhere else.
        certificates: a bundle of trusted certificates, or None where there is none.
    """

    index: str
    is_mirror: bool
    certificates: Path | None

    def environment(self) -> dict[str, str]:
        """This process's environment, with the same answers for uv, npm and everything they start."""
        env = dict(os.environ)
        # The checkout's own environment is what is being made: an activated one must not redirect it.
        for misleading in (
            "VIRTUAL_ENV",
            "CONDA_PREFIX",
            "PYTHONHOME",
            "PYTHONPATH",
            "UV_PROJECT_ENVIRONMENT",
        ):
            env.pop(misleading, None)
        env["UV_PYTHON_DOWNLOADS"] = "never"
        env["UV_NO_PROGRESS"] = "1"
        if self.is_mirror:
            env["UV_DEFAULT_INDEX"] = self.index
        if self.certificates:
            # uv and Node carry lists of their own, which do not know a company's authority that the machine trusts.
            env.setdefault("SSL_CERT_FILE", str(self.certificates))
            env.setdefault("NODE_EXTRA_CA_CERTS", str(self.certificates))
        return env


def read() -> Sources:
    """Read the settings: environment first, then pip's files, then what uv.lock was made with."""
    pip = _pip_settings()
    chosen = next(
        (
            url
            for url in (
                os.environ.get("UV_DEFAULT_INDEX"),
                os.environ.get("UV_INDEX_URL"),
                os.environ.get("PIP_INDEX_URL"),
                pip.get("index-url"),
            )
            if url
        ),
        None,
    )
    # UV_DEFAULT_INDEX may be written "name=https://…".
    if chosen and "=" in chosen.split("://", 1)[0]:
        chosen = chosen.split("=", 1)[1]
    return Sources(
        index=(chosen or _index_of_the_lock()).rstrip("/"),
        is_mirror=chosen is not None and chosen.rstrip("/") != _index_of_the_lock().rstrip("/"),
        certificates=_certificates(pip.get("cert")),
    )


def _certificates(pip_cert: str | None) -> Path | None:
    named = (
        os.environ.get("SSL_CERT_FILE"),
        os.environ.get("PIP_CERT"),
        os.environ.get("REQUESTS_CA_BUNDLE"),
        pip_cert,
        *SYSTEM_BUNDLES,
        str(OWN_BUNDLE),
    )
    return next((Path(name) for name in named if name and Path(name).is_file()), None)


def _pip_settings() -> dict[str, str]:
    home = Path.home()
    files = [
        *(
            Path(folder) / "pip/pip.conf"
            for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
            if folder
        ),
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf",
        Path(os.environ.get("PIP_CONFIG_FILE") or os.devnull),
    ]
    found: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself will complain about it, with more to say
        for section in ("global", "install"):
            if parser.has_section(section):
                found.update({name.replace("_", "-"): value.strip() for name, value in parser.items(section)})
    return found


def _index_of_the_lock() -> str:
    with (ROOT / "uv.lock").open("rb") as file:
        packages = tomllib.load(file)["package"]
    return str(next(p["source"]["registry"] for p in packages if "registry" in p["source"]))
