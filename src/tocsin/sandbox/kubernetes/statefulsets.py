"""StatefulSets: pods with fixed names, made and replaced one after the other."""

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import PODS, REVISIONS, STATEFULSETS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    copy,
    digest,
    ending,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    number,
    reference,
    text,
)
from tocsin.sandbox.kubernetes.replicasets import is_ready, pod_of

_MARK = "controller-revision-hash"


def reconcile(cluster: Cluster, one: Object) -> None:
    """One step: the next pod that is missing, too many, dead, or of an old template."""
    if ending(one):
        return
    newest = _revision(cluster, one)
    pods = {_ordinal(pod): pod for pod in cluster.owned(PODS, one)}
    wanted = number(one, "spec", "replicas")
    _step(cluster, one, pods, wanted, newest)
    pods = {_ordinal(pod): pod for pod in cluster.owned(PODS, one)}
    _tell(cluster, one, pods, newest)


def _step(cluster: Cluster, one: Object, pods: dict[int, Object], wanted: int, newest: str) -> None:
    parallel = text(one, "spec", "podManagementPolicy") == "Parallel"
    for ordinal in range(wanted):
        pod = pods.get(ordinal)
        if pod is None:
            made = pod_of(one, f"{name_of(one)}-{ordinal}")
            child(made, "metadata", "labels").update(
                {_MARK: newest, "statefulset.kubernetes.io/pod-name": f"{name_of(one)}-{ordinal}"}
            )
            pod = cluster.create(PODS, made)
        elif text(pod, "status", "phase") in ("Succeeded", "Failed") and not ending(pod):
            cluster.delete(PODS, pod)
        if not parallel and not is_ready(pod):
            return
    surplus = sorted((ordinal for ordinal in pods if ordinal >= wanted), reverse=True)
    for ordinal in surplus:
        if not ending(pods[ordinal]):
            cluster.delete(PODS, pods[ordinal])
        if not parallel:
            return
    if surplus or text(one, "spec", "updateStrategy", "type") != "RollingUpdate":
        return
    partition = number(one, "spec", "updateStrategy", "rollingUpdate", "partition")
    for ordinal in range(wanted - 1, partition - 1, -1):
        pod = pods.get(ordinal)
        if pod is None or not is_ready(pod):
            return
        if labels_of(pod).get(_MARK) != newest:
            cluster.delete(PODS, pod)
            return


def _revision(cluster: Cluster, one: Object) -> str:
    """The name of the present template's revision, which is kept as an object for `rollout history` and `undo`."""
    template: Object = {"spec": {"template": {**copy(mapping(one, "spec", "template")), "$patch": "replace"}}}
    known = cluster.owned(REVISIONS, one)
    newest = max((number(each, "revision") for each in known), default=0)
    name = f"{name_of(one)}-{digest(template)}"
    there = next((each for each in known if name_of(each) == name), None)
    if there is None:
        cluster.create(
            REVISIONS,
            {
                "apiVersion": "apps/v1",
                "kind": "ControllerRevision",
                "metadata": {
                    "name": name,
                    "namespace": namespace_of(one),
                    "labels": copy(mapping(one, "spec", "template", "metadata", "labels")),
                    "ownerReferences": [reference(one)],
                },
                "data": template,
                "revision": newest + 1,
            },
        )
    elif number(there, "revision") < newest:
        changed = copy(there)
        changed["revision"] = newest + 1
        cluster.update(REVISIONS, changed)
    return name


def _tell(cluster: Cluster, one: Object, pods: dict[int, Object], newest: str) -> None:
    alive = [pod for pod in pods.values() if not ending(pod)]
    updated = sum(labels_of(pod).get(_MARK) == newest for pod in alive)
    before = text(one, "status", "currentRevision")
    done = updated == len(alive) == number(one, "spec", "replicas") and all(map(is_ready, alive))
    current = newest if done or not before else before
    status: Object = {
        "observedGeneration": number(one, "metadata", "generation"),
        "replicas": len(alive),
        "readyReplicas": sum(map(is_ready, alive)),
        "currentReplicas": sum(labels_of(pod).get(_MARK) == current for pod in alive),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": newest,
        "collisionCount": 0,
    }
    changed = copy(one)
    changed["status"] = status
    cluster.update(STATEFULSETS, changed, part="status")


def _ordinal(pod: Object) -> int:
    said = name_of(pod).rpartition("-")[2]
    return int(said) if said.isdigit() else -1
