"""What stands between a step and its running. A line meant for another place never runs on this machine."""

from datetime import UTC, date, datetime

import pytest

from tocsin.incident.situation import Situation
from tocsin.incident.targets import Targets
from tocsin.kit.ids import IncidentId
from tocsin.response import permit
from tocsin.runbook.book import Runbook, Step
from tocsin.runbook.compile import compile
from tocsin.runbook.lint.run import with_lint

EVERYTHING = Targets(
    "local",
    frozenset({"web-1"}),
    frozenset({"kubernetes", "aws"}),
    "DATABASE_URL",
    frozenset({"DATABASE_URL"}),
)
NOTHING = Targets()


def book(fence: str, language: str = "bash", label: str = "Investigation") -> Runbook:
    text = (
        f"# Shop\n\n### 1. Shop Down\n**Symptoms**: 502 errors\n\n**{label}**:\n```{language}\n{fence}\n```\n"
    )
    return with_lint(compile(text, "r.md"), today=date(2025, 10, 7), source=text)


def steps(found: Runbook) -> tuple[Step, ...]:
    return found.incidents()[0].steps()


def reasons(
    fence: str, targets: Targets = EVERYTHING, language: str = "bash", label: str = "Investigation"
) -> list[tuple[str, ...]]:
    found = book(fence, language, label)
    situation = Situation(datetime(2025, 10, 7, tzinfo=UTC), IncidentId("INC-1"), found, targets=targets)
    return [permit.obstacles(step, situation) for step in steps(found)]


def test_what_looks_here_has_nothing_in_its_way() -> None:
    assert reasons("uptime", NOTHING) == [()]


@pytest.mark.parametrize(
    "opener",
    [
        "kubectl exec -it api-0 -n shop -- sh",
        "docker exec -it api bash",
        "ssh db-7",
        "sudo su - postgres",
        "rails console",
        "oc rsh api-0",
        "kubectl config use-context prod",
    ],
)
def test_a_line_meant_for_inside_somewhere_never_runs_on_this_machine(opener: str) -> None:
    """Even where clusters and accounts are bound: being inside is another place."""
    found = book(f"{opener}\ndf -h\nuptime")
    situation = Situation(datetime(2025, 10, 7, tzinfo=UTC), IncidentId("INC-1"), found, targets=EVERYTHING)
    for step in steps(found):
        inside = any("df -h" in action.text or "uptime" in action.text for action in step.actions)
        if inside:
            assert permit.obstacles(step, situation), f"{step.actions} would run here"


def test_a_bound_host_is_reached_and_another_is_not() -> None:
    assert reasons("ssh web-1\nuptime") == [()]
    assert "does not bind that host" in reasons("ssh web-2\nuptime")[0][0]
    assert "does not bind that host" in reasons("ssh web-2 uptime")[0][0]


def test_sql_goes_to_the_bound_database_or_nowhere() -> None:
    assert reasons("SELECT count(*) FROM pg_stat_activity;", language="sql") == [()]
    assert "for which database" in reasons("SELECT count(*) FROM pg_stat_activity;", NOTHING, "sql")[0][0]


def test_a_tool_of_a_cluster_needs_a_bound_cluster() -> None:
    assert "binds none (targets.kubernetes)" in reasons("kubectl get pods -n shop", NOTHING)[0][0]


def test_a_manifest_is_carried_out_by_nobody_yet() -> None:
    found = reasons(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: shop\ndata:\n  a: b",
        language="yaml",
        label="Resolution",
    )
    assert any("nothing carries out" in reason for each in found for reason in each)


def test_an_open_hole_is_named() -> None:
    found = reasons("journalctl -u <unit> -n 50")
    assert any("<unit> is still open" in reason for reason in found[0])


def test_a_variable_nobody_bound_is_an_open_hole() -> None:
    found = reasons('psql "$DATABASE_URL" -c "SELECT 1"', NOTHING)
    assert any("DATABASE_URL" in reason for reason in found[0])
    assert reasons('psql "$DATABASE_URL" -c "SELECT 1"') == [()]


def test_a_value_computed_by_an_earlier_line_is_not_guessed() -> None:
    found = reasons("POD=$(kubectl get pods -n shop -o name | head -1)\nkubectl logs $POD -n shop --tail=50")
    assert any(each for each in found), found


def test_a_directory_that_must_be_expanded_is_not_guessed() -> None:
    assert any(
        "cannot be told beforehand" in reason or "open" in reason
        for each in reasons("cd $HOME/app\ngit log -3")
        for reason in each
    )
