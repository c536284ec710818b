"""Every format against whatever may come: it reads, or says that it cannot, and always has an answer."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.connectors import sources
from tocsin.connectors.alert_source import FixedPath, Inbound, Unreadable
from tocsin.connectors.prometheus_alert import fingerprint
from tocsin.engine.foreign.hooks import Arrived, decoded, judge, request_id
from tocsin.engine.foreign.integrations import Integration, Integrations

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
KEY = "e93facc04764012d7bfb002500d5d1a6"
NAMES = st.sampled_from(
    "routing_key service_key event_action event_type payload summary source severity dedup_key incident_key description "
    "alerts labels annotations startsAt endsAt fingerprint status groupKey truncatedAlerts generatorURL ruleId state "
    "event data id agent action custom_details links timestamp details contexts evalMatches "
    "message alias priority tags object type created workflow_run conclusion installation".split()
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(["trigger", "resolve", "acknowledge", "firing", "resolved", "critical", "alerting", "ok", "triggered", "completed", "failure", "0001-01-01T00:00:00Z", "2026-11-21T03:00:00Z", "9999-12-31T23:59:59+00:01", KEY]),
    st.text(max_size=20),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, st.text(max_size=8)), inner, max_size=6)),
    max_leaves=25,
)  # fmt: skip
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=8)
BODIES = st.one_of(
    st.binary(max_size=200), st.one_of(OBJECTS, st.lists(OBJECTS, max_size=3), VALUES).map(lambda value: json.dumps(value).encode())
)  # fmt: skip
HEADERS = {
    "content-type": "application/json",
    "x-github-event": "workflow_run",
    "sentry-hook-resource": "event_alert",
}


def inbound(body: bytes, path: str) -> Inbound:
    return Inbound("POST", path, {}, HEADERS, body, body, "x", NOW, "0" * 32)


@pytest.mark.parametrize("kind", sources.kinds())
@settings(max_examples=120, deadline=None)
@given(body=BODIES)
def test_what_cannot_be_read_is_said_and_nothing_else_happens(kind: str, body: bytes) -> None:
    found = sources.find(kind)
    source = found.make("test", {})
    paths = [path for _, path in source.paths] if isinstance(source, FixedPath) else [f"/hooks/{kind}"]
    refused: list[int] = []
    for path in paths:
        given_ = inbound(body, path.replace("{id}", "1").replace("{alert}", "1"))
        assert source.proven(given_, ("secret",)) in (True, False)
        try:
            read = source.read(given_)
        except Unreadable as problem:
            refused.append(source.refused(given_, problem.status, problem.errors).status)
            continue
        assert all(each.fingerprint.startswith("x:") for each in read.alerts)
        assert all(each.at.tzinfo is not None for each in read.alerts)
        assert source.accepted(given_, read).status < 300
        assert source.read(given_) == read, "read again it says the same"
    assert all(status >= 400 for status in refused)


@settings(max_examples=150, deadline=None)
@given(
    body=BODIES,
    kind=st.sampled_from(sources.kinds()),
    by_path=st.booleans(),
    encoding=st.sampled_from(["", "gzip", "br"]),
)
def test_every_request_is_judged(body: bytes, kind: str, by_path: bool, encoding: str) -> None:
    found = sources.find(kind)
    own = Integration("x", found, found.make("test", {}), (KEY,), ("secret",))
    headers = {**HEADERS, **({"content-encoding": encoding} if encoding else {})}
    arrived = Arrived(
        "POST", "/v2/enqueue", {"a": "b"}, headers, body, "127.0.0.1", NOW, request_id(NOW, "0" * 20)
    )
    judged = judge(arrived, (found,), Integrations((own,)), KEY if by_path else None)
    assert 200 <= judged.answer.status < 600
    assert judged.sorry().status >= 400
    if judged.new is not None and by_path is False:
        assert KEY.encode() not in judged.new.body
    if judged.answer.status < 300:
        assert judged.new is not None, "nobody is told yes for nothing"


def test_only_senders_that_come_again_by_themselves_after_it_are_turned_away_when_too_much_waits() -> None:
    # Alertmanager and Grafana never tell again what was answered with 429: for all others it goes by the spool.
    turned_away = {
        kind: found.busy for kind in sources.kinds() if (found := sources.find(kind)).busy is not None
    }
    assert turned_away == {"pagerduty-events": 429, "pagerduty-events-v1": 403, "opsgenie": 429}


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        ({}, "cbf29ce484222325"),
        ({"alertname": "A", "r": "a", "severity": "critical"}, "8a5aefcebcf99816"),
        ({"alertname": "alert1", "lbl1": "val1"}, "fac0861a85de433a"),
    ],
)
def test_an_alert_is_known_by_the_same_digits_as_over_there(labels: dict[str, str], wanted: str) -> None:
    assert fingerprint(labels) == wanted


@settings(max_examples=100, deadline=None)
@given(
    body=st.binary(max_size=300),
    encoding=st.sampled_from(["", "identity", "gzip", "deflate", "x-gzip", "br", "zstd"]),
)
def test_no_encoding_makes_more_than_it_may(body: bytes, encoding: str) -> None:
    status = 400
    try:
        body = decoded(body, encoding, 1_000)
    except Unreadable as problem:
        status = problem.status
    assert len(body) <= 1_000
    assert status in (400, 413, 415)
