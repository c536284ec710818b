"""The documents beside the objects: what kinds there are, the schema, the version, health."""

from collections.abc import Callable
from http import HTTPStatus

from tocsin.sandbox.kubernetes import discovery, openapi
from tocsin.sandbox.kubernetes.answers import TEXT, Answer, no_such_path, wrong_method
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.objects import Json
from tocsin.sandbox.kubernetes.requests import Request


def document(cluster: Cluster, request: Request, address: str, served: Callable[[], int]) -> Answer | None:
    """Discovery, version, health and schema; None if the path is none of these.

    Args:
        address: "127.0.0.1:6443", as discovery says it. served: up to which revision the ingress serves.

    Raises:
        ApiError: nothing is there, or it is no reading.
    """
    kinds = cluster.kinds()
    match request.path.strip("/").split("/"):
        case ["version"]:
            body: Json = discovery.VERSION
        case ["tocsin"]:
            body = {"revision": cluster.storage.revision, "served": served()}
        case ["healthz" | "livez" | "readyz", *_]:
            return Answer(HTTPStatus.OK, b"ok", TEXT)
        case ["api"]:
            body = discovery.core_versions(address)
        case ["api", "v1"]:
            body = discovery.resources("v1", [kind for kind in kinds if not kind.group])
        case ["apis"]:
            body = discovery.groups(kinds)
        case ["apis", group]:
            versions = list(dict.fromkeys(kind.version for kind in kinds if kind.group == group))
            if not versions:
                raise no_such_path()
            body = {"kind": "APIGroup", "apiVersion": "v1", **discovery.group(group, versions)}
        case ["apis", group, version]:
            own = [kind for kind in kinds if (kind.group, kind.version) == (group, version)]
            if not own:
                raise no_such_path()
            body = discovery.resources(f"{group}/{version}", own)
        case ["openapi", "v2"]:
            return Answer(HTTPStatus.OK, openapi.document_v2(kinds), "application/octet-stream")
        case ["openapi", "v3"]:
            body = openapi.index_v3(kinds)
        case ["openapi", "v3", *rest]:
            body = openapi.document_v3("/".join(rest), kinds)
        case _:
            return None
    if request.method not in ("GET", "HEAD"):
        raise wrong_method(request.method)
    return Answer(HTTPStatus.OK, body)
