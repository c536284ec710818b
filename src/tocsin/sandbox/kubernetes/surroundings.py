"""The environment that a container is born with: resolved when it starts, and never again while it runs.

So a changed secret does nothing until a pod is replaced, as in life.
"""

import base64
import binascii
import re
from collections.abc import Mapping

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.kinds import CONFIGMAPS, SECRETS, SERVICES, Kind
from tocsin.sandbox.kubernetes.objects import (
    Object,
    listed,
    mapping,
    name_of,
    namespace_of,
    number,
    pairs,
    text,
)
from tocsin.sandbox.kubernetes.proxies import reachable

_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")


class Missing(Exception):
    """Something that the container's environment is made of is not there; the text is the kubelet's."""


def environment(cluster: Cluster, pod: Object, container: Object, ip: str) -> dict[str, str]:
    """The variables of a container: of the services of its namespace, `envFrom`, then `env`.

    Raises:
        Missing: a secret, config map or key that is not optional does not exist.
    """
    namespace = namespace_of(pod)
    found = _services(cluster, namespace)
    for source in listed(container, "envFrom"):
        prefix = text(source, "prefix")
        for kind, key in ((CONFIGMAPS, "configMapRef"), (SECRETS, "secretRef")):
            if key in source:
                asked = mapping(source, key)
                data = _data(cluster, kind, namespace, asked)
                found |= {f"{prefix}{name}": value for name, value in data.items()}
    for variable in listed(container, "env"):
        name, origin = text(variable, "name"), mapping(variable, "valueFrom")
        if origin:
            value = _value_from(cluster, pod, origin, ip)
            if value is not None:
                found[name] = value
        else:
            found[name] = expanded(text(variable, "value"), found)
    return found


def expanded(said: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` replaced by the variable; `$$` is a dollar; an unknown name stays as it is.

    >>> expanded("$(A)-$(B)-$$(A)", {"A": "1"})
    '1-$(B)-$(A)'
    """

    def one(seen: re.Match[str]) -> str:
        if seen[0] == "$$":
            return "$"
        return variables.get(seen[1], seen[0])

    return _REFERENCE.sub(one, said)


def _data(cluster: Cluster, kind: Kind, namespace: str, asked: Object) -> dict[str, str]:
    """Everything in a secret or config map. Raises Missing."""
    name = text(asked, "name")
    one = cluster.storage.get(kind, namespace, name)
    if one is None:
        if asked.get("optional") is True:
            return {}
        raise Missing(f'{kind.kind.lower()} "{name}" not found')
    return plain_data(one)


def plain_data(one: Object) -> dict[str, str]:
    """The values of a secret or config map as texts."""
    data = pairs(one, "data")
    if text(one, "kind") != "Secret":
        return data
    found = {}
    for key, value in data.items():
        try:
            found[key] = base64.b64decode(value).decode("utf-8", "replace")
        except binascii.Error:
            found[key] = ""
    return found


def _value_from(cluster: Cluster, pod: Object, origin: Object, ip: str) -> str | None:
    """The value that `valueFrom` means; None if an optional one is missing. Raises Missing."""
    for kind, key in ((CONFIGMAPS, "configMapKeyRef"), (SECRETS, "secretKeyRef")):
        if key in origin:
            asked = mapping(origin, key)
            data = _data(cluster, kind, namespace_of(pod), asked)
            if text(asked, "key") not in data:
                if asked.get("optional") is True:
                    return None
                place = f"{namespace_of(pod)}/{text(asked, 'name')}"
                raise Missing(f"couldn't find key {text(asked, 'key')} in {kind.kind} {place}")
            return data[text(asked, "key")]
    path = text(origin, "fieldRef", "fieldPath")
    if path == "status.podIP":
        return ip
    if path == "status.hostIP":
        return "127.0.0.1"
    seen = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if seen is not None:
        return pairs(pod, "metadata", seen[1]).get(seen[2], "")
    if path:
        return text(pod, *path.split("."))
    raise Missing("resourceFieldRef is not simulated")


def _services(cluster: Cluster, namespace: str) -> dict[str, str]:
    """PAYMENTS_SVC_SERVICE_HOST and its kin, for the services that are there when the container starts."""
    found: dict[str, str] = {}
    for service in cluster.storage.all(SERVICES, namespace):
        address, ports = text(service, "spec", "clusterIP"), listed(service, "spec", "ports")
        if address in ("", "None") or not ports:
            continue
        name = name_of(service).upper().replace("-", "_")
        found[f"{name}_SERVICE_HOST"] = address
        found[f"{name}_SERVICE_PORT"] = str(reachable(number(ports[0], "port")))
        for port in ports:
            if text(port, "name"):
                found[f"{name}_SERVICE_PORT_{text(port, 'name').upper().replace('-', '_')}"] = str(
                    number(port, "port")
                )
    return found
