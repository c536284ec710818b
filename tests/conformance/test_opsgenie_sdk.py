"""Opsgenie's own client (opsgenie-sdk, PyPI), unmodified, against a tocsin on loopback."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import opsgenie_sdk
import pytest
from opsgenie_sdk.exceptions import ApiException, AuthenticationException, ConfigurationException
from tests.conformance.installation import KEYS, PATIENCE, Installation
from tests.conftest import Deadline

from tocsin.store import heartbeats

KEY = KEYS["opsgenie"]


@pytest.fixture
def here(tmp_path: Path, deadline: Deadline) -> Iterator[Installation]:
    made = Installation(tmp_path, deadline)
    yield made
    made.stop()


def client(here: Installation, key: str = KEY) -> opsgenie_sdk.AlertApi:
    configuration = opsgenie_sdk.Configuration()
    configuration.host = here.url
    configuration.api_key["Authorization"] = key
    configuration.retry_enabled = False
    return opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(configuration=configuration))


def outcome(api: opsgenie_sdk.AlertApi, request: str, deadline: Deadline) -> opsgenie_sdk.AlertRequestStatus:
    """The outcome of a write, when the engine has read it."""

    def known() -> opsgenie_sdk.AlertRequestStatus | None:
        found = api.get_request_status(request_id=request).data
        return found if found.status != "In progress" else None

    return deadline(known, what="the request is processed", within=PATIENCE)


def test_its_own_client_creates_notes_acknowledges_and_closes_an_alert(
    here: Installation, deadline: Deadline
) -> None:
    api = client(here)
    made = api.create_alert(
        create_alert_payload=opsgenie_sdk.CreateAlertPayload(
            message="errors at checkout", alias="checkout/errors", priority="P1", tags=["Critical"],
            details={"region": "eu"}, entity="checkout", source="tests",
        )
    )  # fmt: skip
    assert made.result == "Request will be processed"
    status = outcome(api, made.request_id, deadline)
    assert (status.is_success, status.alias, status.action) == (True, "checkout/errors", "Create")
    shown = api.get_alert(identifier=status.alert_id).data
    assert (shown.message, shown.status, shown.acknowledged) == ("errors at checkout", "open", False)
    assert (shown.alias, shown.tags, shown.details, shown.count) == (
        "checkout/errors",
        ["Critical"],
        {"region": "eu"},
        1,
    )
    assert shown.priority == "P1"
    (incident,) = here.incidents()
    assert (incident.section, incident.severity) == ("Checkout Errors", "P1")

    noted = api.add_note(
        identifier="checkout/errors", identifier_type="alias",
        add_note_to_alert_payload=opsgenie_sdk.AddNoteToAlertPayload(note="looking"),
    )  # fmt: skip
    assert outcome(api, noted.request_id, deadline).is_success
    seen = api.acknowledge_alert(
        identifier="checkout/errors", identifier_type="alias",
        acknowledge_alert_payload=opsgenie_sdk.AcknowledgeAlertPayload(user="Ana"),
    )  # fmt: skip
    assert outcome(api, seen.request_id, deadline).status == "Acknowledged alert"
    assert api.get_alert(identifier="checkout/errors", identifier_type="alias").data.acknowledged
    assert api.count_alerts(query="status: open").data.count == 1
    assert [each.alias for each in api.list_alerts(query="tag: Critical").data] == ["checkout/errors"]

    closed = api.close_alert(identifier=status.alert_id)
    assert outcome(api, closed.request_id, deadline).status == "Closed alert"
    assert api.get_alert(identifier=status.alert_id).data.status == "closed"
    assert api.count_alerts(query="status: open").data.count == 0


def test_the_same_alias_is_counted_and_opens_no_second_incident(
    here: Installation, deadline: Deadline
) -> None:
    api = client(here)
    payload = opsgenie_sdk.CreateAlertPayload(message="errors at checkout", alias="a")
    for _ in range(3):
        assert outcome(api, api.create_alert(payload).request_id, deadline).is_success
    assert len(here.incidents()) == 1
    assert api.get_alert(identifier="a", identifier_type="alias").data.count == 3


def test_closing_what_nobody_opened_is_taken_and_its_outcome_says_so(
    here: Installation, deadline: Deadline
) -> None:
    api = client(here)
    closed = api.close_alert(identifier="never", identifier_type="alias")
    status = outcome(api, closed.request_id, deadline)
    assert (status.is_success, status.status) == (False, "Alert does not exist")


def test_its_client_understands_our_refusals(here: Installation) -> None:
    with pytest.raises(AuthenticationException):
        client(here, "a-key-that-nobody-has-0000000").create_alert(
            opsgenie_sdk.CreateAlertPayload(message="m")
        )
    with pytest.raises(AuthenticationException):
        client(here, "a-key-that-nobody-has-0000000").list_alerts()
    with pytest.raises(ConfigurationException) as refused:
        client(here).escalate_alert("x", opsgenie_sdk.EscalateAlertToNextPayload(escalation={"id": "e"}))
    assert refused.value.status == 422
    with pytest.raises(ApiException) as unknown:
        client(here).get_alert(identifier="11111111-2222-3333-4444-555555555555")
    assert unknown.value.status == 404


def test_a_sender_without_headers_puts_its_key_into_the_path(here: Installation, deadline: Deadline) -> None:
    body = b'{"message":"errors at checkout","alias":"by path"}'
    made = here.post(f"/k/{KEY}/v2/alerts", body)
    assert made.status_code == 202
    assert made.headers["x-request-id"] == made.json()["requestId"]
    here.settled()
    found = httpx2.get(f"{here.url}/k/{KEY}/v2/alerts/by%20path?identifierType=alias", timeout=60)
    assert found.json()["data"]["message"] == "errors at checkout"
    assert httpx2.get(f"{here.url}/k/wrong-key-wrong-key-wrong/v2/alerts", timeout=60).status_code == 401
    headers = {"authorization": f"GenieKey {KEY}"}
    refused = httpx2.get(f"{here.url}/v2/alerts", params={"query": "a OR b"}, headers=headers, timeout=60)
    assert refused.status_code == 422
    assert KEY not in str(here.settled())


def test_its_own_client_pings_a_heartbeat(here: Installation) -> None:
    def pings() -> int:
        with here.app.database.read() as tx:
            return sum(row.pings for row in heartbeats.listing(tx))

    api = opsgenie_sdk.HeartbeatApi(client(here).api_client)
    assert api.ping("nightly").result == "PONG - Heartbeat received"
    assert pings() == 1
    for method in ("GET", "POST", "PUT"):
        url = f"{here.url}/v2/heartbeats/nightly/ping"
        answer = httpx2.request(method, url, headers={"authorization": f"GenieKey {KEY}"}, timeout=60)
        assert answer.status_code == 202
    assert pings() == 4
    with pytest.raises(ApiException):
        api.ping("renamed-and-forgotten")
    with pytest.raises(AuthenticationException):
        opsgenie_sdk.HeartbeatApi(client(here, "a-key-that-nobody-has-0000000").api_client).ping("nightly")
    assert pings() == 4
