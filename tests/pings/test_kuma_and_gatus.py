"""Uptime Kuma's push and Gatus' external endpoint, by curl: each answer as those tools give it."""

import json
import subprocess
from urllib.parse import quote

import httpx2
from tests.pings.conftest import BACKUP_UUID, Running

from tocsin.web.pings import gatus
from tocsin.web.pings.form import Asked, Reply


def curl(*arguments: str) -> str:
    """The answer's status and body, in one text."""
    done = subprocess.run(
        ("curl", "-sS", "-m", "60", "-w", "|%{http_code}", *arguments),
        capture_output=True,
        text=True,
        check=True,
    )
    body, _, status = done.stdout.rpartition("|")
    return f"{status} {body}"


def test_kuma_says_up_and_down_and_how_long(running: Running) -> None:
    url = f"{running.url}/api/push/{BACKUP_UUID}"
    assert curl(f"{url}?status=up&msg=OK&ping=120") == '200 {"ok":true}'
    assert curl(f"{url}/?status=down&msg=disk%20full") == '200 {"ok":true}'
    assert curl("-X", "POST", f"{url}?status=pending") == '200 {"ok":true}'
    assert curl(url) == '200 {"ok":true}'
    pings = running.pings("backup")
    assert [ping.kind for ping in pings] == ["success", "fail", "fail", "success"]
    assert [ping.ms for ping in pings] == [None, None, None, 120]
    assert pings[2].body == "disk full"


def test_kuma_takes_these_lengths(running: Running) -> None:
    for value in ("", "0", "abc", "nan", "100000000000", "1.5"):
        answer = httpx2.get(f"{running.url}/api/push/{BACKUP_UUID}?ping={value}", timeout=60)
        assert answer.json() == {"ok": True}, value


def test_kuma_refuses_these_lengths(running: Running) -> None:
    for value in ("-1", "100000000001", "inf", "-inf"):
        answer = httpx2.get(f"{running.url}/api/push/{BACKUP_UUID}?ping={value}", timeout=60)
        assert answer.status_code == 404
        assert answer.text == (
            '{"ok":false,"msg":"Invalid ping value. Must be between 0 and 100000000000 ms."}'
        )
    assert running.pings("backup") == ()


def test_kuma_knows_no_other_token(running: Running) -> None:
    for token in ("unknown", "0" * 32, "a/b", ""):
        answer = httpx2.get(f"{running.url}/api/push/{token}", timeout=60)
        said = {"ok": False, "msg": "Monitor not found or not active."}
        assert (answer.status_code, answer.json()) == (404, said), token


def test_a_key_for_all_is_no_kuma_token(running: Running) -> None:
    assert httpx2.get(f"{running.url}/api/push/{running.key()}", timeout=60).status_code == 404


def test_gatus_reports_by_group_and_name(running: Running) -> None:
    url = f"{running.url}/api/v1/endpoints/core-jobs_edge/external"
    bearer = ("-X", "POST", "-H", f"Authorization: Bearer {running.key('edge')}")
    assert curl(*bearer, f"{url}?success=true&duration=1h2m3.5s") == "200 "
    assert curl(*bearer, f"{url}/?success=false&error={quote('exit 3')}&duration=250ms") == "200 "
    assert curl("-X", "POST", "-H", f"Authorization: Bearer {running.key()}", f"{url}?success=1") == "200 "
    pings = running.pings("edge")
    assert [(ping.kind, ping.ms, ping.body) for ping in pings] == [
        ("success", None, None), ("fail", 250, "exit 3"), ("success", 3_723_500, None),
    ]  # fmt: skip


WRONG: list[tuple[str, str, str | None, int, str]] = [
    ("nobody_knows", "", None, 400, "missing or invalid success query parameter"),
    ("nobody_knows", "success=perhaps", "Bearer x", 400, "missing or invalid success query parameter"),
    ("nobody_knows", "success=true", None, 401, "invalid Authorization header"),
    ("nobody_knows", "success=true", "Basic x", 401, "invalid Authorization header"),
    ("nobody_knows", "success=true&duration=soon", "Bearer x", 404, "not found"),
    ("core-jobs_edge", "success=true&duration=soon", "Bearer x", 401, "invalid token"),
    ("core-jobs_edge", "success=true&duration=soon", "Bearer KEY", 400, "invalid duration: "),
    ("core-jobs_edge", "success=true&duration=-5s", "Bearer KEY", 400, "invalid duration: "),
]


def test_gatus_says_what_is_wrong_in_its_own_order(running: Running) -> None:
    key = running.key("edge")
    for endpoint, query, bearer, status, text in WRONG:
        headers = {} if bearer is None else {"Authorization": bearer.replace("KEY", key)}
        answer = httpx2.post(
            f"{running.url}/api/v1/endpoints/{endpoint}/external?{query}", headers=headers, timeout=60
        )
        assert answer.status_code == status, query
        assert answer.text.startswith(text)
    assert running.pings("edge") == ()


def test_gatus_has_a_word_for_a_token_that_is_empty() -> None:
    # Most clients and servers cut the blank off on the way.
    asked = Asked(
        "POST", "/api/v1/endpoints/_edge/external", {"success": "true"}, {"authorization": "Bearer  "}
    )
    reply = gatus.read(asked)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (401, b"bearer token must not be empty")


def test_gatus_is_only_posted_to(running: Running) -> None:
    url = f"{running.url}/api/v1/endpoints/core-jobs_edge/external?success=true"
    assert (
        httpx2.get(url, headers={"Authorization": f"Bearer {running.key()}"}, timeout=60).status_code == 405
    )


def test_a_failure_opens_an_incident_and_a_success_ends_its_alert(running: Running) -> None:
    for status, state in (("down", "firing"), ("up", "resolved")):
        assert (
            httpx2.get(f"{running.url}/api/push/{BACKUP_UUID}?status={status}", timeout=60).status_code == 200
        )
        with running.app.database.read() as tx:
            from_alerts = tx.connection.exec_driver_sql(
                "SELECT body FROM signals WHERE kind = 'Alert' ORDER BY id DESC LIMIT 1"
            ).scalar()
        said = json.loads(str(from_alerts))["alert"]
        assert (said["fingerprint"], said["state"]) == ("heartbeat:backup", state)
        assert said["impact"] == "Partial service outage"
        assert said["labels"]["section"]
