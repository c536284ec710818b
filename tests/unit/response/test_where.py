"""The one place a statement leads to, with hosts by SSH, a cluster and pods; and holes that are filled for it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tocsin.incident.incident import Incident
from tocsin.incident.situation import Identity, Situation
from tocsin.incident.targets import Targets
from tocsin.kit.ids import IncidentId
from tocsin.response import parameters, permit
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile
from tocsin.runbook.fill import Reference, fill
from tocsin.runbook.lint.run import with_lint

REACH = Targets(
    "local", frozenset({"here"}), frozenset({"kubernetes"}), "DATABASE_URL", frozenset({"DATABASE_URL"}),
    remote={"web-1": frozenset({"REGION"})}, users={"web-1": "deploy"}, context="prod",
)  # fmt: skip


def book(fence: str) -> Runbook:
    text = (
        f"# Shop\n\n### 1. Shop Down\n**Symptoms**: 502 errors\n\n**Investigation**:\n```bash\n{fence}\n```\n"
    )
    return with_lint(compile(text, "r.md"), today=date(2025, 10, 7), source=text)


def places(fence: str) -> list[tuple[str, str]]:
    """(text, target) of each statement."""
    return [
        (text.text, text.target)
        for step in book(fence).incidents()[0].steps()
        for text in permit.texts(step, REACH)
    ]


def reasons(fence: str, identities: dict[str, Identity] | None = None) -> list[str]:
    found = book(fence)
    situation = Situation(
        datetime(2025, 10, 7, tzinfo=UTC),
        IncidentId("INC-1"),
        found,
        targets=REACH,
        identities=identities or {},
    )
    return [reason for step in found.incidents()[0].steps() for reason in permit.obstacles(step, situation)]


def test_a_session_on_another_host_and_an_inline_command_lead_there() -> None:
    assert places("ssh web-1\nuptime") == [("uptime", "web-1")]
    assert places("ssh deploy@web-1 'df -h'") == [("df -h", "web-1")]
    assert places("ssh -t web-1 uptime") == [("uptime", "web-1")]
    assert reasons("ssh web-1\nuptime") == reasons("ssh deploy@web-1 'df -h'") == []


@pytest.mark.parametrize(
    "fence",
    [
        "ssh -o ProxyCommand=/tmp/x web-1 uptime",
        "ssh -J bastion web-1 uptime",
        'ssh web-1 "ls $DIR"',
        "ssh web-1 uptime | sort",
        "ssh root@web-1 uptime",
        "ssh web-2 uptime",
        "ssh -p 2222 web-1 uptime",
    ],
)
def test_an_inline_ssh_that_is_more_than_that_does_not_run(fence: str) -> None:
    assert reasons(fence), fence


def test_another_user_than_the_bound_one_is_refused() -> None:
    assert "tocsin.toml as deploy" in reasons("ssh root@web-1\nuptime")[0]


def test_a_database_opened_on_another_host_is_not_opened_here() -> None:
    assert any(
        "bind the database itself" in reason for reason in reasons("ssh web-1\npsql $DATABASE_URL\nSELECT 1;")
    )


def test_a_variable_counts_where_the_line_runs() -> None:
    assert reasons("ssh web-1\necho $REGION") == []
    assert any("DATABASE_URL" in reason for reason in reasons("ssh web-1\necho $DATABASE_URL"))


def test_kubectl_goes_to_the_bound_context_and_lines_of_a_pod_into_it() -> None:
    assert places("kubectl get pods -n shop") == [("kubectl get pods -n shop", "kubernetes:prod")]
    assert places("kubectl exec -it api-0 -n shop -- sh\ndf -h")[-1] == (
        "df -h",
        "kubernetes:prod pod shop/api-0",
    )
    assert reasons("kubectl exec -it api-0 -n shop -- sh\ndf -h") == []


@pytest.mark.parametrize(
    "line",
    [
        "kubectl --context staging -n shop scale deploy/api --replicas=2",
        "kubectl -n shop get pods --context=staging",
        "helm --kube-context staging -n shop rollback api 2",
        "kubectl --kubeconfig /etc/kube/other get nodes",
        "sudo kubectl --server https://10.0.0.9:6443 delete pod api-0",
        "kubectl -s https://10.0.0.9:6443 delete pod api-0",
        "KUBECONFIG=/etc/kube/other kubectl delete pod api-0",
    ],
)
def test_a_line_that_names_another_cluster_does_not_run(line: str) -> None:
    assert any("tocsin.toml binds the context prod" in reason for reason in reasons(line))


@pytest.mark.parametrize(
    "line",
    [
        "kubectl --context prod -n shop get pods",
        "docker --context staging ps",
        "kubectl -n shop get pods",
        "curl -s https://shop.example",
    ],
)
def test_the_bound_cluster_may_be_named(line: str) -> None:
    assert not any("binds the context" in reason for reason in reasons(line))


def test_a_change_of_somebody_else_than_the_pinned_one_is_not_even_asked_for() -> None:
    other = {"web-1": Identity("host a", "host b")}
    assert any(
        "it has to be host a" in reason for reason in reasons("ssh web-1\nsystemctl restart shop", other)
    )
    assert reasons("ssh web-1\nuptime", other) == [], "looking is no change"
    assert reasons("ssh web-1\nsystemctl restart shop", {"web-1": Identity("host a", "host a")}) == []


def test_a_secret_stands_in_the_text_as_a_variable_only() -> None:
    (step,) = book('curl -fsS -H "X-Key: <api_key>" https://x.example.org/v1').incidents()[0].steps()
    (hole,) = step.placeholders
    done = fill(
        replace(step, placeholders=(replace(hole, type="secret"),)), {hole.name: Reference("shop key")}
    )
    assert done.reasons == ()
    assert "${TOCSIN_SECRET_SHOP_KEY}" in done.texts[0]


def test_a_secret_where_no_shell_would_expand_it_is_refused() -> None:
    (step,) = book("curl -fsS -H 'X-Key: <api_key>' https://x.example.org/v1").incidents()[0].steps()
    (hole,) = step.placeholders
    assert fill(step, {hole.name: Reference("shop key")}).reasons


def test_nothing_is_filled_for_an_incident_that_says_nothing() -> None:
    (step,) = book("journalctl -u <unit> -n 50").incidents()[0].steps()
    found = book("journalctl -u <unit> -n 50")
    situation = Situation(datetime(2025, 10, 7, tzinfo=UTC), IncidentId("INC-1"), found, targets=REACH)
    assert parameters.filled(step, Incident(IncidentId("INC-1")), situation) == step
