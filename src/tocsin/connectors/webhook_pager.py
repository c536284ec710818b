"""Pages as an HTTP POST, signed as Standard Webhooks (docs/how-to/wake-somebody.md)."""

import base64
import binascii
import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import httpx2

from tocsin.connectors.api import PageMessage, Receipt
from tocsin.errors import ConfigError, Permanent, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

CONNECT_WITHIN = timedelta(seconds=5)
TOTAL = timedelta(seconds=15)
_PASSING = frozenset({408, 425, 429})
_LARGEST_ANSWER = 64 * 1024
_LONGEST_WAIT = timedelta(hours=1)


class WebhookPager:
    """Posts pages to one address. Connections are kept and used again; redirects are not followed.

    Args:
        url: where to post.
        secret: "whsec_…" as Standard Webhooks writes it, or None to send unsigned.
        ca_file: path of a file with the certificates to trust instead of the system's, or None.

    Raises ConfigError for a secret that is none, OSError for a file that cannot be read.
    """

    def __init__(self, url: str, secret: str | None, clock: Clock, *, ca_file: str | None = None) -> None:
        self._url = url
        self._where = _without_secrets(url)
        self._key = None if secret is None else signing_key(secret)
        self._clock = clock
        connect = CONNECT_WITHIN.total_seconds()
        timeout = httpx2.Timeout(TOTAL.total_seconds() - connect, connect=connect)
        # trust_env off: a proxy variable meant for something else must not swallow a page.
        self._client = httpx2.Client(
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(cafile=ca_file),
            headers={"user-agent": "tocsin"},
        )

    def page(self, message: PageMessage) -> Receipt:
        """Post the page; returns when the other side has answered 2xx.

        Raises Temporary (with what `Retry-After` says) for 408, 425, 429, 5xx and when no answer came, and
        Permanent for everything else the other side answers.
        """
        now = self._clock.now()
        body = _body(message, now)
        headers = self._headers(message.key, now, body)
        deadline = self._clock.monotonic() + TOTAL.total_seconds()
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                answer = self._read(response, deadline)
        except httpx2.TimeoutException as error:
            raise Temporary(
                f"webhook pager: {self._where} did not answer in time ({type(error).__name__})."
            ) from error
        except httpx2.RequestError as error:
            # Also a torn answer after a 2xx: handing the same key over again is harmless, a lost page is not.
            said = str(error) or type(error).__name__
            raise Temporary(f"webhook pager: no whole answer from {self._where}: {said}.") from error
        status = response.status_code
        if 200 <= status < 300:
            return Receipt(_reference(response, answer), self._clock.now())
        said = f"webhook pager: {self._where} answered HTTP {status}"
        if status in _PASSING or status >= 500:
            wait = retry_after(response.headers.get("retry-after"), now)
            raise Temporary(f"{said}.", retry_after=wait)
        if 300 <= status < 400:
            raise Permanent(
                f"{said}, a redirect, which is not followed.", hint="Set url to the final address."
            )
        if status == 410:
            raise Permanent(f"{said}: this address is gone.", hint="Set a new url for this pager.")
        raise Permanent(f"{said}.", hint="Check the url, the secret and what the receiver expects.")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _headers(self, key: str, now: datetime, body: bytes) -> dict[str, str]:
        headers = {"content-type": "application/json", "idempotency-key": quote(key, safe=_VISIBLE)}
        stamp = str(int(now.timestamp()))
        headers["webhook-id"] = webhook_id(key)
        headers["webhook-timestamp"] = stamp
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, headers["webhook-id"], stamp, body)
        return headers

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        """The beginning of the answer; a receiver that trickles does not hold us longer than the limit."""
        answer = b""
        for chunk in response.iter_bytes():
            answer += chunk
            if len(answer) >= _LARGEST_ANSWER or self._clock.monotonic() > deadline:
                break
        return answer


_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")


def from_settings(what: str, settings: Mapping[str, object]) -> WebhookPager:
    """The pager of a table with the keys `url`, `secret` and `ca_file`. Raises ConfigError."""
    keys = Keys(what, settings)
    url = keys.text("url")
    secret = keys.text_or_none("secret")
    ca_file = keys.text_or_none("ca_file")
    keys.done()
    if not _usable(url):
        raise keys.wrong("url", "must begin with http:// or https:// and name a host")
    try:
        return WebhookPager(url, secret, SystemClock(), ca_file=ca_file)
    except ConfigError as error:
        raise keys.wrong("secret", error.message) from error
    except OSError as error:
        raise keys.wrong("ca_file", f"cannot be used: {error}") from error


def signing_key(secret: str) -> bytes:
    """The bytes of a "whsec_…" secret. Raises ConfigError if it is not base64 of at least 24 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError("is not base64 after whsec_") from error
    if len(key) < 24:
        raise ConfigError("holds fewer than 24 bytes")
    return key


def webhook_id(key: str) -> str:
    """The key as Standard Webhooks allows an id: visible ASCII without a dot, different for different keys."""
    return quote(key, safe=_VISIBLE).replace(".", "%2E")


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode("ascii") + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


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


def _body(message: PageMessage, now: datetime) -> bytes:
    page = {
        "key": message.key,
        "to": message.to,
        "address": message.address,
        "subject": message.subject,
        "body": message.body,
        "link": message.link,
        "drill": message.drill,
    }
    return json.dumps({"type": "page", "timestamp": now.isoformat(), "data": page}).encode("ascii")


def _reference(response: httpx2.Response, answer: bytes) -> str:
    """The receiver's own name for what it took, or at least its status."""
    try:
        match json.loads(answer):
            case {"reference": str(name)} | {"id": str(name)} if name:
                return name
            case _:
                pass
    except (ValueError, RecursionError):
        pass
    return response.headers.get("x-request-id") or f"HTTP {response.status_code}"


def _usable(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
