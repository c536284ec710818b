"""The nouns beside the incident: on-call, post-mortems, pages, the log, commands and runbooks, over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.web.test_api import Served

from tocsin.oncall.person import AccessRole


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.stop()


def test_who_is_on_call_and_an_override_that_holds_at_once(served: Served) -> None:
    bo = served.token(AccessRole.RESPONDER, "bo")
    assert served.call("GET", "/api/v1/oncall", bo).json()["levels"][0]["people"] == ["ana"]
    now = served.app.clock.now()
    wanted = {
        "kind": "override", "person": "bo", "level": 1, "reason": "ana is on a plane",
        "start": (now - timedelta(minutes=1)).isoformat(), "end": (now + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    made = served.call("POST", "/api/v1/oncall/amendments", bo, wanted)
    assert made.status_code == 201, made.text
    assert made.json()["by"] == "bo"
    assert served.call("GET", "/api/v1/oncall", bo).json()["levels"][0]["people"] == ["bo"]
    shifts = served.call("GET", "/api/v1/oncall/calendar?days=2", bo).json()["shifts"]
    assert [shift["people"] for shift in shifts if shift["level"] == 1] == [["bo"], ["ana"]]
    taken_back = served.call("POST", f"/api/v1/oncall/amendments/{made.json()['id']}/withdraw", bo, {})
    assert taken_back.status_code == 200
    assert served.call("GET", "/api/v1/oncall", bo).json()["levels"][0]["people"] == ["ana"]


def test_a_time_without_an_offset_is_refused_and_changes_nothing(served: Served) -> None:
    bo = served.token(AccessRole.RESPONDER, "bo")
    wanted = {
        "kind": "absence",
        "person": "bo",
        "reason": "x",
        "start": "2030-01-01T00:00:00",
        "end": "2030-01-02T00:00:00",
    }
    assert served.call("POST", "/api/v1/oncall/amendments", bo, wanted).status_code == 400
    assert served.call("GET", "/api/v1/oncall/amendments", bo).json()["amendments"] == []


def test_readiness_says_what_stands_between_a_page_and_a_person(served: Served) -> None:
    found = served.call("GET", "/api/v1/oncall/readiness").json()
    assert found["ready"] is (not any(each["error"] for each in found["findings"]))
    assert all(each["hint"] for each in found["findings"])


def test_a_test_page_goes_the_whole_way(served: Served, deadline: Deadline) -> None:
    bo = served.token(AccessRole.RESPONDER, "bo")
    trial = served.call("POST", "/api/v1/people/ana/test-page", bo, {})
    assert trial.status_code == 202

    def sent() -> bool:
        rows = served.call("GET", "/api/v1/pages?person=ana", bo).json()["pages"]
        return any(row["page"] in trial.json()["pages"] and row["state"] == "sent" for row in rows)

    deadline(sent, what="the channel took it")
    assert "TEST of sink" in (served.folder / "var" / "pages.jsonl").read_text()


def test_the_log_is_proven_and_a_head_that_is_not_in_it_is_found(served: Served) -> None:
    found = served.call("GET", "/api/v1/audit").json()
    assert found["ok"] is True
    assert served.call("GET", f"/api/v1/audit?head={'f' * 64}").json()["ok"] is False


def test_a_command_is_judged_and_a_runbook_planned_without_running_anything(served: Served) -> None:
    judged = served.call("POST", "/api/v1/judge", None, {"text": "redis-cli FLUSHALL"}).json()
    assert judged["effect"] == "destroy"
    assert judged["why"]
    sql = served.call("POST", "/api/v1/judge", None, {"text": "SELECT 1", "language": "sql"}).json()
    assert sql["effect"] == "observe"
    plan = served.call(
        "POST", "/api/v1/plan", None, {"text": "# R\n\n## Disk full\n\n```bash\ndf -h\n```\n"}
    ).json()["plan"]
    assert plan["schema"] == 1
    assert [step["effect"] for section in plan["sections"] for step in section["steps"]] == ["observe"]


def test_a_post_mortem_moves_on_only_with_the_text_that_was_read(served: Served, deadline: Deadline) -> None:
    ana = served.token(AccessRole.RESPONDER, "ana")
    served.alert()
    deadline(lambda: served.call("GET", "/api/v1/incidents", ana).json()["incidents"], what="an incident")
    served.call("POST", "/api/v1/incidents/INC-1/acknowledge", ana, {})
    assert (
        served.call("POST", "/api/v1/incidents/INC-1/resolve", ana, {"anyway": "daylight"}).status_code == 200
    )
    shown = deadline(
        lambda: (
            (found := served.call("GET", "/api/v1/incidents/INC-1/postmortem", ana)).status_code == 200
            and found.json()
        ),
        what="the draft",
    )
    assert {finding["rule"] for finding in shown["findings"]} >= {"PML02"}
    path = "/api/v1/incidents/INC-1/postmortem/state"
    assert served.call("POST", path, ana, {"state": "in review", "sha256": "0" * 64}).status_code == 409
    moved = served.call("POST", path, ana, {"state": "in review", "sha256": shown["sha256"]})
    assert moved.status_code == 200, moved.text
    assert served.call("POST", path, ana, {"state": "reviewed", "sha256": shown["sha256"]}).status_code == 409
    (one,) = served.call("GET", "/api/v1/postmortems", ana).json()["postmortems"]
    assert (one["incident"], one["state"]) == ("INC-1", "in review")
    assert served.call("GET", "/api/v1/actions", ana).json()["actions"] == []
