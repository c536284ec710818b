"""What a stand-in sends to us in the vendor's name: a body, and the headers that prove where it comes from."""

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signed:
    """A request to one of tocsin's own doors: whoever drills posts it there."""

    body: bytes
    headers: dict[str, str]


def hexadecimal(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 in hex, which is what Slack, Sentry and Grafana use."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
