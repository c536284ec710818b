"""Pages as an HTTP POST, signed as Standard Webhooks (docs/how-to/wake-somebody.md)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from tocsin.connectors.api import PageMessage, Receipt
from tocsin.connectors.http import Answer, Http, HttpSettings, base_url
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys


class WebhookPager:
    """Posts pages to one address. Redirects are not followed.

    Args:
        url: where to post.
        secret: "whsec_…" as Standard Webhooks writes it, or None to send unsigned.
        old_secret: while it is replaced: signed with as well, so that the receiver may change over when it likes.

    Raises ConfigError for a secret that is none, OSError for a file that cannot be read.
    """

    def __init__(
        self,
        url: str,
        secret: str | None,
        clock: Clock,
        http: HttpSettings | None = None,
        old_secret: str | None = None,
    ) -> None:
        known = tuple(each for each in (secret, old_secret) if each is not None)
        self._url = url
        self._keys = tuple(signing_key(each) for each in known)
        self._clock = clock
        self._http = Http("webhook pager", clock, http, secrets=(url, *known))

    def page(self, message: PageMessage) -> Receipt:
        """Post the page; returns when the other side has answered 2xx.

        Raises Temporary (with what `Retry-After` says) for 408, 425, 429, 5xx and when no answer came, and
        Permanent for everything else the other side answers.
        """
        now = self._clock.now()
        body = _body(message, now)
        answer = self._http.post(self._url, body, self._headers(message.key, now, body))
        if answer.good:
            return Receipt(_reference(answer), answer.at)
        hint = "Check the url, the secret and what the receiver expects."
        raise self._http.refused(answer, self._url, hint=hint)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _headers(self, key: str, now: datetime, body: bytes) -> dict[str, str]:
        headers = {"content-type": "application/json", "idempotency-key": quote(key, safe=_VISIBLE)}
        stamp = str(int(now.timestamp()))
        headers["webhook-id"] = webhook_id(key)
        headers["webhook-timestamp"] = stamp
        if self._keys:
            name = headers["webhook-id"]
            headers["webhook-signature"] = " ".join(signature(key, name, stamp, body) for key in self._keys)
        return headers


_LARGEST_BYTES = 20_000
_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")


def from_settings(what: str, settings: Mapping[str, object]) -> WebhookPager:
    """The pager of a table with the keys `url`, `secret`, `old_secret`, `ca_file` and `timeout`. Raises ConfigError."""
    keys = Keys(what, settings)
    url = keys.text("url")
    base_url(keys, url, "url")
    secret, old_secret = keys.text_or_none("secret"), keys.text_or_none("old_secret")
    http = HttpSettings.read(keys)
    keys.done()
    for name, value in (("secret", secret), ("old_secret", old_secret)):
        try:
            if value is not None:
                signing_key(value)
        except ConfigError as error:
            raise keys.wrong(name, error.message) from error
    return WebhookPager(url, secret, SystemClock(), http, old_secret)


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


def _body(message: PageMessage, now: datetime) -> bytes:
    """The page as JSON, below the 20 kB that receivers of Standard Webhooks take; the text is what is cut."""
    text, end = message.body, ""
    while True:
        body = _json(message, text + end, now)
        if len(body) < _LARGEST_BYTES or not text:
            return body
        text, end = text[: len(text) * 3 // 4], "…"


def _json(message: PageMessage, text: str, now: datetime) -> bytes:
    page = {
        "key": message.key,
        "to": message.to,
        "address": message.address,
        "subject": message.subject,
        "body": text,
        "link": message.link,
        "drill": message.drill,
        "kind": message.kind,
        "incidents": message.incidents,
        "severity": message.severity,
    }
    return json.dumps({"type": "page", "timestamp": now.isoformat(), "data": page}).encode("ascii")


def _reference(answer: Answer) -> str:
    """The receiver's own name for what it took, or at least its status."""
    match answer.value():
        case {"reference": str(name)} | {"id": str(name)} if name:
            return name
        case _:
            return answer.headers.get("x-request-id") or f"HTTP {answer.status}"
