"""A stand-in for Stripe: keys that can be revoked at any moment, a little of its API, and signed webhooks.

The vendor's own client library talks to it: `stripe.StripeClient(key, base_addresses={"api": url})`.
Every object says that it is not live, and carries DRILL in its description or metadata.
"""

import base64
import http.client
import secrets
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tocsin.errors import NotFound, Refused
from tocsin.kit.clock import Clock
from tocsin.sandbox.sinks.recording import MARK, Answer, Request, StandIn, answer_json
from tocsin.sandbox.stripe_objects import (
    Delivery,
    Event,
    Intent,
    Key,
    Refund,
    ledger_balance,
    listed,
    signature,
    stripe_error,
)

_POST_SECONDS = 60.0
_NEEDS = {
    ("GET", "balance"): "balance_read",
    ("GET", "payment_intents"): "payment_intent_read",
    ("POST", "payment_intents"): "payment_intent_write",
    ("GET", "refunds"): "charge_read",
    ("POST", "refunds"): "charge_write",
    ("GET", "events"): "event_read",
}
_FINISHED = {"confirm": "succeeded", "cancel": "canceled"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where webhooks go.

    Attributes:
        url: as Stripe knows it: "https://api.cookcam.app/webhook".
        secret: signs the deliveries: "whsec_…".
        port: of 127.0.0.1, where that address really is in the sandbox.
        ca: whom to trust for https.
    """

    url: str
    secret: str
    port: int
    ca: Path | None = None


@dataclass(slots=True)
class _Ledger:
    keys: dict[str, Key] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    repeated: dict[str, Answer] = field(default_factory=dict)


class Stripe(StandIn):
    """Stripe on one port of 127.0.0.1."""

    def __init__(self, *, port: int = 0, clock: Clock | None = None) -> None:
        """Listen at once, without keys: nobody is let in before `issue`."""
        self._ledger = _Ledger()
        super().__init__(port=port, clock=clock)

    # -- keys ----------------------------------------------------------------------------------------

    def issue(
        self, prefix: str = "sk_live_", *, permissions: frozenset[str] | None = None, secret: str = ""
    ) -> str:
        """A new key that works from now on.

        Args:
            permissions: what a restricted key ("rk_live_") may do: "balance_read", "charge_write", …;
                None is everything.
            secret: the key itself, where it has to be known beforehand; "" for a new one.
        """
        secret = secret or f"{prefix}{MARK}{secrets.token_hex(12)}"
        with self.changed:
            self._ledger.keys[secret] = Key(secret, permissions)
        return secret

    def revoke(self, secret: str) -> None:
        """The key stops working at once. Raises NotFound if it was never issued."""
        with self.changed:
            if secret not in self._ledger.keys:
                raise NotFound("Stripe stand-in: this key was never issued.")
            self._ledger.keys[secret] = Key(secret, self._ledger.keys[secret].permissions, revoked=True)

    def reinstate(self, secret: str) -> None:
        """A revoked key works again: the sandbox's way back, which no vendor offers. Raises NotFound if it was never issued."""
        with self.changed:
            if secret not in self._ledger.keys:
                raise NotFound("Stripe stand-in: this key was never issued.")
            self._ledger.keys[secret] = Key(secret, self._ledger.keys[secret].permissions)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key that was issued, revoked ones included."""
        with self.changed:
            return tuple(self._ledger.keys.values())

    # -- what happened -------------------------------------------------------------------------------

    @property
    def intents(self) -> tuple[Intent, ...]:
        """Every payment intent, with the key it was made with."""
        with self.changed:
            return tuple(self._ledger.intents.values())

    @property
    def refunds(self) -> tuple[Refund, ...]:
        """Every refund, with the key it was made with."""
        with self.changed:
            return tuple(self._ledger.refunds.values())

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened, oldest first."""
        with self.changed:
            return tuple(self._ledger.events.values())

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every attempt to deliver a webhook, oldest first."""
        with self.changed:
            return tuple(self._ledger.deliveries)

    def happen(self, kind: str, amount: int) -> Event:
        """Something happens at Stripe, for instance "payment_intent.succeeded", and is delivered to nobody yet.

        Args:
            amount: in the smallest unit of the currency.
        """
        intent = Intent(amount=amount, currency="usd", key="", created=self._now(), status="succeeded")
        with self.changed:
            if kind.startswith("payment_intent."):
                self._ledger.intents[intent.id] = intent
        return self._note(kind, msgspec.to_builtins(intent))

    # -- webhooks ------------------------------------------------------------------------------------

    def subscribe(self, endpoint: Endpoint) -> None:
        """Deliver to this endpoint, or from now on with this secret. Raises Refused unless it is http or https."""
        if urlsplit(endpoint.url).scheme not in {"http", "https"}:
            raise Refused(f"Stripe stand-in: {endpoint.url} is no address of the web.", hint="Use https.")
        with self.changed:
            self._ledger.endpoints[endpoint.url] = endpoint

    def deliver(self, event: Event, *, secret: str | None = None) -> tuple[Delivery, ...]:
        """Deliver one event to every endpoint.

        Args:
            secret: sign with this one instead of the endpoint's own: a wrong signature on demand.
        """
        with self.changed:
            endpoints = tuple(self._ledger.endpoints.values())
        made = tuple(self._send(event, one, secret or one.secret) for one in endpoints)
        with self.changed:
            self._ledger.deliveries.extend(made)
            self.changed.notify_all()
        return made

    def retry(self) -> tuple[Delivery, ...]:
        """Deliver again what was not answered with 2xx, as Stripe does with growing pauses for three days."""
        last = {one.event: one for one in self.deliveries}
        waiting = [self._ledger.events[event] for event, one in last.items() if not one.accepted]
        return tuple(made for event in waiting for made in self.deliver(event))

    def _send(self, event: Event, endpoint: Endpoint, secret: str) -> Delivery:
        payload, at = event.payload, self._now()
        parts = urlsplit(endpoint.url)
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"Stripe/1.0 ({MARK})",
            "Stripe-Signature": f"t={at},v1={signature(payload, at, secret)}",
        }
        # The address is loopback whatever the URL says: nothing of a drill is ever delivered outside.
        connection = _connection(endpoint, parts.hostname or "localhost")
        status: int | None = None
        try:
            connection.request("POST", parts.path or "/", payload, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            status = None
        finally:
            connection.close()
        return Delivery(event=event.id, url=endpoint.url, status=status, at=at)

    # -- the API -------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """The API: keys first, then permissions, then what was asked."""
        with self.changed:
            key = self._key(request)
            if isinstance(key, Answer):
                return key
            match request.path.strip("/").split("/"):
                case ["v1", resource, *rest] if (request.method, resource) in _NEEDS:
                    needed = _NEEDS[(request.method, resource)]
                    if key.permissions is not None and needed not in key.permissions:
                        return stripe_error(
                            403,
                            f"The provided key '{key.shown}' does not have the required permissions for this "
                            f"endpoint on account 'acct_{MARK}'. Having the 'rak_{needed}' permission would "
                            "allow this request to continue.",
                        )
                    return self._once(request, key, resource, rest)
                case _:
                    return stripe_error(
                        404, f"Unrecognized request URL ({request.method}: {request.path}). ({MARK})"
                    )

    def failure(self, status: int) -> Answer:
        """An error as Stripe writes it."""
        return stripe_error(status, f"{MARK}: told to answer {status}.")

    def _key(self, request: Request) -> Key | Answer:
        given = request.bearer or _basic_user(request.headers.get("authorization", ""))
        if not given:
            return stripe_error(
                401, "You did not provide an API key. You need to provide it in the Authorization header."
            )
        key = self._ledger.keys.get(given)
        if key is None:
            return stripe_error(401, f"Invalid API Key provided: {Key(given).shown}")
        if key.revoked:
            return stripe_error(401, f"Expired API Key provided: {key.shown}", code="api_key_expired")
        return key

    def _once(self, request: Request, key: Key, resource: str, rest: list[str]) -> Answer:
        """The answer, or with a repeated Idempotency-Key the first answer again."""
        token = request.headers.get("idempotency-key", "")
        if request.method == "POST" and token in self._ledger.repeated:
            return self._ledger.repeated[token]
        answer = self._answer(request, key, resource, rest)
        if request.method == "POST" and token and answer.status < 500:
            self._ledger.repeated[token] = answer
        return answer

    def _answer(self, request: Request, key: Key, resource: str, rest: list[str]) -> Answer:
        ledger, query = self._ledger, dict(request.query)
        match (request.method, resource, rest):
            case ("GET", "balance", []):
                return answer_json(200, ledger_balance(ledger.intents.values(), ledger.refunds.values()))
            case ("GET", "payment_intents", []):
                return answer_json(200, listed("/v1/payment_intents", ledger.intents.values(), query))
            case ("GET", "payment_intents", [name]) if name in ledger.intents:
                return answer_json(200, ledger.intents[name])
            case ("POST", "payment_intents", []):
                return self._new_intent(_form(request), key)
            case ("POST", "payment_intents", [name, act]) if name in ledger.intents and act in _FINISHED:
                return answer_json(200, self._finish(name, _FINISHED[act]))
            case ("GET", "refunds", []):
                return answer_json(200, listed("/v1/refunds", ledger.refunds.values(), query))
            case ("POST", "refunds", []):
                return self._new_refund(_form(request), key)
            case ("GET", "events", []):
                return answer_json(200, listed("/v1/events", ledger.events.values(), query))
            case ("GET", "events", [name]) if name in ledger.events:
                return answer_json(200, ledger.events[name])
            case _:
                missing = rest[0] if rest else resource
                return stripe_error(404, f"No such {resource}: '{missing}'", code="resource_missing")

    def _new_intent(self, form: dict[str, str], key: Key) -> Answer:
        amount = form.get("amount", "")
        if not amount.isdigit() or int(amount) < 1:
            return stripe_error(400, f"Invalid integer: {amount}", code="parameter_invalid_integer")
        if not form.get("currency"):
            return stripe_error(400, "Missing required param: currency.", code="parameter_missing")
        intent = Intent(
            amount=int(amount), currency=form["currency"].lower(), key=key.shown, created=self._now()
        )
        self._ledger.intents[intent.id] = intent
        self._note("payment_intent.created", msgspec.to_builtins(intent))
        if form.get("confirm") == "true":
            intent = self._finish(intent.id, "succeeded")
        return answer_json(200, intent)

    def _finish(self, name: str, status: str) -> Intent:
        intent = msgspec.structs.replace(self._ledger.intents[name], status=status)
        self._ledger.intents[name] = intent
        self._note(f"payment_intent.{status}", msgspec.to_builtins(intent))
        return intent

    def _new_refund(self, form: dict[str, str], key: Key) -> Answer:
        paid = self._ledger.intents.get(form.get("payment_intent", ""))
        if paid is None or paid.status != "succeeded":
            return stripe_error(400, "There is no succeeded payment to refund.", code="resource_missing")
        already = sum(one.amount for one in self._ledger.refunds.values() if one.payment_intent == paid.id)
        amount = int(form.get("amount") or paid.amount - already)
        if amount < 1 or already + amount > paid.amount:
            return stripe_error(
                400,
                f"Refund amount ({amount}) is greater than unrefunded amount ({paid.amount - already}).",
                code="charge_already_refunded" if already == paid.amount else "amount_too_large",
            )
        refund = Refund(
            amount=amount,
            currency=paid.currency,
            payment_intent=paid.id,
            key=key.shown,
            created=self._now(),
        )
        self._ledger.refunds[refund.id] = refund
        self._note("charge.refunded", msgspec.to_builtins(refund))
        return answer_json(200, refund)

    def _note(self, kind: str, about: object) -> Event:
        event = Event(type=kind, created=self._now(), data={"object": about})
        with self.changed:
            self._ledger.events[event.id] = event
        return event

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def _connection(endpoint: Endpoint, host: str) -> http.client.HTTPConnection:
    if urlsplit(endpoint.url).scheme == "http":
        return http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=_POST_SECONDS)
    trust = ssl.create_default_context(cafile=str(endpoint.ca) if endpoint.ca else None)
    return _LedHttps(endpoint.port, host, trust)


class _LedHttps(http.client.HTTPSConnection):
    """https to 127.0.0.1, with the certificate checked for the host of the URL."""

    def __init__(self, port: int, host: str, trust: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, timeout=_POST_SECONDS, context=trust)
        self._name = host
        self._trust = trust

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self._name)


def _basic_user(header: str) -> str:
    """The user of `Authorization: Basic …`, which is how curl -u gives a key; "" if there is none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
    except ValueError:
        return ""


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.text, keep_blank_values=True))
