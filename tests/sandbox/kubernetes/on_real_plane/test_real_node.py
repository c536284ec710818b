"""What only a real control plane has: leases that it waits for, quotas that it enforces, daemon sets."""

from datetime import timedelta

from tests.conftest import Deadline
from tests.sandbox.kubernetes.conftest import Running

from tocsin.sandbox.kubernetes.objects import Object, listed, mapping, text
from tocsin.sandbox.kubernetes.plane.heartbeat import LEASES
from tocsin.sandbox.kubernetes.replicasets import is_ready

SOON = timedelta(seconds=120)


def test_the_node_is_ready_and_stays_so_by_a_lease_that_is_renewed(
    running: Running, deadline: Deadline
) -> None:
    client = running.simulator.client

    def renewed() -> str:
        return text(client.get(f"{LEASES}/drill-1"), "spec", "renewTime")

    first = deadline(renewed, what="there is a lease", within=SOON)
    deadline(lambda: renewed() > first, what="the lease is renewed", within=SOON)

    def taints() -> list[Object]:
        return listed(client.get("/api/v1/nodes/drill-1"), "spec", "taints")

    deadline(lambda: taints() == [], what="the controllers find the node ready", within=SOON)
    (address,) = listed(client.get("/api/v1/nodes/drill-1"), "status", "addresses")
    assert address == {"type": "InternalIP", "address": "127.0.0.1"}


def test_a_daemon_set_has_its_pod_on_the_node(running: Running, deadline: Deadline) -> None:
    labels: Object = {"app": "everywhere"}
    container: Object = {"name": "c", "image": "test/inside:1"}
    running.simulator.client.create(
        "/apis/apps/v1/namespaces/default/daemonsets",
        {
            "metadata": {"name": "everywhere"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
    )

    def there() -> bool:
        pods = running.pods("app%3Deverywhere")
        return len(pods) == 1 and is_ready(pods[0])

    deadline(there, what="its pod is ready", within=SOON)


def test_a_quota_is_enforced(running: Running, deadline: Deadline) -> None:
    running.kubectl("create", "namespace", "narrow")
    running.kubectl("create", "quota", "none", "--hard=pods=0", "-n", "narrow")
    quotas = "/api/v1/namespaces/narrow/resourcequotas/none"
    deadline(
        lambda: bool(mapping(running.simulator.client.get(quotas), "status", "hard")),
        what="the quota is counted",
        within=SOON,
    )
    refused = running.kubectl("run", "one", "--image=test/inside:1", "-n", "narrow")
    assert "exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0" in refused.stderr
