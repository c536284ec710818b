"""The production checks and the runner of kubectl steps, against a cluster whose pods really run, fail and come back."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.sandbox.kubernetes.conftest import Running

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.kubernetes import KubernetesRunner
from tocsin.connectors.process import LocalRunner
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.probe.registry import Probers
from tocsin.sandbox.kubernetes.objects import Object, text
from tocsin.sandbox.kubernetes.replicasets import is_ready

SOON = timedelta(seconds=120)
WHERE = {"context": "drill", "namespace": "default", "window": "10m"}


@pytest.fixture
def look(running: Running) -> "Look":
    return Look(running)


class Look:
    """A production check of one deployment, as `tocsin serve` makes it."""

    def __init__(self, running: Running) -> None:
        runner = LocalRunner("local", running.environment, Redactor(), SystemClock())

        def run(command: str, timeout: timedelta) -> RunResult:
            return runner.run(RunRequest(command, timeout=timeout))

        self._probers = Probers(SystemClock(), run=run, variables={})

    def __call__(self, deployment: str) -> Sample:
        spec = CheckSpec(
            CheckName(deployment), "kubernetes", {"deployment": deployment, **WHERE}, timeout=SOON
        )
        return self._probers.probe(spec)


def deployment(name: str, image: str, replicas: int) -> Object:
    probe: Object = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1}
    container: Object = {"name": name, "image": image, "readinessProbe": probe}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }


def test_a_check_sees_up_a_stuck_rollout_a_crash_loop_and_nothing_left(
    running: Running, look: Look, deadline: Deadline
) -> None:
    running.simulator.client.create(
        "/apis/apps/v1/namespaces/default/deployments", deployment("web", "test/shop:1", 2)
    )
    deadline(lambda: look("web").verdict is Verdict.UP, what="it is up", within=SOON)
    running.kubectl("set", "image", "deployment/web", "web=test/shop:2-BAD")
    stuck = deadline(
        lambda: (sample := look("web")).facts.get("error") == "rollout" and "ProgressDeadline" in sample.message and sample,
        what="the rollout is seen to be stuck", within=SOON,
    )  # fmt: skip
    assert stuck.verdict is Verdict.DEGRADED  # type: ignore[union-attr]
    running.kubectl("rollout", "undo", "deployment/web")
    deadline(lambda: look("web").verdict is Verdict.UP, what="it is up again", within=SOON)
    running.kubectl("set", "image", "deployment/web", "web=test/crashes:1")
    deadline(lambda: "CrashLoopBackOff" in look("web").message, what="the crash loop is seen", within=SOON)
    running.kubectl("scale", "deployment/web", "--replicas=0")
    deadline(lambda: look("web").verdict is Verdict.DOWN, what="nothing available is down", within=SOON)
    running.kubectl("delete", "deployment", "web")
    gone = look("web")
    assert (gone.verdict, gone.facts["error"]) == (Verdict.DOWN, "missing")


def test_a_step_runs_in_the_one_context_and_the_cluster_says_who_it_is(
    running: Running, tmp_path: Path
) -> None:
    runner = KubernetesRunner(
        "kubernetes:drill", "drill", running.environment, tmp_path, Redactor(), SystemClock()
    )
    uid = text(running.simulator.client.get("/api/v1/namespaces/kube-system"), "metadata", "uid")
    assert runner.identity() == f"cluster {uid} at https://127.0.0.1:{running.simulator.plan.port}"
    ran = runner.run(RunRequest("kubectl create namespace made-by-a-step", timeout=SOON))
    assert (ran.exit_status, ran.stdout) == (0, "namespace/made-by-a-step created\n")


def test_a_step_inside_a_pod_has_the_pods_environment_and_its_exit_status(
    running: Running, deadline: Deadline, tmp_path: Path
) -> None:
    client = running.simulator.client
    container: Object = {
        "name": "main",
        "image": "test/inside:1",
        "env": [{"name": "QUEUE", "value": "payouts"}],
    }
    client.create(
        "/api/v1/namespaces/default/pods",
        {"metadata": {"name": "worker-0"}, "spec": {"containers": [container]}},
    )
    deadline(
        lambda: is_ready(client.get("/api/v1/namespaces/default/pods/worker-0")), what="it runs", within=SOON
    )
    runner = KubernetesRunner(
        "kubernetes:drill",
        "drill",
        running.environment,
        tmp_path,
        Redactor(),
        SystemClock(),
        pod="default/worker-0",
    )
    ran = runner.run(RunRequest('echo "$QUEUE $WHO"; exit 5', timeout=SOON, environment=(("WHO", "ana"),)))
    assert (ran.exit_status, ran.stdout) == (5, "payouts ana\n")


def test_an_account_that_only_looks_is_refused_every_change(running: Running, tmp_path: Path) -> None:
    environment = {**running.environment, "KUBECONFIG": str(running.simulator.account("looker"))}
    runner = KubernetesRunner("kubernetes:drill", "drill", environment, tmp_path, Redactor(), SystemClock())
    assert runner.identity().startswith("cluster ")
    assert runner.run(RunRequest("kubectl get pods --all-namespaces", timeout=SOON)).exit_status == 0
    for text_ in (
        "kubectl delete namespace default",
        "kubectl get secrets -n default",
        "kubectl create namespace x",
    ):
        ran = runner.run(RunRequest(text_, timeout=SOON))
        assert ran.exit_status == 1
        assert 'is forbidden: User "system:serviceaccount:default:looker" cannot' in ran.stderr
