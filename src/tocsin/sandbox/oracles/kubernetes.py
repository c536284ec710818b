"""What a runbook may damage in a cluster: objects of every namespace that appear, vanish or change."""

import hashlib
from collections.abc import Iterable
from typing import Protocol

from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.kubernetes.objects import (
    Object,
    digest,
    labels_of,
    listed,
    mapping,
    name_of,
    namespace_of,
    number,
    pairs,
    text,
)

_APPS, _CORE, _NETWORK = "/apis/apps/v1", "/api/v1", "/apis/networking.k8s.io/v1"
# Book-keeping of the cluster itself: it changes with every roll-out, also with the one that brings the old state back.
_BOOKS = ("deployment.kubernetes.io/revision",)


class Client(Protocol):
    """Who can list objects, without kubectl."""

    def items(self, path: str) -> list[Object]: ...


def objects(client: Client) -> Oracles:
    """Every workload, secret, configuration, service and ingress of all namespaces.

    Of a secret: names of its keys, and a digest of each value. Of a deployment: replicas, image, and a digest of its
    template. Raises TocsinError.
    """
    found: Oracles = {}
    for kind in ("deployments", "statefulsets"):
        for one in client.items(f"{_APPS}/{kind}"):
            found[_name(kind, one)] = _workload(one)
    for kind in ("secrets", "configmaps"):
        for one in client.items(f"{_CORE}/{kind}"):
            keys = sorted({**pairs(one, "data"), **pairs(one, "binaryData")}.items())
            found[_name(kind, one)] = _noted(one, " ".join(f"{key}={_short(value)}" for key, value in keys))
    for path in (f"{_CORE}/services", f"{_NETWORK}/ingresses"):
        for one in client.items(path):
            spec = {
                key: value for key, value in mapping(one, "spec").items() if not key.startswith("clusterIP")
            }
            found[_name(path.rpartition("/")[2], one)] = _noted(one, f"spec {digest(spec)}")
    for one in client.items(f"{_CORE}/namespaces"):
        found[f"kubernetes.namespaces.{name_of(one)}"] = text(one, "status", "phase")
    return found


def outdated(client: Client, namespace: str) -> tuple[str, ...]:
    """Pods that were made from an older template than that of their deployment: they run what was meant to go.

    A pod keeps the hash of its replica set, of which the youngest revision is the deployment's.
    """
    youngest: dict[str, tuple[int, str]] = {}
    for one in client.items(f"{_APPS}/namespaces/{namespace}/replicasets"):
        revision = int(pairs(one, "metadata", "annotations").get("deployment.kubernetes.io/revision", "0"))
        app = labels_of(one).get("app", "")
        youngest[app] = max(
            youngest.get(app, (0, "")), (revision, labels_of(one).get("pod-template-hash", ""))
        )
    return tuple(
        name_of(pod)
        for pod in client.items(f"{_CORE}/namespaces/{namespace}/pods")
        if labels_of(pod).get("pod-template-hash", "")
        != youngest.get(labels_of(pod).get("app", ""), (0, ""))[1]
    )


def _name(kind: str, one: Object) -> str:
    return f"kubernetes.{namespace_of(one)}.{kind}.{name_of(one)}"


def _workload(one: Object) -> str:
    containers = listed(one, "spec", "template", "spec", "containers")
    images = " ".join(text(container, "image") for container in containers)
    variables = " ".join(
        f"{text(pair, 'name')}={_short(text(pair, 'value'))}" for pair in _variables(containers)
    )
    template = digest(mapping(one, "spec", "template"))
    return _noted(
        one,
        f"{number(one, 'spec', 'replicas')} replicas of {images}, {variables or 'no variables'}, template {template}",
    )


def _variables(containers: Iterable[Object]) -> list[Object]:
    return sorted(
        (pair for one in containers for pair in listed(one, "env")), key=lambda pair: text(pair, "name")
    )


def _noted(one: Object, about: str) -> str:
    """With the names of its annotations: a secret that `apply` wrote is stored once more in one of them."""
    notes = sorted(name for name in pairs(one, "metadata", "annotations") if name not in _BOOKS)
    return f"{about}, annotations {' '.join(notes)}" if notes else about


def _short(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:8]
