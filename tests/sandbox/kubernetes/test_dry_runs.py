"""The dry runs of kubectl at a cluster: the server answers, and no object is another afterwards."""

import shlex
from pathlib import Path

import pytest
from tests.sandbox.kubernetes.conftest import Running

from tocsin.effects.dry import answered, dry_run
from tocsin.effects.finding import Outcome

# Not every version of kubectl says "(server dry run)" behind everything.
CHANGES = {
    "kubectl scale deployment/tried --replicas=3": "deployment.apps/tried scaled",
    "kubectl set image deployment/tried tried=registry.local/other:2": "deployment.apps/tried image updated (server dry run)",
    "kubectl set env deployment/tried MODE=safe": "deployment.apps/tried env updated (server dry run)",
    "kubectl label deployment tried tier=front": "deployment.apps/tried labeled",
    'kubectl patch deployment tried -p \'{"spec":{"replicas":5}}\'': "deployment.apps/tried patched",
    "kubectl delete deployment tried": "(server dry run)",
    "kubectl create deployment banner --image=registry.local/banner:1": "deployment.apps/banner created (server dry run)",
}


def spec(running: Running) -> str:
    return running.kubectl("get", "deployment", "tried", "-o", "jsonpath={.spec}{.metadata.labels}").stdout


@pytest.fixture(scope="module")
def deployed(running: Running) -> Running:
    made = running.kubectl("create", "deployment", "tried", "--image=registry.local/tried:1")
    assert made.returncode == 0, made.stderr
    return running


@pytest.mark.parametrize("change", CHANGES)
def test_the_server_says_what_it_would_do_and_does_not(deployed: Running, change: str) -> None:
    before = spec(deployed)
    assert before
    form = dry_run(change).text
    assert form is not None
    ended = deployed.kubectl(*shlex.split(form)[1:])
    assert CHANGES[change] in ended.stdout, ended.stderr
    assert answered(form, ended.returncode, ended.stderr).outcome is Outcome.DONE
    assert spec(deployed) == before
    assert "banner" not in deployed.kubectl("get", "deployments", "-o", "name").stdout


def test_what_an_apply_would_change_is_shown_line_by_line(deployed: Running, tmp_path: Path) -> None:
    written = deployed.kubectl("get", "deployment", "tried", "-o", "json").stdout
    file = tmp_path / "tried.json"
    file.write_text(written.replace("registry.local/tried:1", "registry.local/tried:2"))
    before = spec(deployed)
    form = dry_run(f"kubectl apply -f {file}").text
    assert form == f"kubectl diff -f {file}"
    ended = deployed.kubectl(*shlex.split(form)[1:])
    assert "+      - image: registry.local/tried:2" in ended.stdout, ended.stderr
    assert (
        answered(form, ended.returncode, ended.stderr).sentence
        == "It answered what would differ; nothing was changed."
    )
    assert spec(deployed) == before
