"""Getting uv: the machine's, or one of our own in .tools, by pip or, where there is no pip, by hand."""

import base64
import hashlib
import html
import io
import json
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from place import TOOLS, program
from say import Report, Stop
from sources import Sources

PINNED = Path(__file__).with_name("uv.txt")
OLDEST = (0, 9)  # reads this lock file's revision and knows this project's build backend
TIMEOUT_SECONDS = 60
JSON_PAGE = "application/vnd.pypi.simple.v1+json"


def find_or_fetch(report: Report, sources: Sources) -> Path:
    """The uv to use.

    Raises:
        Stop: it is not on this machine and could not be fetched.
    """
    own = TOOLS / "uv" / "bin" / "uv"
    for candidate in (program("uv"), own):
        if candidate and _is_usable(candidate):
            return candidate
    with report.step("uv, which installs the Python packages (18 MB)"):
        scratch = TOOLS / "uv.new"
        shutil.rmtree(scratch, ignore_errors=True)
        if _has_pip(sources.environment()):
            _by_pip(report, sources, scratch)
        else:
            _by_hand(sources, scratch)
        shutil.rmtree(TOOLS / "uv", ignore_errors=True)
        scratch.rename(TOOLS / "uv")
        if not _is_usable(own):
            raise Stop(
                f"the uv that was fetched does not run here ({platform.machine()}, {platform.libc_ver()[0] or 'no glibc'}).",
                "Install uv 0.9 or newer yourself and put it on PATH.",
            )
    return own


def _is_usable(uv: Path) -> bool:
    try:
        said = subprocess.run(
            [uv, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.match(r"uv (\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


def _has_pip(env: Mapping[str, str]) -> bool:
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, env=env, check=False
    )
    return asked.returncode == 0


def _by_pip(report: Report, sources: Sources, target: Path) -> None:
    report.run(
        [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps",
         "--only-binary", ":all:", "--require-hashes", "--target", target, "-r", PINNED],
        failure="pip could not fetch uv",
        hint="Check the network and pip's settings (pip config list), or put uv 0.9 or newer on PATH.",
        env=sources.environment(),
    )  # fmt: skip


def _by_hand(sources: Sources, target: Path) -> None:
    """What pip would do: find the wheel in the index, check its hash, unpack it."""
    text = PINNED.read_text()
    version = re.search(r"^uv==(\S+)", text, re.MULTILINE)
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", text))
    assert version, f"{PINNED} names no version"
    page = f"{sources.index}/uv/"
    name, url = _wheel_for_this_machine(
        _links(*_get(sources, page, accept=f"{JSON_PAGE}, text/html;q=0.5")), version[1], page
    )
    wheel, _ = _get(sources, url)
    if hashlib.sha256(wheel).hexdigest() not in hashes:
        raise Stop(
            f"{name} from {_without_credentials(page)[0]} is not the file this project was tested with: its hash is not in {PINNED.name}.",
            "Do not use it. Look at what the index serves, or put a uv you trust on PATH.",
        )
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        for member in packed.namelist():
            if re.fullmatch(r"uv-[^/]+\.data/scripts/uvx?", member):
                file = target / "bin" / member.rsplit("/", 1)[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(packed.read(member))
                file.chmod(0o755)


def _get(sources: Sources, url: str, *, accept: str = "*/*") -> tuple[bytes, str]:
    """The body and its content type."""
    bundle = str(sources.certificates) if sources.certificates else None
    plain, credentials = _without_credentials(url)
    # The address comes from the user's own settings or from the index page they chose.
    request = urllib.request.Request(plain, headers={"Accept": accept, **credentials})  # noqa: S310  # see above
    try:
        with urllib.request.urlopen(  # noqa: S310  # see above
            request, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context(cafile=bundle)
        ) as answer:
            return answer.read(), answer.headers.get_content_type()
    except (OSError, urllib.error.URLError) as error:
        reason = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
        hint = "Check the network, the proxy (https_proxy) and the index (PIP_INDEX_URL), or put uv 0.9 or newer on PATH."
        if isinstance(reason, ssl.SSLCertVerificationError):
            hint = "Set SSL_CERT_FILE to the certificates your network uses, or put uv 0.9 or newer on PATH."
        raise Stop(f"could not fetch {plain} ({reason}).", hint) from error


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """A URL as urllib and log lines want it, and what it had in front of the @."""
    parts = urllib.parse.urlsplit(url)
    if parts.username is None:
        return url, {}
    login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    plain = parts._replace(netloc=parts.netloc.rsplit("@", 1)[1]).geturl()
    return plain, {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def _links(body: bytes, content_type: str) -> dict[str, str]:
    """File name -> address, from either form of an index page (PEP 691, PEP 503)."""
    if content_type == JSON_PAGE:
        return {file["filename"]: file["url"] for file in json.loads(body)["files"]}
    anchors = re.findall(r'<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<]+?)\s*</a>', body.decode(errors="replace"))
    return {name: html.unescape(address).split("#", 1)[0] for address, name in anchors}


def _wheel_for_this_machine(links: Mapping[str, str], version: str, page: str) -> tuple[str, str]:
    family = "musllinux" if platform.libc_ver()[0] != "glibc" else "manylinux"
    fits = re.compile(
        rf"uv-{re.escape(version)}-py3-none-(?:.+\.)?{family}_\d+_\d+_{platform.machine()}(?:\..+)?\.whl"
    )
    for name, address in links.items():
        if fits.fullmatch(name):
            return name, urllib.parse.urljoin(page, address)
    raise Stop(
        f"{_without_credentials(page)[0]} has no uv {version} for {platform.system()} on {platform.machine()}.",
        "Install uv 0.9 or newer yourself and put it on PATH.",
    )
