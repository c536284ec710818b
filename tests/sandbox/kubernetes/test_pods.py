"""A pod is a process: its environment, its readiness, its restarts, its logs and its end are real."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.sandbox.conftest import find_residue
from tests.sandbox.kubernetes.conftest import Running

from tocsin.sandbox import processes
from tocsin.sandbox.kubernetes.objects import Object, listed, mapping, name_of, number, text
from tocsin.sandbox.kubernetes.proxies import reachable
from tocsin.sandbox.kubernetes.replicasets import is_ready
from tocsin.sandbox.kubernetes.tables import pod_state

SOON = timedelta(seconds=120)
PODS = "/api/v1/namespaces/default/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def pod(name: str, image: str, **spec: object) -> Object:
    """A pod of one container; `spec` goes into the pod's spec, `container` into its container."""
    container: Object = {"name": "main", "image": image}
    extra = spec.pop("container", {})
    assert isinstance(extra, dict)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [{**container, **extra}], **spec},  # type: ignore[dict-item]
    }


def deployment(name: str, image: str, replicas: int = 1, **container: object) -> Object:
    template = pod(name, image, container=dict(container))
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": mapping(template, "spec")},
        },
    }


def wait_state(running: Running, deadline: Deadline, name: str, state: str) -> Object:
    """The pod once kubectl shows this word for it."""

    def seen() -> Object | None:
        one = running.simulator.client.get(f"{PODS}/{name}")
        return one if pod_state(one) == state else None

    return deadline(seen, what=f"{name} is {state}", within=SOON)  # type: ignore[return-value]


def log(running: Running, name: str, query: str = "") -> str:
    reply = running.simulator.client.ask("GET", f"{PODS}/{name}/log?{query}")
    return reply.raw.decode() if reply.code == 200 else ""  # not started yet


def ready(running: Running, deadline: Deadline, app: str, count: int) -> list[Object]:
    """The pods of an app once exactly so many are there, all ready."""

    def seen() -> list[Object] | None:
        pods = running.pods(f"app%3D{app}")
        return pods if len(pods) == count and all(map(is_ready, pods)) else None

    return deadline(seen, what=f"{count} pods of {app} are ready", within=SOON)  # type: ignore[return-value]


def get(ip: str, port: int, path: str = "/") -> tuple[int, dict[str, object]]:
    """Status and answer of one of our own small services."""
    connection = http.client.HTTPConnection(ip, port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_a_variable_set_by_kubectl_changes_what_a_client_is_answered(
    running: Running, deadline: Deadline
) -> None:
    client = running.simulator.client
    client.create(DEPLOYMENTS, deployment("payments-svc", "test/shop:1", replicas=2))
    service = client.create(
        "/api/v1/namespaces/default/services",
        {
            "metadata": {"name": "payments-svc"},
            "spec": {"selector": {"app": "payments-svc"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    )
    ip, port = text(service, "spec", "clusterIP"), reachable(80)
    ready(running, deadline, "payments-svc", 2)

    def answered() -> int | None:
        try:
            return get(ip, port, "/api/payments")[0]
        except (OSError, http.client.HTTPException):
            return None

    deadline(lambda: answered() == 200, what="payments are taken", within=SOON)
    assert len({text(one, "status", "podIP") for one in running.pods("app%3Dpayments-svc")}) == 2
    done = running.kubectl("set", "env", "deployment/payments-svc", "PAYMENTS_ENABLED=false")
    assert done.stdout == "deployment.apps/payments-svc env updated\n", done.stderr
    rolled = running.kubectl("rollout", "status", "deployment/payments-svc", "--timeout=500s")
    assert "successfully rolled out" in rolled.stdout, rolled.stderr
    deadline(lambda: answered() == 503, what="payments are refused", within=SOON)
    running.kubectl("scale", "deployment/payments-svc", "--replicas=0")
    deadline(lambda: answered() is None, what="without a ready pod nobody listens", within=SOON)


def test_a_secret_is_read_when_a_pod_starts_and_never_again(running: Running, deadline: Deadline) -> None:
    client = running.simulator.client
    secrets = "/api/v1/namespaces/default/secrets"
    client.create(secrets, {"metadata": {"name": "keys"}, "stringData": {"KEY": "old"}})
    client.create(
        "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "plain"}, "data": {"MODE": "quiet"}}
    )
    client.create(
        DEPLOYMENTS,
        deployment(
            "env", "test/env:1",
            envFrom=[{"secretRef": {"name": "keys"}}, {"prefix": "C_", "configMapRef": {"name": "plain"}}],
            env=[
                {"name": "ONE", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "KEY"}}},
                {"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "BOTH", "value": "$(ONE)-$(C_MODE)-$$(ONE)"},
                {"name": "MAYBE", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "x", "optional": True}}},
            ],
        ),
    )  # fmt: skip
    (first,) = ready(running, deadline, "env", 1)

    def said(name: str, wanted: str) -> bool:
        return wanted in log(running, name).splitlines()

    name = name_of(first)
    for line in (
        "KEY=old",
        "C_MODE=quiet",
        "ONE=old",
        f"WHO={name}",
        "BOTH=old-quiet-$(ONE)",
        f"HOSTNAME={name}",
    ):
        deadline(lambda line=line: said(name, line), what=line, within=SOON)
    assert "MAYBE" not in log(running, name)
    client.merge(f"{secrets}/keys", {"stringData": {"KEY": "new"}})
    assert name_of(ready(running, deadline, "env", 1)[0]) == name
    running.kubectl("rollout", "restart", "deployment/env")

    def replaced() -> bool:
        pods = running.pods("app%3Denv")
        return len(pods) == 1 and name_of(pods[0]) != name and said(name_of(pods[0]), "KEY=new")

    deadline(replaced, what="a new pod has the new key", within=SOON)


def test_a_missing_secret_keeps_a_pod_from_starting_until_it_is_there(
    running: Running, deadline: Deadline
) -> None:
    client = running.simulator.client
    client.create(PODS, pod("waits", "test/env:1", container={"envFrom": [{"secretRef": {"name": "late"}}]}))
    one = wait_state(running, deadline, "waits", "CreateContainerConfigError")
    assert listed(one, "status", "containerStatuses")[0]["state"] == {
        "waiting": {"reason": "CreateContainerConfigError", "message": 'secret "late" not found'}
    }
    client.create(
        "/api/v1/namespaces/default/secrets", {"metadata": {"name": "late"}, "stringData": {"A": "1"}}
    )
    wait_state(running, deadline, "waits", "Running")


def test_a_crashing_program_backs_off_and_its_last_words_are_kept(
    running: Running, deadline: Deadline
) -> None:
    running.simulator.client.create(PODS, pod("crash", "test/crashes:1"))

    def looping() -> bool:
        one = running.simulator.client.get(f"{PODS}/crash")
        state = listed(one, "status", "containerStatuses")[:1]
        return bool(state) and number(state[0], "restartCount") >= 2 and pod_state(one) == "CrashLoopBackOff"

    deadline(looping, what="it is in a crash loop", within=SOON)
    assert log(running, "crash", "previous=true") == "dying\n"
    status = listed(running.simulator.client.get(f"{PODS}/crash"), "status", "containerStatuses")[0]
    assert number(status, "lastState", "terminated", "exitCode") == 3

    def told() -> bool:
        where = "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dcrash"
        return {"Started", "BackOff"} <= {
            text(one, "reason") for one in running.simulator.client.items(where)
        }

    deadline(told, what="events say so", within=SOON)


def test_an_image_that_nobody_knows_cannot_be_pulled(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(PODS, pod("pull", "nowhere/app:1"))
    wait_state(running, deadline, "pull", "ImagePullBackOff")


def test_a_command_in_a_manifest_is_not_run_on_this_machine(
    running: Running, deadline: Deadline, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    running.simulator.client.create(
        PODS, pod("command", "test/env:1", container={"command": ["/bin/touch", str(mark)]})
    )
    wait_state(running, deadline, "command", "CreateContainerError")
    assert not mark.exists()


def test_a_release_that_answers_wrongly_never_replaces_the_one_that_works(
    running: Running, deadline: Deadline
) -> None:
    probe = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1}
    running.simulator.client.create(
        DEPLOYMENTS, deployment("careful", "test/shop:1", 2, readinessProbe=probe)
    )
    good = {name_of(one) for one in ready(running, deadline, "careful", 2)}
    running.kubectl("set", "image", "deployment/careful", "main=test/shop:2-BAD")

    def fresh() -> list[str]:
        names = {
            name_of(one)
            for one in running.pods("app%3Dcareful")
            if text(one, "status", "phase") == "Running" and not is_ready(one)
        }
        return sorted(names - good)  # a busy machine may fail the probe of an old one, too

    deadline(fresh, what="a new pod runs and is not ready", within=SOON)

    def told() -> bool:
        return any(
            text(one, "reason") == "Unhealthy"
            for name in fresh()
            for one in running.simulator.client.items(
                f"/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D{name}"
            )
        )

    deadline(told, what="its probe has failed", within=SOON)

    def as_before() -> bool:
        return {name_of(one) for one in running.pods("app%3Dcareful") if is_ready(one)} == good

    deadline(as_before, what="those that work are the two from before", within=SOON)
    running.kubectl("rollout", "undo", "deployment/careful")
    ready(running, deadline, "careful", 2)


def test_a_deaf_program_is_killed_after_the_grace_period(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(PODS, pod("deaf", "test/stubborn:1", terminationGracePeriodSeconds=30))
    wait_state(running, deadline, "deaf", "Running")
    deadline(lambda: log(running, "deaf") == "deaf\n", what="it has set its trap", within=SOON)
    running.kubectl("delete", "pod", "deaf", "--wait=false")
    # The simulator's own limit of two seconds holds, whatever the pod wants. Until then the pod is still there.
    deadline(
        lambda: running.simulator.client.ask("GET", f"{PODS}/deaf").code == 404,
        what="it was killed",
        within=SOON,
    )


def test_what_a_container_started_ends_with_it(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(PODS, pod("family", "test/family:1"))
    said = deadline(lambda: log(running, "family"), what="it has told its child", within=SOON)
    child = int(said.split()[1])
    assert processes.look(child) is not None
    running.kubectl("delete", "pod", "family")

    def gone() -> bool:
        seen = processes.look(child)
        return seen is None or seen.zombie

    deadline(gone, what="the child is gone", within=SOON)


def test_a_job_runs_to_its_end_and_a_failing_one_stops_trying(running: Running, deadline: Deadline) -> None:
    client = running.simulator.client
    jobs = "/apis/batch/v1/namespaces/default/jobs"
    for name, image, limit in (("good", "test/done:1", 6), ("bad", "test/crashes:1", 1)):
        spec = {**mapping(pod(name, image), "spec"), "restartPolicy": "Never"}
        client.create(
            jobs, {"metadata": {"name": name}, "spec": {"backoffLimit": limit, "template": {"spec": spec}}}
        )

    def conditions(name: str) -> set[str]:
        return {text(one, "type") for one in listed(client.get(f"{jobs}/{name}"), "status", "conditions")}

    deadline(lambda: conditions("good") == {"Complete"}, what="the job is complete", within=SOON)
    deadline(lambda: conditions("bad") == {"Failed"}, what="the other one has failed", within=SOON)
    assert running.kubectl("logs", "job/good").stdout == "finished\n"
    assert len(running.pods("job-name%3Dbad")) == 2


def test_a_stateful_set_keeps_names_and_order(running: Running, deadline: Deadline) -> None:
    one = deployment("db", "test/shop:1", 3)
    one["kind"] = "StatefulSet"
    running.simulator.client.create("/apis/apps/v1/namespaces/default/statefulsets", one)
    ready(running, deadline, "db", 3)
    pods = running.pods("app%3Ddb")
    assert [name_of(each) for each in pods] == ["db-0", "db-1", "db-2"]
    running.kubectl("set", "env", "statefulset/db", "A=B")
    rolled = running.kubectl("rollout", "status", "statefulset/db", "--timeout=500s")
    assert rolled.returncode == 0, rolled.stderr
    assert {name_of(each) for each in running.pods("app%3Ddb")} == {"db-0", "db-1", "db-2"}
    undone = running.kubectl("rollout", "undo", "statefulset/db")
    assert undone.stdout == "statefulset.apps/db rolled back\n", undone.stderr
    template = mapping(
        running.simulator.client.get("/apis/apps/v1/namespaces/default/statefulsets/db"), "spec", "template"
    )
    assert "env" not in listed(template, "spec", "containers")[0]
    running.kubectl("rollout", "status", "statefulset/db", "--timeout=500s")
    running.kubectl("scale", "statefulset/db", "--replicas=1")
    deadline(
        lambda: [name_of(each) for each in running.pods("app%3Ddb")] == ["db-0"],
        what="one is left",
        within=SOON,
    )


def test_logs_are_bounded_stamped_and_followed(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(PODS, pod("talks", "registry.local/talks:1"))
    deadline(lambda: log(running, "talks").count("\n") == 100, what="it has said everything", within=SOON)
    assert log(running, "talks", "tailLines=2") == "line 99 INFO ok\nline 100 ERROR payment declined\n"
    assert log(running, "talks", "sinceSeconds=3600").count("ERROR") == 4
    assert log(running, "talks", "tailLines=1&timestamps=true").split()[0].endswith("Z")
    command = (running.kubectl_program, "logs", "talks", "-f", "--tail=1")
    with subprocess.Popen(command, env=running.environment, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "line 100 ERROR payment declined\n"
        assert following.poll() is None  # it waits for more, until the pod ends
        running.kubectl("delete", "pod", "talks")
        assert following.stdout.read() == ""


@pytest.mark.parametrize("killed", ["watcher", "cluster", "both"])
def test_no_pod_outlives_its_cluster_whatever_is_killed(
    starting: Callable[[], Running], deadline: Deadline, killed: str
) -> None:
    running = starting()
    running.simulator.client.create(DEPLOYMENTS, deployment("web", "test/family:1", 2))
    ready(running, deadline, "web", 2)
    watcher = running.simulator.pid
    assert watcher is not None
    (cluster,) = [one.identity.pid for one in processes.everything() if one.parent == watcher]
    below = deadline(lambda: _family(cluster, 5), what="both pods have their child", within=SOON)
    for pid in {"watcher": (watcher,), "cluster": (cluster,), "both": (watcher, cluster)}[killed]:
        os.kill(pid, signal.SIGKILL)
    if killed == "both":
        # Nobody is left who could have noticed: this is what the room's manifest is for.
        running.scratch.end()
    deadline(lambda: not any(map(processes.alive, below)), what="everything has ended", within=SOON)
    running.scratch.end()
    assert find_residue(running.scratch.path, (running.simulator.plan.port,)) == []


def _family(pid: int, members: int) -> frozenset[processes.Identity]:
    """A process and all below it, once there are so many."""
    found = processes.with_descendants([_identity(pid)], processes.everything())
    return found if len(found) >= members else frozenset()


def _identity(pid: int) -> processes.Identity:
    seen = processes.look(pid)
    assert seen is not None
    return seen.identity


def test_a_stopped_cluster_leaves_nothing(starting: Callable[[], Running], deadline: Deadline) -> None:
    running = starting()
    running.simulator.client.create(DEPLOYMENTS, deployment("web", "test/stubborn:1", 2))
    ready(running, deadline, "web", 2)
    running.simulator.stop()
    running.scratch.end()
    assert find_residue(running.scratch.path, (running.simulator.plan.port,)) == []


def test_without_its_token_the_api_answers_nobody(running: Running) -> None:
    client = running.simulator.client
    stranger = type(client)(client.port, client.authority, client.name, "wrong")
    assert stranger.ask("GET", "/api/v1/secrets").code == 401
    assert (running.simulator.kubeconfig.stat().st_mode & 0o777) == 0o600


def test_a_simulated_pod_has_an_address_of_loopback(running: Running, deadline: Deadline) -> None:
    running.simulator.client.create(DEPLOYMENTS, deployment("addressed", "test/shop:1", replicas=1))
    (pod,) = ready(running, deadline, "addressed", 1)
    assert text(pod, "status", "podIP").startswith("127.")


def test_two_clusters_do_not_share_addresses(starting: Callable[[], Running], deadline: Deadline) -> None:
    networks = set()
    for _ in range(2):
        one = starting()
        service = one.simulator.client.get("/api/v1/namespaces/default/services/kubernetes")
        networks.add(text(service, "spec", "clusterIP").rsplit(".", 2)[0])
    assert len(networks) == 2
