"""The OpenAPI 3.1 document of the API, made from the table of operations that is served."""

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import inspect

from tocsin import __version__
from tocsin.web.api.operation import Operation, Problem, Query

_PARAMETER = re.compile(r"\{(\w+)\}")
_SAID = {
    400: "The request cannot be understood; the detail says what is wrong.",
    401: "A token is needed, or this one is not known, has expired, or was revoked.",
    403: "The token is known and may not do this.",
    404: "There is no such thing.",
    409: "Refused in the present state; nothing was changed.",
    413: "Too large.",
    415: "Not application/json.",
    503: "Not stored; send it again (Retry-After).",
}
_NAMES = {"incident": "^INC-[0-9]{1,9}$"}

Document = dict[str, object]
_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A name for this call: sent again with it within a day, it is answered as before and not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def document(operations: Sequence[Operation]) -> Document:
    """The whole document, as JSON values."""
    types: list[type[msgspec.Struct]] = [Problem]
    for each in operations:
        types += [kind for kind in (each.takes, each.gives) if kind is not None]
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(
        unique, schema_hook=_anything, ref_template="#/components/schemas/{name}"
    )
    _timed(unique, components)
    names = _short(components)
    components = {names[name]: _renamed(each, names) for name, each in components.items()}
    refs: dict[type[msgspec.Struct], Document] = {
        kind: _renamed(each, names) for kind, each in zip(unique, schemas, strict=True)
    }
    paths: dict[str, dict[str, object]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tocsin",
            "version": __version__,
            "summary": "Incidents, approvals, evidence: everything the command line does.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _short(components: Mapping[str, Document]) -> dict[str, str]:
    """A name of one word for each type. Two of one name are told apart by where they live: OncallFindingView."""
    made = {}
    for name in components:
        module, _, last = name.rpartition(".")
        made[name] = f"{module.rpartition('.')[2].capitalize()}{last}" if module else name
    return made


def _renamed(schema: Document, names: Mapping[str, str]) -> Document:
    """A schema with every reference by its short name."""

    def inside(value: object) -> object:
        match value:
            case {"$ref": str(ref), **more}:
                place, _, name = ref.rpartition("/")
                return {
                    "$ref": f"{place}/{names.get(name, name)}",
                    **{key: inside(each) for key, each in more.items()},
                }
            case dict():
                return {key: inside(each) for key, each in value.items()}
            case list():
                return [inside(each) for each in value]
            case _:
                return value

    return (
        {key: inside(each) for key, each in schema.items()}
        if "$ref" not in schema
        else _reference(schema, names)
    )


def _reference(schema: Document, names: Mapping[str, str]) -> Document:
    place, _, name = str(schema["$ref"]).rpartition("/")
    return {**schema, "$ref": f"{place}/{names.get(name, name)}"}


def _timed(kinds: Sequence[type[msgspec.Struct]], components: Mapping[str, Document]) -> None:
    """Say of every moment that it is one: msgspec says it only of those whose zone it checks itself."""
    seen: set[type] = set()

    def walk(kind: inspect.Type) -> bool:
        """Whether it is a moment, or a list or a choice with one in it."""
        match kind:
            case inspect.DateTimeType():
                return True
            case inspect.StructType(cls=cls, fields=fields):
                if cls not in seen:
                    seen.add(cls)
                    struct(cls, fields)
                return False
            case inspect.UnionType(types=types):
                found = [walk(each) for each in types]  # all of them: each may hold structs of its own
                return any(found)
            case inspect.ListType(item_type=item):
                return walk(item)
            case inspect.DictType(value_type=value):
                walk(value)
                return False
            case _:
                return False

    def struct(cls: type, fields: Sequence[inspect.Field]) -> None:
        schema = components.get(cls.__name__) or components.get(f"{cls.__module__}.{cls.__qualname__}") or {}
        properties = schema.get("properties", {})
        for each in fields:
            if walk(each.type) and isinstance(properties, dict):
                _moment(properties[each.encode_name])

    for kind in inspect.multi_type_info(kinds):
        walk(kind)


def _moment(schema: Document) -> None:
    if schema.get("type") == "string":
        schema["format"] = "date-time"
    for inner in ("anyOf", "items"):
        found = schema.get(inner, [])
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, dict):
                _moment(each)


def _anything(kind: type) -> Document:
    """The schema of `object`: any JSON value."""
    if kind is not object:
        raise NotImplementedError
    return {"description": "Any JSON value."}


def _operation(each: Operation, refs: dict[type[msgspec.Struct], Document]) -> Document:
    statuses = [400, 401, 403, 503, *each.refuses]
    if each.method == "POST":
        statuses.append(409)  # also: its Idempotency-Key was used for another call
    if _PARAMETER.search(each.path):
        statuses.append(404)
    if each.takes is not None:
        statuses += [413, 415]
    made: Document = {
        "operationId": each.name,
        "summary": each.about,
        "description": f"Needs the scope `{each.needs.value}`.",
        "tags": [each.tag],
        "parameters": [
            *map(_in_path, _PARAMETER.findall(each.path)),
            *map(_in_query, each.query),
            *([_KEY] if each.method == "POST" else []),
        ],
        "responses": {
            str(each.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": refs[each.gives]}},
            },
            **{
                str(status): {
                    "description": _SAID[status],
                    "content": {"application/problem+json": {"schema": refs[Problem]}},
                }
                for status in sorted(set(statuses))
            },
        },
    }
    if each.takes is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": refs[each.takes]}},
        }
    return made


def _in_path(name: str) -> Document:
    pattern = _NAMES.get(name)
    schema: Document = {"type": "string", "minLength": 1, "maxLength": 100}
    if pattern is not None:
        schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(query: Query) -> Document:
    schema: Document
    match query.kind:
        case "count":
            schema = {"type": "integer", "minimum": 1, "maximum": query.most, "default": int(query.default)}
        case "place":
            schema = {"type": "integer", "minimum": 0, "maximum": query.most, "default": int(query.default)}
        case "flag":
            schema = {"type": "boolean", "default": query.default == "true"}
        case _:
            schema = {"type": "string", "maxLength": 200, "default": query.default}
    return {"name": query.name, "in": "query", "description": query.about, "schema": schema}
