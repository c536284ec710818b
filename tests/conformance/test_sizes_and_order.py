"""Every format alike: what is too large is refused and told, what is just not is taken, and an end before its beginning is kept."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import stripe
from tests.conformance.installation import KEYS, SECRETS, Installation
from tests.conformance.requests_as_sent import hexdigest
from tests.conformance.test_end_to_end import now
from tests.conformance.test_github_webhook import run
from tests.conformance.test_sentry_webhook import ISSUE, ISSUE_ALERT
from tests.conformance.test_stripe_webhook import DISPUTE, event
from tests.conftest import Deadline
from tests.intake.house import AM, API, GRAFANA, HOOK, PD, SECRET, V1, House, notification, one

from tocsin.connectors import sources
from tocsin.store.requests import State

Headers = Callable[[bytes], Mapping[str, str]]


def _json(raw: bytes) -> Mapping[str, str]:
    return {"content-type": "application/json"}


def _github(raw: bytes) -> Mapping[str, str]:
    signature = f"sha256={hexdigest(SECRETS['github'], raw)}"
    return {**_json(raw), "X-GitHub-Event": "workflow_run", "X-Hub-Signature-256": signature}


def _sentry(raw: bytes) -> Mapping[str, str]:
    resource = "issue" if b'"issue":' in raw else "event_alert"
    signature = hexdigest(SECRETS["sentry"], raw)
    return {**_json(raw), "Sentry-Hook-Resource": resource, "Sentry-Hook-Signature": signature}


def _stripe(raw: bytes) -> Mapping[str, str]:
    stamp = now()
    signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{raw.decode()}", SECRETS["stripe"])
    return {**_json(raw), "Stripe-Signature": f"t={stamp},v1={signature}"}


def _opsgenie(raw: bytes) -> Mapping[str, str]:
    return {**_json(raw), "Authorization": f"GenieKey {KEYS['opsgenie']}"}


def _pagerduty(raw: bytes) -> Mapping[str, str]:
    return {**_json(raw), "x-pagerduty-signature": f"v1={hexdigest(SECRET, raw)}"}


@dataclass(frozen=True)
class Sender:
    """How one format is spoken: its path, its beginning and its end, and its headers.

    Attributes:
        key: the credential, wherever it stands. ends: the path of the end, if that is another one.
        late: what becomes of a beginning that comes after its end: "INC-1" where the format tells no order.
    """

    kind: str
    path: str
    begin: object
    over: object
    headers: Headers = _json
    late: str = "INC-1"
    key: str = ""
    ends: str = ""


_PD = {"routing_key": PD, "dedup_key": "db1/disk"}
_V1 = {"service_key": V1, "incident_key": "db1/disk"}
_LABELS = {"labels": {"alertname": "DiskFull"}, "annotations": {"summary": "disk at 99 %"}}
_STARTED = {**_LABELS, "startsAt": "2025-11-22T02:58:00Z"}
_FAILED = run(conclusion="failure", run_attempt=1, updated_at="2026-11-22T02:58:00Z")
_WELL = run(conclusion="success", run_attempt=2, updated_at="2026-11-22T02:59:00Z")
IN_HOUSE = (
    Sender(
        "pagerduty-events", "/v2/enqueue",
        {**_PD, "event_action": "trigger", "payload": {"summary": "disk at 99 %", "source": "db1", "severity": "critical"}},
        {**_PD, "event_action": "resolve"}, key=PD,
    ),
    Sender(
        "pagerduty-events-v1", "/generic/2010-04-15/create_event.json",
        {**_V1, "event_type": "trigger", "description": "disk at 99 %"}, {**_V1, "event_type": "resolve"}, key=V1,
    ),
    Sender(
        "alertmanager", f"/hooks/alertmanager/{AM}", notification(one()), notification(one(status="resolved")),
        late="stale_order", key=AM,
    ),
    Sender(
        "alertmanager-api", f"/k/{API}/api/v2/alerts", [_STARTED], [{**_STARTED, "endsAt": "2025-11-22T02:59:00Z"}], late="stale_order",
        key=API,
    ),
    Sender(
        "grafana", f"/hooks/grafana/{GRAFANA}", {**notification(one()), "orgId": 1},
        {**notification(one(status="resolved")), "orgId": 1}, late="stale_order", key=GRAFANA,
    ),
)  # fmt: skip
INSTALLED = (
    Sender("json", f"/hooks/json/{KEYS['json']}", {"title": "t", "id": "x"}, {"title": "t", "id": "x", "status": "ok"}, key=KEYS["json"]),
    Sender("github", f"/hooks/github/{KEYS['github']}", _FAILED, _WELL, _github, "stale_order", KEYS["github"]),
    Sender("sentry", f"/hooks/sentry/{KEYS['sentry']}", ISSUE_ALERT, ISSUE, _sentry, key=KEYS["sentry"]),
    Sender(
        "opsgenie", "/v2/alerts", {"message": "errors at checkout", "alias": "x"}, {}, _opsgenie, key=KEYS["opsgenie"],
        ends="/v2/alerts/x/close?identifierType=alias",
    ),
    Sender(
        "stripe", f"/hooks/stripe/{KEYS['stripe']}", event("charge.dispute.created", DISPUTE),
        event("charge.dispute.closed", {**DISPUTE, "status": "won"}, id="evt_2", created=4_000_000_000), _stripe, "stale_order",
        KEYS["stripe"],
    ),
)  # fmt: skip
CLOSED_BEFORE = Sender(
    "pagerduty", f"/hooks/pagerduty/{HOOK}", {"event": {"event_type": "incident.triggered"}}, {}, _pagerduty
)
BY_PATH = pytest.mark.parametrize("sender", [*IN_HOUSE, *INSTALLED], ids=lambda each: str(each.kind))


class Door:
    """One of the two installations, seen alike."""

    def __init__(self, url: str, requests: Callable[[], list[tuple[State, str | None, bytes]]], fates: Callable[[], list[str]]) -> None:  # fmt: skip
        self.url, self.requests, self.fates = url, requests, fates

    def post(self, sender: Sender, raw: bytes, path: str = "") -> httpx2.Response:
        named = dict(sender.headers(raw))
        return httpx2.post(self.url + (path or sender.path), content=raw, headers=named, timeout=120)

    def send(self, sender: Sender, raw: bytes) -> int:
        return self.post(sender, raw).status_code

    def end(self, sender: Sender) -> int:
        """The end of what it began."""
        return self.post(sender, json.dumps(sender.over).encode(), sender.ends).status_code


@pytest.fixture
def door(sender: Sender, tmp_path: Path, deadline: Deadline) -> Iterator[Door]:
    if sender in INSTALLED:
        here = Installation(tmp_path, deadline)
        yield Door(
            here.url,
            lambda: [(each.request.state, each.request.note, each.request.body) for each in here.settled()],
            lambda: [name.partition(":")[0] for each in here.settled() for name in here.outcome(each)],
        )
        here.stop()
        return
    house = House(tmp_path, deadline)
    yield Door(
        house.url,
        lambda: [(each.request.state, each.request.note, each.request.body) for each in house.requests()],
        lambda: [fate for number in range(len(house.requests())) for fate in house.fates(number)],
    )
    house.end()


def padded(body: object, length: int) -> bytes:
    """The same with blanks before it, which are nothing in JSON."""
    raw = json.dumps(body).encode()
    return b" " * (length - len(raw)) + raw


@BY_PATH
def test_a_body_of_exactly_the_limit_is_taken_and_marked_and_one_byte_more_is_refused_and_told(
    sender: Sender, door: Door
) -> None:
    most = sources.find(sender.kind).hard_bytes
    assert door.send(sender, padded(sender.begin, most)) < 300
    ((state, note, _),) = door.requests()
    assert (state, note) == (State.READ, "oversize")
    assert door.fates() == ["INC-1"]
    assert door.send(sender, padded(sender.begin, most + 1)) == 413
    _, (state, note, body) = door.requests()
    assert (state, body) == (State.UNPARSED, b"")
    assert str(most) in (note or "")
    assert door.end(sender) < 300, "the next one is heard as ever"


@BY_PATH
def test_an_end_before_its_beginning_is_kept_with_its_reason(sender: Sender, door: Door) -> None:
    assert door.end(sender) < 300
    assert door.fates() == ["resolve_without_open"]
    assert door.send(sender, json.dumps(sender.begin).encode()) < 300
    assert door.fates() == ["resolve_without_open", sender.late]


@pytest.mark.parametrize("sender", [CLOSED_BEFORE], ids=["pagerduty"])
def test_a_webhook_above_its_limit_is_refused_before_its_signature_is_looked_at(
    sender: Sender, door: Door
) -> None:
    most = sources.find(sender.kind).hard_bytes
    assert door.send(sender, b" " * (most + 1)) == 413
    ((state, _, body),) = door.requests()
    assert (state, body) == (State.UNPARSED, b"")
