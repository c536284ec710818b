"""Healthchecks' pings, sent by curl as its users do: every path, every answer, byte for byte."""

import subprocess
from uuid import uuid4

import httpx2
import pytest
from tests.pings.conftest import BACKUP_UUID, Running

from tocsin.store import heartbeats as store


def curl(*arguments: str, body: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """As the documentation of Healthchecks has it, with more patience for a busy machine."""
    more = ("--data-binary", "@-") if body is not None else ()
    return subprocess.run(
        ("curl", "-fsS", "-m", "60", "--retry", "5", *arguments, *more),
        input=body,
        capture_output=True,
        check=False,
    )


PATHS: list[tuple[str, str, int | None]] = [
    ("", "success", None),
    ("/", "success", None),
    ("/0", "success", 0),
    ("/start", "start", None),
    ("/fail", "fail", None),
    ("/1", "fail", 1),
    ("/255/", "fail", 255),
    ("/log", "log", None),
]


@pytest.mark.parametrize("prefix", ["/ping", ""])
@pytest.mark.parametrize("method", ["HEAD", "GET", "POST"])
def test_every_path_and_method_is_one_ping(running: Running, prefix: str, method: str) -> None:
    for rest, _, _ in PATHS:
        answer = httpx2.request(method, f"{running.url}{prefix}/{BACKUP_UUID}{rest}", timeout=60)
        assert answer.status_code == 200
        assert answer.text == ("" if method == "HEAD" else "OK")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["ping-body-limit"] == "10000"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "no-cache" in answer.headers["cache-control"]
    kept = [(ping.kind, ping.exit, ping.method) for ping in reversed(running.pings("backup"))]
    assert kept == [(kind, status, method) for _, kind, status in PATHS]


REFUSED = [
    (f"/ping/{BACKUP_UUID}/256", 400, "invalid url format"),
    (f"/ping/{BACKUP_UUID}/1000", 400, "invalid url format"),
    (f"/ping/{BACKUP_UUID}/perhaps", 400, "invalid url format"),
    (f"/ping/{BACKUP_UUID}/start/start", 400, "invalid url format"),
    (f"/ping/{BACKUP_UUID}?rid=7", 400, "invalid uuid format"),
    (f"/ping/{uuid4()}", 404, "not found"),
    ("/ping/KEY/Backup", 400, "invalid url format"),
    ("/ping/KEY/unheard-of", 404, "not found"),
    ("/ping/0123456789abcdef0123456789abcdef/backup", 404, "not found"),
    ("/ping/short/backup", 404, "not found"),
    ("/ping/KEY", 404, "not found"),
]


def test_what_is_no_ping_is_answered_as_healthchecks_does(running: Running) -> None:
    key = running.key()
    for path, status, text in REFUSED:
        answer = httpx2.get(running.url + path.replace("KEY", key), timeout=60)
        assert (answer.status_code, answer.text) == (status, text), path
    assert running.pings("backup") == ()


def test_curl_reports_by_slug_and_sends_its_log(running: Running) -> None:
    sent = curl(
        f"{running.url}/ping/{running.key()}/backup/3", body=b"line\n" * 3 + b"token=ghp_0123456789abcdefghij"
    )
    assert (sent.returncode, sent.stdout) == (0, b"OK"), sent.stderr
    (ping,) = running.pings("backup")
    assert (ping.kind, ping.exit, ping.format) == ("fail", 3, "healthchecks")
    assert ping.agent is not None
    assert ping.agent.startswith("curl/")
    assert ping.body is not None
    assert ping.body.startswith("line\nline\n")
    assert "ghp_0123456789" not in ping.body


def test_a_body_is_cut_at_ten_thousand_bytes_and_never_refused(running: Running) -> None:
    for size in (10_000, 10_001, 3_000_000):
        assert curl(f"{running.url}/ping/{BACKUP_UUID}", body=b"x" * size).returncode == 0
        assert len(running.pings("backup")[0].body or "") == 10_000
    too_much = httpx2.post(f"{running.url}/ping/{BACKUP_UUID}", content=b"x" * 10_000_001, timeout=60)
    assert too_much.status_code == 413


def test_bytes_that_are_no_text_are_kept_as_well_as_they_can_be(running: Running) -> None:
    answer = httpx2.post(
        f"{running.url}/ping/{BACKUP_UUID}", content=b"a\0b\xff\xfe\xed\xa0\x80c", timeout=60
    )
    assert answer.status_code == 200
    assert (running.pings("backup")[0].body or "").startswith("a\ufffdb")


def test_a_slug_is_made_when_asked_to(running: Running) -> None:
    key = running.key()
    assert curl(f"{running.url}/ping/{key}/fresh?create=1").stdout == b"Created"
    assert httpx2.get(f"{running.url}/ping/{key}/fresh?create=1", timeout=60).status_code == 200
    assert len(running.pings("fresh")) == 2
    assert running.row("fresh").deadline is not None


def test_a_key_of_one_heartbeat_makes_and_reaches_no_other(running: Running) -> None:
    key = running.key("posted").replace("-", "")
    assert httpx2.get(f"{running.url}/ping/{key}/posted", timeout=60).status_code == 200
    assert httpx2.get(f"{running.url}/ping/{key}/backup", timeout=60).status_code == 404
    assert httpx2.get(f"{running.url}/ping/{key}/new?create=1", timeout=60).status_code == 404
    assert running.pings("backup") == ()


def test_a_key_that_was_taken_back_is_nobodys(running: Running) -> None:
    key = running.key("posted")
    assert httpx2.post(f"{running.url}/ping/{key}", timeout=60).status_code == 200
    with running.app.database.write() as tx:
        assert store.revoke_key(tx, 1, running.app.clock.now())
    assert httpx2.post(f"{running.url}/ping/{key}", timeout=60).status_code == 404


def test_start_and_end_are_paired_by_their_run(running: Running) -> None:
    one, two = str(uuid4()), str(uuid4())
    url = f"{running.url}/ping/{BACKUP_UUID}"
    for path in (f"/start?rid={one}", f"/start?rid={two}", f"?rid={one}"):
        assert httpx2.get(url + path, timeout=60).status_code == 200
    newest = running.pings("backup")[0]
    assert newest.rid == one
    assert newest.ms is not None
    assert running.standing("backup") == "running"  # the other one is not over
    assert httpx2.get(f"{url}?rid={two.upper()}", timeout=60).status_code == 200
    assert running.standing("backup") == "due"


def test_repeated_and_reordered_pings_are_kept_and_do_no_harm(running: Running) -> None:
    run = str(uuid4())
    url = f"{running.url}/ping/{BACKUP_UUID}"
    for path in (f"?rid={run}", f"/start?rid={run}", f"?rid={run}", f"?rid={run}"):
        assert httpx2.get(url + path, timeout=60).status_code == 200
    assert [ping.kind for ping in running.pings("backup")] == ["success", "success", "start", "success"]
    assert running.standing("backup") == "due"


def test_a_get_counts_for_nothing_where_only_posts_do(running: Running) -> None:
    key = running.key("posted")
    assert httpx2.get(f"{running.url}/ping/{key}", timeout=60).text == "OK"
    assert httpx2.post(f"{running.url}/ping/{key}", timeout=60).text == "OK"
    assert [ping.kind for ping in running.pings("posted")] == ["success", "ignored"]


def test_words_of_the_body_decide_where_they_are_set(running: Running) -> None:
    url = f"{running.url}/ping/{running.key('worded')}"
    for said in ("completed in 3 s", "completed with ERROR 5", "hello"):
        assert httpx2.post(url, content=said, timeout=60).status_code == 200
    assert [ping.kind for ping in running.pings("worded")] == ["ignored", "fail", "success"]


def test_another_method_is_no_ping(running: Running) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert httpx2.request(method, f"{running.url}/ping/{BACKUP_UUID}", timeout=60).status_code == 405
    assert running.pings("backup") == ()


def test_nothing_is_answered_with_success_while_nothing_can_be_stored(running: Running) -> None:
    running.app.database.close()
    answer = httpx2.get(f"{running.url}/ping/{BACKUP_UUID}", timeout=60)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
