"""The schema documents, reduced to what makes kubectl leave validation to the server.

They name no types, so that no client checks anything by itself, and list the PATCH operations with the parameters
that kubectl looks for before it dares to ask for a dry run or for strict validation.
"""

import hashlib
import json
from collections.abc import Sequence

from tocsin.sandbox.kubernetes.discovery import VERSION
from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Json, Object

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")


def document_v2(kinds: Sequence[Kind]) -> bytes:
    """`GET /openapi/v2`, in the protobuf encoding, which is the only one that kubectl 1.20 to 1.28 read.

    Field numbers are those of the OpenAPIv2.proto of google/gnostic: Document.swagger 1, paths 8, Paths.path 2,
    NamedPathItem.name 1 and value 2, PathItem.patch 8, Operation.parameters 8 and vendor_extension 13.
    """
    parameters = b"".join(_part(8, _query_parameter(name)) for name in _PARAMETERS)
    paths = b""
    for kind in kinds:
        if not kind.only_create:
            said = f"group: {json.dumps(kind.group)}\nkind: {kind.kind}\nversion: {kind.version}\n"
            extension = _part(1, b"x-kubernetes-group-version-kind") + _part(2, _part(2, said.encode()))
            operation = parameters + _part(13, extension)
            paths += _part(2, _part(1, _path(kind).encode()) + _part(2, _part(8, operation)))
    return _part(1, b"2.0") + _part(8, paths)


def _query_parameter(name: str) -> bytes:
    """ParametersItem.parameter 1, Parameter.non_body_parameter 2, its query_parameter_sub_schema 3: in 2, name 4."""
    return _part(1, _part(2, _part(3, _part(2, b"query") + _part(4, name.encode()))))


def _part(number: int, content: bytes) -> bytes:
    """One field of the protobuf encoding that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def index_v3(kinds: Sequence[Kind]) -> Object:
    """`GET /openapi/v3`: where the document of each group is."""
    paths: Object = {}
    for path in dict.fromkeys(map(_group_path, kinds)):
        document = json.dumps(document_v3(path, kinds), sort_keys=True).encode()
        mark = hashlib.sha256(document).hexdigest()[:32].upper()
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={mark}"}
    return {"paths": paths}


def document_v3(path: str, kinds: Sequence[Kind]) -> Object:
    """The document of one group: only its PATCH operations, with `fieldValidation` among their parameters."""
    operations: Object = {}
    for kind in kinds:
        if _group_path(kind) == path and not kind.only_create:
            operations[_path(kind)] = {"patch": _patch_operation(kind)}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": str(VERSION["gitVersion"])},
        "paths": operations,
    }


def _patch_operation(kind: Kind) -> Object:
    said: Object = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    parameters: list[Json] = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS
    ]
    return {
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": said,
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
    }


def _group_path(kind: Kind) -> str:
    return f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}"


def _path(kind: Kind) -> str:
    inside = "/namespaces/{namespace}" if kind.namespaced else ""
    return f"/{_group_path(kind)}{inside}/{kind.plural}/{{name}}"
