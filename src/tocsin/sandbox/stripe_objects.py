"""Stripe's objects as its API shows them, as far as drills need them, and its signature."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from tocsin.sandbox.sinks.recording import MARK, Answer, answer_json

API_VERSION = "2025-09-30.clover"
_PAGE = 10
_LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `permissions` None is an unrestricted one."""

    secret: str
    permissions: frozenset[str] | None = None
    revoked: bool = False

    @property
    def shown(self) -> str:
        """As Stripe writes a key in messages: its kind and last four characters."""
        head, _, tail = self.secret.rpartition("_")
        return f"{head}_{'*' * max(0, len(tail) - 4)}{tail[-4:]}" if head else "*" * len(self.secret)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an event: `status` is None when nobody answered; `at` is Unix time."""

    event: str
    url: str
    status: int | None
    at: int

    @property
    def accepted(self) -> bool:
        """Whether the endpoint answered with 2xx; anything else is retried."""
        return self.status is not None and 200 <= self.status < 300


def new_id(prefix: str) -> str:
    """A new name of an object: "pi_DRILL…"."""
    return f"{prefix}_{MARK}{secrets.token_hex(8)}"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A payment intent; `amount` in the smallest unit, `created` in Unix time, `key` shortened."""

    id: str = msgspec.field(default_factory=lambda: new_id("pi"))
    kind: str = msgspec.field(name="object", default="payment_intent")
    amount: int
    currency: str
    status: str = "requires_confirmation"
    created: int
    livemode: bool = False
    description: str = MARK
    key: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund of a payment intent; units as there."""

    id: str = msgspec.field(default_factory=lambda: new_id("re"))
    kind: str = msgspec.field(name="object", default="refund")
    amount: int
    currency: str
    payment_intent: str
    status: str = "succeeded"
    created: int
    key: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `data` holds the object as it was then."""

    id: str = msgspec.field(default_factory=lambda: new_id("evt"))
    kind: str = msgspec.field(name="object", default="event")
    type: str
    api_version: str = API_VERSION
    created: int
    livemode: bool = False
    pending_webhooks: int = 1
    data: dict[str, object]

    @property
    def payload(self) -> bytes:
        """The body of a delivery; the same bytes each time, for they are signed."""
        return msgspec.json.encode(self)


def signature(payload: bytes, at: int, secret: str) -> str:
    """`v1` of the header Stripe-Signature: HMAC-SHA256 of "t.payload", in hex."""
    signed = f"{at}.".encode() + payload
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def stripe_error(status: int, message: str, *, code: str | None = None) -> Answer:
    """An error body as Stripe writes it."""
    error = {"message": message, "type": "invalid_request_error", **({"code": code} if code else {})}
    return answer_json(status, {"error": error}, ("Request-Id", new_id("req")))


def listed(url: str, objects: Iterable[Intent | Refund | Event], query: Mapping[str, str]) -> object:
    """A list, newest first, paged by `limit` and `starting_after`."""
    newest_first = list(objects)[::-1]
    after = query.get("starting_after")
    names = [one.id for one in newest_first]
    start = names.index(after) + 1 if after in names else 0
    wanted = query.get("limit", "")
    size = min(int(wanted), _LARGEST_PAGE) if wanted.isdigit() and int(wanted) else _PAGE
    page = newest_first[start : start + size]
    return {"object": "list", "url": url, "has_more": start + size < len(newest_first), "data": page}


def ledger_balance(intents: Iterable[Intent], refunds: Iterable[Refund]) -> object:
    """The account's balance per currency: succeeded payments less refunds."""
    totals: dict[str, int] = {"usd": 0}
    for paid in intents:
        if paid.status == "succeeded":
            totals[paid.currency] = totals.get(paid.currency, 0) + paid.amount
    for back in refunds:
        totals[back.currency] = totals.get(back.currency, 0) - back.amount
    available = [{"amount": amount, "currency": currency} for currency, amount in sorted(totals.items())]
    return {"object": "balance", "available": available, "pending": [], "livemode": False}
