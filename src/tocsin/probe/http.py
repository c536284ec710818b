"""HTTP checks with libcurl: a fresh connection each, no redirect followed, no hidden retry (NOI-06).

`_Transfer` prepares and judges; `probe` performs it alone. Many at once (libcurl multi) need only another
way to perform.
"""

import json
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pycurl

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name, is_ours, milliseconds, slower

CONNECT_TO = "TOCSIN_CONNECT_TO"  # "host:port:address:port,…": how drills reach a sandbox under the real name
CA_FILE = "TOCSIN_CA_FILE"
LARGEST_BODY = 1024 * 1024

# Faults on our side of the wire.
_OWN_ERRORS = frozenset(
    {
        pycurl.E_FAILED_INIT,
        pycurl.E_URL_MALFORMAT,
        pycurl.E_OUT_OF_MEMORY,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_ENGINE_NOTFOUND,
        pycurl.E_BAD_FUNCTION_ARGUMENT,
    }
)
_WORDS = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "no-http",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "no-http",
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "connect",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_PEER_FAILED_VERIFICATION: "certificate",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_GOT_NOTHING: "empty",
    pycurl.E_RECV_ERROR: "torn",
    pycurl.E_PARTIAL_FILE: "torn",
}


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What an HTTP check asks and expects.

    Attributes:
        url, method, headers: the request.
        status: accepted status codes.
        contains: a text the body must hold, or None.
        json: dotted path and expected value, as text: ("db.status", "ok").
        header: answer headers that must hold a text (case of both ignored).
        degraded_after: slower than this is degraded, or None.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    status: frozenset[int]
    contains: str | None
    json: tuple[tuple[str, str], ...]
    header: tuple[tuple[str, str], ...]
    degraded_after: timedelta | None

    @property
    def shown(self) -> str:
        """The address without what may be secret: user, password, query."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return SplitResult(parts.scheme, host, parts.path, "", "").geturl()


def http_settings(spec: CheckSpec) -> HttpSettings:
    """Read the settings of an HTTP check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    url = keys.text("url")
    settings = HttpSettings(
        url=url,
        method=(keys.text_or_none("method") or "GET").upper(),
        headers=keys.texts("headers"),
        status=_statuses(keys),
        contains=keys.text_or_none("contains"),
        json=keys.texts("json"),
        header=keys.texts("header"),
        degraded_after=keys.duration_or_none("degraded_after"),
    )
    keys.done()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(letter <= " " for letter in url):
        raise keys.wrong("url", f"must begin with http:// or https:// and name a host, not {url!r}")
    for name, value in settings.headers:
        if "\r" in name + value or "\n" in name + value:
            raise keys.wrong("headers", f"holds a line break in {name!r}")
    return settings


class HttpProber:
    """Takes samples of HTTP checks. May be used by many threads at once.

    Args:
        variables: the environment; `TOCSIN_CONNECT_TO` and `TOCSIN_CA_FILE` are read from it.

    Raises ConfigError if one of the two cannot be used.
    """

    def __init__(self, clock: Clock, variables: Mapping[str, str]) -> None:
        self._clock = clock
        self._connect_to = connect_to(variables.get(CONNECT_TO, ""))
        self._trusted = trust(variables)
        # libcurl keeps the parsed certificates of a handle between attempts, never the connection (see _Transfer).
        self._handles = threading.local()

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        http_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One request on a fresh connection."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        handle = getattr(self._handles, "handle", None)
        if handle is None:
            handle = self._handles.handle = pycurl.Curl()
        transfer = _Transfer(
            http_settings(trying.spec), trying.spec.timeout, handle, self._connect_to, self._trusted
        )
        try:
            handle.perform()
        except pycurl.error as error:
            return transfer.judge(int(error.args[0]), str(error.args[1]))
        return transfer.judge(None, "")


class _Transfer:
    """One request: prepares a handle, keeps what comes back, judges it."""

    def __init__(
        self,
        settings: HttpSettings,
        timeout: timedelta,
        handle: pycurl.Curl,
        connect_to: tuple[str, ...],
        trust: tuple[tuple[int, str], ...],
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._handle = handle
        self._body = bytearray()
        self._cut = False
        self._answer_headers: dict[str, str] = {}
        self._headers_whole = False
        handle.reset()
        for option, value in self._options():
            handle.setopt(option, value)
        for option, path in trust:
            handle.setopt(option, path)
        if connect_to:
            handle.setopt(pycurl.CONNECT_TO, list(connect_to))

    def _options(self) -> tuple[tuple[int, object], ...]:
        settings = self._settings
        names = {name.lower() for name, _ in settings.headers}
        agent = [] if "user-agent" in names else ["User-Agent: tocsin"]
        body = ((pycurl.NOBODY, 1),) if settings.method == "HEAD" else ()
        return (
            (pycurl.URL, settings.url),
            (pycurl.CUSTOMREQUEST, settings.method),
            (pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in settings.headers] + agent),
            (pycurl.TIMEOUT_MS, max(1, round(self._timeout.total_seconds() * 1000))),
            (pycurl.FRESH_CONNECT, 1),
            (pycurl.FORBID_REUSE, 1),
            (pycurl.DNS_CACHE_TIMEOUT, 0),
            (pycurl.SSL_SESSIONID_CACHE, 0),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.NOSIGNAL, 1),
            (pycurl.ACCEPT_ENCODING, ""),
            (pycurl.WRITEFUNCTION, self._take_body),
            (pycurl.HEADERFUNCTION, self._take_header),
            *body,
        )

    def judge(self, error: int | None, words: str) -> Finding:
        """What the transfer showed; `error` is libcurl's number, None for a whole answer."""
        handle = self._handle
        facts = {"url": self._settings.shown}
        status = int(handle.getinfo(pycurl.RESPONSE_CODE))
        total = timedelta(seconds=float(handle.getinfo(pycurl.TOTAL_TIME)))
        facts |= self._phases()
        # The body was longer than we read: the answer itself was fine.
        if error == pycurl.E_WRITE_ERROR and self._cut:
            error = None
        if status:
            facts["status"] = str(status)
        if error is None and not self._headers_whole:
            # libcurl is content with a status line; an answer torn in its headers is none.
            error, words = pycurl.E_PARTIAL_FILE, "the answer ended within its headers"
        if error is not None:
            return self._failed(error, words, total, facts)
        said = f"HTTP {status} from {self._settings.shown} in {milliseconds(total)}"
        if status not in self._settings.status:
            return Finding(Verdict.DOWN, said, facts)
        wrong = self._unmet()
        if wrong is not None:
            verdict, complaint = wrong
            return Finding(verdict, f"{said}, but {complaint}", facts | {"error": "answer"})
        if slower(total, self._settings.degraded_after):
            limit = milliseconds(self._settings.degraded_after or timedelta())
            return Finding(Verdict.DEGRADED, f"{said}, slower than {limit}", facts)
        return Finding(Verdict.UP, said, facts)

    def _failed(self, error: int, words: str, total: timedelta, facts: dict[str, str]) -> Finding:
        facts["error"] = _WORDS.get(error, f"curl-{error}")
        if error == pycurl.E_OPERATION_TIMEDOUT:
            reached = "connected" if float(self._handle.getinfo(pycurl.CONNECT_TIME)) > 0 else "not connected"
            words = f"no whole answer within {milliseconds(self._timeout)} ({reached})"
        number = int(self._handle.getinfo(pycurl.OS_ERRNO))
        if number == 0 and error in (pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_HOST):
            number = _no_socket_to_be_had()
        ours = error in _OWN_ERRORS or is_ours(number)
        return Finding(
            Verdict.UNKNOWN if ours else Verdict.DOWN,
            f"{'could not ask' if ours else 'no answer from'} {self._settings.shown}: {words or facts['error']}",
            facts,
        )

    def _unmet(self) -> tuple[Verdict, str] | None:
        """The first expectation the answer does not meet."""
        settings = self._settings
        for name, wanted in settings.header:
            found = self._answer_headers.get(name.lower())
            if found is None or wanted.lower() not in found.lower():
                return Verdict.DOWN, f"its header {name} is {found!r}, not {wanted!r}"
        if settings.contains is not None and settings.contains.encode("utf-8", "replace") not in self._body:
            if self._cut:
                return Verdict.UNKNOWN, "its body is too long to be searched"
            return Verdict.DOWN, f"its body does not contain {settings.contains!r}"
        if not settings.json:
            return None
        if self._cut:
            return Verdict.UNKNOWN, "its body is too long to be read as JSON"
        try:
            document = json.loads(self._body)
        except (ValueError, RecursionError):
            return Verdict.DOWN, "its body is not JSON"
        for path, wanted in settings.json:
            value = _at(document, path)
            if value != wanted:
                return Verdict.DOWN, f"{path} is {'missing' if value is None else value}, not {wanted}"
        return None

    def _phases(self) -> dict[str, str]:
        """How the time was spent, each phase from the beginning, in milliseconds; those not reached are left out."""
        marks = {
            "dns_ms": pycurl.NAMELOOKUP_TIME,
            "connect_ms": pycurl.CONNECT_TIME,
            "tls_ms": pycurl.APPCONNECT_TIME,
            "first_byte_ms": pycurl.STARTTRANSFER_TIME,
            "total_ms": pycurl.TOTAL_TIME,
        }
        seconds = {name: float(self._handle.getinfo(mark)) for name, mark in marks.items()}
        phases = {name: f"{value * 1000:.1f}" for name, value in seconds.items() if value > 0}
        address = str(self._handle.getinfo(pycurl.PRIMARY_IP) or "")
        return phases | ({"address": address} if address else {})

    def _take_body(self, data: bytes) -> int:
        if len(self._body) + len(data) > LARGEST_BODY:
            self._cut = True
            return 0  # ends the transfer with E_WRITE_ERROR
        self._body += data
        return len(data)

    def _take_header(self, line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if line.startswith(b"HTTP/"):
            self._answer_headers.clear()  # what came before belonged to a 1xx answer
        self._headers_whole = line in (b"\r\n", b"\n")
        if not colon:
            return
        key = name.strip().lower()
        value = value.strip()
        self._answer_headers[key] = (
            f"{self._answer_headers[key]}, {value}" if key in self._answer_headers else value
        )


def _no_socket_to_be_had() -> int:
    """The error number if this process cannot open a socket at all, else 0; libcurl does not tell."""
    try:
        socket.socket().close()
    except OSError as error:
        return error.errno or 0
    return 0


def connect_to(text: str) -> tuple[str, ...]:
    """The entries of `TOCSIN_CONNECT_TO`. Raises ConfigError for one that is not host:port:address:port."""
    entries = tuple(entry.strip() for entry in text.split(",") if entry.strip())
    for entry in entries:
        # An IPv6 address stands in brackets and has colons of its own.
        bare = "".join(part.partition("]")[2] for part in f"]{entry}".split("["))
        parts = bare.split(":")
        if len(parts) != 4 or not all(part.isdecimal() or not part for part in (parts[1], parts[3])):
            raise ConfigError(
                f"{CONNECT_TO}: {entry!r} is not host:port:address:port.",
                hint="Write for example api.example.com:443:127.0.0.1:8443; separate several by commas.",
            )
    return entries


def trust(variables: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    own = variables.get(CA_FILE)
    if own:
        if not Path(own).is_file() or not os.access(own, os.R_OK):
            raise ConfigError(f"{CA_FILE}: {own} is not a file that can be read.")
        return ((pycurl.CAINFO, own),)
    # The libcurl of the wheel looks where its builder's system keeps certificates, not this one's.
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return ((pycurl.CAINFO, system.cafile),)
    return ((pycurl.CAPATH, system.capath),) if system.capath else ()


def _statuses(keys: Keys) -> frozenset[int]:
    accepted: set[int] = set()
    for item in keys.list_of("status") or ("2xx",):
        match item:
            case bool():
                raise keys.wrong("status", f"must be codes such as 200 or '2xx', not {item!r}")
            case int(code) if 100 <= code <= 599:
                accepted.add(code)
            case str(text) if len(text) == 3 and text[0] in "12345" and text[1:].lower() == "xx":
                accepted |= set(range(int(text[0]) * 100, int(text[0]) * 100 + 100))
            case str(text) if len(text) == 3 and text.isdecimal() and 100 <= int(text) <= 599:
                accepted.add(int(text))
            case _:
                raise keys.wrong("status", f"must be codes such as 200 or '2xx', not {item!r}")
    return frozenset(accepted)


def _at(document: object, path: str) -> str | None:
    """The value at a dotted path, as text; None if it is not there. A whole key with dots wins over its parts."""
    value = document
    rest = path
    while rest:
        match value:
            case dict(table) if rest in table:
                value, rest = table[rest], ""
            case dict(table):
                name, _, rest = rest.partition(".")
                if name not in table:
                    return None
                value = table[name]
            case list(items):
                name, _, rest = rest.partition(".")
                if not name.isdecimal() or int(name) >= len(items):
                    return None
                value = items[int(name)]
            case _:
                return None
    match value:
        case str(text):
            return text
        case _:
            return json.dumps(value)
