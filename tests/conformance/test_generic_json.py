"""Generic JSON: guesses that hold, mappings that replace them, and the empty body of a step of CI."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import (
    ANY_JSON,
    NOW,
    PATIENT,
    hexdigest,
    never_raises_but_unreadable,
    one_digit_off,
    sent,
    spoiled,
)

from tocsin.connectors.alert_source import AlertSource, Unreadable
from tocsin.connectors.generic_json import FORMAT, MOST_ALERTS, GenericJson
from tocsin.detection.alert import Alert, AlertState
from tocsin.errors import ConfigError

SOURCE = GenericJson()
FULL: dict[str, object] = {
    "title": "Backup failed", "status": "firing", "severity": "critical", "dedup_key": "backup/db", "host": "db-1",
    "runbook_url": "https://example.com/runbook#backup", "impact": "no restore point", "timestamp": "2026-11-22T02:59:00Z",
    "size": 17,
}  # fmt: skip
LATEST: dict[str, object] = {
    "schema": "tocsin.synthetics/1", "generated_at": "2026-11-22T02:00:07.412Z", "status": "degraded",
    "endpoints": [
        {"name": "sf/requirements", "url": "https://api.prepchef.com/city/sf", "p95_ms": 241.9, "threshold_ms": 200, "verdict": "fail"},
        {"name": "jt/requirements", "url": "https://api.prepchef.com/city/jt", "p95_ms": 98.0, "threshold_ms": 200, "verdict": "pass"},
        {"name": "sf/estimate", "p95_ms": None, "threshold_ms": 200, "verdict": "unknown"},
        {"name": "jt/estimate", "p95_ms": 210.0, "threshold_ms": 200, "verdict": "fail", "confirmation": {"confirmed": False}},
        {"name": "sf/map", "p95_ms": None, "threshold_ms": 200, "verdict": "error", "confirmation": {"confirmed": True}},
    ],
    "incidents": [{"id": "synthetics/sf/requirements", "remediations": ["https://status.prepchef.com/runbook#high-database-load"]}],
}  # fmt: skip


def only(body: object, source: AlertSource = SOURCE) -> Alert:
    (alert,) = source.read(sent(body)).alerts
    return alert


def mapped(**paths: object) -> AlertSource:
    return FORMAT.make("it", {"map": paths})


def test_what_most_tools_send_is_read_without_a_mapping() -> None:
    alert = only(FULL)
    assert (alert.fingerprint, alert.title, alert.state) == (
        "prod:backup/db",
        "Backup failed",
        AlertState.FIRING,
    )
    assert (alert.impact, alert.runbook_url) == ("no restore point", "https://example.com/runbook#backup")
    assert alert.at == NOW - timedelta(minutes=1)
    assert (alert.labels["severity"], alert.labels["source"], alert.labels["size"]) == (
        "critical",
        "db-1",
        "17",
    )


@pytest.mark.parametrize("word", ["resolved", "OK", "up", "Closed", "success"])
def test_words_that_say_it_is_over(word: str) -> None:
    assert only({**FULL, "status": word}).state is AlertState.RESOLVED
    assert only({"title": "t", "state": word}).state is AlertState.RESOLVED


def test_an_empty_body_says_that_this_integration_reports_a_failure() -> None:
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}, {"content-type": ""}):
        (alert,) = SOURCE.read(sent(raw=b"", headers=headers)).alerts
        assert (alert.fingerprint, alert.title) == ("prod:", "prod reports a failure")


def test_without_a_key_the_labels_are_the_key_and_the_severity_is_none_of_them() -> None:
    labels = {"alertname": "Disk", "instance": "db-1"}
    one = only({"title": "97 %", "labels": {**labels, "severity": "warning"}})
    two = only({"title": "99 %", "labels": {"severity": "critical", **labels}, "status": "resolved"})
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != only({"title": "97 %", "labels": {**labels, "instance": "db-2"}}).fingerprint


def test_without_key_and_labels_another_title_is_another_trouble() -> None:
    one, two = only({"title": "backup failed", "took": 3}), only({"title": "payments are down", "took": 3})
    assert one.fingerprint != two.fingerprint
    assert one.fingerprint == only({"title": "backup failed", "took": 4}).fingerprint
    assert only({"status": "failed"}).fingerprint == "prod:"


def test_each_member_of_a_list_is_an_alert_and_the_answer_names_their_keys() -> None:
    inbound = sent([{"title": "a", "id": 1}, {"title": "b", "id": "2"}, "just text"])
    read = SOURCE.read(inbound)
    assert [alert.fingerprint for alert in read.alerts][:2] == ["prod:1", "prod:2"]
    assert read.alerts[2].title == "just text"
    answer = SOURCE.accepted(inbound, read)
    assert answer.status == 202
    assert json.loads(answer.body)["alerts"][0] == {"dedup_key": "1", "id": "prod:1"}
    assert SOURCE.read(sent([])).set_aside == "not_an_alert"
    with pytest.raises(Unreadable, match="at most"):
        SOURCE.read(sent([{}] * (MOST_ALERTS + 1)))


def test_a_form_is_read_and_what_curl_only_calls_a_form_too() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    raw = urlencode({"title": "Größe", "status": "ok", "id": "7"}).encode()
    (alert,) = SOURCE.read(sent(raw=raw, headers=form)).alerts
    assert (alert.title, alert.fingerprint, alert.state) == ("Größe", "prod:7", AlertState.RESOLVED)
    (curled,) = SOURCE.read(sent(raw=b' {"title":"t","id":"7"}', headers=form)).alerts
    assert curled.fingerprint == "prod:7"
    with pytest.raises(Unreadable, match="form"):
        SOURCE.read(sent(raw=b"&".join(b"a=b" for _ in range(300)), headers=form))


def test_paths_replace_the_guesses_one_by_one() -> None:
    source = mapped(
        items="$.events[*]", title="$.what.name", state="$.what.phase", key="$.what.id", at="$.when",
        severity="$.how_bad", labels={"region": "$.where.region", "absent": "$.nowhere"}, over=["Recovered"],
    )  # fmt: skip
    body = {
        "events": [
            {
                "what": {"name": "Queue stuck", "phase": "open", "id": 5},
                "when": 1_795_316_400_000,
                "where": {"region": "eu"},
            },
            {"what": {"name": "Queue stuck", "phase": "recovered", "id": 5}, "how_bad": "low"},
        ]
    }
    one, two = source.read(sent(body)).alerts
    assert (one.title, one.fingerprint, one.state) == ("Queue stuck", "prod:5", AlertState.FIRING)
    assert one.labels == {"region": "eu"}
    assert one.at.year == 2026
    assert (two.state, two.labels) == (AlertState.RESOLVED, {"severity": "low"})
    assert only({"title": "x", "status": "resolved"}, mapped(title="$.title")).state is AlertState.RESOLVED


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"title": "$.["}, "title"),
        ({"titel": "$.a"}, "titel"),
        ({"labels": {"a": "b"}}, "labels.a"),
        ({"items": ""}, "items"),
    ],
)
def test_a_mapping_that_is_none_is_refused_by_name(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        FORMAT.make('integration "ci" (json)', {"map": table})
    with pytest.raises(ConfigError, match="map"):
        FORMAT.make('integration "ci" (json)', {"map": "$.a"})


def test_a_posted_latest_json_fires_and_ends_per_endpoint() -> None:
    read = SOURCE.read(sent(LATEST))
    said = {alert.fingerprint: alert.state for alert in read.alerts}
    assert said == {
        "prod:synthetics/sf/requirements": AlertState.FIRING,
        "prod:synthetics/jt/requirements": AlertState.RESOLVED,
        "prod:synthetics/sf/map": AlertState.FIRING,
    }
    assert read.alerts[0].title == "sf/requirements: p95 241.9 ms ≥ 200 ms"
    assert read.alerts[0].runbook_url == "https://status.prepchef.com/runbook#high-database-load"
    assert len(read.notices) == 2  # unknown is no trouble, and unconfirmed pages nobody


def test_a_signature_is_wanted_only_where_a_secret_is_set() -> None:
    raw = json.dumps(FULL).encode()
    right = hexdigest("s", raw)

    def proven(header: str, secrets: tuple[str, ...]) -> bool:
        return SOURCE.proven(sent(raw=raw, headers={"X-Tocsin-Signature": header}), secrets)

    assert SOURCE.proven(sent(raw=raw), ())
    assert proven(f"sha256={right}", ("s",))
    assert proven(f"sha256={right.upper()}", ("newer", "s"))
    for wrong in ("", right, f"sha256={one_digit_off(right)}", "sha256="):
        assert not proven(wrong, ("s",))
    assert not SOURCE.proven(sent(raw=raw), ("s",))


def test_no_title_is_noticed_and_unreadable_json_is_refused() -> None:
    read = SOURCE.read(sent({"status": "failed"}))
    assert "no title" in read.notices[0]
    for raw in (b"{", b'{"title":', b"title: x", b"\xff"):
        with pytest.raises(Unreadable):
            SOURCE.read(sent(raw=raw))
    assert SOURCE.refused(sent({}), 400, ("why",)).status == 400


EVERYTHING = mapped(
    items="$..*",
    title="$..title",
    state="$.*",
    key="$..[?@.id].id",
    labels={"any": "$[?length(@) > 1]"},
    at="$[0]",
)


@PATIENT
@given(
    ANY_JSON | spoiled(FULL) | spoiled(LATEST) | st.binary(max_size=80),
    st.sampled_from([SOURCE, EVERYTHING]),
    st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""]),
)
def test_nothing_but_unreadable_is_ever_raised(body: object, source: AlertSource, media: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    never_raises_but_unreadable(source, sent(raw=raw, headers={"content-type": media}))
