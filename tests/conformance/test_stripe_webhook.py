"""Stripe: signed by Stripe's own library, read by us; what endangers money fires, and ends."""

import json

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import (
    NOW,
    PATIENT,
    STRIPE_BODY,
    hexdigest,
    never_raises_but_unreadable,
    one_digit_off,
    sent,
    spoiled,
)

from tocsin.connectors.alert_source import Inbound, Unreadable
from tocsin.connectors.stripe_webhook import FORMAT, StripeWebhook
from tocsin.detection.alert import AlertState
from tocsin.errors import ConfigError

SOURCE = StripeWebhook()
SECRET = "whsec_test_secret"
STAMP = int(NOW.timestamp())


def event(name: str, subject: dict[str, object], **changed: object) -> dict[str, object]:
    return {
        "id": "evt_1", "object": "event", "type": name, "created": STAMP - 5, "livemode": True,
        "data": {"object": subject}, **changed,
    }  # fmt: skip


DISPUTE: dict[str, object] = {
    "id": "dp_1",
    "amount": 12050,
    "currency": "usd",
    "reason": "fraudulent",
    "status": "needs_response",
}
ACCOUNT: dict[str, object] = {
    "id": "acct_1", "charges_enabled": False, "payouts_enabled": True,
    "requirements": {"disabled_reason": "requirements.past_due"},
}  # fmt: skip


def signed_by_stripe(raw: bytes, secret: str = SECRET, stamp: int = STAMP) -> str:
    signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{raw.decode()}", secret)
    return f"t={stamp},v1={signature}"


def delivered(header: str, raw: bytes = STRIPE_BODY) -> Inbound:
    return sent(raw=raw, headers={"Stripe-Signature": header})


def test_what_stripes_own_library_signs_is_proven() -> None:
    assert SOURCE.proven(delivered(signed_by_stripe(STRIPE_BODY)), (SECRET,))
    assert SOURCE.proven(delivered(signed_by_stripe(STRIPE_BODY)), ("whsec_newer", SECRET))
    vector = "e1f795d2c2deef2551dc64d5f82599b751886aef5329773cd2761e2afdd9ad75"
    assert signed_by_stripe(STRIPE_BODY, stamp=1_700_000_000) == f"t=1700000000,v1={vector}"


def test_what_we_accept_stripes_own_library_accepts() -> None:
    header = f"t={STAMP},v1={hexdigest(SECRET, f'{STAMP}.'.encode() + STRIPE_BODY)}"
    assert stripe.WebhookSignature.verify_header(STRIPE_BODY.decode(), header, SECRET, tolerance=None)


def test_a_wrong_signature_before_the_right_one_does_no_harm_and_v0_never_counts() -> None:
    right = signed_by_stripe(STRIPE_BODY).partition("v1=")[2]
    assert SOURCE.proven(delivered(f"t={STAMP},v1={'f' * 64},v1={right},v0={right}"), (SECRET,))
    assert SOURCE.proven(delivered(f"t={STAMP}, v1={right.upper()}"), (SECRET,))
    assert not SOURCE.proven(delivered(f"t={STAMP},v0={right}"), (SECRET,))


@pytest.mark.parametrize(
    "header", ["", "t=", "v1=", "nonsense", "t=1,t=2", f"t={STAMP}", "t=x,v1=y", "t==,v1=é"]
)
def test_a_header_that_is_none_proves_nothing(header: str) -> None:
    assert not SOURCE.proven(delivered(header), (SECRET,))


def test_one_digit_one_byte_one_second_too_many() -> None:
    good = signed_by_stripe(STRIPE_BODY)
    assert not SOURCE.proven(delivered(one_digit_off(good)), (SECRET,))
    assert not SOURCE.proven(delivered(good, STRIPE_BODY + b" "), (SECRET,))
    assert not SOURCE.proven(delivered(good), (SECRET + "x",))
    for age, fresh in ((300, True), (301, False), (-300, True), (-301, False)):
        assert SOURCE.proven(delivered(signed_by_stripe(STRIPE_BODY, stamp=STAMP - age)), (SECRET,)) is fresh
    # A stamp that was not signed does not make an old signature new.
    old = signed_by_stripe(STRIPE_BODY, stamp=STAMP - 1000).partition(",")[2]
    assert not SOURCE.proven(delivered(f"t={STAMP},{old}"), (SECRET,))
    assert not SOURCE.proven(delivered(f"t={STAMP - 1000},t={STAMP},{old}"), (SECRET,))


def test_a_bad_signature_is_answered_400_as_stripe_expects() -> None:
    assert SOURCE.refused(sent({}), 401, ("bad signature",)).status == 400
    assert SOURCE.refused(sent({}), 503, ("busy",)).status == 503
    answer = SOURCE.accepted(sent({}), SOURCE.read(delivered("", STRIPE_BODY)))
    assert (answer.status, answer.body) == (200, b'{"received":true}')


def test_a_dispute_fires_and_its_end_ends_it() -> None:
    read = SOURCE.read(sent(event("charge.dispute.created", DISPUTE)))
    (opened,) = read.alerts
    assert read.delivery == "evt_1"
    assert opened.title == "Stripe: dispute over 120.50 USD, reason fraudulent"
    (closed,) = SOURCE.read(
        sent(event("charge.dispute.closed", {**DISPUTE, "status": "won"}, id="evt_2"))
    ).alerts
    assert opened.fingerprint == closed.fingerprint == "prod:dispute:dp_1"
    assert (opened.state, closed.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert closed.title.endswith(", won")


def test_a_payout_that_fails_fires_until_the_next_arrives_at_that_bank() -> None:
    payout: dict[str, object] = {"id": "po_1", "amount": 500000, "currency": "jpy", "destination": "ba_1"}
    failed = SOURCE.read(sent(event("payout.failed", {**payout, "failure_code": "account_closed"}))).alerts[0]
    paid = SOURCE.read(sent(event("payout.paid", {**payout, "id": "po_2"}))).alerts[0]
    assert failed.fingerprint == paid.fingerprint
    assert failed.title == "Stripe: payout of 500000 JPY failed: account_closed"
    elsewhere = SOURCE.read(sent(event("payout.failed", payout, account="acct_host"))).alerts[0]
    assert elsewhere.fingerprint != failed.fingerprint


def test_an_account_that_can_take_no_money_is_critical_but_not_a_connected_one() -> None:
    (alert,) = SOURCE.read(sent(event("account.updated", ACCOUNT))).alerts
    assert (alert.state, alert.labels["severity"]) == (AlertState.FIRING, "critical")
    assert alert.title == "Stripe: charges are disabled (requirements.past_due)"
    well = SOURCE.read(sent(event("account.updated", {**ACCOUNT, "charges_enabled": True}))).alerts[0]
    assert (well.state, well.fingerprint) == (AlertState.RESOLVED, alert.fingerprint)
    connected = SOURCE.read(sent(event("account.updated", ACCOUNT, account="acct_host")))
    assert connected.set_aside == "informational"


@pytest.mark.parametrize(
    ("name", "subject", "state"),
    [
        ("review.opened", {"id": "prv_1"}, AlertState.FIRING),
        ("review.closed", {"id": "prv_1"}, AlertState.RESOLVED),
        ("radar.early_fraud_warning.created", {"id": "issfr_1", "actionable": True}, AlertState.FIRING),
        ("radar.early_fraud_warning.updated", {"id": "issfr_1", "actionable": False}, AlertState.RESOLVED),
    ],
)
def test_reviews_and_fraud_warnings(name: str, subject: dict[str, object], state: AlertState) -> None:
    assert SOURCE.read(sent(event(name, subject))).alerts[0].state is state


def test_a_single_declined_card_wakes_nobody_unless_that_is_wanted() -> None:
    declined = event("payment_intent.payment_failed", {"id": "pi_1"})
    assert SOURCE.read(sent(declined)).set_aside == "informational"
    eager = FORMAT.make("it", {"alert_on": ["payment_intent.payment_failed"]})
    assert eager.read(sent(declined)).alerts[0].fingerprint == "prod:payment_intent.payment_failed:pi_1"
    with pytest.raises(ConfigError, match="alerton"):
        FORMAT.make("it", {"alerton": []})


def test_test_mode_never_wakes_anybody() -> None:
    assert (
        SOURCE.read(sent(event("charge.dispute.created", DISPUTE, livemode=False))).set_aside
        == "informational"
    )


def test_a_thin_event_is_read() -> None:
    thin = {
        "id": "evt_test_65", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered",
        "created": "2026-11-22T02:59:59.000Z", "related_object": {"id": "mtr_1", "type": "billing.meter"},
    }  # fmt: skip
    assert SOURCE.read(sent(thin)).set_aside == "informational"
    eager = StripeWebhook(frozenset(["v1.billing.meter.error_report_triggered"]))
    (alert,) = eager.read(sent(thin)).alerts
    assert alert.labels["object"] == "mtr_1"
    ping = {**thin, "type": "v2.core.event_destination.ping"}
    assert SOURCE.read(sent(ping)).set_aside == "not_an_alert"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"object":"event"}', STRIPE_BODY[:-2], b'{"object":"charge","id":"c","type":"t"}']
)
def test_what_is_no_event_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        SOURCE.read(sent(raw=raw))


@PATIENT
@given(
    spoiled(event("charge.dispute.created", DISPUTE))
    | spoiled(event("account.updated", ACCOUNT))
    | spoiled(event("payout.failed", {"id": "po", "amount": 1, "currency": "eur", "destination": "ba"}))
    | st.binary(max_size=60),
    st.text(max_size=90),
)
def test_nothing_but_unreadable_is_ever_raised(body: object, header: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    never_raises_but_unreadable(SOURCE, delivered(header, raw))
