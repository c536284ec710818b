"""The four ways to change a part of an object; server-side apply has its own file."""

import json
from http import HTTPStatus

from tocsin.sandbox.kubernetes.answers import ApiError, bad_request
from tocsin.sandbox.kubernetes.fields import Field, fields_of
from tocsin.sandbox.kubernetes.objects import Json, Object, at, copied, copy

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
_ORDER = "$setElementOrder/"
_DELETE_FROM = "$deleteFromPrimitiveList/"


def json_patch(before: Object, operations: Json) -> Object:
    """RFC 6902. Raises ApiError if an operation cannot be done; `before` is left as it is."""
    document: Json = copy(before)
    if not isinstance(operations, list):
        raise bad_request("a JSON patch is a list of operations")
    for one in operations:
        document = _operate(document, one)
    if not isinstance(document, dict):
        raise bad_request("the patch leaves no object")
    return document


def _operate(document: Json, one: Json) -> Json:
    op, path = at(one, "op"), at(one, "path")
    if not isinstance(one, dict) or not isinstance(path, str):
        raise bad_request("an operation of a JSON patch has an op and a path")
    match op:
        case "add" | "replace" | "test":
            if "value" not in one:
                raise bad_request(f"the operation {op} has no value")
            value = copied(one["value"])
        case "move" | "copy":
            source = at(one, "from")
            if not isinstance(source, str):
                raise bad_request(f"the operation {op} has no from")
            value = copied(_looked_up(document, _steps(source), one))
            if op == "move":
                document = _put(document, _steps(source), None, one, "remove")
        case "remove":
            value = None
        case _:
            raise bad_request(f"Unexpected kind: {op}")
    if op == "test":
        if _looked_up(document, _steps(path), one) != value:
            raise _failed(one, "Testing value {} failed")
        return document
    return _put(document, _steps(path), value, one, "add" if op in ("move", "copy") else str(op))


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _looked_up(value: Json, steps: list[str], one: Object) -> Json:
    for step in steps:
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            case _:
                raise _failed(one)
    return value


def _put(value: Json, steps: list[str], new: Json, one: Object, op: str) -> Json:
    """The value with a place in it added, replaced or removed; changed in place."""
    if not steps:
        return new
    holder, last = _looked_up(value, steps[:-1], one), steps[-1]
    match holder:
        case dict():
            if op != "add" and last not in holder:
                raise _failed(one)
            if op == "remove":
                del holder[last]
            else:
                holder[last] = new
        case list():
            index = len(holder) if last == "-" and op == "add" else int(last) if last.isdigit() else -1
            if not 0 <= index < len(holder) + (op == "add"):
                raise _failed(one)
            if op == "add":
                holder.insert(index, new)
            elif op == "remove":
                del holder[index]
            else:
                holder[index] = new
        case _:
            raise _failed(one)
    return value


def _failed(
    one: Object, why: str = "the server rejected our request due to an error in our request"
) -> ApiError:
    said = why.format(json.dumps(one.get("path"))) if "{}" in why else why
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", said)


def merge_patch(before: Json, patch: Json) -> Json:
    """RFC 7386: objects are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return copied(patch)
    after = copy(before) if isinstance(before, dict) else {}
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = merge_patch(after.get(key), value)
    return after


def strategic_patch(before: Object, patch: Object, type_: str) -> Object:
    """Kubernetes' own merge, which knows by what key the entries of a list belong together.

    Understands `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder/…` and
    `$deleteFromPrimitiveList/…`.
    """
    directive = patch.get("$patch")
    if directive == "replace":
        return copy({key: value for key, value in patch.items() if key != "$patch"})
    if directive == "delete":
        return {}
    known = fields_of(type_)
    after = copy(before)
    retained = patch.get("$retainKeys")
    if isinstance(retained, list):
        after = {key: value for key, value in after.items() if key in retained}
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            held, gone = after.get(key.removeprefix(_DELETE_FROM)), value
            if isinstance(held, list) and isinstance(gone, list):
                after[key.removeprefix(_DELETE_FROM)] = [one for one in held if one not in gone]
        elif key.startswith("$"):
            continue
        elif value is None:
            after.pop(key, None)
        else:
            merged = _merged(after.get(key), value, known.get(key))
            if merged is None:
                after.pop(key, None)
            else:
                after[key] = merged
    for key, value in patch.items():
        if key.startswith(_ORDER) and isinstance(value, list):
            name = key.removeprefix(_ORDER)
            held = after.get(name)
            if isinstance(held, list):
                after[name] = _ordered(held, value, known.get(name))
    return after


def _merged(held: Json, value: Json, field: Field | None) -> Json:
    """One field after the merge; None if nothing is left of it."""
    match held, value:
        case _, dict():
            if value.get("$patch") == "delete":
                return None
            # The values of a map have the type of the map; the map itself has none.
            type_ = "" if field is None or field.keyed else field.type
            return strategic_patch(held if isinstance(held, dict) else {}, value, type_)
        case _, list() if field is not None and field.merges:
            return _merged_list(held if isinstance(held, list) else [], value, field)
        case _:
            return copied(value)


def _merged_list(held: list[Json], patch: list[Json], field: Field) -> Json:
    if not field.merge_key:
        return [*held, *(copied(one) for one in patch if one not in held)]
    if any(at(one, "$patch") == "replace" for one in patch):
        return [copied(one) for one in patch if at(one, "$patch") is None]
    key = field.merge_key
    after = [copied(one) for one in held]
    for one in patch:
        if not isinstance(one, dict):
            raise bad_request(f"an entry of {field.name} in the patch is no object")
        if key not in one:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid", f"map: {json.dumps(one)} does not contain declared merge key: {key}"
            )  # fmt: skip
        index = next((number for number, each in enumerate(after) if at(each, key) == one[key]), None)
        if one.get("$patch") == "delete":
            after = [each for each in after if at(each, key) != one[key]]
        elif index is None:
            after.append(strategic_patch({}, one, field.type))
        else:
            there = after[index]
            after[index] = strategic_patch(there if isinstance(there, dict) else {}, one, field.type)
    return after


def _ordered(held: list[Json], order: list[Json], field: Field | None) -> list[Json]:
    """The entries in the order of the patch; those it does not name stay after the one they followed."""
    key = field.merge_key if field is not None else ""

    def mark(one: Json) -> Json:
        return at(one, key) if key else one

    wanted = [mark(one) for one in order]
    named = [one for one in held if mark(one) in wanted]
    named.sort(key=lambda one: wanted.index(mark(one)))
    after: list[Json] = list(named)
    for index, one in enumerate(held):
        if mark(one) not in wanted:
            follows = held[index - 1] if index else None
            place = after.index(follows) + 1 if follows is not None and follows in after else 0
            after.insert(place, one)
    return after
