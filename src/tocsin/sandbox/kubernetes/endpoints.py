"""Which pods stand behind a Service: its Endpoints, which the proxies and people read."""

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import ENDPOINTS, PODS, SERVICES
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    ending,
    json_list,
    labels_of,
    listed,
    mapping,
    name_of,
    namespace_of,
    number,
    reference,
    text,
    uid_of,
    without,
)
from tocsin.sandbox.kubernetes.replicasets import is_ready
from tocsin.sandbox.kubernetes.selectors import same_labels


def reconcile(cluster: Cluster, service: Object) -> None:
    """Write down who is behind a service now."""
    if ending(service) or not mapping(service, "spec", "selector"):
        return
    ready: list[Object] = []
    waiting: list[Object] = []
    for pod in cluster.storage.all(PODS, namespace_of(service)):
        if same_labels(mapping(service, "spec", "selector"), labels_of(pod)) and text(pod, "status", "podIP"):
            if text(pod, "status", "phase") == "Running" and not ending(pod):
                (ready if is_ready(pod) else waiting).append(pod)
    subset: Object = {}
    if ready:
        subset["addresses"] = json_list(map(_address, ready))
    if waiting:
        subset["notReadyAddresses"] = json_list(map(_address, waiting))
    if subset:
        pods = ready or waiting
        subset["ports"] = [_port(port, pods[0]) for port in listed(service, "spec", "ports")]
    metadata: Object = {
        "name": name_of(service),
        "namespace": namespace_of(service),
        "labels": dict[str, Json](labels_of(service)),
        "ownerReferences": [without(reference(service), "blockOwnerDeletion")],
    }
    wanted: Object = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": metadata,
        "subsets": [subset] if subset else [],
    }
    if cluster.storage.get(ENDPOINTS, namespace_of(service), name_of(service)) is None:
        cluster.create(ENDPOINTS, wanted)
    else:
        cluster.update(ENDPOINTS, wanted)


def behind(cluster: Cluster, namespace: str, name: str, port: Json) -> list[tuple[str, int]]:
    """Addresses and ports of the ready pods behind a service's port, given by number or name."""
    service = cluster.storage.get(SERVICES, namespace, name)
    found = cluster.storage.get(ENDPOINTS, namespace, name)
    if service is None or found is None:
        return []
    ports = listed(service, "spec", "ports")
    index = next(
        (place for place, one in enumerate(ports) if port in (one.get("port"), one.get("name"))), None
    )
    if index is None:
        return []
    return [
        (text(address, "ip"), number(listed(subset, "ports")[index], "port"))
        for subset in listed(found, "subsets")
        for address in listed(subset, "addresses")
    ]


def _address(pod: Object) -> Object:
    return {
        "ip": text(pod, "status", "podIP"),
        "nodeName": text(pod, "spec", "nodeName"),
        "targetRef": {
            "kind": "Pod",
            "namespace": namespace_of(pod),
            "name": name_of(pod),
            "uid": uid_of(pod),
        },
    }


def _port(port: Object, pod: Object) -> Json:
    """Where the pods listen: the number, or what their container calls by that name."""
    wanted = port.get("targetPort")
    if isinstance(wanted, str):
        named = [
            number(each, "containerPort")
            for container in listed(pod, "spec", "containers")
            for each in listed(container, "ports")
            if text(each, "name") == wanted
        ]
        wanted = named[0] if named else number(port, "port")
    found: Object = {"port": wanted, "protocol": text(port, "protocol") or "TCP"}
    if text(port, "name"):
        found["name"] = text(port, "name")
    return found
