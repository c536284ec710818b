"""From the bytes a vendor signs to an incident with its section of the runbook, and to nothing where nothing is due."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import stripe
from tests.conformance.installation import KEYS, OLD_SECRETS, SECRETS, Installation
from tests.conformance.requests_as_sent import hexdigest, one_digit_off
from tests.conformance.test_github_webhook import deployment, run
from tests.conformance.test_sentry_webhook import ISSUE, ISSUE_ALERT
from tests.conformance.test_stripe_webhook import DISPUTE, event
from tests.conftest import Deadline

from tocsin.engine.history import records
from tocsin.incident.events import ChangesSeen
from tocsin.kit.clock import SystemClock
from tocsin.store import changes
from tocsin.store.requests import State


@pytest.fixture
def here(tmp_path: Path, deadline: Deadline) -> Iterator[Installation]:
    made = Installation(tmp_path, deadline)
    yield made
    made.stop()


def now() -> int:
    return int(SystemClock().now().timestamp())


def github(
    here: Installation, name: str, body: object, delivery: str, secret: str = SECRETS["github"]
) -> int:
    raw = json.dumps(body).encode()
    headers = {
        "X-GitHub-Event": name,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": f"sha256={hexdigest(secret, raw)}",
    }
    return here.hook("github", raw, headers).status_code


def by_stripe(body: object, secret: str = SECRETS["stripe"]) -> tuple[bytes, dict[str, str]]:
    """Signed now by Stripe's own library: an old stamp would be refused."""
    raw, stamp = json.dumps(body).encode(), now()
    signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{raw.decode()}", secret)
    return raw, {"Stripe-Signature": f"t={stamp},v1={signature}"}


def test_a_signed_sentry_alert_opens_the_incident_of_its_section_and_its_issue_ends_it(
    here: Installation,
) -> None:
    for resource, body in (("event_alert", ISSUE_ALERT), ("issue", ISSUE)):
        raw = json.dumps(body).encode()
        headers = {
            "Sentry-Hook-Resource": resource,
            "Request-ID": resource,
            "Sentry-Hook-Timestamp": str(now()),
            "Sentry-Hook-Signature": hexdigest(SECRETS["sentry"], raw),
        }
        answer = here.hook("sentry", raw, headers)
        assert (answer.status_code, answer.content) == (200, b"")
        (incident,) = here.incidents()
    assert incident.section == "Checkout Errors"
    assert incident.severity == "P1"
    fired, over = here.settled()
    assert here.outcome(fired) == here.outcome(over) == [incident.id]
    assert "client-secret" not in str(fired)
    assert fired.request.headers["sentry-hook-signature"] == "…"


def test_a_dispute_signed_by_stripes_library_opens_one_incident_however_often_it_is_delivered(
    here: Installation,
) -> None:
    body = event("charge.dispute.created", DISPUTE)
    for _ in range(3):
        answer = here.hook("stripe", *by_stripe(body))
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    (incident,) = here.incidents()
    assert incident.section == "Payment Disputes"
    assert [each.request.state for each in here.settled()] == [State.READ, State.REPEATED, State.REPEATED]
    assert here.hook("stripe", *by_stripe(body, OLD_SECRETS["stripe"])).status_code == 200


def test_a_failed_deployment_is_an_incident_and_the_deployment_is_shown_beside_it(here: Installation) -> None:
    assert github(here, "ping", {"zen": "Design for failure.", "hook_id": 1}, "d0") == 200
    assert github(here, "deployment", deployment(), "d1") == 202
    assert github(here, "deployment_status", deployment("failure"), "d2") == 202
    (incident,) = here.incidents()
    assert incident.section == "Broken Deployment"
    with here.app.database.read() as tx:
        (change,) = changes.between(
            tx, incident.opened_at.replace(year=2020), incident.opened_at.replace(year=2099)
        )
    assert change.title == "deployment failed: cookcam/api f95f852 to production"
    assert (change.state, change.source) == ("failed", "github-prod")


def test_a_deployment_before_an_incident_is_a_fact_of_it_and_says_why_it_is_suspected(
    here: Installation,
) -> None:
    at = SystemClock().now().isoformat()
    status = {"id": 1, "state": "success", "created_at": at, "target_url": "https://cookcam.app"}
    went = {**deployment(created_at=at), "deployment_status": status}
    assert github(here, "deployment_status", went, "d1") == 202
    here.settled()
    assert (
        here.hook("json", {"title": "errors at checkout", "id": "x", "service": "cookcam-api"}).status_code
        == 202
    )
    (incident,) = here.incidents()
    with here.app.database.read() as tx:
        seen = [each.event for each in records(tx, incident.id) if isinstance(each.event, ChangesSeen)]
    ((change,),) = [each.changes for each in seen]
    assert change.fit == "same thing"
    assert change.reasons[0] == "its repository cookcam/api is the alert's service cookcam-api"
    assert (change.source, change.state) == ("github-prod", "succeeded")
    shown = here.get(f"/api/v1/incidents/{incident.id}")["changes"]
    assert [(each["fit"], each["title"]) for each in cast(list[dict[str, str]], shown)] == [
        ("same thing", change.title)
    ]


def test_deliveries_out_of_order_open_nothing_that_is_over(here: Installation) -> None:
    late = run(conclusion="failure", run_attempt=1, updated_at="2026-11-22T02:58:00Z")
    well = run(conclusion="success", run_attempt=2, updated_at="2026-11-22T02:59:00Z")
    assert github(here, "workflow_run", well, "second") == 202
    here.settled()
    assert github(here, "workflow_run", late, "first") == 202
    requests = here.settled()
    assert here.incidents() == []
    reasons = [here.outcome(each)[0].partition(":")[0] for each in requests]
    assert reasons == ["resolve_without_open", "stale_order"]


@pytest.mark.parametrize("kind", ["github", "sentry", "stripe"])
def test_one_digit_off_is_refused_quarantined_and_opens_nothing(here: Installation, kind: str) -> None:
    raw = json.dumps(
        {"sentry": ISSUE_ALERT, "github": run(), "stripe": event("charge.dispute.created", DISPUTE)}[kind]
    ).encode()
    good = hexdigest(SECRETS[kind], raw)
    headers = {
        "github": {"X-GitHub-Event": "workflow_run", "X-Hub-Signature-256": f"sha256={one_digit_off(good)}"},
        "sentry": {"Sentry-Hook-Resource": "event_alert", "Sentry-Hook-Signature": one_digit_off(good)},
        "stripe": {"Stripe-Signature": one_digit_off(by_stripe({})[1]["Stripe-Signature"])},
    }[kind]
    assert here.hook(kind, raw, headers).status_code == (400 if kind == "stripe" else 401)
    assert here.hook(kind, raw).status_code == (400 if kind == "stripe" else 401)
    assert [each.request.state for each in here.settled()] == [State.REFUSED, State.REFUSED]
    assert here.incidents() == []


def test_while_a_secret_is_rotated_both_are_good(here: Installation) -> None:
    for number, secret in enumerate((SECRETS["github"], OLD_SECRETS["github"])):
        assert github(here, "workflow_run", run(), f"r{number}", secret) == 202
    assert github(here, "workflow_run", run(), "r3", "a third one") == 401
    assert len(here.incidents()) == 1


def test_a_step_of_ci_that_only_calls_the_address_reports_a_failure(here: Installation) -> None:
    answer = here.post(f"/hooks/json/{KEYS['json']}", b"", {"content-type": ""})
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    (incident,) = here.incidents()
    assert incident.title == "json-prod reports a failure"


def test_json_in_every_dress_is_one_trouble_and_ends(here: Installation) -> None:
    body = {"title": "Backup failed", "id": "backup/db", "status": "firing"}
    raw = json.dumps(body).encode()
    assert here.hook("json", raw).json()["alerts"] == [
        {"dedup_key": "backup/db", "id": "json-prod:backup/db"}
    ]
    assert here.hook("json", gzip.compress(raw), {"content-encoding": "gzip"}).status_code == 202
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert here.hook("json", b"title=Backup+failed&id=backup%2Fdb&status=ok", form).status_code == 202
    assert here.post(f"/hooks/json/{KEYS['json']}/", raw, method="PUT").status_code == 202
    (incident,) = here.incidents()
    assert incident.section == "Missing Backup"
    assert {name for each in here.settled() for name in here.outcome(each) if name.startswith("INC-")} == {
        incident.id
    }


def test_what_cannot_be_read_is_kept_shown_and_answered_400(here: Installation) -> None:
    assert here.hook("json", b'{"title":').status_code == 400
    assert here.hook("json", b'{"title": NaN}').status_code == 400
    signed = {
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": f"sha256={hexdigest(SECRETS['github'], b'[1')}",
    }
    assert here.hook("github", b"[1", signed).status_code == 400
    requests = here.settled()
    assert [each.request.state for each in requests] == [State.UNPARSED] * 3
    assert requests[0].request.body == b'{"title":'


def test_a_body_above_the_limit_is_413_and_one_in_between_is_taken(here: Installation) -> None:
    large = json.dumps({"title": "t", "id": "x", "pad": "p" * 600_000}).encode()
    assert here.hook("json", large).status_code == 202
    assert here.hook("json", b" " * (10 * 1024 * 1024 + 1)).status_code == 413
    assert "oversize" in (here.settled()[0].request.note or "")


def test_a_key_of_another_format_or_of_nobody_is_told_so(here: Installation) -> None:
    assert here.post(f"/hooks/github/{KEYS['json']}", b"{}").status_code in (401, 404)
    assert here.post("/hooks/json/nobody-has-this-key-000000", b"{}").status_code in (401, 404)
    assert here.settled() == []
