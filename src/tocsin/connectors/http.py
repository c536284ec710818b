"""Requests to vendors: time limits, no redirects, no proxies, and every failure told as Temporary or Permanent.

Rules O4 and O6 of the outgoing formats: connect within 5 s, 15 s in all; 408, 425, 429, 5xx and no answer are
Temporary with what `Retry-After` says; everything else is Permanent. No secret ever stands in an error.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from tocsin.connectors.address import usable
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.kit.redact import Redactor

CONNECT_WITHIN = timedelta(seconds=5)
TOTAL = timedelta(seconds=15)
_PASSING = frozenset({408, 425, 429})
_LARGEST_ANSWER = 64 * 1024
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What every pager that speaks HTTP takes beside its own keys.

    Attributes:
        ca_file: file with the certificates to trust instead of the system's, or None. timeout: for one request.
    """

    ca_file: str | None = None
    timeout: timedelta = TOTAL

    @classmethod
    def read(cls, keys: Keys) -> "HttpSettings":
        """From the keys `ca_file` and `timeout`. Raises ConfigError."""
        ca_file = keys.text_or_none("ca_file")
        if ca_file is not None:
            try:
                ssl.create_default_context(cafile=ca_file)
            except OSError as error:
                raise keys.wrong("ca_file", f"cannot be used: {error}") from error
        return cls(ca_file, keys.duration_or_none("timeout") or TOTAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers`: names in lower case. `body`: its beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def good(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def value(self) -> object:
        """The body as JSON, or None if it is none."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found


class Http:
    """A client of one vendor. Connections are kept and used again.

    Args:
        what: who speaks, for messages: "webhook pager".
        secrets: values that never appear in an error, whatever the other side echoes.
    """

    def __init__(
        self,
        what: str,
        clock: Clock,
        settings: HttpSettings | None = None,
        *,
        secrets: tuple[str, ...] = (),
        auth: tuple[str, str] | None = None,
    ) -> None:
        settings = settings or HttpSettings()
        self._what = what
        self._clock = clock
        self._limit = settings.timeout
        self._redactor = Redactor(secrets)
        total = settings.timeout.total_seconds()
        connect = min(CONNECT_WITHIN.total_seconds(), total)
        # trust_env off: a proxy variable meant for something else must not swallow a page.
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(max(total - connect, total / 2), connect=connect),
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(cafile=settings.ca_file),
            headers={"user-agent": "tocsin"},
            auth=auth,
        )

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and return whatever was answered, good or not.

        Raises Temporary when no whole answer came.
        """
        return self._send("POST", url, content, headers)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The same by GET."""
        return self._send("GET", url, None, headers or {})

    def refused(
        self, answer: Answer, url: str, said: str = "", hint: str | None = None
    ) -> Temporary | Permanent:
        """The error that an answer other than 2xx means.

        Args:
            said: what the other side gave as its reason. hint: the next step when it is Permanent.
        """
        reason = f" ({self._redactor.redact(said)})" if said else ""
        line = f"{self._what}: {origin(url)} answered HTTP {answer.status}{reason}"
        if answer.status in _PASSING or answer.status >= 500:
            return Temporary(
                f"{line}.", retry_after=retry_after(answer.headers.get("retry-after"), answer.at)
            )
        if 300 <= answer.status < 400:
            return Permanent(
                f"{line}, a redirect, which is not followed.", hint="Set the url to the final address."
            )
        if answer.status == 410:
            return Permanent(f"{line}: this address is gone.", hint="Set a new url for this pager.")
        return Permanent(f"{line}.", hint=hint)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _send(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        deadline = self._clock.monotonic() + self._limit.total_seconds()
        try:
            with self._client.stream(method, url, content=content, headers=dict(headers)) as response:
                body = self._read(response, deadline)
        except httpx2.TimeoutException as error:
            raise Temporary(
                f"{self._what}: {origin(url)} did not answer in time ({type(error).__name__})."
            ) from error
        except httpx2.RequestError as error:
            # Also a torn answer after a 2xx: handing the same key over again is harmless, a lost page is not.
            said = self._redactor.redact(str(error)) or type(error).__name__
            raise Temporary(f"{self._what}: no whole answer from {origin(url)}: {said}.") from error
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, body, self._clock.now())

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        """The beginning of the answer; a receiver that trickles does not hold us longer than the limit."""
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) >= _LARGEST_ANSWER or self._clock.monotonic() > deadline:
                break
        return body


def base_url(keys: Keys, default: str, key: str = "base_url") -> str:
    """The address of a vendor without a slash at its end. Raises ConfigError."""
    url = keys.text_or_none(key) or default
    if not usable(url):
        raise keys.wrong(key, "must begin with http:// or https:// and name a host")
    return url.rstrip("/")


def origin(url: str) -> str:
    """Scheme, host and port: what may be shown of an address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a `Retry-After` header (seconds or a date) asks to wait, at most an hour; None if it says nothing."""
    if value is None:
        return None
    if value.strip().isdecimal():
        # Longer numbers overflow and mean "long" anyway.
        return min(timedelta(seconds=int(value.strip()[:9])), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return min(max(at - now, timedelta()), _LONGEST_WAIT)
