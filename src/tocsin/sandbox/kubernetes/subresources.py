"""What hangs below an object: its scale, its eviction, its binding to a node."""

from tocsin.sandbox.kubernetes import patches
from tocsin.sandbox.kubernetes.answers import bad_request, unsupported_media
from tocsin.sandbox.kubernetes.cluster import Cluster, Deletion
from tocsin.sandbox.kubernetes.kinds import NAMESPACES, PODS, Kind
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    child,
    copy,
    ending,
    mapping,
    name_of,
    namespace_of,
    number,
    pairs,
    text,
    texts,
)
from tocsin.sandbox.kubernetes.requests import Request


def scale_of(one: Object) -> Object:
    """The Scale of a workload."""
    metadata = mapping(one, "metadata")
    kept: Object = {
        key: metadata[key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in metadata
    }
    chosen = pairs(one, "spec", "selector", "matchLabels")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": kept,
        "spec": {"replicas": number(one, "spec", "replicas")},
        "status": {
            "replicas": number(one, "status", "replicas"),
            "selector": ",".join(f"{key}={chosen[key]}" for key in sorted(chosen)),
        },
    }


def set_scale(cluster: Cluster, kind: Kind, one: Object, request: Request) -> Object:
    """Change the replicas of a workload through its Scale. Raises ApiError."""
    with cluster.lock:
        one = cluster.get(kind, namespace_of(one), name_of(one))
        before = scale_of(one)
        if request.method == "PUT":
            after: Object = request.object()
        else:
            document: Json = request.document()
            match request.media_type:
                case patches.JSON_PATCH:
                    after = patches.json_patch(before, document)
                case patches.MERGE_PATCH | patches.STRATEGIC:
                    after = mapping(patches.merge_patch(before, document))
                case other:
                    raise unsupported_media(other)
        replicas = mapping(after, "spec").get("replicas", 0)
        if not isinstance(replicas, int) or isinstance(replicas, bool):
            raise bad_request("spec.replicas of a Scale is a whole number")
        changed = copy(one)
        child(changed, "spec")["replicas"] = replicas
        said = text(after, "metadata", "resourceVersion")
        if said:
            child(changed, "metadata")["resourceVersion"] = said
        return scale_of(cluster.update(kind, changed, dry=request.dry))


def evict(cluster: Cluster, pod: Object, request: Request) -> Object:
    """Have a pod go in an orderly way; there are no disruption budgets that could refuse."""
    options = mapping(request.object(), "deleteOptions")
    grace = number(options, "gracePeriodSeconds") if "gracePeriodSeconds" in options else None
    cluster.delete(PODS, pod, Deletion(grace=grace), dry=request.dry)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def bind(cluster: Cluster, pod: Object, binding: Object) -> Object:
    """Put a pod on a node, as a scheduler does."""
    cluster.bind(pod, text(binding, "target", "name"))
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def finalize(cluster: Cluster, namespace: Object) -> Object:
    """Take finalizers off a namespace; the last one ends it."""
    with cluster.lock:
        changed = copy(cluster.get(NAMESPACES, "", name_of(namespace)))
        child(changed, "spec")["finalizers"] = list(texts(namespace, "spec", "finalizers"))
        kept = cluster.update(NAMESPACES, changed)
        if ending(kept) and not texts(kept, "spec", "finalizers"):
            cluster.forget(NAMESPACES, kept)
        return kept
