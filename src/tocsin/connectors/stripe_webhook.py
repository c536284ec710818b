"""Stripe's events: what endangers money at once is an alert; what happens every day is kept and wakes nobody.

https://docs.stripe.com/webhooks. Deliveries repeat and come in any order: the same `event.id` counts once, and `created`
orders them. A declined card is no incident, many are: they are counted by payment (`count`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read, Unreadable
from tocsin.connectors.count_rules import CountedTypes, read_rules
from tocsin.connectors.wire import Fields, doubted, fresh, json_object, moment_or, out_of_time, signed
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.counting import Counted
from tocsin.kit.keys import Keys

KIND = "stripe"
TOLERANCE = timedelta(seconds=300)
_NO_ALERTS = ("v2.core.event_destination.ping",)
_ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()
)  # https://docs.stripe.com/currencies#zero-decimal


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one event claims: which trouble, whether it is there or over, how bad, in which words."""

    key: str
    state: AlertState
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class StripeWebhook:
    """Reads the events of one endpoint.

    Attributes:
        alert_on: types of events that are alerts one by one although by default they are none.
        count: what is an alert only if there is much of it.
        tolerance: how old, and how far ahead of us, a signature may be.
    """

    alert_on: frozenset[str] = frozenset()
    count: tuple[CountedTypes, ...] = ()
    tolerance: timedelta = TOLERANCE

    @property
    def kind(self) -> str:
        """As in the settings."""
        return KIND

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """Stripe-Signature: one `v1` of it over "t.body" by one of the secrets, `t` within the tolerance; `v0` never counts."""
        stamp, good = _signed(inbound, secrets)
        return good and fresh(stamp, inbound.received_at, self.tolerance)

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """That the header is missing, the time too far off, or the signature another."""
        stamp, good = _signed(inbound, secrets)
        if good:
            return out_of_time(stamp, inbound.received_at, self.tolerance)
        return doubted(inbound.headers, "Stripe-Signature")

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable for what is no event of Stripe's."""
        event = json_object(inbound.body)
        name, event_id = event.text("type"), event.text("id")
        if event.text("object") not in ("event", "v2.core.event") or not name or not event_id:
            raise Unreadable("no event of Stripe: object, type and id are missing or unknown")
        if name in _NO_ALERTS:
            return Read(delivery=event_id, set_aside="not_an_alert")
        # Test mode shares endpoints with the real thing, and nobody is woken for a rehearsal of somebody else's.
        rehearsed = event.find("livemode") is False
        claim = None if rehearsed else self._claim(event, name)
        counted = () if rehearsed else self._counted(event, name, inbound)
        if claim is None:
            aside = "counted" if counted else "informational"
            return Read(delivery=event_id, set_aside=aside, counted=counted)
        notices: list[str] = []
        subject = event.at("data", "object")
        alert = Alert(
            fingerprint=f"{inbound.integration}:{claim.key}",
            state=claim.state,
            title=claim.title,
            source=inbound.integration,
            at=moment_or(event.find("created"), inbound.received_at, notices),
            labels={
                label: value
                for label, value in {
                    "severity": claim.severity,
                    "event_type": name,
                    "event": event_id,
                    "object": subject.text("id") or event.text("related_object", "id"),
                    "account": event.text("account"),
                    "reason": subject.first("reason", "fraud_type", "failure_code"),
                    "url": f"https://dashboard.stripe.com/events/{event_id}",
                }.items()
                if value
            },
        )
        return Read((alert,), delivery=event_id, notices=tuple(notices), counted=counted)

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """200, which is all Stripe reads."""
        return Answered(200, b'{"received":true}')

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """400 for a signature that proves nothing, as Stripe's own examples answer; Stripe tries again."""
        return Answered(
            400 if status in (401, 403) else status, json.dumps({"error": "; ".join(errors)}).encode()
        )

    def _counted(self, event: Fields, name: str, inbound: Inbound) -> tuple[Counted, ...]:
        """What the event adds to each rule. One payment counts once, by whichever of its objects is told of."""
        subject = event.at("data", "object")
        about = (
            subject.first("payment_intent", "id") or event.text("related_object", "id") or event.text("id")
        )
        # A clock ahead of ours must not put it behind the window's end, where it would not be seen.
        at = min(moment_or(event.find("created"), inbound.received_at, []), inbound.received_at)
        found = ((each.rule, each.verdict(name)) for each in self.count)
        return tuple(Counted(rule, about, bad, at) for rule, bad in found if bad is not None)

    def _claim(self, event: Fields, name: str) -> _Claim | None:
        subject = event.at("data", "object")
        reader = _READERS.get(name)
        if reader is not None:
            return reader(event, subject)
        if name not in self.alert_on:
            return None
        about = subject.text("id") or event.text("related_object", "id") or event.text("id")
        return _Claim(f"{name}:{about}", AlertState.FIRING, "warning", f"Stripe: {_words(name)} ({about})")


def _signed(inbound: Inbound, secrets: tuple[str, ...]) -> tuple[str, bool]:
    """The time that was signed, and whether one of the secrets signed it with this body."""
    stamp, given = _signature(inbound.headers.get("stripe-signature", ""))
    return stamp, signed(secrets, f"{stamp}.".encode("utf-8", "replace") + inbound.raw, given)


def _signature(header: str) -> tuple[str, tuple[str, ...]]:
    """The time and the `v1` signatures of the header."""
    stamp, given = "", []
    for field in header.split(","):
        name, _, value = field.strip().partition("=")
        if name == "t" and not stamp:
            stamp = value
        elif name == "v1":
            given.append(value)
    return stamp, tuple(given)


def _dispute(event: Fields, subject: Fields) -> _Claim:
    over = event.text("type") == "charge.dispute.closed"
    title = f"Stripe: dispute over {_money(subject)}, reason {subject.text('reason') or 'not given'}"
    if over:
        title += f", {subject.text('status') or 'closed'}"
    return _Claim(f"dispute:{subject.text('id')}", _state(not over), "warning", title)


def _fraud_warning(event: Fields, subject: Fields) -> _Claim:
    # Once the charge is refunded or disputed nothing is left to do about the warning.
    open_still = subject.find("actionable") is not False
    title = f"Stripe: early fraud warning ({subject.text('fraud_type') or 'no type'}) for {subject.text('charge')}"
    return _Claim(f"fraud-warning:{subject.text('id')}", _state(open_still), "warning", title)


def _review(event: Fields, subject: Fields) -> _Claim:
    opened = event.text("type") == "review.opened"
    title = f"Stripe: a payment waits for review ({subject.text('opened_reason') or subject.text('reason')})"
    return _Claim(f"review:{subject.text('id')}", _state(opened), "info", title)


def _payout(event: Fields, subject: Fields) -> _Claim:
    # One trouble per bank account: the next payout that arrives there ends it.
    failed = event.text("type") == "payout.failed"
    where = ":".join((event.text("account"), subject.text("destination"))).strip(":")
    why = subject.first("failure_message", "failure_code") or "no reason given"
    title = f"Stripe: payout of {_money(subject)} failed: {why}" if failed else "Stripe: payouts arrive again"
    return _Claim(f"payout:{where}", _state(failed), "error", title)


def _account(event: Fields, subject: Fields) -> _Claim | None:
    if event.text("account"):
        return None  # of a connected account; while it is being set up it cannot take money, and need not
    stopped = [what for what in ("charges", "payouts") if subject.find(f"{what}_enabled") is False]
    why = subject.text("requirements", "disabled_reason")
    title = f"Stripe: {' and '.join(stopped)} are disabled" + (f" ({why})" if why else "")
    if not stopped:
        title = "Stripe: charges and payouts are enabled"
    return _Claim(f"account:{subject.text('id')}", _state(bool(stopped)), "critical", title)


_READERS: dict[str, Callable[[Fields, Fields], _Claim | None]] = {
    "account.updated": _account,
    "charge.dispute.closed": _dispute,
    "charge.dispute.created": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "payout.failed": _payout,
    "payout.paid": _payout,
    "radar.early_fraud_warning.created": _fraud_warning,
    "radar.early_fraud_warning.updated": _fraud_warning,
    "review.closed": _review,
    "review.opened": _review,
}


def _state(trouble: bool) -> AlertState:
    return AlertState.FIRING if trouble else AlertState.RESOLVED


def _money(subject: Fields) -> str:
    amount, currency = subject.find("amount"), subject.text("currency")
    if not isinstance(amount, int) or isinstance(amount, bool):
        return "an unknown amount"
    if currency.lower() in _ZERO_DECIMAL:
        return f"{amount} {currency.upper()}"
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d} {currency.upper()}"


def _words(name: str) -> str:
    return name.replace(".", " ").replace("_", " ")


def _make(what: str, settings: Mapping[str, object]) -> StripeWebhook:
    keys = Keys(what, settings)
    alert_on = frozenset(str(each) for each in keys.list_of("alert_on"))
    count = read_rules(what, keys.list_of("count"))
    keys.done()
    return StripeWebhook(alert_on, count)


FORMAT = Format(KIND, _make, signed=True)
