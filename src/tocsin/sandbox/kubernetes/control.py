"""The controllers' loop: after every change each of them looks at everything, until nothing changes any more.

A drill's cluster has tens of objects, so looking at all of them is cheaper than remembering what to look at.
"""

from collections.abc import Callable, Sequence

from tocsin.sandbox.kubernetes import deployments, endpoints, garbage, jobs, replicasets, statefulsets
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import (
    DEPLOYMENTS,
    JOBS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICASETS,
    SERVICES,
    STATEFULSETS,
    Kind,
)
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    copy,
    ending,
    mapping,
    name_of,
    namespace_of,
    text,
)
from tocsin.sandbox.kubernetes.turns import Turns

_LOOK_ANYWAY = 0.5  # seconds; deadlines and pauses pass without a change
_ROUNDS = 50
_EACH: Sequence[tuple[Kind, Callable[[Cluster, Object], None]]] = (
    (DEPLOYMENTS, deployments.reconcile),
    (REPLICASETS, replicasets.reconcile),
    (STATEFULSETS, statefulsets.reconcile),
    (JOBS, jobs.reconcile),
    (SERVICES, endpoints.reconcile),
)


class Control:
    """Runs every controller in a thread of its own.

    Args:
        told: called with the text of what went wrong in a controller.
    """

    def __init__(self, cluster: Cluster, told: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._told = told
        self._turns = Turns("control", self.settle, _LOOK_ANYWAY)
        cluster.storage.tell(self._turns.tell)

    def start(self) -> None:
        """Begin."""
        self._turns.start()

    def stop(self) -> None:
        """End; returns when no controller writes any more."""
        self._turns.stop()

    def settle(self) -> None:
        """Let every controller do what it can do now."""
        for _ in range(_ROUNDS):
            before = self._cluster.storage.revision
            for kind, reconcile in _EACH:
                for one in self._cluster.storage.all(kind):
                    self._one(kind, one, reconcile)
            with self._cluster.lock:
                garbage.collect(self._cluster)
                garbage.empty_namespaces(self._cluster)
                place(self._cluster)
            if self._cluster.storage.revision == before or self._turns.over:
                return

    def _one(self, kind: Kind, one: Object, reconcile: Callable[[Cluster, Object], None]) -> None:
        with self._cluster.lock:
            now = self._cluster.storage.get(kind, namespace_of(one), name_of(one))
            if now is None or self._leaving(namespace_of(one)):
                return
            try:
                reconcile(self._cluster, now)
            except ApiError as wrong:
                # The object is one that no controller can fulfil; the others must go on.
                self._told(f"{kind.full_name}/{name_of(one)}: {wrong.message}")

    def _leaving(self, namespace: str) -> bool:
        home = self._cluster.storage.get(NAMESPACES, "", namespace)
        return home is None or ending(home)


def place(cluster: Cluster) -> None:
    """Put pods that have no node on the one with the fewest, unless it takes none."""
    nodes = [
        one for one in cluster.storage.all(NODES) if mapping(one, "spec").get("unschedulable") is not True
    ]
    pods = cluster.storage.all(PODS)
    load = {
        name_of(node): sum(text(pod, "spec", "nodeName") == name_of(node) for pod in pods) for node in nodes
    }
    for pod in pods:
        if text(pod, "spec", "nodeName") or ending(pod):
            continue
        if load:
            chosen = min(load, key=lambda name: (load[name], name))
            load[chosen] += 1
            cluster.bind(pod, chosen)
        elif not mapping(pod, "status").get("conditions"):
            changed = copy(pod)
            child(changed, "status")["conditions"] = [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": "0 nodes are available: every node is unschedulable.",
                    "lastTransitionTime": cluster.stamp(),
                }
            ]
            cluster.update(PODS, changed, part="status")
