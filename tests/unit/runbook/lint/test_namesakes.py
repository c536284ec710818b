"""One thing in two namespaces, and a cluster left for another, are told unless the text means both."""

from datetime import date

import pytest

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.facts import view
from tocsin.runbook.lint.namesakes import RULES


def found(*commands: str, heading: str = "Pictures come slowly") -> list[str]:
    fence = "\n".join(commands)
    facts = view(
        compile_runbook(f"# Pictures\n\n## {heading}\n\n```bash\n{fence}\n```\n"), date(2026, 11, 22)
    )
    return [each.message for rule in RULES for each in rule(facts)]


@pytest.mark.parametrize(
    "commands",
    [
        ("helm -n img rollback resizer 2", "helm -n image status resizer"),
        ("kubectl -n img scale deploy/resizer --replicas=0", "kubectl -n pictures scale deploy/resizer --replicas=2"),
        ("kubectl get deploy resizer -n img", "kubectl rollout undo deployment/resizer -n pictures"),
        ("kubectl config use-context prod-eu", "kubectl --context dev-1 -n img rollout restart deploy/resizer"),
        ("kubectx prod-eu", "helm --kube-context dev-1 -n img rollback resizer 2"),
    ],
)  # fmt: skip
def test_a_thing_looked_for_where_it_is_not_is_told_once(commands: tuple[str, ...]) -> None:
    assert len(found(*commands)) == 1


@pytest.mark.parametrize(
    "commands",
    [
        ("helm -n img rollback resizer 2", "helm -n img status resizer"),
        # the same done in both, another thing, another cluster that is named each time, a place to be filled in
        ("kubectl -n img rollout restart deploy/resizer", "kubectl -n pictures rollout restart deploy/resizer"),
        ("kubectl -n img scale deploy/resizer --replicas=0", "kubectl -n ingress scale deploy/nginx --replicas=2"),
        ("kubectl -n img get deploy resizer", "kubectl -n $NAMESPACE rollout restart deploy/resizer"),
        ("kubectl --context prod-eu get pods", "kubectl --context dev-1 get pods"),
        ("kubectl config use-context prod-eu", "kubectl config use-context dev-1", "kubectl --context dev-1 get pods"),
    ],
)  # fmt: skip
def test_what_may_well_be_meant_is_not(commands: tuple[str, ...]) -> None:
    assert found(*commands) == []


def test_places_that_the_text_names_are_meant() -> None:
    commands = ("kubectl -n img get deploy resizer", "kubectl -n pictures scale deploy/resizer --replicas=3")
    assert found(*commands, heading="Move the resizer from img to pictures") == []
    chosen = ("kubectl config use-context prod-eu", "kubectl --context dev-1 get pods")
    assert found(*chosen, heading="Compare with dev-1") == []
