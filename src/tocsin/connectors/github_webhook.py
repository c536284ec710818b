"""GitHub's webhooks: a workflow that fails, on a branch that counts, is an alert; deployments, pushes and releases are changes.

https://docs.github.com/webhooks. GitHub never delivers again by itself, and its signature covers no time: a delivery is
known by X-GitHub-Delivery.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from tocsin.connectors.alert_source import MEBIBYTE, Answered, Format, Inbound, Read, Unreadable
from tocsin.connectors.wire import Fields, doubted, json_object, moment_or, signed
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.change_event import ChangeEvent
from tocsin.kit.keys import Keys

KIND = "github"
_SIGNATURE = "sha256="
_NO_COMMIT = "0" * 40

# What a conclusion or state says about the trouble; None: nothing (it was skipped, cancelled, replaced).
_CONCLUSIONS: dict[str, AlertState | None] = {
    "failure": AlertState.FIRING,
    "timed_out": AlertState.FIRING,
    "startup_failure": AlertState.FIRING,
    "success": AlertState.RESOLVED,
    "neutral": None,
    "cancelled": None,
    "action_required": None,
    "stale": None,
    "skipped": None,
    "": None,
}
_DEPLOYED: dict[str, tuple[AlertState | None, str]] = {
    "success": (AlertState.RESOLVED, "succeeded"),
    "failure": (AlertState.FIRING, "failed"),
    "error": (AlertState.FIRING, "failed"),
    "queued": (None, "started"),
    "pending": (None, "started"),
    "waiting": (None, "started"),
    "in_progress": (None, "started"),
    "inactive": (None, ""),
}
# What an event is about stands in the body under its name; a body without it is no delivery of GitHub's.
_ABOUT = ("workflow_run", "check_run", "deployment", "deployment_status", "release")
_OF_PULL_REQUESTS = ("pull_request", "pull_request_target", "merge_group")


@dataclass(frozen=True, slots=True)
class GitHubWebhook:
    """Reads the deliveries of one webhook.

    Attributes:
        branches: whose failures are alerts and whose pushes are changes; empty: the repository's default branch.
            What a pull request breaks is its author's business and wakes nobody.
    """

    branches: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """As in the settings."""
        return KIND

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """X-Hub-Signature-256 over the body as sent; the older SHA-1 header counts for nothing."""
        given = inbound.headers.get("x-hub-signature-256", "")
        if not given.startswith(_SIGNATURE):
            return False
        return signed(secrets, inbound.raw, (given.removeprefix(_SIGNATURE),))

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """That the header is missing (no secret is set over there), or the signature another."""
        return doubted(inbound.headers, "X-Hub-Signature-256")

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable without X-GitHub-Event, a JSON object, or what the event is about in it."""
        event = inbound.headers.get("x-github-event", "")
        if not event:
            raise Unreadable("the header X-GitHub-Event is missing")
        told = _Told(inbound, _payload(inbound), [])
        if event in _ABOUT and not isinstance(told.body.find(event), dict):
            raise Unreadable(f"there is no {event} in the body")
        match event:
            case "workflow_run":
                found = self._workflow(told)
            case "check_run":
                found = self._check(told)
            case "deployment":
                found = _deployment(told)
            case "deployment_status":
                found = _deployment_status(told)
            case "push":
                found = self._push(told)
            case "release":
                found = _release(told)
            case _:
                found = Read(set_aside="not_an_alert")
        return Read(
            found.alerts,
            found.changes,
            inbound.headers.get("x-github-delivery") or None,
            found.set_aside,
            (*found.notices, *told.notices),
        )

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """200 to a ping, 202 to everything else."""
        status = 200 if inbound.headers.get("x-github-event") == "ping" else 202
        return Answered(status, b'{"status":"accepted"}')

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """GitHub shows the answer to whoever looks at the delivery."""
        return Answered(status, json.dumps({"status": "refused", "errors": errors}).encode())

    def _counts(self, told: "_Told", branch: str) -> bool:
        wanted = self.branches or {told.body.text("repository", "default_branch") or branch}
        return branch in wanted

    def _workflow(self, told: "_Told") -> Read:
        run = told.body.at("workflow_run")
        if told.body.text("action") != "completed":
            return Read(set_aside="not_an_alert")
        branch = run.text("head_branch")
        from_outside = run.text("head_repository", "full_name") not in ("", told.repository)
        if from_outside or run.text("event") in _OF_PULL_REQUESTS or not self._counts(told, branch):
            return Read(set_aside="informational")
        state = told.concluded(run.text("conclusion"))
        if state is None:
            return Read(set_aside="informational")
        # The same workflow on the same branch is the same trouble, whichever run and attempt says so. Its own clock
        # orders the attempts: a failure that arrives after the success that followed it is late, not new.
        name = run.text("name") or told.body.text("workflow", "name") or run.text("workflow_id")
        word = "failed" if state is AlertState.FIRING else "succeeded"
        alert = told.alert(
            f"{told.repository}/{run.text('workflow_id')}/{branch}",
            state,
            f'workflow "{name}" {word} on {branch} of {told.repository}',
            run.find("updated_at"),
            {
                "workflow": name,
                "branch": branch,
                "sha": run.text("head_sha"),
                "conclusion": run.text("conclusion"),
                "run": run.text("run_number"),
                "attempt": run.text("run_attempt"),
                "url": run.text("html_url"),
            },
        )
        return Read((alert,))

    def _check(self, told: "_Told") -> Read:
        check = told.body.at("check_run")
        if told.body.text("action") != "completed":
            return Read(set_aside="not_an_alert")
        branch = check.text("check_suite", "head_branch")
        state = told.concluded(check.text("conclusion"))
        if state is None or not branch or not self._counts(told, branch):
            return Read(set_aside="informational")
        name = check.text("name")
        word = "failed" if state is AlertState.FIRING else "succeeded"
        alert = told.alert(
            f"{told.repository}/check/{name}/{branch}",
            state,
            f'check "{name}" {word} on {branch} of {told.repository}',
            check.find("completed_at"),
            {
                "check_run": name,
                "branch": branch,
                "sha": check.text("head_sha"),
                "conclusion": check.text("conclusion"),
                "url": check.text("html_url"),
            },
        )
        return Read((alert,))

    def _push(self, told: "_Told") -> Read:
        body = told.body
        ref = body.text("ref")
        branch, tag = ref.removeprefix("refs/heads/"), ref.removeprefix("refs/tags/")
        if tag == ref and not self._counts(told, branch):
            return Read(set_aside="informational")
        what = f"tag {tag}" if tag != ref else branch
        sha = body.text("after")
        if body.find("deleted") is True or sha == _NO_COMMIT:
            title = f"deleted {what} of {told.repository}"
        else:
            count = len(body.objects("commits"))
            several = f", {count} commits" if count > 1 else ""
            forced = "forced " if body.find("forced") is True else ""
            subject = body.text("head_commit", "message").partition("\n")[0]
            title = f"{forced}push to {what} of {told.repository}{several}: {subject or sha[:7]}"
        return told.change(
            f"push:{ref}:{sha}:{body.text('before')}",
            title,
            body.find("head_commit", "timestamp") or body.find("repository", "pushed_at"),
            "succeeded",
            body.text("pusher", "name"),
            (("compare", body.text("compare")),),
            {"ref": ref, "sha": sha},
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """One delivery while it is read; `notices` grows."""

    inbound: Inbound
    body: Fields
    notices: list[str]

    @property
    def repository(self) -> str:
        return self.body.text("repository", "full_name")

    def concluded(self, conclusion: str) -> AlertState | None:
        if conclusion not in _CONCLUSIONS:
            self.notices.append(f'the conclusion "{conclusion[:40]}" is unknown and changes nothing')
        return _CONCLUSIONS.get(conclusion)

    def alert(self, key: str, state: AlertState, title: str, at: object, labels: dict[str, str]) -> Alert:
        integration = self.inbound.integration
        return Alert(
            fingerprint=f"{integration}:{key}",
            state=state,
            title=title,
            source=integration,
            at=moment_or(at, self.inbound.received_at, self.notices),
            labels=_said({"repository": self.repository, **labels}),
        )

    def change(
        self,
        key: str,
        title: str,
        at: object,
        state: str,
        who: str,
        links: tuple[tuple[str, str], ...],
        labels: dict[str, str],
    ) -> Read:
        integration = self.inbound.integration
        change = ChangeEvent(
            key=f"{integration}:{self.repository}:{key}",
            title=title,
            source=integration,
            at=moment_or(at, self.inbound.received_at, self.notices),
            state=state,
            who=who or self.body.text("sender", "login"),
            links=tuple((text, url) for text, url in links if url),
            labels=_said({"repository": self.repository, **labels}),
        )
        return Read(changes=(change,))


def _deployment(told: _Told, status: Fields | None = None) -> Read:
    """A deployment and each of its states are one change: the key is the deployment's."""
    made = told.body.at("deployment")
    state = "started" if status is None else _DEPLOYED.get(status.text("state"), (None, ""))[1]
    environment = made.first("environment", "original_environment")
    verb = {"succeeded": "deployed", "failed": "deployment failed:"}.get(state, "deploying")
    return told.change(
        f"deployment:{made.text('id')}",
        f"{verb} {told.repository} {made.text('sha')[:7]} to {environment}",
        made.find("created_at") if status is None else status.find("created_at"),
        state,
        made.text("creator", "login"),
        (("deployment", status.first("environment_url", "target_url", "log_url") if status else ""),),
        {
            "sha": made.text("sha"),
            "ref": made.text("ref"),
            "environment": environment,
            "task": made.text("task"),
        },
    )


def _deployment_status(told: _Told) -> Read:
    status, made = told.body.at("deployment_status"), told.body.at("deployment")
    said = status.text("state")
    if said not in _DEPLOYED:
        told.notices.append(f'the deployment state "{said[:40]}" is unknown and changes nothing')
        return Read(set_aside="informational")
    if said == "inactive":  # another deployment took its place
        return Read(set_aside="informational")
    found = _deployment(told, status)
    state = _DEPLOYED[said][0]
    # Previews of pull requests come and go: what fails there is no trouble of production.
    if state is None or made.find("transient_environment") is True:
        return found
    environment = made.first("environment", "original_environment")
    word = "failed" if state is AlertState.FIRING else "succeeded"
    alert = told.alert(
        f"{told.repository}/deployment/{environment}",
        state,
        f"deployment of {told.repository} to {environment} {word}",
        status.find("created_at"),
        {
            "environment": environment,
            "sha": made.text("sha"),
            "ref": made.text("ref"),
            "state": said,
            "description": status.text("description"),
            "url": status.first("log_url", "target_url"),
        },
    )
    return Read((alert,), found.changes)


def _release(told: _Told) -> Read:
    release = told.body.at("release")
    if told.body.text("action") not in ("published", "released"):
        return Read(set_aside="not_an_alert")
    tag = release.text("tag_name")
    named = release.text("name")
    return told.change(
        f"release:{release.text('id')}",
        f"released {told.repository} {tag}" + (f": {named}" if named not in ("", tag) else ""),
        release.find("published_at"),
        "succeeded",
        release.text("author", "login"),
        (("release", release.text("html_url")),),
        {"tag": tag, "prerelease": release.text("prerelease")},
    )


def _payload(inbound: Inbound) -> Fields:
    if not inbound.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return json_object(inbound.body)
    try:
        # Exactly one field: more is not GitHub's.
        found = parse_qs(inbound.body.decode("ascii"), max_num_fields=8).get("payload", [])
    except ValueError as problem:
        raise Unreadable("not a form") from problem
    if len(found) != 1:
        raise Unreadable("the form has no field payload")
    return json_object(found[0].encode("utf-8", "surrogatepass"))


def _said(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if value}


def _make(what: str, settings: Mapping[str, object]) -> GitHubWebhook:
    keys = Keys(what, settings)
    branches = frozenset(str(each) for each in keys.list_of("branches"))
    keys.done()
    return GitHubWebhook(branches)


FORMAT = Format(KIND, _make, hard_bytes=25 * MEBIBYTE, signed=True)
