"""Events: what happened to an object, for `kubectl get events` and `kubectl describe`."""

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import EVENTS
from tocsin.sandbox.kubernetes.objects import (
    Object,
    copy,
    digest,
    name_of,
    namespace_of,
    number,
    text,
    uid_of,
)

_KEPT = 300


def note(
    cluster: Cluster, about: Object, type_: str, reason: str, message: str, source: str = "kubelet"
) -> None:
    """Write down that something happened to an object; the same thing again only counts.

    Args:
        type_: "Normal" or "Warning".
    """
    namespace = namespace_of(about) or "default"
    name = f"{name_of(about)}.{digest([uid_of(about), reason, message], 16)}"
    now = cluster.stamp()
    with cluster.lock:
        there = cluster.storage.get(EVENTS, namespace, name)
        if there is not None:
            changed = copy(there)
            changed["count"] = number(there, "count") + 1
            changed["lastTimestamp"] = now
            cluster.update(EVENTS, changed)
            return
        event: Object = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "kind": text(about, "kind"),
                "apiVersion": text(about, "apiVersion"),
                "namespace": namespace,
                "name": name_of(about),
                "uid": uid_of(about),
            },
            "type": type_,
            "reason": reason,
            "message": message,
            "source": {"component": source},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "reportingComponent": "",
            "reportingInstance": "",
        }
        try:
            cluster.create(EVENTS, event)
        except ApiError:
            return  # its namespace is going: nobody will read it
        old = cluster.storage.all(EVENTS)
        for one in sorted(old, key=lambda each: text(each, "lastTimestamp"))[: max(0, len(old) - _KEPT)]:
            cluster.forget(EVENTS, one)
