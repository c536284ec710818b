"""What a client asks before it asks anything else: which kinds there are, and which version.

Plain discovery documents are enough for every kubectl.
"""

from collections.abc import Sequence

from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Json, Object

# The texts of errors and the defaults are those of this version, against which the transcripts were recorded.
VERSION: Object = {
    "major": "1",
    "minor": "20",
    "gitVersion": "v1.20.2+tocsin",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2021-01-13T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
_SUBRESOURCES = {
    "scale": ("autoscaling", "v1", "Scale", ("get", "patch", "update")),
    "eviction": ("policy", "v1", "Eviction", ("create",)),
    "binding": ("", "v1", "Binding", ("create",)),
    "log": ("", "", "", ("get",)),
    "exec": ("", "", "PodExecOptions", ("create", "get")),
    "attach": ("", "", "PodAttachOptions", ("create", "get")),
    "portforward": ("", "", "PodPortForwardOptions", ("create", "get")),
    "proxy": ("", "", "", ("create", "delete", "get", "patch", "update")),
    "finalize": ("", "", "", ("update",)),
    "status": ("", "", "", ("get", "patch", "update")),
    "token": ("authentication.k8s.io", "v1", "TokenRequest", ("create",)),
}


def core_versions(address: str) -> Object:
    """`GET /api`."""
    where: Json = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": where}


def groups(kinds: Sequence[Kind]) -> Object:
    """`GET /apis`: every group with its versions, the preferred one first."""
    found: dict[str, list[str]] = {}
    for kind in kinds:
        versions = found.setdefault(kind.group, [])
        if kind.group and kind.version not in versions:
            versions.append(kind.version)
    listed: list[Json] = [group(name, versions) for name, versions in found.items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


def group(name: str, versions: Sequence[str]) -> Object:
    """One group: an entry of `GET /apis`, and `GET /apis/NAME`."""
    each: list[Json] = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": each, "preferredVersion": each[0]}


def resources(group_version: str, kinds: Sequence[Kind]) -> Object:
    """`GET /api/v1` or `GET /apis/GROUP/VERSION`: kinds and their subresources."""
    listed: list[Json] = []
    for kind in kinds:
        one: Object = {
            "name": kind.plural,
            "singularName": kind.singular or kind.kind.lower(),
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
        }
        if kind.short:
            one["shortNames"] = list(kind.short)
        if kind.categories:
            one["categories"] = list(kind.categories)
        listed.append(one)
        listed += [_subresource(kind, name) for name in kind.subresources]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": listed,
    }


def _subresource(kind: Kind, name: str) -> Object:
    group_, version, its_kind, verbs = _SUBRESOURCES[name]
    return {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        **({"group": group_, "version": version} if version else {}),
        "kind": its_kind or kind.kind,
        "verbs": list(verbs),
    }
