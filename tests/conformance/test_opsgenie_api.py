"""Opsgenie's Alert API: what its senders send is read, and each answer has the shape they look for."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import NOW, PATIENT, never_raises_but_unreadable, sent, spoiled

from tocsin.connectors.alert_source import Act, FixedPath, Inbound, Told, Unreadable
from tocsin.connectors.opsgenie_api import OpsgenieApi, alert_id
from tocsin.detection.alert import AlertState

SOURCE = OpsgenieApi()
# As Alertmanager 0.25 sends it; the alias is the SHA-256 of its group key.
BY_ALERTMANAGER: dict[str, object] = {
    "alias": "03f87504b8d3fbf4181248485c30adf41b203bba58b638f0e6f8cf2e630c3f99", "message": "msg Xog", "description": "…",
    "details": {"alertname": "Xog", "r": "og", "severity": "critical"}, "source": "http://am/#/alerts?receiver=og",
    "priority": "P1",
}  # fmt: skip
FULL: dict[str, object] = {
    "message": "An example alert", "alias": "life-is-too-short", "description": "Every word of it", "entity": "checkout",
    "responders": [{"name": "NOC", "type": "team"}, {"username": "ana@cookcam.app", "type": "user"}],
    "tags": ["OverwriteQuietHours", "Critical"], "details": {"runbook_url": "https://example.com/runbook#checkout", "n": 3},
    "priority": "P2", "source": "app", "user": "Ana", "note": "from me",
}  # fmt: skip


def create(body: object) -> Inbound:
    return sent(body, path="/v2/alerts")


def act(
    action: str, identifier: str, body: object = None, *, kind: str | None = "alias", method: str = "POST"
) -> Inbound:
    query = {} if kind is None else {"identifierType": kind}
    made = sent(body if body is not None else {}, path=f"/v2/alerts/{identifier}{action}", method=method)
    return replace(made, query=query)


def test_an_alert_closed_by_its_alias_or_by_its_id_is_the_one_that_was_created() -> None:
    alias = str(BY_ALERTMANAGER["alias"])
    (fired,) = SOURCE.read(create(BY_ALERTMANAGER)).alerts
    (by_alias,) = SOURCE.read(act("/close", alias, {"source": "http://am"})).alerts
    (by_id,) = SOURCE.read(act("/close", alert_id("prod", alias), kind=None)).alerts
    (deleted,) = SOURCE.read(replace(act("", alias, method="DELETE"), body=b"")).alerts
    assert fired.fingerprint == by_alias.fingerprint == by_id.fingerprint == deleted.fingerprint
    assert (fired.state, fired.title) == (AlertState.FIRING, "msg Xog")
    assert {by_alias.state, by_id.state, deleted.state} == {AlertState.RESOLVED}
    assert fired.labels["alertname"] == "Xog"


def test_everything_that_helps_is_kept() -> None:
    (alert,) = SOURCE.read(create(FULL)).alerts
    assert alert.runbook_url == "https://example.com/runbook#checkout"
    assert (alert.labels["entity"], alert.labels["tags"]) == ("checkout", "OverwriteQuietHours, Critical")
    assert alert.labels["responders"] == "NOC, ana@cookcam.app"
    assert (alert.labels["n"], alert.labels["severity"]) == ("3", "P2")


@pytest.mark.parametrize(("priority", "said"), [("P1", "P1"), (None, "P3"), ("p4", "P4"), ("P5", "P5")])
def test_a_priority_is_handed_on_as_it_is(priority: str | None, said: str) -> None:
    body = {"message": "m", **({} if priority is None else {"priority": priority})}
    assert SOURCE.read(create(body)).alerts[0].labels["severity"] == said


def test_without_an_alias_each_request_is_an_alert_of_its_own_and_a_replay_the_same() -> None:
    one = create({"message": "m"})
    assert SOURCE.read(one) == SOURCE.read(one)
    assert (
        SOURCE.read(one).alerts[0].fingerprint
        != SOURCE.read(replace(one, request="02")).alerts[0].fingerprint
    )


def test_an_alias_may_hold_slashes() -> None:
    about = f"prod:{alert_id('prod', 'db/main')}"
    assert SOURCE.read(act("/acknowledge", "db/main")).told[0].about == about
    assert SOURCE.read(act("/close", "db/main")).alerts[0].fingerprint == about
    assert SOURCE.read(act("", "db/main", method="DELETE")).alerts[0].fingerprint == about


def test_people_acknowledge_and_take_it_back() -> None:
    about = f"prod:{alert_id('prod', 'a b')}"
    assert SOURCE.read(act("/acknowledge", "a b", {"user": "ana"})).told == (
        Told(Act.ACKNOWLEDGE, about, "ana"),
    )
    assert SOURCE.read(act("/unacknowledge", "a b", {})).told == (Told(Act.UNACKNOWLEDGE, about, ""),)


@pytest.mark.parametrize("action", ["notes", "tags", "details", "message", "description", "priority"])
def test_what_is_only_kept_changes_nothing(action: str) -> None:
    body = {"note": "n", "tags": ["t"], "details": {}, "message": "m", "description": "d", "priority": "P1"}
    read = SOURCE.read(act(f"/{action}", "x", body))
    assert (read.alerts, read.told, read.set_aside) == ((), (), "informational")
    assert action in read.notices[0]


@pytest.mark.parametrize(
    "action", ["snooze", "assign", "escalate", "attachments", "actions/restart", "dance"]
)
def test_what_tocsin_does_not_do_is_not_answered_with_success(action: str) -> None:
    with pytest.raises(Unreadable) as told:
        SOURCE.read(act(f"/{action}", "x", {"endTime": "2026-11-23T00:00:00Z"}))
    assert told.value.status == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": " "}, "message"),
        ({"message": "m", "priority": "P9"}, "priority"),
        ({"message": "m", "alias": "a" * 513}, "alias"),
    ],
)
def test_what_is_not_processable_is_422_and_names_the_field(body: Mapping[str, object], field: str) -> None:
    with pytest.raises(Unreadable) as told:
        SOURCE.read(create(body))
    assert told.value.status == 422
    answer = SOURCE.refused(create(body), 422, told.value.errors)
    assert field in json.loads(answer.body)["errors"]


def test_a_long_message_is_taken_and_a_tiny_id_is_not() -> None:
    read = SOURCE.read(create({"message": "m" * 131}))
    assert len(read.alerts[0].title) == 131
    assert read.notices
    with pytest.raises(Unreadable, match="identifierType") as told:
        SOURCE.read(act("/close", "1791", kind="tiny"))
    assert told.value.status == 422
    with pytest.raises(Unreadable, match="note"):
        SOURCE.read(act("/notes", "x", {}))


def test_every_answer_has_the_shape_opsgenies_clients_look_for() -> None:
    inbound = create(FULL)
    answer = SOURCE.accepted(inbound, SOURCE.read(inbound))
    assert answer.status == 202
    assert json.loads(answer.body) == {
        "result": "Request will be processed",
        "took": 0.0,
        "requestId": inbound.request,
    }
    assert dict(answer.headers)["X-Request-ID"] == inbound.request
    said = {status: SOURCE.refused(inbound, status, ("why",)) for status in (400, 401, 403, 404, 429, 503)}
    assert [each.status for each in said.values()] == [400, 401, 403, 401, 429, 503]
    assert json.loads(said[401].body)["message"] == "Could not authenticate"
    assert dict(said[429].headers)["X-RateLimit-State"] == "THROTTLED"


def test_the_key_is_found_where_its_senders_put_it() -> None:
    for header, key in (
        ("GenieKey abc", "abc"),
        ("geniekey  abc ", "abc"),
        ("Bearer abc", None),
        ("GenieKey", None),
    ):
        assert SOURCE.key(sent({}, {"Authorization": header})) == key
    assert SOURCE.key(sent({})) is None
    assert isinstance(SOURCE, FixedPath)
    assert ("PUT", "/v2/alerts/{id:path}/message") in SOURCE.paths


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"message":', b"\xff"])
def test_a_body_that_was_cut_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable) as told:
        SOURCE.read(sent(raw=raw, path="/v2/alerts"))
    assert told.value.status == 400


@PATIENT
@given(
    spoiled(FULL) | spoiled(BY_ALERTMANAGER) | st.binary(max_size=60),
    st.sampled_from(["", "/x", "/x/close", "/x/notes", "/%ff/acknowledge", "//", "/x/actions/y"]),
)
def test_nothing_but_unreadable_is_ever_raised(body: object, rest: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    never_raises_but_unreadable(SOURCE, sent(raw=raw, path=f"/v2/alerts{rest}", at=NOW))
