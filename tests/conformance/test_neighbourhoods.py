"""The neighbourhood of valid requests: one value changed, one byte lost, one digit off. Only Unreadable may come of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import (
    PATIENT,
    hexdigest,
    never_raises_but_unreadable,
    one_digit_off,
    sent,
    spoiled,
)
from tests.intake.house import notification, one

from tocsin.connectors import sources
from tocsin.connectors.alert_source import AlertSource, Inbound, Unreadable

KEY = "e93facc04764012d7bfb002500d5d1a6"
V2: dict[str, object] = {
    "routing_key": KEY, "event_action": "trigger", "dedup_key": "db1/disk",
    "payload": {
        "summary": "disk at 99 %", "source": "db1", "severity": "critical", "timestamp": "2026-11-22T02:59:00Z",
        "component": "disk", "group": "db", "class": "space", "custom_details": {"free": "1 %"},
    },
    "links": [{"href": "https://example.org/runbook", "text": "Runbook"}], "client": "cron",
}  # fmt: skip
CHANGE: dict[str, object] = {
    "routing_key": KEY,
    "payload": {"summary": "deployed api", "timestamp": "2026-11-22T02:50:00Z", "source": "ci", "custom_details": {"sha": "f95f"}},
    "links": [{"href": "https://example.org/build/1", "text": "build"}],
}  # fmt: skip
V1: dict[str, object] = {
    "service_key": KEY, "event_type": "trigger", "incident_key": "db1/disk", "description": "disk at 99 %",
    "details": {"free": "1 %"}, "client": "cron", "contexts": [{"type": "link", "href": "https://example.org"}],
}  # fmt: skip
POSTED: list[dict[str, object]] = [
    {
        "labels": {"alertname": "DiskFull", "severity": "critical"}, "annotations": {"summary": "disk at 99 %"},
        "startsAt": "2026-11-22T02:58:00Z", "endsAt": "2026-11-22T03:04:00Z", "generatorURL": "http://prometheus/graph",
    }
]  # fmt: skip
OLD_GRAFANA: dict[str, object] = {
    "ruleId": 7, "ruleName": "disk", "state": "alerting", "title": "[Alerting] disk", "message": "disk at 99 %",
    "ruleUrl": "http://grafana/d/1", "evalMatches": [{"value": 99, "metric": "disk", "tags": {"host": "db1"}}], "orgId": 1,
    "dashboardId": 1, "panelId": 2, "tags": {"team": "db"},
}  # fmt: skip
NOTIFIED = json.loads(json.dumps(notification(one("DiskFull"), one("Other", "resolved", "1111111111111111"))))
TOLD: dict[str, object] = {
    "event": {
        "id": "01", "event_type": "incident.acknowledged", "resource_type": "incident", "occurred_at": "2026-11-22T02:59:00Z",
        "agent": {"id": "P1", "type": "user_reference", "summary": "Ana Smith"},
        "data": {"id": "Q1", "type": "incident", "status": "acknowledged", "incident_key": "tocsin/INC-1.p1", "title": "t"},
    }
}  # fmt: skip
VALID: dict[str, tuple[str, str, dict[str, object]]] = {
    "PagerDuty v2": ("pagerduty-events", "/v2/enqueue", V2),
    "PagerDuty change": ("pagerduty-events", "/v2/change/enqueue", CHANGE),
    "PagerDuty v1": ("pagerduty-events-v1", "/generic/2010-04-15/create_event.json", V1),
    "Alertmanager": ("alertmanager", "/hooks/alertmanager", NOTIFIED),
    "Alertmanager v2 API": ("alertmanager-api", "/api/v2/alerts", {"alerts": POSTED}),
    "Grafana": (
        "grafana",
        "/hooks/grafana",
        {**NOTIFIED, "title": "[FIRING:1]", "state": "alerting", "orgId": 1},
    ),
    "Grafana before 9": ("grafana", "/hooks/grafana", OLD_GRAFANA),
    "PagerDuty webhook": ("pagerduty", "/hooks/pagerduty", TOLD),
}
NAMES = pytest.mark.parametrize("name", list(VALID))


def source(name: str) -> AlertSource:
    return sources.find(VALID[name][0]).make("it", {})


def request(name: str, body: object) -> Inbound:
    # The API takes a bare list; its neighbourhood is that of the list in it.
    posted = body.get("alerts") if VALID[name][0] == "alertmanager-api" and isinstance(body, dict) else body
    return sent(posted, path=VALID[name][1])


@NAMES
def test_the_valid_one_says_something(name: str) -> None:
    read = never_raises_but_unreadable(source(name), request(name, VALID[name][2]))
    assert read is not None
    assert not read.quiet


@NAMES
@PATIENT
@given(data=st.data())
def test_one_value_of_another_kind_is_read_or_told(name: str, data: st.DataObject) -> None:
    never_raises_but_unreadable(source(name), request(name, data.draw(spoiled(VALID[name][2]))))


@NAMES
@PATIENT
@given(share=st.floats(0, 0.999))
def test_a_truncated_body_is_no_alert(name: str, share: float) -> None:
    whole = request(name, VALID[name][2]).raw
    cut = sent(raw=whole[: int(len(whole) * share)], path=VALID[name][1])
    with pytest.raises(Unreadable):
        source(name).read(cut)


@NAMES
def test_the_same_twice_says_the_same(name: str) -> None:
    twice = [source(name).read(request(name, VALID[name][2])) for _ in range(2)]
    assert twice[0] == twice[1]


@pytest.mark.parametrize(
    ("kind", "header", "form"),
    [("grafana", "x-grafana-alerting-signature", "{}"), ("pagerduty", "x-pagerduty-signature", "v1={}")],
)
def test_one_digit_or_one_byte_or_one_letter_of_the_secret_off_proves_nothing(
    kind: str, header: str, form: str
) -> None:
    made, raw = sources.find(kind).make("it", {}), json.dumps(TOLD).encode()
    good = hexdigest("secret", raw)

    def proven(signature: str, body: bytes = raw, secret: str = "secret") -> bool:
        return made.proven(sent(raw=body, headers={header: form.format(signature)}), (secret,))

    assert proven(good)
    assert not proven(one_digit_off(good))
    assert not proven(good, raw + b" ")
    assert not proven(good, raw[:-1])
    assert not proven(good, secret="secreT")
    assert not proven("")
    assert not made.proven(sent(raw=raw), ("secret",))
