"""Which pods stand behind a Service: its Endpoints, which the proxies and people read."""

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import ENDPOINTS, PODS, SERVICES, SLICES, Kind
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    digest,
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
    _keep(cluster, ENDPOINTS, _endpoints(service, subset))
    _keep(cluster, SLICES, _slice(service, ready, waiting, subset))


def _keep(cluster: Cluster, kind: Kind, wanted: Object) -> None:
    if cluster.storage.get(kind, namespace_of(wanted), name_of(wanted)) is None:
        cluster.create(kind, wanted)
    else:
        cluster.update(kind, wanted)


def _metadata(service: Object, name: str, labels: dict[str, str]) -> Object:
    return {
        "name": name,
        "namespace": namespace_of(service),
        "labels": {**labels_of(service), **labels},
        "ownerReferences": [without(reference(service), "blockOwnerDeletion")],
    }


def _endpoints(service: Object, subset: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": _metadata(service, name_of(service), {}),
        "subsets": [subset] if subset else [],
    }


def _slice(service: Object, ready: list[Object], waiting: list[Object], subset: Object) -> Object:
    """The same as newer clients read it."""
    found: list[Json] = []
    for pods, state in ((ready, True), (waiting, False)):
        for pod in pods:
            address = _address(pod)
            found.append(
                {
                    "addresses": [address["ip"]],
                    "conditions": {"ready": state, "serving": state, "terminating": False},
                    "nodeName": address["nodeName"],
                    "targetRef": address["targetRef"],
                }
            )
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": _metadata(
            service,
            f"{name_of(service)}-{digest(uid_of(service), 5)}",
            {"kubernetes.io/service-name": name_of(service)},
        ),
        "addressType": "IPv4",
        "endpoints": found,
        # Clients take a name for granted here, be it an empty one.
        "ports": json_list({"name": "", **port} for port in listed(subset, "ports")),
    }


def behind(cluster: Cluster, namespace: str, name: str, port: Json) -> list[tuple[str, int]]:
    """Addresses and ports of the ready pods behind a service's port, given by number or name."""
    service = cluster.storage.get(SERVICES, namespace, name)
    found = cluster.storage.get(ENDPOINTS, namespace, name)
    if service is None or found is None:
        return []
    ports = listed(service, "spec", "ports")
    chosen = next((one for one in ports if port in (one.get("port"), one.get("name"))), None)
    if chosen is None:
        return []
    # By name: their order is the controller's own, and pods that differ in a port stand in subsets of their own.
    return [
        (text(address, "ip"), number(one, "port"))
        for subset in listed(found, "subsets")
        for one in listed(subset, "ports")
        if text(one, "name") == text(chosen, "name")
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
