"""ReplicaSets: as many pods as they want, made from their template."""

from datetime import datetime, timedelta

from tocsin.sandbox.kubernetes.cluster import Cluster, Deletion
from tocsin.sandbox.kubernetes.kinds import PODS, REPLICASETS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    condition,
    copy,
    ending,
    listed,
    mapping,
    moment,
    name_of,
    namespace_of,
    number,
    reference,
    text,
)


def reconcile(cluster: Cluster, one: Object) -> None:
    """Make or delete pods until there are as many as wanted, then say how many there are."""
    if ending(one):
        return
    pods = [pod for pod in cluster.owned(PODS, one) if _lives(pod)]
    wanted = number(one, "spec", "replicas")
    for _ in range(wanted - len(pods)):
        pods.append(cluster.create(PODS, pod_of(one)))
    if len(pods) > wanted:
        pods.sort(key=_dispensable)
        for pod in pods[: len(pods) - wanted]:
            cluster.delete(PODS, pod, Deletion())
        pods = pods[len(pods) - wanted :]
    ready = sum(is_ready(pod) for pod in pods)
    pause = timedelta(seconds=number(one, "spec", "minReadySeconds"))
    available = sum(_is_available(pod, pause, cluster.clock.now()) for pod in pods)
    status: Object = {"replicas": len(pods), "observedGeneration": number(one, "metadata", "generation")}
    if pods:
        status["fullyLabeledReplicas"] = len(pods)
    if ready:
        status["readyReplicas"] = ready
    if available:
        status["availableReplicas"] = available
    changed = copy(one)
    changed["status"] = status
    cluster.update(REPLICASETS, changed, part="status")


def pod_of(owner: Object, name: str = "") -> Object:
    """A new pod from the template of a workload, with a name of its own or the given one."""
    template = mapping(owner, "spec", "template")
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": copy(mapping(template, "metadata")),
        "spec": copy(mapping(template, "spec")),
    }
    metadata = child(pod, "metadata")
    metadata["namespace"] = namespace_of(owner)
    metadata["ownerReferences"] = [reference(owner)]
    if name:
        metadata["name"] = name
    else:
        metadata["generateName"] = f"{name_of(owner)}-"
    return pod


def is_ready(pod: Object) -> bool:
    """Whether a pod takes traffic."""
    return text(condition(pod, "Ready"), "status") == "True" and not ending(pod)


def _is_available(pod: Object, pause: timedelta, now: datetime) -> bool:
    """Whether a pod has been ready for long enough."""
    since = moment(condition(pod, "Ready"), "lastTransitionTime")
    return is_ready(pod) and (not pause or (since is not None and now - since >= pause))


def _lives(pod: Object) -> bool:
    return not ending(pod) and text(pod, "status", "phase") not in ("Succeeded", "Failed")


def _dispensable(pod: Object) -> tuple[bool, bool, int, int]:
    """Who goes first: without a node, not ready, often restarted, youngest."""
    restarts = max(
        (number(each, "restartCount") for each in listed(pod, "status", "containerStatuses")), default=0
    )
    revision = text(pod, "metadata", "resourceVersion")
    return (text(pod, "spec", "nodeName") != "", is_ready(pod), -restarts, -int(revision or 0))
