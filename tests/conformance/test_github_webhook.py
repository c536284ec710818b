"""GitHub: which deliveries are alerts, which are changes, which are neither; and that nothing unsigned is believed.

Bodies have the shape of @octokit/webhooks-examples 7.6, cut down to what is read.
"""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.requests_as_sent import (
    NOW,
    PATIENT,
    hexdigest,
    never_raises_but_unreadable,
    one_digit_off,
    sent,
    spoiled,
)

from tocsin.connectors.alert_source import Inbound, Unreadable
from tocsin.connectors.github_webhook import FORMAT, GitHubWebhook
from tocsin.detection.alert import AlertState
from tocsin.errors import ConfigError

SOURCE = GitHubWebhook()
REPOSITORY = {"full_name": "cookcam/api", "default_branch": "main"}


def run(**changed: object) -> dict[str, object]:
    body = {
        "id": 1589141559, "name": "deploy", "workflow_id": 16340987, "head_branch": "main", "head_sha": "5779607b49aa",
        "event": "push", "status": "completed", "conclusion": "failure", "run_number": 36, "run_attempt": 1,
        "html_url": "https://github.com/cookcam/api/actions/runs/1589141559", "updated_at": "2026-11-22T02:58:00Z",
        "head_repository": {"full_name": "cookcam/api"}, **changed,
    }  # fmt: skip
    return {"action": "completed", "workflow_run": body, "repository": REPOSITORY, "sender": {"login": "ana"}}


def deployment(state: str | None = None, **changed: object) -> dict[str, object]:
    made = {
        "id": 145988746, "sha": "f95f852bd8fc", "ref": "main", "task": "deploy", "environment": "production",
        "creator": {"login": "bo"}, "created_at": "2026-11-22T02:50:00Z", **changed,
    }  # fmt: skip
    body: dict[str, object] = {"action": "created", "deployment": made, "repository": REPOSITORY}
    if state is not None:
        body["deployment_status"] = {
            "id": 209916254, "state": state, "created_at": "2026-11-22T02:55:00Z", "description": "",
            "target_url": "https://cookcam.app",
        }  # fmt: skip
    return body


PUSH: dict[str, object] = {
    "ref": "refs/heads/main", "before": "6113728f27ae", "after": "a10867b14bb7", "forced": False, "deleted": False,
    "compare": "https://github.com/cookcam/api/compare/6113728f27ae...a10867b14bb7", "commits": [{"id": "1"}, {"id": "2"}],
    "head_commit": {"message": "Raise the pool to 40\n\nBecause.", "timestamp": "2026-11-22T02:40:00+01:00"},
    "pusher": {"name": "ana"}, "repository": REPOSITORY,
}  # fmt: skip


def delivered(event: str, body: object) -> Inbound:
    return sent(body, {"X-GitHub-Event": event, "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"})


def test_a_failed_workflow_fires_and_the_next_success_ends_it() -> None:
    (failed,) = SOURCE.read(delivered("workflow_run", run())).alerts
    later = run(conclusion="success", id=2, run_number=37, updated_at="2026-11-22T02:59:00Z")
    (well,) = SOURCE.read(delivered("workflow_run", later)).alerts
    assert failed.fingerprint == well.fingerprint == "prod:cookcam/api/16340987/main"
    assert (failed.state, well.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert failed.title == 'workflow "deploy" failed on main of cookcam/api'
    assert failed.labels["url"].endswith("/1589141559")
    assert well.at > failed.at  # a failure that comes late is recognised by GitHub's own clock


@pytest.mark.parametrize("conclusion", ["timed_out", "startup_failure"])
def test_other_words_for_failure_fire_as_well(conclusion: str) -> None:
    (alert,) = SOURCE.read(delivered("workflow_run", run(conclusion=conclusion))).alerts
    assert alert.state is AlertState.FIRING


@pytest.mark.parametrize(
    "changed",
    [
        {"conclusion": "cancelled"},
        {"conclusion": "skipped"},
        {"conclusion": "neutral"},
        {"conclusion": None},
        {"head_branch": "try-something"},
        {"event": "pull_request"},
        {"head_repository": {"full_name": "stranger/api"}},  # a fork whose branch is also called main
    ],
)
def test_what_nobody_has_to_be_woken_for_is_informational(changed: dict[str, object]) -> None:
    read = SOURCE.read(delivered("workflow_run", run(**changed)))
    assert (read.alerts, read.set_aside) == ((), "informational")


def test_a_conclusion_nobody_knows_yet_changes_nothing_and_is_noticed() -> None:
    read = SOURCE.read(delivered("workflow_run", run(conclusion="evaporated")))
    assert read.alerts == ()
    assert "evaporated" in read.notices[0]


def test_the_branches_that_count_can_be_named() -> None:
    source = FORMAT.make("it", {"branches": ["release"]})
    assert source.read(delivered("workflow_run", run())).alerts == ()
    assert source.read(delivered("workflow_run", run(head_branch="release"))).alerts
    with pytest.raises(ConfigError, match="brunches"):
        FORMAT.make("it", {"brunches": ["main"]})


def test_a_check_run_counts_like_a_workflow() -> None:
    check = {
        "name": "linter", "conclusion": "failure", "completed_at": "2026-11-22T02:58:00Z", "head_sha": "ec26c3e57ca3",
        "check_suite": {"head_branch": "main"}, "html_url": "https://github.com/cookcam/api/runs/1",
    }  # fmt: skip
    body = {"action": "completed", "check_run": check, "repository": REPOSITORY}
    (alert,) = SOURCE.read(delivered("check_run", body)).alerts
    assert alert.fingerprint == "prod:cookcam/api/check/linter/main"
    assert SOURCE.read(delivered("check_run", {**body, "action": "created"})).set_aside == "not_an_alert"


def test_a_deployment_and_its_states_are_one_change() -> None:
    (begun,) = SOURCE.read(delivered("deployment", deployment())).changes
    read = SOURCE.read(delivered("deployment_status", deployment("success")))
    (done,) = read.changes
    assert begun.key == done.key == "prod:cookcam/api:deployment:145988746"
    assert (begun.state, done.state) == ("started", "succeeded")
    assert done.title == "deployed cookcam/api f95f852 to production"
    assert (done.who, done.links) == ("bo", (("deployment", "https://cookcam.app"),))
    assert read.alerts[0].state is AlertState.RESOLVED


def test_a_deployment_that_fails_is_an_alert_and_a_change_but_not_in_a_preview() -> None:
    read = SOURCE.read(delivered("deployment_status", deployment("failure")))
    assert read.alerts[0].state is AlertState.FIRING
    assert read.alerts[0].title == "deployment of cookcam/api to production failed"
    assert read.changes[0].state == "failed"
    preview = SOURCE.read(
        delivered("deployment_status", deployment("failure", environment="pr-7", transient_environment=True))
    )
    assert preview.alerts == ()
    assert preview.changes


def test_pushes_and_releases_are_changes() -> None:
    (pushed,) = SOURCE.read(delivered("push", PUSH)).changes
    assert pushed.title == "push to main of cookcam/api, 2 commits: Raise the pool to 40"
    assert pushed.at == NOW.replace(hour=1, minute=40)
    assert SOURCE.read(delivered("push", {**PUSH, "ref": "refs/heads/try"})).set_aside == "informational"
    (gone,) = SOURCE.read(delivered("push", {**PUSH, "deleted": True})).changes
    assert gone.title == "deleted main of cookcam/api"
    (tagged,) = SOURCE.read(delivered("push", {**PUSH, "ref": "refs/tags/v1"})).changes
    assert "tag v1" in tagged.title
    release = {
        "id": 1,
        "tag_name": "v1",
        "name": "One",
        "published_at": "2026-11-22T02:00:00Z",
        "author": {"login": "ana"},
    }
    body = {"action": "published", "release": release, "repository": REPOSITORY}
    (published,) = SOURCE.read(delivered("release", body)).changes
    assert (published.title, published.who) == ("released cookcam/api v1: One", "ana")
    assert SOURCE.read(delivered("release", {**body, "action": "edited"})).set_aside == "not_an_alert"


def test_a_ping_is_answered_200_everything_else_202() -> None:
    ping = delivered("ping", {"zen": "Anything added dilutes everything else.", "hook_id": 109948940})
    read = SOURCE.read(ping)
    assert (read.set_aside, read.delivery) == ("not_an_alert", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    assert SOURCE.accepted(ping, read).status == 200
    push = delivered("push", PUSH)
    assert SOURCE.accepted(push, SOURCE.read(push)).status == 202
    assert SOURCE.read(delivered("star", {"action": "created"})).set_aside == "not_an_alert"


def test_a_form_is_read_and_its_signature_covers_the_form() -> None:
    raw = urlencode({"payload": json.dumps(run())}).encode()
    headers = {
        "X-GitHub-Event": "workflow_run",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Hub-Signature-256": "sha256=" + hexdigest("s", raw),
    }
    inbound = sent(raw=raw, headers=headers)
    assert SOURCE.proven(inbound, ("s",))
    assert SOURCE.read(inbound).alerts[0].fingerprint == "prod:cookcam/api/16340987/main"
    with pytest.raises(Unreadable, match="payload"):
        SOURCE.read(sent(raw=b"a=b", headers=headers))


def test_githubs_own_vector_and_everything_beside_it() -> None:
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    right = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    def proven(signature: str, raw: bytes = body, secrets: tuple[str, ...] = (secret,)) -> bool:
        return SOURCE.proven(sent(raw=raw, headers={"X-Hub-Signature-256": signature}), secrets)

    assert proven(f"sha256={right}")
    assert proven(f"sha256={right.upper()}")
    assert proven(f"sha256={right}", secrets=("newer", secret))
    assert not proven(f"sha256={one_digit_off(right)}")
    assert not proven(f"sha256={right}", body + b"!")
    assert not proven(f"sha1={right}")
    assert not proven("")
    assert not proven(f"sha256={right}", secrets=())
    assert not SOURCE.proven(sent(raw=body, headers={"X-Hub-Signature": f"sha1={right}"}), (secret,))


def test_the_same_said_twice_and_out_of_order_reads_the_same() -> None:
    one, two = delivered("workflow_run", run()), delivered("workflow_run", run(conclusion="success"))
    assert [SOURCE.read(each) for each in (one, two, one)] == [
        SOURCE.read(one),
        SOURCE.read(two),
        SOURCE.read(one),
    ]


def test_a_time_that_cannot_be_read_is_the_time_of_receipt() -> None:
    read = SOURCE.read(delivered("workflow_run", run(updated_at="soon")))
    assert read.alerts[0].at == NOW
    assert "soon" in read.notices[0]


@pytest.mark.parametrize("cut", [0, 1, 10, 100])
def test_a_body_that_was_cut_is_unreadable(cut: int) -> None:
    raw = json.dumps(run()).encode()
    with pytest.raises(Unreadable):
        SOURCE.read(sent(raw=raw[:cut], headers={"X-GitHub-Event": "workflow_run"}))
    with pytest.raises(Unreadable, match="X-GitHub-Event"):
        SOURCE.read(sent(run()))


@PATIENT
@given(
    st.sampled_from(
        ["workflow_run", "check_run", "deployment", "deployment_status", "push", "release", "ping"]
    ),
    spoiled(run()) | spoiled(deployment("failure")) | spoiled(PUSH) | st.binary(max_size=80),
)
def test_nothing_but_unreadable_is_ever_raised(event: str, body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    never_raises_but_unreadable(
        SOURCE, sent(raw=raw, headers={"X-GitHub-Event": event}, at=NOW + timedelta(days=1))
    )
