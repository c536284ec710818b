"""Whatever is sent, each format answers with a status of its own and takes in nothing it did not understand."""

import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.heartbeat import Kind
from tocsin.engine.jobs.heartbeats import BODY_LIMIT_BYTES, Outcome
from tocsin.web.pings import gatus, healthchecks, kuma, sentry
from tocsin.web.pings.form import Asked, Format, Read, Reply
from tocsin.web.pings.routes import FORMATS, _TooLarge, _Unreadable, unpack
from tocsin.web.pings.sentry_monitor import Wrong, monitor

WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "0", "1", "255", "256", "start", "fail", "log", "ok", "error", "in_progress", "true", "false", "up", "down",
         "-1", "1e999", "nan", "0" * 32, "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", "10s", "1h2m", "check_in", "²", "٣"]
    ),
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
NAMES = ("status", "check_in_id", "duration", "environment", "monitor_slug", "monitor_config", "rid", "create", "msg",
         "ping", "success", "error", "sentry_key", "schedule", "type", "value", "unit", "timezone", "checkin_margin")  # fmt: skip
TABLES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
QUERIES = st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=6)
ENVELOPES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        TABLES.map(lambda value: json.dumps(value).encode()),
        st.sampled_from([b'{"type":"check_in"}', b'{"type":"check_in","length":20}', b"{}", b""]),
    ),
    max_size=8,
).map(b"\n".join)
BODIES = st.one_of(st.binary(max_size=200), TABLES.map(lambda value: json.dumps(value).encode()), ENVELOPES)
HEADERS = st.dictionaries(
    st.sampled_from(["authorization", "x-sentry-auth", "content-type", "user-agent"]),
    st.one_of(WORDS, st.sampled_from(["Bearer x", "Sentry sentry_key=abc", "application/json"])),
    max_size=4,
)
PREFIXES = {
    "healthchecks": ["/ping/", "/"],
    "sentry": ["/api/42/cron/", "/api/0/envelope/", "/api/1/cron/slug/"],
    "kuma": ["/api/push/"],
    "gatus": ["/api/v1/endpoints/"],
}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@given(data=st.data())
def test_no_request_is_too_strange_to_be_answered(form: Format, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(PREFIXES[form.name])) + "/".join(data.draw(st.lists(WORDS, max_size=4)))
    if form is gatus.FORMAT:
        path += "/external"
    if not form.mine(path):
        return
    asked = Asked(
        data.draw(st.sampled_from(["GET", "POST", "HEAD"])), path, data.draw(QUERIES), data.draw(HEADERS),
        data.draw(BODIES), "192.0.2.7",
    )  # fmt: skip
    read = form.read(asked)
    if isinstance(read, Reply):
        assert 200 <= read.status < 500
        return
    for outcome in Outcome:
        reply = read.answer((outcome,) * len(read.calls))
        assert 200 <= reply.status < 500
        if read.calls and outcome in (Outcome.NOT_FOUND, Outcome.WRONG_KEY, Outcome.FULL):
            assert reply.status >= 400
    for call in read.calls:
        if call.report is not None:
            assert len(call.report.body) <= BODY_LIMIT_BYTES
            assert call.report.took is None or call.report.took.total_seconds() >= 0


@given(VALUES)
def test_a_monitor_config_is_a_plan_or_is_refused(config: object) -> None:
    try:
        spec = monitor("job", config)
    except Wrong:
        return
    assert spec.rules.grace.total_seconds() > 0


@given(st.text(max_size=30))
def test_a_duration_of_go_is_read_or_refused(text: str) -> None:
    span = gatus.go_duration(text)
    assert span is None or span.total_seconds() >= 0


@given(st.binary(max_size=500), st.sampled_from(["gzip", "deflate"]), st.booleans(), st.integers(0, 300))
def test_what_is_packed_never_grows_beyond_its_limit(body: bytes, coding: str, cuts: bool, cut: int) -> None:
    for each in (body, gzip.compress(body), gzip.compress(body)[:cut]):
        with suppress(_TooLarge, _Unreadable):
            assert len(unpack(each, coding, 100, cuts)) <= 100


def test_the_formats_share_no_path() -> None:
    paths = (
        "/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", "/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278/fail", "/api/push/x",
        "/api/v1/endpoints/a_b/external", "/api/42/cron/slug/", "/api/42/envelope/",
    )  # fmt: skip
    for path in paths:
        assert sum(form.mine(path) for form in FORMATS) == 1, path
    others = ("/api/v1/incidents", "/api/v2/alerts", "/api/v2/status.json", "/v2/enqueue", "/hooks/json/x", "/healthz",
              "/", "/api/v1/endpoints/a_b/statuses", "/status/history", "/api/x/cron/a/", "/pings/a", "/metrics")  # fmt: skip
    for path in others:
        assert not any(form.mine(path) for form in FORMATS), path


def test_a_run_told_by_the_nil_id_is_the_newest() -> None:
    read = sentry.read(Asked("GET", "/api/1/cron/job/abc/", {"status": "ok", "check_in_id": "0" * 32}))
    assert isinstance(read, Read)
    report = read.calls[0].report
    assert report is not None
    assert (report.kind, report.rid, report.newest) == (Kind.SUCCESS, None, True)


def test_healthchecks_and_kuma_have_no_word_for_what_is_missing() -> None:
    assert isinstance(healthchecks.read(Asked("GET", "/ping/")), Reply)
    assert isinstance(kuma.read(Asked("GET", "/api/push/")), Reply)
