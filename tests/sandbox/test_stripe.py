"""The Stripe stand-in, asked by Stripe's own client library and checked by its own signature verifier."""

from collections.abc import Iterator

import pytest
import stripe

from tocsin.errors import NotFound
from tocsin.sandbox.sinks.recording import Answer, Manner, Mood, Request, StandIn
from tocsin.sandbox.stripe import Endpoint, Stripe


class Shop(StandIn):
    """Takes webhooks as a shop does: 400 for a signature that Stripe's library refuses."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.processed: list[str] = []
        super().__init__()

    def answer(self, request: Request) -> Answer:
        try:
            event = stripe.Webhook.construct_event(
                request.body, request.headers["stripe-signature"], self.secret
            )
        except stripe.SignatureVerificationError as refused:
            return Answer(400, str(refused).encode())
        self.processed.append(event["id"])
        return Answer(200, b"{}")


@pytest.fixture
def vendor() -> Iterator[Stripe]:
    with Stripe() as running:
        yield running


def client(vendor: Stripe, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": vendor.url}, max_network_retries=0)


def test_a_payment_and_its_refund_move_the_balance(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    paid = ours.v1.payment_intents.create({"amount": 4200, "currency": "usd", "confirm": True})
    assert (paid.status, paid.livemode, paid.description) == ("succeeded", False, "DRILL")
    assert ours.v1.balance.retrieve().available[0].amount == 4200
    back = ours.v1.refunds.create({"payment_intent": paid.id, "amount": 200})
    assert back.status == "succeeded"
    assert ours.v1.balance.retrieve().available[0].amount == 4000
    assert [one.type for one in ours.v1.events.list().data] == [
        "charge.refunded",
        "payment_intent.succeeded",
        "payment_intent.created",
    ]


def test_no_more_is_refunded_than_was_paid(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    paid = ours.v1.payment_intents.create({"amount": 100, "currency": "usd", "confirm": True})
    ours.v1.refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        ours.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.http_status == 400
    assert len(vendor.refunds) == 1


def test_a_revoked_key_is_refused_from_that_moment_on(vendor: Stripe) -> None:
    key = vendor.issue()
    ours = client(vendor, key)
    ours.v1.balance.retrieve()
    vendor.revoke(key)
    with pytest.raises(stripe.AuthenticationError) as refused:
        ours.v1.balance.retrieve()
    assert refused.value.http_status == 401
    assert "Expired API Key" in str(refused.value)
    assert key not in str(refused.value)
    assert key[-4:] in str(refused.value)


def test_an_unknown_key_and_no_key_are_refused(vendor: Stripe) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        client(vendor, "sk_live_0000nobody").v1.balance.retrieve()
    with pytest.raises(NotFound):
        vendor.revoke("sk_live_0000nobody")


def test_a_restricted_key_may_do_what_it_may(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue("rk_live_", permissions=frozenset({"balance_read"})))
    assert ours.v1.balance.retrieve().available[0].amount == 0
    with pytest.raises(stripe.PermissionError) as refused:
        ours.v1.payment_intents.create({"amount": 100, "currency": "usd"})
    assert refused.value.http_status == 403
    assert "rak_payment_intent_write" in str(refused.value)
    assert vendor.intents == ()


def test_a_charge_tells_which_key_made_it(vendor: Stripe) -> None:
    old, new = vendor.issue(), vendor.issue()
    for key in (old, new):
        client(vendor, key).v1.payment_intents.create({"amount": 100, "currency": "usd"})
    assert [one.key[-4:] for one in vendor.intents] == [old[-4:], new[-4:]]


def test_a_repeated_request_makes_one_payment(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    for _ in range(2):
        ours.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": "once"})
    assert len(vendor.intents) == 1


def test_lists_are_paged(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    made = [ours.v1.payment_intents.create({"amount": n, "currency": "usd"}).id for n in range(1, 6)]
    first = ours.v1.payment_intents.list({"limit": 2})
    assert first.has_more
    assert [one.id for one in ours.v1.payment_intents.list({"limit": 2}).auto_paging_iter()] == made[::-1]


def test_what_it_does_not_have_is_404(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        ours.v1.customers.list()
    assert unknown.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError) as missing:
        ours.v1.payment_intents.retrieve("pi_nothing")
    assert missing.value.code == "resource_missing"


def test_webhooks_pass_the_vendors_own_verifier_and_a_wrong_secret_does_not(vendor: Stripe) -> None:
    with Shop("whsec_right") as shop:
        vendor.subscribe(Endpoint(f"{shop.url}/webhook", "whsec_right", shop.port))
        good = vendor.happen("payment_intent.succeeded", 4200)
        assert [one.status for one in vendor.deliver(good)] == [200]
        bad = vendor.happen("payment_intent.succeeded", 4200)
        assert [one.status for one in vendor.deliver(bad, secret="whsec_wrong")] == [400]
        assert shop.processed == [good.id]
        assert [one.status for one in vendor.retry()] == [200]
        assert shop.processed == [good.id, bad.id]
        assert vendor.retry() == ()


def test_an_endpoint_that_is_gone_is_tried_again_later(vendor: Stripe) -> None:
    with Shop("whsec_right") as shop:
        vendor.subscribe(Endpoint(f"{shop.url}/webhook", "whsec_right", shop.port))
        shop.behave(Mood(Manner.ERROR, 503, times=1))
        event = vendor.happen("payment_intent.succeeded", 100)
        assert [one.status for one in vendor.deliver(event)] == [503]
        assert [one.status for one in vendor.retry()] == [200]
    assert [one.status for one in vendor.deliver(event)] == [None]


def test_a_vendor_in_trouble_is_seen_as_such(vendor: Stripe) -> None:
    ours = client(vendor, vendor.issue())
    vendor.behave(Mood(Manner.ERROR, 429, retry_after=1, times=1))
    with pytest.raises(stripe.RateLimitError):
        ours.v1.balance.retrieve()
    vendor.behave(Mood(Manner.CUT_OFF, times=1))
    with pytest.raises(stripe.APIConnectionError):
        ours.v1.balance.retrieve()
    assert ours.v1.balance.retrieve().object == "balance"
    assert [one.path for one in vendor.requests] == ["/v1/balance"] * 3
