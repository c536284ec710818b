"""Jobs: pods that run to their end, as often as wanted, and not oftener than the limit of failures allows."""

from datetime import timedelta

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import JOBS, PODS
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    condition,
    copy,
    ending,
    listed,
    mapping,
    moment,
    number,
    stamp,
    text,
)
from tocsin.sandbox.kubernetes.replicasets import pod_of


def reconcile(cluster: Cluster, one: Object) -> None:
    """Start the pods that are due, and say how far the job is."""
    if ending(one):
        return
    if _over(one):
        _expire(cluster, one)
        return
    pods = cluster.owned(PODS, one)
    succeeded = sum(text(pod, "status", "phase") == "Succeeded" for pod in pods)
    # A pod that restarts its containers itself counts its failures in its restarts.
    restarts = sum(
        number(each, "restartCount") for pod in pods for each in listed(pod, "status", "containerStatuses")
    )
    failed = sum(text(pod, "status", "phase") == "Failed" for pod in pods)
    active = [
        pod for pod in pods if text(pod, "status", "phase") not in ("Succeeded", "Failed") and not ending(pod)
    ]
    wanted = number(one, "spec", "completions", default=1)
    ended = ("", "", "")
    if failed + restarts > number(one, "spec", "backoffLimit", default=6):
        ended = ("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    elif _late(cluster, one):
        ended = ("Failed", "DeadlineExceeded", "Job was active longer than specified deadline")
    elif succeeded >= wanted:
        ended = ("Complete", "", "")
    if ended[0] == "Failed" or mapping(one, "spec").get("suspend") is True:
        for pod in active:
            cluster.delete(PODS, pod)
        active = []
    elif not ended[0]:
        missing = min(number(one, "spec", "parallelism", default=1), wanted - succeeded) - len(active)
        active += [cluster.create(PODS, pod_of(one)) for _ in range(missing)]
    _tell(cluster, one, {"active": len(active), "succeeded": succeeded, "failed": failed}, ended)


def _tell(cluster: Cluster, one: Object, counts: dict[str, int], ended: tuple[str, str, str]) -> None:
    now = stamp(cluster.clock.now())
    status: Object = {key: value for key, value in counts.items() if value}
    status["startTime"] = text(one, "status", "startTime") or now
    type_, reason, message = ended
    if type_:
        told: Json = {
            "type": type_,
            "status": "True",
            "lastProbeTime": now,
            "lastTransitionTime": now,
            **({"reason": reason, "message": message} if reason else {}),
        }
        status["conditions"] = [told]
        if type_ == "Complete":
            status["completionTime"] = now
    changed = copy(one)
    changed["status"] = status
    cluster.update(JOBS, changed, part="status")


def _over(one: Object) -> bool:
    return any(text(condition(one, type_), "status") == "True" for type_ in ("Complete", "Failed"))


def _late(cluster: Cluster, one: Object) -> bool:
    limit, began = number(one, "spec", "activeDeadlineSeconds"), moment(one, "status", "startTime")
    return bool(limit) and began is not None and cluster.clock.now() - began > timedelta(seconds=limit)


def _expire(cluster: Cluster, one: Object) -> None:
    """A job that is over goes when its time to live is."""
    if "ttlSecondsAfterFinished" not in mapping(one, "spec"):
        return
    ended = next((moment(each, "lastTransitionTime") for each in listed(one, "status", "conditions")), None)
    life = timedelta(seconds=number(one, "spec", "ttlSecondsAfterFinished"))
    if ended is not None and cluster.clock.now() - ended >= life:
        cluster.delete(JOBS, one)
