"""Whoever sets a sender up reads why it is not believed: no header, another secret, a clock that is wrong."""

import hashlib
import hmac

import pytest
from tests.conformance.requests_as_sent import NOW, STRIPE_BODY, sent

from tocsin.connectors.alert_source import AlertSource, Doubts
from tocsin.connectors.generic_json import GenericJson
from tocsin.connectors.github_webhook import GitHubWebhook
from tocsin.connectors.grafana_webhook import GrafanaWebhook
from tocsin.connectors.sentry_webhook import SentryWebhook
from tocsin.connectors.stripe_webhook import StripeWebhook

SECRET = "whsec_test_secret"
SIGNED: list[tuple[AlertSource, str, str]] = [
    (StripeWebhook(), "Stripe-Signature", f"t={int(NOW.timestamp())},v1={'0' * 64}"),
    (GitHubWebhook(), "X-Hub-Signature-256", f"sha256={'0' * 64}"),
    (GrafanaWebhook(), "X-Grafana-Alerting-Signature", "0" * 64),
    (SentryWebhook(), "Sentry-Hook-Signature", "0" * 64),
    (GenericJson(), "X-Tocsin-Signature", f"sha256={'0' * 64}"),
]


@pytest.mark.parametrize(("source", "header", "wrong"), SIGNED, ids=[each[0].kind for each in SIGNED])
def test_a_missing_header_is_told_from_a_wrong_signature(
    source: AlertSource, header: str, wrong: str
) -> None:
    assert isinstance(source, Doubts)
    without, other = sent(raw=STRIPE_BODY), sent(raw=STRIPE_BODY, headers={header: wrong})
    assert not source.proven(without, (SECRET,))
    assert not source.proven(other, (SECRET,))
    assert source.doubt(without, (SECRET,)).lower() == f"the header {header} is missing".lower()
    assert source.doubt(other, (SECRET,)) == "the signature does not match"


def signature(stamp: int, between: bytes) -> str:
    return hmac.new(SECRET.encode(), str(stamp).encode() + between + STRIPE_BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("seconds", "said"), [(-400, "400 s before it came"), (400, "400 s after it came")], ids=["slow", "fast"]
)
def test_a_right_signature_of_a_wrong_time_names_the_clocks(seconds: int, said: str) -> None:
    stamp = int(NOW.timestamp()) + seconds
    stripe, grafana = StripeWebhook(), GrafanaWebhook(stamp="X-Signed-At")
    calls = (
        (stripe, {"Stripe-Signature": f"t={stamp},v1={signature(stamp, b'.')}"}),
        (
            grafana,
            {"X-Signed-At": str(stamp), "X-Grafana-Alerting-Signature": signature(stamp, b":")},
        ),
    )
    for source, headers in calls:
        call = sent(raw=STRIPE_BODY, headers=headers)
        assert not source.proven(call, (SECRET,))
        assert said in source.doubt(call, (SECRET,))
        assert "compare the clocks" in source.doubt(call, (SECRET,))
        assert source.doubt(call, ("another",)) == "the signature does not match"  # nothing for strangers


def test_a_signed_call_without_a_secret_of_ours_says_so() -> None:
    call = sent(raw=b"{}", headers={"Sentry-Hook-Resource": "issue", "Sentry-Hook-Signature": "0" * 64})
    assert not SentryWebhook().proven(call, ())
    assert SentryWebhook().doubt(call, ()) == "it is signed, and no secret is set for this integration"
