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

    Raises ConfigError for a secret that is none, OSError for a file that cannot be read.
    """

    def __init__(self, url: str, secret: str | None, clock: Clock, http: HttpSettings | None = None) -> None:
        self._url = url
        self._key = None if secret is None else signing_key(secret)
        self._clock = clock
        self._http = Http("webhook pager", clock, http, secrets=(url, *((secret,) if secret else ())))

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
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, headers["webhook-id"], stamp, body)
        return headers


_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")


def from_settings(what: str, settings: Mapping[str, object]) -> WebhookPager:
    """The pager of a table with the keys `url`, `secret`, `ca_file` and `timeout`. Raises ConfigError."""
    keys = Keys(what, settings)
    url = keys.text("url")
    base_url(keys, url, "url")
    secret = keys.text_or_none("secret")
    http = HttpSettings.read(keys)
    keys.done()
    try:
        return WebhookPager(url, secret, SystemClock(), http)
    except ConfigError as error:
        raise keys.wrong("secret", error.message) from error


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
    page = {
        "key": message.key,
        "to": message.to,
        "address": message.address,
        "subject": message.subject,
        "body": message.body,
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
