"""Sentry's integration platform and its older plugin. Bodies as in Sentry's documentation, cut down to what is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import (
    NOW,
    PATIENT,
    hexdigest,
    never_raises_but_unreadable,
    one_digit_off,
    sent,
    spoiled,
)

from tocsin.connectors.alert_source import Inbound, Unreadable
from tocsin.connectors.sentry_webhook import FORMAT, SentryWebhook
from tocsin.detection.alert import AlertState

SOURCE = SentryWebhook()
SECRET = "client-secret"
AROUND = {
    "installation": {"uuid": "7a485448-a9e2-4c85-8a3c-4f44175783c9"},
    "actor": {"id": "sentry", "name": "Sentry"},
}

ISSUE_ALERT: dict[str, object] = {
    "action": "triggered",
    "data": {
        "event": {
            "issue_id": "1117540176", "title": "ReferenceError: blooopy is not defined", "level": "error",
            "culprit": "?(<anonymous>)", "web_url": "https://sentry.io/organizations/cookcam/issues/1117540176/",
            "datetime": "1999-08-19T21:06:17.396000Z", "tags": [["environment", "production"], ["release", "9f3c2ab"]],
        },
        "triggered_rule": "Very Important Alert Rule!",
        "issue_alert": {"title": "Errors at checkout", "settings": []},
    },
    **AROUND,
}  # fmt: skip
METRIC: dict[str, object] = {
    "action": "critical",
    "data": {
        "metric_alert": {
            "id": "789", "title": "Too many errors", "projects": ["api"], "status": 20, "date_started": "2026-11-22T01:00:00Z",
            "alert_rule": {"id": "456", "name": "Too many errors", "environment": "production", "triggers": []},
        },
        "description_title": "Critical: Too many errors",
        "description_text": "1000 events in the last 10 minutes", "web_url": "https://sentry.io/alerts/789/",
    },
    **AROUND,
}  # fmt: skip
ISSUE: dict[str, object] = {
    "action": "resolved",
    "data": {"issue": {"id": "1117540176", "shortId": "API-1", "title": "ReferenceError", "status": "resolved", "level": "error"}},
    **AROUND,
}  # fmt: skip
PLUGIN: dict[str, object] = {
    "id": "1117540176", "project": "api", "level": "fatal", "culprit": "raven.scripts.runner", "message": "boom",
    "url": "https://sentry.example/issues/1117540176/", "triggering_rules": ["every error"], "event": {},
}  # fmt: skip


def delivered(resource: str, body: object, stamp: int = 0) -> Inbound:
    headers = {
        "Sentry-Hook-Resource": resource,
        "Request-ID": "95f8b0f1",
        "Sentry-Hook-Timestamp": str(int(NOW.timestamp()) + stamp),
    }
    return sent(body, headers)


def test_resolving_the_issue_in_sentry_ends_what_its_alert_opened() -> None:
    read = SOURCE.read(delivered("event_alert", ISSUE_ALERT))
    (fired,) = read.alerts
    (over,) = SOURCE.read(delivered("issue", ISSUE, stamp=60)).alerts
    assert read.delivery == "95f8b0f1"
    assert fired.fingerprint == over.fingerprint == "prod:issue:1117540176"
    assert (fired.state, over.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert fired.title == "ReferenceError: blooopy is not defined"
    assert fired.labels["rule"] == "Errors at checkout"
    assert (fired.labels["severity"], fired.labels["environment"]) == ("error", "production")
    # The event carries the clock of the device it happened on; Sentry's own orders what it says.
    assert fired.at == NOW


def test_a_metric_alert_rises_falls_and_ends_under_one_key() -> None:
    reads = [
        SOURCE.read(delivered("metric_alert", {**METRIC, "action": action})).alerts[0]
        for action in ("warning", "critical", "warning", "resolved")
    ]
    assert {alert.fingerprint for alert in reads} == {"prod:metric:789"}
    assert [alert.state for alert in reads] == [AlertState.FIRING] * 3 + [AlertState.RESOLVED]
    assert [alert.labels.get("severity") for alert in reads] == ["warning", "critical", "warning", None]
    assert reads[0].labels["projects"] == "api"


@pytest.mark.parametrize(
    ("action", "state"), [("unresolved", AlertState.FIRING), ("ignored", AlertState.RESOLVED)]
)
def test_what_people_do_with_the_issue_holds_here(action: str, state: AlertState) -> None:
    assert SOURCE.read(delivered("issue", {**ISSUE, "action": action})).alerts[0].state is state


def test_a_new_issue_is_left_to_sentrys_own_rules_unless_that_is_wanted() -> None:
    new = {**ISSUE, "action": "created"}
    assert SOURCE.read(delivered("issue", new)).set_aside == "informational"
    assert SOURCE.read(delivered("issue", {**ISSUE, "action": "assigned"})).set_aside == "informational"
    assert (
        FORMAT.make("it", {"new_issues": True}).read(delivered("issue", new)).alerts[0].state
        is AlertState.FIRING
    )


@pytest.mark.parametrize(
    ("resource", "action"),
    [("installation", "created"), ("installation", "deleted"), ("comment", "created"), ("error", "created")],
)
def test_what_is_no_alert_is_answered_200_and_opens_nothing(resource: str, action: str) -> None:
    inbound = delivered(resource, {"action": action, "data": {}, **AROUND})
    read = SOURCE.read(inbound)
    assert (read.alerts, read.set_aside, read.notices) == ((), "not_an_alert", ())
    answer = SOURCE.accepted(inbound, read)
    assert (answer.status, answer.body) == (200, b"")


def test_what_sentry_may_add_some_day_is_noticed() -> None:
    read = SOURCE.read(delivered("metric_alert", {**METRIC, "action": "catastrophic"}))
    assert (read.set_aside, len(read.notices)) == ("not_an_alert", 1)


@pytest.mark.parametrize("missing", ["action", "data", "installation"])
def test_what_lacks_a_part_is_answered_400(missing: str) -> None:
    body = {name: value for name, value in METRIC.items() if name != missing}
    with pytest.raises(Unreadable, match=missing):
        SOURCE.read(delivered("metric_alert", body))
    with pytest.raises(Unreadable, match="Sentry-Hook-Resource"):
        SOURCE.read(delivered("", METRIC))


@pytest.mark.parametrize(
    ("raw", "signature"),
    [
        (b'{"action":"resolved"}', "d99bf7bfa16d859dcffc9f8e518b359040a2ebca4e8e242b6a519a0591996114"),
        (b"", "03c06fe29355cf680d85917260823a5a0d0b3e7d064f7e85543ee1469f849b6d"),
    ],
)
def test_the_vectors_and_everything_beside_them(raw: bytes, signature: str) -> None:
    def proven(
        given: str, data: bytes = raw, secrets: tuple[str, ...] = (SECRET,), name: str = "Sentry-Hook"
    ) -> bool:
        headers = {f"{name}-Signature": given, "Sentry-Hook-Resource": "issue"}
        return SOURCE.proven(sent(raw=data, headers=headers), secrets)

    assert proven(signature)
    assert proven(signature.upper())
    assert proven(signature, secrets=("newer", SECRET))
    assert proven(signature, name="Sentry-App")
    assert not proven(one_digit_off(signature))
    assert not proven(signature, raw + b" ")
    assert not proven("")
    assert not proven(signature, secrets=("other",))


def test_without_a_secret_only_the_plugin_that_signs_nothing_is_believed() -> None:
    assert SOURCE.proven(sent(PLUGIN), ())
    assert not SOURCE.proven(sent(PLUGIN), (SECRET,))
    assert not SOURCE.proven(delivered("issue", ISSUE), ())
    assert not SOURCE.proven(sent(PLUGIN, {"Sentry-Hook-Signature": "00"}), ())


def test_the_plugins_alert_has_the_key_of_its_issue() -> None:
    (alert,) = SOURCE.read(sent(PLUGIN)).alerts
    assert (alert.fingerprint, alert.title, alert.labels["severity"]) == (
        "prod:issue:1117540176",
        "boom",
        "fatal",
    )
    assert alert.labels["rule"] == "every error"


def test_a_component_of_sentrys_pages_may_ask_with_an_empty_body() -> None:
    inbound = sent(raw=b"", headers={"Sentry-App-Signature": hexdigest(SECRET, b"")})
    assert SOURCE.proven(inbound, (SECRET,))
    assert SOURCE.read(inbound).set_aside == "not_an_alert"


def test_the_same_said_twice_reads_the_same_and_a_stamp_that_is_none_is_noticed() -> None:
    inbound = delivered("event_alert", ISSUE_ALERT)
    assert SOURCE.read(inbound) == SOURCE.read(inbound)
    odd = sent(ISSUE_ALERT, {"Sentry-Hook-Resource": "event_alert", "Sentry-Hook-Timestamp": "noon"})
    assert "noon" in SOURCE.read(odd).notices[0]


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_body_that_was_cut_is_unreadable(cut: int) -> None:
    with pytest.raises(Unreadable):
        SOURCE.read(
            sent(raw=json.dumps(METRIC).encode()[:cut], headers={"Sentry-Hook-Resource": "metric_alert"})
        )


@PATIENT
@given(
    st.sampled_from(["event_alert", "metric_alert", "issue", "installation", "comment", "", "new"]),
    spoiled(ISSUE_ALERT) | spoiled(METRIC) | spoiled(ISSUE) | spoiled(PLUGIN) | st.binary(max_size=80),
    st.booleans(),
)
def test_nothing_but_unreadable_is_ever_raised(resource: str, body: object, platform: bool) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Sentry-Hook-Resource": resource, "Sentry-Hook-Signature": "ü"} if platform else {}
    never_raises_but_unreadable(SOURCE, sent(raw=raw, headers=headers))
