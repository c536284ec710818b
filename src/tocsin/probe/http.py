"""HTTP checks with libcurl: a fresh connection each, no redirect followed unless asked, no hidden retry (NOI-06).

`Transfer` prepares and judges; `probe` performs it alone. Many at once (libcurl multi) need only another
way to perform.
"""

import json
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pycurl

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock
from tocsin.probe.attempt import CUT_OFF, Attempt, Finding, attempt, cut_off, is_ours, milliseconds, slower
from tocsin.probe.http_settings import HttpSettings, http_settings, value_at
from tocsin.probe.limit import Measure, judged
from tocsin.probe.lookups import Lookups

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
_MARKS = (
    pycurl.NAMELOOKUP_TIME,
    pycurl.CONNECT_TIME,
    pycurl.APPCONNECT_TIME,
    pycurl.PRETRANSFER_TIME,
    pycurl.STARTTRANSFER_TIME,
    pycurl.TOTAL_TIME,
)
# A watcher that is kept from running finds its own time limits passed. Beyond this share of the limit a timeout says
# nothing about the other side (NOI-03).
_KEPT_WAITING = 0.1
_WORDS = {
    pycurl.E_TOO_MANY_REDIRECTS: "redirects",
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


class HttpProber:
    """Takes samples of HTTP checks. May be used by many threads at once.

    Args:
        variables: the environment; `TOCSIN_CONNECT_TO` and `TOCSIN_CA_FILE` are read from it.

    Raises ConfigError if one of the two cannot be used.
    """

    def __init__(self, clock: Clock, variables: Mapping[str, str], lookups: Lookups | None = None) -> None:
        self._clock = clock
        self._lookups = lookups or Lookups(clock)
        self._connect_to = connect_to(variables.get(CONNECT_TO, ""))
        self._trusted = trust(variables)
        # libcurl keeps the parsed certificates of a handle between attempts, never the connection (see Transfer).
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
        transfer = self.transfer(trying.spec, handle)
        transfer.begin()
        try:
            handle.perform()
        except pycurl.error as error:
            return transfer.judge(int(error.args[0]), str(error.args[1]))
        return transfer.judge(None, "")

    def transfer(
        self, spec: CheckSpec, handle: pycurl.Curl, settings: HttpSettings | None = None
    ) -> "Transfer":
        """The request of a check on this handle. Raises ConfigError if its settings cannot be used.

        Args:
            settings: those of the check, if they were read before.
        """
        settings = settings or http_settings(spec)
        return Transfer(settings, spec.timeout, handle, self._connect_to, self._trusted, self._lookups)


def _not_measured(facts: dict[str, str], kept_waiting: timedelta) -> Finding:
    late = f"{kept_waiting.total_seconds() * 1000:.0f}"
    said = f"not measured: we were kept waiting ourselves for {late} ms"
    return Finding(Verdict.UNKNOWN, said, {**facts, "late_ms": late})


class Transfer:
    """One request: prepares a handle, keeps what comes back, judges it. After `begin` it can be made again."""

    def __init__(
        self,
        settings: HttpSettings,
        timeout: timedelta,
        handle: pycurl.Curl,
        connect_to: tuple[str, ...],
        trust: tuple[tuple[int, str], ...],
        lookups: Lookups,
    ) -> None:
        self._lookups = lookups
        self._settings = settings
        self._shown = settings.shown
        self._timeout = timeout
        self._handle = handle
        self.begin()
        handle.reset()
        for option, value in self._options():
            handle.setopt(option, value)
        for option, path in trust:
            handle.setopt(option, path)
        if connect_to:
            handle.setopt(pycurl.CONNECT_TO, list(connect_to))

    @property
    def handle(self) -> pycurl.Curl:
        """What performs it."""
        return self._handle

    def begin(self) -> None:
        """Forget the answer before."""
        self.body = bytearray()
        self._cut = False
        self.answer_headers: dict[str, str] = {}
        self._headers_whole = False

    def _options(self) -> tuple[tuple[int, object], ...]:
        settings = self._settings
        names = {name.lower() for name, _ in settings.headers}
        agent = [] if "user-agent" in names else ["User-Agent: tocsin"]
        body: tuple[tuple[int, object], ...] = ((pycurl.NOBODY, 1),) if settings.method == "HEAD" else ()
        if settings.body is not None:
            body = ((pycurl.POSTFIELDS, settings.body.encode("utf-8", "replace")),)
        return (
            (pycurl.URL, settings.url),
            (pycurl.CUSTOMREQUEST, settings.method),
            (pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in settings.headers] + agent),
            (pycurl.TIMEOUT_MS, max(1, round(self._timeout.total_seconds() * 1000))),
            (pycurl.FRESH_CONNECT, 1),
            (pycurl.FORBID_REUSE, 1),
            (pycurl.DNS_CACHE_TIMEOUT, 0),
            (pycurl.SSL_SESSIONID_CACHE, 0),
            (pycurl.FOLLOWLOCATION, int(settings.redirects > 0)),
            (pycurl.MAXREDIRS, settings.redirects),
            # Never from https back to plain http: what is sent along was meant to be secret.
            (pycurl.REDIR_PROTOCOLS, _redirects_to(settings.url)),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.NOSIGNAL, 1),
            (pycurl.ACCEPT_ENCODING, ""),
            (pycurl.WRITEFUNCTION, self._take_body),
            (pycurl.HEADERFUNCTION, self._take_header),
            *body,
        )

    def judge(self, error: int | None, words: str, kept_waiting: timedelta = timedelta()) -> Finding:
        """What the transfer showed; `error` is libcurl's number, None for a whole answer.

        `kept_waiting` is how long whoever performs it was itself kept from running meanwhile: what is slow only by that
        is unknown (NOI-03).
        """
        handle = self._handle
        facts = {"url": self._shown}
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
            if error == pycurl.E_OPERATION_TIMEDOUT and kept_waiting > self._timeout * _KEPT_WAITING:
                return _not_measured(facts | {"error": "timeout"}, kept_waiting)
            return self._failed(error, words, total, facts)
        said = f"HTTP {status} from {self._shown} in {milliseconds(total)}"
        if status not in self._settings.status:
            return Finding(Verdict.DOWN, said, facts)
        if followed := int(handle.getinfo(pycurl.REDIRECT_COUNT)):
            facts["redirects"] = str(followed)
        wrong = self._unmet()
        if wrong is not None:
            verdict, complaint = wrong
            return Finding(verdict, f"{said}, but {complaint}", facts | {"error": "answer"})
        finding = self._timed(said, total, facts)
        if finding.verdict is Verdict.UP or not kept_waiting:
            return finding
        without = self._timed(said, total - kept_waiting, facts, kept_waiting.total_seconds())
        return finding if without.verdict is finding.verdict else _not_measured(facts, kept_waiting)

    def _timed(self, said: str, total: timedelta, facts: dict[str, str], less: float = 0.0) -> Finding:
        """The finding by how long it took; of each phase so many seconds less."""
        finding = judged(said, facts, [Measure(each.limit, each.value - less) for each in self._measures()])
        if finding.verdict is Verdict.UP and slower(total, self._settings.degraded_after):
            limit = milliseconds(self._settings.degraded_after or timedelta())
            return Finding(Verdict.DEGRADED, f"{said}, slower than {limit}", facts)
        return finding

    def _measures(self) -> list[Measure]:
        """How long each phase took by itself, against its limit; the first byte counts from the request on."""
        if not self._settings.phases:
            return []
        marks = [float(self._handle.getinfo(mark)) for mark in _MARKS]
        dns, connect, tls, ready, first, total = marks
        spans = {
            "dns": dns,
            "connect": connect - dns,
            "tls": tls - connect if tls else 0.0,
            "first_byte": first - ready,
            "total": total,
        }
        return [Measure(limit, max(0.0, spans[limit.name])) for limit in self._settings.phases]

    def _failed(self, error: int, words: str, total: timedelta, facts: dict[str, str]) -> Finding:
        facts["error"] = _WORDS.get(error, f"curl-{error}")
        if error == pycurl.E_OPERATION_TIMEDOUT:
            reached = "connected" if float(self._handle.getinfo(pycurl.CONNECT_TIME)) > 0 else "not connected"
            words = f"no whole answer within {milliseconds(self._timeout)} ({reached})"
        if self._no_names(error):
            said = f"could not ask {self._shown}: no name can be looked up from here"
            return Finding(Verdict.UNKNOWN, said, {**facts, "error": "dns", **CUT_OFF})
        number = int(self._handle.getinfo(pycurl.OS_ERRNO))
        if number == 0 and error in (pycurl.E_COULDNT_CONNECT, pycurl.E_COULDNT_RESOLVE_HOST):
            number = _no_socket_to_be_had()
        ours = error in _OWN_ERRORS or is_ours(number)
        return Finding(
            Verdict.UNKNOWN if ours else Verdict.DOWN,
            f"{'could not ask' if ours else 'no answer from'} {self._shown}: {words or facts['error']}",
            {**facts, **cut_off(number)},
        )

    def _no_names(self, error: int) -> bool:
        """Whether the lookup of the name failed, or took all the time, and our own name servers are to blame."""
        hung = (
            error == pycurl.E_OPERATION_TIMEDOUT and float(self._handle.getinfo(pycurl.NAMELOOKUP_TIME)) <= 0
        )
        if not hung and error != pycurl.E_COULDNT_RESOLVE_HOST:
            return False
        return not self._lookups.work(urlsplit(self._settings.url).hostname or "")

    def _unmet(self) -> tuple[Verdict, str] | None:
        """The first expectation the answer does not meet."""
        settings = self._settings
        for name, wanted in settings.header:
            found = self.answer_headers.get(name.lower())
            if found is None or wanted.lower() not in found.lower():
                return Verdict.DOWN, f"its header {name} is {found!r}, not {wanted!r}"
        if settings.contains is not None and settings.contains.encode("utf-8", "replace") not in self.body:
            if self._cut:
                return Verdict.UNKNOWN, "its body is too long to be searched"
            return Verdict.DOWN, f"its body does not contain {settings.contains!r}"
        if not settings.json:
            return None
        if self._cut:
            return Verdict.UNKNOWN, "its body is too long to be read as JSON"
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return Verdict.DOWN, "its body is not JSON"
        for path, wanted in settings.json:
            value = value_at(document, path)
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
        if len(self.body) + len(data) > LARGEST_BODY:
            self._cut = True
            return 0  # ends the transfer with E_WRITE_ERROR
        self.body += data
        return len(data)

    def _take_header(self, line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if line.startswith(b"HTTP/"):
            self.answer_headers.clear()  # what came before belonged to a 1xx answer
        self._headers_whole = line in (b"\r\n", b"\n")
        if not colon:
            return
        key = name.strip().lower()
        value = value.strip()
        self.answer_headers[key] = (
            f"{self.answer_headers[key]}, {value}" if key in self.answer_headers else value
        )


def _redirects_to(url: str) -> int:
    return int(
        pycurl.PROTO_HTTPS if url.lower().startswith("https:") else pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
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
    """libcurl's options for the authorities to believe: those of `TOCSIN_CA_FILE`, else the system's. Raises ConfigError."""
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
