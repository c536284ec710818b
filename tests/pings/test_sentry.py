"""Sentry Crons: the real sentry-sdk, and every form and answer of the wire."""

import gzip
import json
import zlib
from uuid import uuid4

import httpx2
import sentry_sdk
from sentry_sdk.crons import capture_checkin
from tests.pings.conftest import Running

NIGHTLY = {
    "schedule": {"type": "crontab", "value": "0 2 * * *"},
    "checkin_margin": 10,
    "max_runtime": 45,
    "timezone": "Europe/Berlin",
    "failure_issue_threshold": 2,
    "unheard": ["of"],
}


def dsn(running: Running, key: str | None = None) -> str:
    return f"http://{key or running.key()}@{running.url.removeprefix('http://')}/42"


def test_the_real_sdk_makes_a_monitor_and_reports_a_run(running: Running) -> None:
    sentry_sdk.init(dsn(running), auto_session_tracking=False, default_integrations=False)
    try:
        run = capture_checkin(monitor_slug="nightly", status="in_progress", monitor_config=NIGHTLY)
        sentry_sdk.flush(60)
        assert running.standing("nightly") == "running"
        capture_checkin(monitor_slug="nightly", check_in_id=run, status="ok", duration=1.5)
        sentry_sdk.flush(60)
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()
    end, start = running.pings("nightly")
    assert (start.kind, end.kind, end.ms) == ("start", "success", 1500)
    assert start.rid == end.rid
    assert running.standing("nightly") == "due"
    with running.app.database.read() as tx:
        _, spec = running.app.heartbeats.find(tx, "nightly")
    assert (spec.cron, spec.zone) == ("0 2 * * *", "Europe/Berlin")
    assert (spec.rules.grace.total_seconds(), spec.rules.limit.total_seconds()) == (600, 2700)
    assert (spec.rules.start_counts, spec.rules.failures) == (True, 2)


def test_by_address_with_and_without_a_slash(running: Running) -> None:
    key = running.key()
    for method in ("GET", "POST"):
        for slash in ("", "/"):
            for project in ("0", "42"):
                url = f"{running.url}/api/{project}/cron/backup/{key}{slash}?status=ok&duration=2"
                answer = httpx2.request(method, url, timeout=60)
                assert (answer.status_code, answer.content) == (202, b"")
    assert [ping.ms for ping in running.pings("backup")] == [2000] * 8


def test_the_key_may_stand_in_a_header_or_in_the_query(running: Running) -> None:
    url, key = f"{running.url}/api/1/cron/backup/", running.key()
    header = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}, sentry_client=x/1"}
    assert httpx2.get(f"{url}?status=ok", headers=header, timeout=60).status_code == 202
    assert httpx2.get(f"{url}?status=ok&sentry_key={key}", timeout=60).status_code == 202
    for answer in (
        httpx2.get(f"{url}?status=ok", timeout=60),
        httpx2.get(f"{url}?status=ok&sentry_key={'0' * 32}", timeout=60),
    ):
        assert answer.status_code == 403
        assert set(answer.json()) == {"detail", "causes"}
    assert len(running.pings("backup")) == 2


def test_each_status_is_one_kind(running: Running) -> None:
    kinds = {"in_progress": "start", "ok": "success", "error": "fail", "missed": "log", "whatever": "log"}
    key = running.key()
    for status in kinds:
        assert (
            httpx2.get(f"{running.url}/api/1/cron/backup/{key}/?status={status}", timeout=60).status_code
            == 202
        )
    assert [ping.kind for ping in reversed(running.pings("backup"))] == list(kinds.values())


def test_what_cannot_be_understood_is_told(running: Running) -> None:
    key = running.key()
    for query, detail in (
        ("", "missing status"), ("status=", "missing status"), ("status=ok&check_in_id=7", "invalid check_in_id")
    ):  # fmt: skip
        answer = httpx2.get(f"{running.url}/api/1/cron/backup/{key}/?{query}", timeout=60)
        assert (answer.status_code, answer.json()) == (400, {"detail": detail, "causes": []})
    assert running.pings("backup") == ()


def test_json_makes_and_changes_a_monitor(running: Running) -> None:
    url = f"{running.url}/api/1/cron/Weekly Report/{running.key()}/"
    hourly = {"schedule": {"type": "interval", "value": 2, "unit": "hour"}}
    for config in (NIGHTLY, hourly):
        body = {"status": "in_progress", "environment": "", "monitor_config": config, "contexts": {"trace": {"trace_id": "0" * 32}}}  # fmt: skip
        assert httpx2.post(url, json=body, timeout=60).status_code == 202
    with running.app.database.read() as tx:
        _, spec = running.app.heartbeats.find(tx, "weekly-report")
    assert spec.cron is None
    assert spec.every.total_seconds() == 7200


def test_an_environment_other_than_production_is_a_heartbeat_of_its_own(running: Running) -> None:
    url = f"{running.url}/api/1/cron/nightly/{running.key()}/"
    for environment in ("production", "staging"):
        body = {"status": "ok", "environment": environment, "monitor_config": NIGHTLY}
        assert httpx2.post(url, json=body, timeout=60).status_code == 202
    assert len(running.pings("nightly")) == len(running.pings("nightly-staging")) == 1


def test_tocsin_toml_has_the_last_word_about_its_heartbeats(running: Running) -> None:
    body = {"status": "ok", "monitor_config": NIGHTLY}
    assert (
        httpx2.post(f"{running.url}/api/1/cron/backup/{running.key()}/", json=body, timeout=60).status_code
        == 202
    )
    with running.app.database.read() as tx:
        _, spec = running.app.heartbeats.find(tx, "backup")
    assert spec.cron is None


IMPOSSIBLE: list[object] = [
    7, {}, {"schedule": "daily"}, {"schedule": {"type": "crontab", "value": "often"}},
    {"schedule": {"type": "crontab", "value": "0 0 31 2 *"}},
    {"schedule": {"type": "crontab", "value": "0 2 * * *"}, "timezone": "Mars/Olympus"},
    {"schedule": {"type": "interval", "value": 0, "unit": "day"}},
    {"schedule": {"type": "interval", "value": True, "unit": "day"}},
    {"schedule": {"type": "interval", "value": 1, "unit": "fortnight"}},
]  # fmt: skip


def test_a_config_that_cannot_be_kept_is_refused(running: Running) -> None:
    key = running.key()
    for config in IMPOSSIBLE:
        body = {"status": "ok", "monitor_config": config}
        answer = httpx2.post(f"{running.url}/api/1/cron/backup/{key}/", json=body, timeout=60)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith("invalid monitor_config: ")
    assert running.pings("backup") == ()


def test_a_monitor_nobody_described_is_not_found(running: Running) -> None:
    answer = httpx2.get(f"{running.url}/api/1/cron/unheard-of/{running.key()}/?status=ok", timeout=60)
    assert (answer.status_code, answer.json()["detail"]) == (404, "monitor not found")


# -- envelopes -------------------------------------------------------------------------------------------


def item(**more: object) -> bytes:
    return json.dumps({"monitor_slug": "backup", "status": "ok", "check_in_id": uuid4().hex, **more}).encode()


def envelope(*payloads: bytes, header: dict[str, object] | None = None, length: bool = True) -> bytes:
    lines = [json.dumps(header or {}).encode()]
    for payload in payloads:
        head: dict[str, object] = {"type": "check_in"}
        if length:
            head["length"] = len(payload)
        lines += [json.dumps(head).encode(), payload]
    return b"\n".join(lines) + b"\n"


def post(running: Running, body: bytes, **headers: str) -> httpx2.Response:
    auth = {"X-Sentry-Auth": f"Sentry sentry_key={running.key()}, sentry_version=7"}
    return httpx2.post(
        f"{running.url}/api/42/envelope/", content=body, headers={**auth, **headers}, timeout=60
    )


def test_an_envelope_is_answered_with_its_id(running: Running) -> None:
    event = uuid4().hex
    for length in (True, False):
        body = envelope(item(), item(status="error"), header={"event_id": event}, length=length)
        answer = post(running, body)
        assert (answer.status_code, answer.json()) == (200, {"id": event})
        assert post(running, envelope(item(), length=length)).json() == {}
    assert [ping.kind for ping in running.pings("backup")] == ["success", "fail", "success"] * 2


def test_an_envelope_may_be_packed(running: Running) -> None:
    body = envelope(item())
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": [gzip.compress(body)],
        "deflate": [zlib.compress(body), raw.compress(body) + raw.flush()],
    }
    for coding, bodies in packed.items():
        for each in bodies:
            assert post(running, each, **{"Content-Encoding": coding}).status_code == 200
    assert len(running.pings("backup")) == 3


def test_other_items_are_taken_and_left_out(running: Running) -> None:
    other = b'{"type":"session","length":2}\n{}\n'
    attachment = b'{"type":"attachment","length":5}\n\xff\n\xfe\n\x00\n'
    answer = post(running, b"{}\n" + other + attachment + envelope(item()).partition(b"\n")[2])
    assert answer.status_code == 200
    assert len(running.pings("backup")) == 1
    assert post(running, b'{"event_id":"x"}\n' + other).json() == {"id": "x"}


def test_the_dsn_of_an_envelope_is_a_key_too(running: Running) -> None:
    body = envelope(item(), header={"dsn": dsn(running)})
    assert httpx2.post(f"{running.url}/api/42/envelope/", content=body, timeout=60).status_code == 200
    assert (
        httpx2.post(f"{running.url}/api/42/envelope", content=envelope(item()), timeout=60).status_code == 403
    )


def test_a_truncated_or_broken_envelope_is_refused_whole(running: Running) -> None:
    whole = envelope(item())
    bad = [whole[:-20], b"", b"\n", b"no json\n", b"[]\n", b"{}\n{\n", envelope(b"7"), envelope(b'{"status":"ok"}'),
           envelope(item(status=3)), b"{}\n" + b'{"type":"check_in","length":-1}\n{}\n', whole.replace(b"{", b"{" * 5_000)]  # fmt: skip
    for body in bad:
        answer = post(running, body)
        assert answer.status_code == 400, body[:80]
        assert set(answer.json()) == {"detail", "causes"}
    for body in (gzip.compress(whole)[:-9], whole):
        assert post(running, body, **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(running, whole, **{"Content-Encoding": "br"}).status_code == 400
    assert running.pings("backup") == ()


def test_too_much_is_refused_also_when_it_was_packed(running: Running) -> None:
    assert post(running, envelope(item(filler="x" * 1_000_000))).status_code == 413
    bomb = gzip.compress(envelope(item(filler="x" * 100_000_000)))
    assert post(running, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert running.pings("backup") == ()


def test_one_check_in_of_nobody_does_not_lose_the_others(running: Running) -> None:
    answer = post(running, envelope(item(), item(monitor_slug="unheard-of"), item()))
    assert answer.status_code == 404
    assert len(running.pings("backup")) == 2


def test_nothing_is_answered_with_429(running: Running) -> None:
    key = running.key()
    running.app.database.close()
    answer = httpx2.get(f"{running.url}/api/1/cron/backup/{key}/?status=ok", timeout=60)
    assert answer.status_code == 503
    assert set(answer.json()) == {"detail", "causes"}
