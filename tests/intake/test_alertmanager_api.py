"""Being an Alertmanager, version 2 of its API: the answers of 0.25, alerts that lapse, silences."""

import base64
from datetime import timedelta

import pytest
from tests.conftest import Deadline
from tests.intake.house import API, OTHER_API, PATIENCE, House

from tocsin.kit.clock import SystemClock
from tocsin.store.requests import State

GOOD = {"labels": {"alertname": "A", "r": "a", "severity": "critical"}}
ANSWERS = [
    ([GOOD], 200, b""),
    ([], 200, b""),
    (b"null", 200, b""),
    ([{"labels": {"alertname": "A", "empty": ""}}], 200, b""),
    ([{"labels": {"bad-label": "any UTF-8"}}], 200, b""),
    ([{"labels": {}}], 400, b'"at least one label pair required"\n'),
    ([{"labels": {"": "x"}}], 400, b'"invalid label set: invalid name \\"\\""\n'),
    ([{**GOOD, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}], 400, b'"start time must be before end time"\n'),
    ([{"labels": {}}, {"labels": {}}], 400, b'"at least one label pair required; at least one label pair required"\n'),
    ([{}], 422, b'{"code":602,"message":"0.labels in body is required"}'),
    (b"", 422, b'{"code":602,"message":"alerts in body is required"}'),
    ([{**GOOD, "generatorURL": "::bad"}], 422, b'{"code":601,"message":"0.generatorURL in body must be of type uri: \\"::bad\\""}'),
    ([{"labels": {"a": 5}}], 400, b'{"code":400,"message":"parsing alerts body from \\"\\" failed, because json: cannot unmarshal number into Go struct field Alert.labels of type string"}'),
    ({}, 400, b'{"code":400,"message":"parsing alerts body from \\"\\" failed, because json: cannot unmarshal object into Go value of type models.PostableAlerts"}'),
    (b"[{", 400, b'{"code":400,"message":"parsing alerts body from \\"\\" failed, because unexpected EOF"}'),
]  # fmt: skip


def test_every_answer_is_that_of_alertmanager(house: House) -> None:
    for body, status, said in ANSWERS:
        answer = house.api(body)
        assert (answer.status_code, answer.content) == (status, said), body
    answer = house.api([{**GOOD, "startsAt": "yesterday"}])
    assert answer.json()["message"].startswith(
        'parsing alerts body from "" failed, because parsing time "yesterday" as '
    )
    for kind, said in (("text/plain", "text/plain"), (None, "application/octet-stream")):
        answer = house.api([GOOD], content_type=kind)
        assert answer.status_code == 415
        assert answer.json() == {"code": 415, "message": f'unsupported media type "{said}", only [application/json] are allowed'}  # fmt: skip
    assert house.api([GOOD], content_type="application/json; charset=utf-8").status_code == 200
    assert "content-type" not in house.api([GOOD]).headers
    answer = house.http.put(f"/k/{API}/api/v2/alerts")
    assert (answer.status_code, answer.json()) == (405, {"code": 405, "message": "method PUT is not allowed, but [GET,POST] are"})  # fmt: skip
    answer = house.http.get(f"/k/{API}/api/v2/nope")
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": 404, "message": "path /api/v2/nope was not found"},
    )
    assert house.http.get(f"/k/{API}/api/v1/alerts").status_code == 410
    assert house.http.get("/-/healthy").content == b"OK"
    assert house.http.get("/-/ready").content == b"OK"


def test_what_is_good_in_a_mixed_batch_counts_although_the_answer_is_400(house: House) -> None:
    assert house.api([{"labels": {}}, GOOD]).status_code == 400
    assert [row.title for row in house.incidents()] == ["A (r=a severity=critical)"]


def test_a_key_may_come_as_basic_or_bearer_and_another_kind_of_key_is_none(house: House) -> None:
    def post(credential: str | None) -> int:
        headers = {} if credential is None else {"authorization": credential}
        return house.http.post("/api/v2/alerts", json=[GOOD], headers=headers).status_code

    assert post(f"Bearer {API}") == 200
    assert post("Basic " + base64.b64encode(f"prometheus:{API}".encode()).decode()) == 200
    assert [post(bad) for bad in (None, "Bearer nope", "Basic !!", "Digest x")] == [401] * 4
    assert house.http.get("/api/v2/alerts", headers={"authorization": "Bearer nope"}).status_code == 401


def test_an_alert_that_names_its_end_is_over_when_it_passes_and_again_when_it_is_told_again(
    house: House, deadline: Deadline
) -> None:
    def post() -> None:
        now = SystemClock().now()
        begun, ends = now - timedelta(minutes=9), now + timedelta(seconds=2)
        house.api([{**GOOD, "startsAt": begun.isoformat(), "endsAt": ends.isoformat()}])

    def opened() -> bool:
        post()  # again, should the machine have been so slow that it was over when it came
        return bool(house.incidents())

    def fires_again() -> bool:
        post()
        return bool(house.incident().relapses or house.incident().firing)

    deadline(opened, what="it is an incident", within=PATIENCE)
    deadline(lambda: not house.incident().firing, what="it lapsed", within=PATIENCE)
    deadline(fires_again, what="it fires again", within=PATIENCE)


def test_an_alert_that_ended_is_resolved_and_told_again_says_nothing_new(house: House) -> None:
    now = SystemClock().now()
    begun, ended = (now - timedelta(minutes=2)).isoformat(), (now - timedelta(seconds=1)).isoformat()
    house.api([{**GOOD, "startsAt": begun}])
    for _ in range(3):
        house.api([{**GOOD, "startsAt": begun, "endsAt": ended}])
        house.requests()
    assert house.fates(-2) == house.fates(-1) == ["duplicate"]
    assert not house.incident().firing
    assert house.http.get(f"/k/{API}/api/v2/alerts").json() == []


def test_each_key_sees_its_own_alerts_as_they_were_told(house: House) -> None:
    told = {**GOOD, "annotations": {"summary": "A is wrong"}, "generatorURL": "http://prom/graph"}
    house.api([told])
    house.requests()
    (seen,) = house.http.get(f"/k/{API}/api/v2/alerts", params={"filter": 'alertname="A"'}).json()
    assert (seen["labels"], seen["annotations"], seen["generatorURL"]) == (GOOD["labels"], told["annotations"], "http://prom/graph")  # fmt: skip
    assert seen["fingerprint"] == "8a5aefcebcf99816"
    assert seen["receivers"] == [{"name": "prom"}]
    assert seen["status"] == {"inhibitedBy": [], "silencedBy": [], "mutedBy": [], "state": "active"}
    assert house.http.get(f"/k/{OTHER_API}/api/v2/alerts").json() == []
    for wanted in ('alertname!="A"', 'r=~"b|c"'):
        assert house.http.get(f"/k/{API}/api/v2/alerts", params={"filter": wanted}).json() == []
    answer = house.http.get(f"/k/{API}/api/v2/alerts", params={"filter": "{{"})
    assert (answer.status_code, answer.content) == (400, b'"bad matcher format: {{"\n')
    (group,) = house.http.get(f"/k/{API}/api/v2/alerts/groups").json()
    assert (group["labels"], group["receiver"], len(group["alerts"])) == (
        {"alertname": "A"},
        {"name": "prom"},
        1,
    )
    assert house.http.get(f"/k/{API}/api/v2/status").json()["cluster"] == {"peers": [], "status": "disabled"}
    assert house.http.get(f"/k/{API}/api/v2/receivers").json() == [{"name": "prom"}]


SILENCE = {
    "matchers": [{"name": "alertname", "value": "A", "isRegex": False}], "startsAt": "2020-01-01T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z", "createdBy": "ana", "comment": "moving",
}  # fmt: skip


def test_a_silence_by_that_api_holds_for_its_own_alerts_until_it_is_ended(
    house: House, deadline: Deadline
) -> None:
    base = f"/k/{API}/api/v2"
    answer = house.http.post(f"{base}/silences", json=SILENCE)
    assert answer.content.endswith(b"\n")
    name = answer.json()["silenceID"]
    house.api([GOOD])
    assert house.fates() == ["silenced"]
    house.api([GOOD], OTHER_API)
    assert house.fates() == ["INC-1"], "a key speaks for its own alerts only"
    (seen,) = house.http.get(f"{base}/alerts").json()
    assert seen["status"] == {"inhibitedBy": [], "silencedBy": [name], "mutedBy": [], "state": "suppressed"}
    assert house.http.get(f"{base}/alerts", params={"silenced": "false"}).json() == []
    (listed,) = house.http.get(f"{base}/silences").json()
    assert (listed["id"], listed["status"], listed["createdBy"]) == (name, {"state": "active"}, "ana")
    assert listed["matchers"] == [{"isEqual": True, "isRegex": False, "name": "alertname", "value": "A"}]
    assert house.http.get(f"/k/{OTHER_API}/api/v2/silence/{name}").status_code == 404
    again = house.http.post(f"{base}/silences", json={**SILENCE, "id": name, "comment": "longer"})
    assert again.json()["silenceID"] == name
    answer = house.http.delete(f"{base}/silence/{name}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert house.http.get(f"{base}/silence/{name}").json()["status"] == {"state": "expired"}
    deadline(lambda: len(house.incidents()) == 2, what="what fires all the same is decided", within=PATIENCE)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"comment": None}, 422, b'{"code":602,"message":"comment in body is required"}'),
        ({"matchers": []}, 422, b'{"code":612,"message":"matchers in body should have at least 1 items"}'),
        ({"endsAt": "2020-01-02T00:00:00Z"}, 400, b'"Failed to create silence: start time must be before end time"\n'),
        ({"id": "93af5f41-35b7-4c9f-b6cc-ec1d6b1cd109"}, 404, b'"silence not found"\n'),
        ({"matchers": [{"name": "a", "value": ".*", "isRegex": True}]}, 400, b'"Failed to create silence: at least one matcher must not match the empty string"\n'),
    ],
    ids=["no comment", "no matcher", "over before it begins", "unknown id", "matches everything"],
)  # fmt: skip
def test_a_silence_that_cannot_be_meant_is_refused(
    house: House, change: dict[str, object], status: int, said: bytes
) -> None:
    answer = house.http.post(f"/k/{API}/api/v2/silences", json={**SILENCE, **change})
    assert (answer.status_code, answer.content) == (status, said)


def test_a_silence_is_named_by_a_uuid(house: House) -> None:
    answer = house.http.get(f"/k/{API}/api/v2/silence/xx")
    assert (answer.status_code, answer.content) == (422, b'{"code":601,"message":"silenceID in path must be of type uuid: \\"xx\\""}')  # fmt: skip
    unknown = house.http.get(f"/k/{API}/api/v2/silence/93af5f41-35b7-4c9f-b6cc-ec1d6b1cd109")
    assert (unknown.status_code, unknown.content) == (404, b"")


def test_what_was_refused_by_a_defect_of_the_request_is_kept(house: House) -> None:
    house.api(b"[{")
    assert house.states() == [State.UNPARSED]
