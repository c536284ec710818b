"""Every format against every case of the suite that a stranger meets: duplicated, truncated, one character off, not its own JSON.

What is too large and what comes in the wrong order is in test_sizes_and_order.py, signatures in each format's own file.
"""

import json
from dataclasses import replace

import pytest
from tests.conformance.test_sizes_and_order import BY_PATH, Door, Sender, door, padded  # noqa: F401 -- door is a fixture
from tests.intake.house import PD

from tocsin.connectors import sources
from tocsin.store.requests import State

KEY_IN_BODY = ("pagerduty-events", "pagerduty-events-v1")  # what cannot be read has no key, and is nobody's
# JSON that none of them sends: refused in the format's own status, or read as generic JSON where senders use templates.
NOT_ITS_OWN = {
    "pagerduty-events": 400, "pagerduty-events-v1": 400, "alertmanager": 200, "alertmanager-api": 400, "grafana": 200, "json": 202,
    "github": 400, "sentry": 400, "stripe": 400, "opsgenie": 422,
}  # fmt: skip


def off(text: str) -> str:
    """The same with its last character another one."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@BY_PATH
def test_a_duplicate_is_answered_the_same_and_opens_nothing(sender: Sender, door: Door) -> None:  # noqa: F811 -- the fixture of that name
    raw = json.dumps(sender.begin).encode()
    first = door.post(sender, raw)
    assert first.status_code < 300
    assert door.fates() == ["INC-1"]
    again = door.post(sender, raw)
    assert again.status_code == first.status_code
    if sender.kind != "opsgenie":  # it names each request
        assert again.content == first.content
    assert door.fates() in (["INC-1"], ["INC-1", "duplicate"])
    assert len(door.requests()) == 2


@BY_PATH
def test_a_truncated_body_is_kept_and_refused_wherever_it_was_cut(sender: Sender, door: Door) -> None:  # noqa: F811 -- the fixture of that name
    whole = json.dumps(sender.begin).encode()
    cuts = [whole[:length] for length in (1, len(whole) // 2, len(whole) - 1)]
    # Whoever signs has signed what arrives: it is the sender's own body that ends too early.
    assert [door.send(sender, cut) for cut in cuts] == [400] * 3
    kept = [] if sender.kind in KEY_IN_BODY else [(State.UNPARSED, cut) for cut in cuts]
    assert [(state, body) for state, _, body in door.requests()] == kept
    assert door.fates() == []
    assert door.send(sender, whole) < 300
    (fate,) = door.fates()
    assert fate.startswith("INC-"), "the first may be our own alarm, about what was not understood"


@BY_PATH
def test_one_character_off_in_the_key_is_nobody(sender: Sender, door: Door) -> None:  # noqa: F811 -- the fixture of that name
    wrong = off(sender.key)
    raw = json.dumps(sender.begin).replace(sender.key, wrong).encode()
    mistaken = replace(
        sender,
        path=sender.path.replace(sender.key, wrong),
        headers=lambda signed: {
            name: value.replace(sender.key, wrong) for name, value in sender.headers(signed).items()
        },
    )
    assert door.send(mistaken, raw) == (400 if sender.kind in (*KEY_IN_BODY, "stripe") else 401)
    assert door.requests() == []


@BY_PATH
def test_what_is_json_and_not_its_own_is_answered_as_the_format_does(sender: Sender, door: Door) -> None:  # noqa: F811 -- the fixture of that name
    body = {"hello": "world", **_credential(sender)}
    assert door.send(sender, json.dumps(body).encode()) == NOT_ITS_OWN[sender.kind]
    ((state, _, _),) = door.requests()
    assert state is (State.READ if NOT_ITS_OWN[sender.kind] < 300 else State.UNPARSED)


def _credential(sender: Sender) -> dict[str, object]:
    match sender.begin:
        case dict(members):
            return {name: value for name, value in members.items() if value == sender.key}
        case _:
            return {}


CHANGE = Sender(
    "pagerduty-events",
    "/v2/change/enqueue",
    {"routing_key": PD, "payload": {"summary": "deployed 9f3c2ab"}},
    {},
    key=PD,
)


@pytest.mark.parametrize("sender", [CHANGE], ids=["change"])  # of a kind in house, so `door` is the house
def test_a_change_event_truncated_of_nobody_or_too_large_is_no_change_and_a_good_one_is(
    sender: Sender,
    door: Door,  # noqa: F811 -- the fixture of that name
) -> None:
    raw = json.dumps(sender.begin).encode()
    assert door.send(sender, raw[:-1]) == 400
    assert door.send(sender, raw.replace(PD.encode(), off(PD).encode())) == 400
    assert door.send(sender, json.dumps({"routing_key": PD, "payload": {"summary": ""}}).encode()) == 400
    assert door.send(sender, padded(sender.begin, sources.find(sender.kind).hard_bytes + 1)) == 413
    assert [state for state, _, _ in door.requests()] == [State.UNPARSED] * 2
    assert [door.send(sender, raw) for _ in range(2)] == [202, 202]
    assert [state for state, _, _ in door.requests()] == [State.UNPARSED] * 2 + [State.READ] * 2
    assert door.fates() == [], "a change opens nothing, however often it is told"
