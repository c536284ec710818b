"""Alertmanager's and Grafana's webhooks, and PagerDuty's: each alert by its own state, however deliveries repeat and reorder."""

import gzip
import hashlib
import hmac
import json

import pytest
from tests.intake.house import (
    AM,
    AM_OLD,
    DISABLED,
    GRAFANA,
    OLD_SECRET,
    PATIENCE,
    SIGNED_GRAFANA,
    STAMPED,
    House,
    notification,
    one,
)

from tocsin.detection.silence import parse_matcher
from tocsin.engine.foreign import silencing
from tocsin.kit.clock import SystemClock
from tocsin.store.requests import State


def test_a_group_is_one_incident_and_each_alert_of_it_resolves_by_itself(house: House) -> None:
    a, b = one("A"), one("B", fingerprint="fac0861a85de433a")
    answer = house.alertmanager(notification(a, b, groupKey="g"))
    assert (answer.status_code, answer.content) == (200, b"{}\n")
    assert house.fates() == ["INC-1", "INC-1"]
    assert len(house.incident().firing) == 2
    over = {**a, "status": "resolved", "annotations": {}, "endsAt": "2026-11-21T18:40:00Z"}
    house.alertmanager(notification(over, b, groupKey="g"))
    assert [alert.title for alert in house.incident().firing] == ["B is wrong"]
    assert house.fates() == ["INC-1", "duplicate"]
    house.alertmanager(notification({**b, "status": "resolved"}, groupKey="g"))
    assert house.incident().firing == ()
    assert house.ledger().balanced


def test_alerts_of_different_groups_are_different_incidents(house: House) -> None:
    house.alertmanager(notification(one("A"), groupKey="g1"))
    house.alertmanager(notification(one("B", fingerprint="fac0861a85de433a"), groupKey="g2"))
    assert len(house.incidents()) == 2


def test_the_same_again_wakes_nobody_again(house: House) -> None:
    for _ in range(5):
        assert house.alertmanager(notification(one())).status_code == 200
        house.requests()
    assert [house.fates(number) for number in range(5)] == [["INC-1"], *[["duplicate"]] * 4]
    assert len(house.incident().alerts) == 1


def test_a_firing_that_was_overtaken_by_its_own_end_opens_nothing(house: House) -> None:
    house.alertmanager(notification(one()))
    house.requests()
    house.alertmanager(notification(one(status="resolved")))
    house.requests()
    house.alertmanager(notification(one()))  # an old delivery, tried again
    assert house.fates() == ["stale_order"]
    house.alertmanager(notification(one(startsAt="2026-11-21T19:00:00Z")))
    assert house.fates() == ["INC-1"], "a new episode is heard"
    assert house.incident().firing


def test_a_resolve_before_its_alert_is_kept_with_its_reason(house: House) -> None:
    house.alertmanager(notification(one(status="resolved")))
    assert house.fates() == ["resolve_without_open"]


def test_what_a_cut_notification_leaves_out_is_not_taken_as_resolved(house: House) -> None:
    house.alertmanager(notification(one("A"), one("B", fingerprint="bb"), groupKey="g"))
    house.alertmanager(notification(one("A"), groupKey="g", truncatedAlerts=1))
    assert len(house.incident().firing) == 2
    assert "cut 1 alerts off" in (house.requests()[-1].request.note or "")


@pytest.mark.parametrize(
    ("key", "status"),
    [(AM, 200), (AM_OLD, 200), (DISABLED, 404), ("unknown-0123456789abcdef0", 401), (GRAFANA, 401)],
    ids=["its key", "its key before the rotation", "disabled", "unknown", "of another kind"],
)
def test_only_its_own_key_lets_a_sender_in(house: House, key: str, status: int) -> None:
    assert house.alertmanager(notification(one()), key).status_code == status
    assert len(house.incidents()) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"a":NaN}', b"\xff", b"[" * 100 + b"]" * 100, b'{"a":1e999}'],
    ids=["cut", "NaN", "not UTF-8", "too deep", "too large a number"],
)
def test_what_is_not_json_is_kept_and_refused(house: House, body: bytes) -> None:
    assert house.alertmanager(body).status_code == 400
    (stored,) = house.requests()
    assert (stored.request.state, stored.request.body) == (State.UNPARSED, body)


def test_a_templated_body_is_read_as_any_json(house: House) -> None:
    assert house.alertmanager({"title": "from a template", "severity": "critical"}).status_code == 200
    assert [row.title for row in house.incidents()] == ["from a template"]


def test_an_empty_list_of_alerts_is_no_alert(house: House) -> None:
    assert house.alertmanager(notification()).status_code == 200
    assert house.states() == [State.IGNORED]


@pytest.mark.parametrize(
    "when",
    ["2026-11-21T18:34:26Z", "2026-11-21T18:34:26+00:00", "2026-11-21T18:34:26.123456789+0000", "0001-01-01T00:00:00Z", "", "soon", None, 7],
)  # fmt: skip
def test_every_spelling_of_a_time_is_taken(house: House, when: object) -> None:
    assert house.alertmanager(notification(one(startsAt=when))).status_code == 200
    assert len(house.incidents()) == 1


def test_a_compressed_body_is_read_and_kept_as_it_came(house: House) -> None:
    raw = gzip.compress(json.dumps(notification(one())).encode())
    assert house.alertmanager(raw, AM, **{"content-encoding": "gzip"}).status_code == 200
    assert house.requests()[0].request.body == raw
    assert len(house.incidents()) == 1
    assert house.alertmanager(raw[:-9], AM, **{"content-encoding": "gzip"}).status_code == 400
    assert house.alertmanager(raw, AM, **{"content-encoding": "br"}).status_code == 415


def test_a_link_to_a_section_wins_over_every_other_match(house: House) -> None:
    notes = {"summary": "disk at 99 %", "runbook_url": "https://wiki.example/shop#2-api-not-responding"}
    house.alertmanager(notification(one(annotations=notes)))
    assert house.incidents()[0].section == "API Not Responding"


def test_a_severity_is_a_hint_that_the_team_may_translate(house: House) -> None:
    house.alertmanager(notification(one(labels={"alertname": "A", "severity": "critical"})))
    house.alertmanager(
        notification(one("B", fingerprint="b", labels={"alertname": "B", "severity": "ticket"}))
    )
    assert house.fates() == ["informational"]
    house.alertmanager(notification(one("C", fingerprint="c", labels={"alertname": "C", "severity": "odd"})))
    assert [row.severity for row in house.incidents()] == ["P1", "P2"]
    assert '"odd" is unknown' in (house.requests()[-1].request.note or "")


def test_the_end_of_an_alert_is_heard_also_where_its_severity_is_only_to_be_recorded(house: House) -> None:
    house.alertmanager(notification(one("A")))
    house.requests()
    mild = {"alertname": "A", "severity": "ticket"}
    house.alertmanager(notification(one("A", labels=mild)))
    assert house.fates() == ["informational"]
    house.alertmanager(notification(one("A", "resolved", labels=mild)))
    assert house.fates() == ["INC-1"]
    assert house.incident().firing == ()


def test_a_silence_holds_back_what_would_open_and_nothing_else(house: House) -> None:
    house.alertmanager(notification(one("A", fingerprint="a")))
    house.requests()
    now = SystemClock().now()
    silence = silencing.make(
        house.app.database,
        [parse_matcher('alertname=~"A|B"')],
        now,
        now.replace(year=2099),
        "ana",
        "moving",
        now,
    )
    house.alertmanager(notification(one("B", fingerprint="b")))
    assert house.fates() == ["silenced"]
    house.alertmanager(notification(one("A", "resolved", "a")))
    assert house.incident().firing == (), "a resolve passes through a silence"
    house.alertmanager(notification(one("C", fingerprint="c")))
    assert house.fates() == ["INC-2"]
    silencing.expire(house.app.database, silence.id, SystemClock().now())
    house._deadline(
        lambda: [row.title for row in house.incidents()][-1] == "B is wrong",
        what="B, which fires, is decided",
        within=PATIENCE,
    )


GRAFANA_ALERT = {
    "status": "firing", "labels": {"alertname": "alert1", "service": "shop"}, "annotations": {"ann1": "annv1"},
    "startsAt": "0001-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://g/test?orgId=1",
    "fingerprint": "fac0861a85de433a", "silenceURL": "http://g/s", "dashboardURL": "http://g/d/abcd?orgId=1",
    "panelURL": "", "values": None, "valueString": "", "orgId": 1,
}  # fmt: skip


def grafana(house: House, body: object, key: str = GRAFANA, method: str = "POST", **headers: str) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return house.http.request(method, f"/hooks/grafana/{key}", content=raw, headers=headers).status_code


def test_grafana_by_post_and_put_groups_by_the_labels_we_choose(house: House) -> None:
    body = {"version": "1", "orgId": 1, "state": "alerting", "alerts": [GRAFANA_ALERT], "groupKey": "x"}
    other = {**GRAFANA_ALERT, "fingerprint": "b", "labels": {"alertname": "alert2", "service": "shop"}}
    third = {**GRAFANA_ALERT, "fingerprint": "c", "labels": {"alertname": "alert3", "service": "mail"}}
    assert grafana(house, body) == 200
    assert grafana(house, {**body, "alerts": [other], "groupKey": "y"}, method="PUT") == 200
    assert house.fates() == ["INC-1"]
    assert grafana(house, {**body, "alerts": [third], "groupKey": "x"}) == 200
    assert house.fates() == ["INC-2"]
    assert grafana(house, {**body, "alerts": [{**GRAFANA_ALERT, "status": "resolved"}, {**other, "status": "resolved"}]}) == 200  # fmt: skip
    assert house.incident().firing == ()


def test_grafana_8_and_older_is_understood(house: House) -> None:
    old = {"ruleId": 7, "ruleName": "CPU", "state": "alerting", "title": "[Alerting] CPU", "message": "hot", "ruleUrl": "http://g/r", "evalMatches": [{"metric": "cpu", "value": 99}]}  # fmt: skip
    assert grafana(house, old) == 200
    assert [row.title for row in house.incidents()] == ["[Alerting] CPU"]
    assert grafana(house, {**old, "state": "ok"}) == 200
    assert house.incident().firing == ()
    assert grafana(house, {**old, "state": "paused"}) == 200
    assert house.states()[-1] is State.IGNORED


def test_a_signed_grafana_is_believed_by_its_signature_only(house: House) -> None:
    raw = json.dumps({"version": "1", "alerts": [GRAFANA_ALERT]}).encode()
    good = hmac.new(b"secret", raw, hashlib.sha256).hexdigest()
    header = "X-Grafana-Alerting-Signature"
    assert grafana(house, raw, SIGNED_GRAFANA, **{header: good}) == 200
    assert grafana(house, raw, SIGNED_GRAFANA, **{header: good.upper()}) == 200
    assert grafana(house, raw + b" ", SIGNED_GRAFANA, **{header: good}) == 401
    assert grafana(house, raw, SIGNED_GRAFANA, **{header: ("0" if good[0] != "0" else "1") + good[1:]}) == 401
    assert grafana(house, raw, SIGNED_GRAFANA) == 401
    now = int(SystemClock().now().timestamp())
    for stamp, status in ((now, 200), (now - 900, 401), (now + 900, 401)):
        signature = hmac.new(b"secret", f"{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        assert grafana(house, raw, STAMPED, **{header: signature, "X-Stamp": str(stamp)}) == status
    assert len(house.incidents()) == 2  # each integration has its own
    kept = [each for each in house.requests() if each.request.state is State.REFUSED]
    assert len(kept) == 5, "what was refused is in quarantine"
    assert all(
        "…" in each.request.headers.values() for each in kept if header.lower() in each.request.headers
    )


def test_three_refusals_in_five_minutes_are_our_own_alarm(house: House) -> None:
    for _ in range(3):
        assert grafana(house, b"{}", SIGNED_GRAFANA) == 401

    def told() -> bool:
        return any("integration grafana-signed" in title for title in house.alarms())

    house._deadline(told, what="the alarm about the integration", within=PATIENCE)


def hooked(
    kind: str = "incident.acknowledged", key: str = "INC-1", event: str = "01", agent: str = "Ana Smith"
) -> dict[str, object]:
    return {
        "event": {
            "id": event, "event_type": kind, "resource_type": "incident", "agent": {"id": "U1", "summary": agent},
            "data": {"id": "Q1", "type": "incident", "incident_key": f"tocsin/abc/{key}"},
        }
    }  # fmt: skip


def test_who_acknowledges_in_pagerduty_has_it_here_and_who_resolves_there_ends_it(house: House) -> None:
    house.event(dedup_key="x")
    house.requests()
    assert house.hook(hooked()).status_code == 202
    assert house.incident().acknowledged_by == "ana"
    assert house.hook(hooked()).status_code == 202  # delivered twice
    assert house.states()[-1] is State.REPEATED
    assert house.hook(hooked("incident.resolved", event="02")).status_code == 202
    assert house.incident().resolved_at is not None


def test_what_our_own_integration_did_there_is_an_echo(house: House) -> None:
    house.event(dedup_key="x")
    echo = hooked()
    echo["event"]["agent"] = {"id": "OURS"}  # type: ignore[index]  # a dict of ours
    assert house.hook(echo).status_code == 202
    assert house.states()[-1] is State.IGNORED
    assert not house.incident().acknowledged


@pytest.mark.parametrize(
    ("signature", "status"),
    [("", 400), ("nonsense", 400), ("v1=" + "0" * 64, 403), (None, 202)],
    ids=["missing", "no signature", "wrong", "right"],
)
def test_a_webhook_of_pagerduty_proves_itself(house: House, signature: str | None, status: int) -> None:
    assert house.hook(hooked(), signature=signature).status_code == status


def test_any_signature_of_several_by_either_secret_counts(house: House) -> None:
    raw = json.dumps(hooked()).encode()
    good = hmac.new(OLD_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert house.hook(hooked(), signature=f"v1={'0' * 64},v1={good}").status_code == 202


def test_a_stranger_to_us_acknowledges_nothing(house: House) -> None:
    house.event(dedup_key="x")
    assert house.hook(hooked(agent="Zoe Unknown")).status_code == 202
    assert not house.incident().acknowledged


def test_an_alert_that_gets_worse_raises_its_incident_and_pages_again(house: House) -> None:
    mild = one(labels={"alertname": "A", "severity": "warning"})
    house.alertmanager(notification(mild))
    house.requests()
    assert house.incidents()[0].severity == "P2"
    house.alertmanager(notification({**mild, "labels": {"alertname": "A", "severity": "critical"}}))
    assert house.incidents()[0].severity == "P1"
    urgent = [page for page in house.incident().pages.values() if page.queued.urgent]
    assert urgent


def test_a_sender_nobody_understands_is_our_own_alarm_too(house: House) -> None:
    house.alertmanager(b"{")

    def told() -> bool:
        return any("integration am: 1 request was not understood" in title for title in house.alarms())

    house._deadline(told, what="the alarm about the integration", within=PATIENCE)
