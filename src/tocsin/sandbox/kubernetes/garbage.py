"""What has lost its owner goes, and a namespace that is deleted takes everything in it along."""

from tocsin.sandbox.kubernetes.cluster import Cluster, Deletion
from tocsin.sandbox.kubernetes.kinds import NAMESPACES
from tocsin.sandbox.kubernetes.objects import (
    Object,
    child,
    copy,
    ending,
    listed,
    name_of,
    text,
    texts,
    uid_of,
)

_BELOW = "foregroundDeletion"


def collect(cluster: Cluster) -> None:
    """Delete what belongs to nobody any more, and finish what waits for its dependents."""
    everything = [
        (kind, one)
        for group, plural in cluster.storage.kinds()
        if (kind := cluster.stored_kind(group, plural)) is not None
        for one in cluster.storage.all(kind)
    ]
    there = {uid_of(one) for _, one in everything}
    below: dict[str, list[Object]] = {}
    waiting = {
        uid_of(one) for _, one in everything if _BELOW in texts(one, "metadata", "finalizers") and ending(one)
    }
    for kind, one in everything:
        owners = [text(each, "uid") for each in listed(one, "metadata", "ownerReferences")]
        for uid in owners:
            below.setdefault(uid, []).append(one)
        orphan = bool(owners) and not there.intersection(owners)
        if (orphan or waiting.intersection(owners)) and not ending(one):
            cluster.delete(kind, one, Deletion(propagation="Foreground" if not orphan else "Background"))
    for kind, one in everything:
        if uid_of(one) in waiting and uid_of(one) not in below:
            changed = copy(one)
            left = [name for name in texts(one, "metadata", "finalizers") if name != _BELOW]
            metadata = child(changed, "metadata")
            metadata["finalizers"] = list(left)
            if not left:
                del metadata["finalizers"]
            cluster.update(kind, changed)


def empty_namespaces(cluster: Cluster) -> None:
    """Delete what is in a namespace that is being deleted; once it is empty, the namespace itself."""
    for namespace in cluster.storage.all(NAMESPACES):
        if not ending(namespace):
            continue
        left = 0
        for group, plural in cluster.storage.kinds():
            kind = cluster.stored_kind(group, plural)
            if kind is None or not kind.namespaced:
                continue
            for one in cluster.storage.all(kind, name_of(namespace)):
                left += 1
                if not ending(one):
                    cluster.delete(kind, one)
        if not left and not texts(namespace, "metadata", "finalizers"):
            cluster.forget(NAMESPACES, namespace)
