"""PagerDuty's Events API v2 and v1, as a target: answers byte for byte, and what becomes of each event."""

import gzip
import json

import pytest
from tests.intake.house import OTHER_PD, PD, V1, House

from tocsin.store import changes
from tocsin.store.requests import State

ACCEPTED = b'{"status":"success","message":"Event processed","dedup_key":"srv01/HTTP"}'
TRIGGER = {"summary": "disk at 99 %", "source": "db1", "severity": "critical"}


def test_an_event_opens_updates_is_acknowledged_and_resolves_one_incident(house: House) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve"):
        answer = house.event(action=action, dedup_key="srv01/HTTP", client="Ana Smith")
        assert (answer.status_code, answer.content) == (202, ACCEPTED)
        house.requests()  # in turn: a repeat is known when the incident is open
    (row,) = house.incidents()
    assert row.section == "Disk Full"
    incident = house.incident()
    assert incident.acknowledged_by == "ana"
    assert not incident.firing
    assert house.fates(1) == ["INC-1"] or house.fates(1) == ["duplicate"]
    assert house.ledger().balanced


def test_a_trigger_without_a_key_is_given_one_that_resolves_it(house: House) -> None:
    key = house.event().json()["dedup_key"]
    assert len(key) == 32
    assert house.event().json()["dedup_key"] != key
    house.event(action="resolve", dedup_key=key)
    assert not house.incident("INC-1").firing
    assert house.incident("INC-2").firing


def test_an_event_counts_only_for_the_key_that_opened_it(house: House) -> None:
    house.event(dedup_key="x")
    assert house.event(OTHER_PD, "resolve", dedup_key="x").status_code == 202
    assert house.fates() == ["resolve_without_open"]
    assert house.incident().firing


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", b'{"status":"Unrecognized object","message":"Event object format is unrecognized","errors":["JSON parse error"]}'),
        (b"[]", b'{"status":"Unrecognized object","message":"Event object format is unrecognized","errors":["JSON parse error"]}'),
        (b'{"routing_key":"\xff"}', b'{"status":"Unrecognized object","message":"Event object format is unrecognized","errors":["JSON parse error"]}'),
        (b'{"routing_key":"short"}', b'{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'routing_key\' is incorrect (should be 32 characters)"]}'),
        (b'{"routing_key":"00000000000000000000000000000000"}', b'{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}'),
    ],
    ids=["cut", "a list", "not UTF-8", "a short key", "an unknown key"],
)  # fmt: skip
def test_what_is_nobodys_event_is_refused_in_the_formats_own_words(
    house: House, body: bytes, said: bytes
) -> None:
    answer = house.http.post("/v2/enqueue", content=body)
    assert (answer.status_code, answer.content) == (400, said)
    assert house.requests() == []


@pytest.mark.parametrize(
    "event",
    [
        {"event_action": "explode"},
        {"event_action": "resolve"},
        {"event_action": "trigger"},
        {"event_action": "trigger", "payload": {**TRIGGER, "summary": " "}},
        {"event_action": "trigger", "payload": {**TRIGGER, "severity": "purple"}},
        {"event_action": "trigger", "payload": TRIGGER, "dedup_key": "x" * 256},
    ],
)
def test_an_invalid_event_is_kept_shown_and_refused(house: House, event: dict[str, object]) -> None:
    answer = house.http.post("/v2/enqueue", json={"routing_key": PD, **event})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Event object is invalid"
    assert all(isinstance(each, str) for each in answer.json()["errors"])
    assert house.states() == [State.UNPARSED]
    assert house.incidents() == []


def test_the_key_is_kept_nowhere(house: House) -> None:
    house.event(dedup_key="x")
    (stored,) = house.requests()
    assert PD.encode() not in stored.request.body
    house.http.post("/v2/enqueue", content=gzip.compress(json.dumps({"routing_key": PD, "event_action": "trigger", "payload": TRIGGER}).encode()), headers={"content-encoding": "gzip"})  # fmt: skip
    second = house.requests()[1]
    assert PD.encode() not in second.request.body
    assert b"disk at 99" in second.request.body
    assert house.fates(1) != []


def test_sizes_up_to_the_hard_limit_are_taken_and_above_it_refused(house: House) -> None:
    def sized(length: int) -> bytes:
        bare = json.dumps(
            {
                "routing_key": PD,
                "event_action": "trigger",
                "payload": {**TRIGGER, "custom_details": {"x": ""}},
            }
        )
        return bare.replace('"x": ""', f'"x": "{"y" * (length - len(bare))}"').encode()

    assert house.http.post("/v2/enqueue", content=sized(512_000)).status_code == 202
    assert house.http.post("/v2/enqueue", content=sized(512_001)).status_code == 202
    assert house.http.post("/v2/enqueue", content=sized(10 * 1024 * 1024 + 1)).status_code == 413
    notes = [each.request.note for each in house.requests()]
    assert notes == [None, "oversize", "the body is larger than 10485760 bytes"]
    assert house.requests()[2].request.body == b""


def test_a_bomb_is_not_unpacked(house: House) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    answer = house.http.post(f"/k/{PD}/v2/enqueue", content=bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 413
    assert house.states() == [State.UNPARSED]


def test_a_slash_at_the_end_is_no_redirect(house: House) -> None:
    body = {"routing_key": PD, "event_action": "trigger", "payload": TRIGGER, "dedup_key": "srv01/HTTP"}
    answer = house.http.post("/v2/enqueue/", json=body)
    assert (answer.status_code, answer.content) == (202, ACCEPTED)


def test_a_change_opens_nothing_and_is_shown(house: House) -> None:
    body = {"routing_key": PD, "payload": {"summary": "deployed 9f3c2ab", "timestamp": "2026-11-21T18:00:00.000+0000", "custom_details": {"sha": "9f3c2ab"}}, "links": [{"href": "https://ci.example/1", "text": "the run"}]}  # fmt: skip
    answer = house.http.post("/v2/change/enqueue", json=body)
    assert (answer.status_code, answer.json()["status"]) == (202, "success")
    assert house.incidents() == []
    with house.app.database.read() as tx:
        (found,) = changes.between(
            tx, house.requests()[0].request.received_at.replace(year=2020), house.app.clock.now()
        )
    assert (found.title, found.labels["sha"], found.links) == ("deployed 9f3c2ab", "9f3c2ab", (("the run", "https://ci.example/1"),))  # fmt: skip
    answer = house.http.get("/api/v1/changes?since=3650 d")
    assert [each["title"] for each in answer.json()["changes"]] == ["deployed 9f3c2ab"]
    assert house.http.post("/v2/change/enqueue", json={"routing_key": PD, "payload": {}}).status_code == 400


def test_a_full_payload_on_resolve_and_nested_details_are_taken(house: House) -> None:
    house.event(
        dedup_key="k",
        payload={**TRIGGER, "custom_details": {"a": {"b": [1]}, "n": 0.75}},
        images=[{"url": "x"}],
    )
    house.event(action="resolve", dedup_key="k", payload=TRIGGER)
    incident = house.incident()
    assert not incident.firing
    (alert,) = incident.alerts.values()
    assert house.ledger().suppressed == 0
    assert alert.title == "disk at 99 %"


def test_v1_answers_and_acts_as_it_always_did(house: House) -> None:
    def post(**body: object) -> tuple[int, object]:
        answer = house.http.post("/generic/2010-04-15/create_event.json", json=body)
        return answer.status_code, answer.json()

    said = {"status": "success", "message": "Event processed", "incident_key": "k1"}
    assert post(
        service_key=V1, event_type="trigger", incident_key="k1", description="API 502", payload=None
    ) == (200, said)
    assert post(service_key=V1, event_type="acknowledge", incident_key="k1", client="ana") == (200, said)
    assert post(service_key=V1, event_type="resolve", incident_key="k1", event_action="") == (200, said)
    wrong = {"status": "invalid event", "message": "Event object is invalid"}
    assert post(service_key=V1, event_type="boom") == (400, {**wrong, "errors": ["event_type is invalid (must be one of: trigger acknowledge resolve)"]})  # fmt: skip
    assert post(service_key=V1, event_type="trigger")[0] == 400
    assert post(service_key="unknown", event_type="trigger")[0] == 400
    incident = house.incident()
    assert (incident.acknowledged_by, incident.firing) == ("ana", ())
