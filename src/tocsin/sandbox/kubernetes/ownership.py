"""Who owns which field: `managedFields`, and server-side apply, which is decided by them."""

import json
from collections.abc import Iterator
from http import HTTPStatus

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.fields import Field, fields_of
from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import (
    Json,
    Object,
    at,
    child,
    copied,
    copy,
    listed,
    mapping,
    text,
    without,
)

Path = tuple[str, ...]
"""Steps to a field, as `fieldsV1` writes them: "f:spec", 'k:{"name":"web"}', 'v:"text"'."""

# Neither belongs to any writer.
_NOBODYS = ("apiVersion", "kind", "status")
_SERVERS = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "selfLink", "name", "namespace",
    "deletionGracePeriodSeconds", "generateName", "managedFields",
)  # fmt: skip


def claimed(after: Object, before: Object, manager: str, now: str) -> Object:
    """The object with every field that this write changes given to its writer (operation Update)."""
    type_ = text(after, "kind")
    old, new = dict(_leaves(before, type_)), dict(_leaves(after, type_))
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    entries: list[Object] = []
    mine: set[Path] = set()
    for entry in listed(before, "metadata", "managedFields"):
        own = {path for path in _paths(mapping(entry, "fieldsV1")) if path in new}
        if text(entry, "manager") == manager and text(entry, "operation") == "Update":
            mine |= own
        else:
            entries.append({**entry, "fieldsV1": _tree(own - changed)})
    if changed:
        mine |= changed
    kept = [entry for entry in entries if mapping(entry, "fieldsV1")]
    if mine:
        was = _entry(before, manager, "Update")
        time = now if changed or not was else text(was, "time")
        kept.append(_made(after, manager, "Update", time, mine))
    return _with_entries(after, kept)


def applied(
    kind: Kind, wanted: Object, before: Object | None, manager: str, now: str, *, force: bool
) -> Object:
    """The object after a server-side apply.

    What the manager applied before and does not name any more is removed, unless somebody else owns it too.

    Raises:
        ApiError: somebody else owns a field and has another value in it, and `force` is not set (409).
    """
    held = before or {}
    type_ = "" if kind.custom else kind.kind
    new, old = dict(_leaves(wanted, type_)), dict(_leaves(held, type_))
    entries: list[Object] = []
    given_up: set[Path] = set()
    others: set[Path] = set()
    clashes: list[tuple[str, Path]] = []
    for entry in listed(held, "metadata", "managedFields"):
        own = set(_paths(mapping(entry, "fieldsV1")))
        if text(entry, "manager") == manager and text(entry, "operation") == "Apply":
            given_up = own - set(new)
            continue
        theirs = {path for path in own if path in new and path in old and old[path] != new[path]}
        clashes += [(text(entry, "manager"), path) for path in sorted(theirs)]
        entries.append({**entry, "fieldsV1": _tree(own - theirs)})
        others |= own - theirs
    if clashes and not force:
        raise _conflict(clashes)
    after = copy(held)
    for path in sorted(given_up - others, key=len, reverse=True):
        _remove(after, path)
    after = _overlaid(after, without(wanted, "status"), type_)
    kept = [entry for entry in entries if mapping(entry, "fieldsV1")]
    was = _entry(held, manager, "Apply")
    same = set(_paths(mapping(was, "fieldsV1"))) == set(new) and all(
        old.get(path) == one for path, one in new.items()
    )
    kept.append(_made(wanted, manager, "Apply", text(was, "time") if same else now, set(new)))
    return _with_entries(after, kept)


def _leaves(one: Object, type_: str) -> Iterator[tuple[Path, Json]]:
    """Every field of an object that somebody can own, with its value."""
    known = fields_of(type_)
    for key, value in one.items():
        if key in _NOBODYS:
            continue
        if key == "metadata":
            metadata = without(mapping(value), *_SERVERS)
            yield from _below(metadata, ("f:metadata",), fields_of("ObjectMeta"))
        else:
            yield from _leaf(value, (f"f:{key}",), known.get(key))


def _below(value: Object, path: Path, known: dict[str, Field]) -> Iterator[tuple[Path, Json]]:
    for key, one in value.items():
        yield from _leaf(one, (*path, f"f:{key}"), known.get(key))


def _leaf(value: Json, path: Path, field: Field | None) -> Iterator[tuple[Path, Json]]:
    match value:
        case dict() if value and not (field is not None and field.atomic):
            inner = fields_of(field.type) if field is not None and not field.keyed else {}
            yield from _below(value, path, inner)
        case list() if field is not None and field.keys:
            for one in value:
                step = (*path, f"k:{_key(one, field)}")
                yield step, None
                yield from _below(mapping(one), step, fields_of(field.type))
        case list() if field is not None and field.as_set:
            for one in value:
                yield (*path, f"v:{json.dumps(one)}"), one
        case _:
            yield path, value


def _key(one: Json, field: Field) -> str:
    # A port without a protocol is a TCP port: the one key that has a default.
    found = {key: at(one, key) if at(one, key) is not None else "TCP" for key in field.keys}
    return json.dumps(found, separators=(",", ":"))


def _tree(paths: set[Path]) -> Object:
    """The paths as `fieldsV1` holds them: nested, with "." where an entry itself is owned."""
    found: Object = {}
    for path in sorted(paths):
        place = child(found, *path)
        if path[-1].startswith("k:"):
            place["."] = {}
    return found


def _paths(tree: Object, start: Path = ()) -> Iterator[Path]:
    for key, inner in tree.items():
        if key == ".":
            yield start
        elif isinstance(inner, dict) and inner:
            yield from _paths(inner, (*start, key))
        else:
            yield (*start, key)


def _overlaid(held: Object, wanted: Object, type_: str) -> Object:
    """The held object with every wanted field put over it; lists merge as their type says."""
    known = fields_of(type_)
    after = copy(held)
    for key, value in wanted.items():
        field = fields_of("ObjectMeta").get(key) if type_ == "ObjectMeta" else known.get(key)
        after[key] = _laid(after.get(key), value, field)
    return after


def _laid(held: Json, value: Json, field: Field | None) -> Json:
    match held, value:
        case dict(), dict() if not (field is not None and field.atomic):
            return _overlaid(held, value, field.type if field is not None and not field.keyed else "")
        case list(), list() if field is not None and field.keys:
            after = [copied(one) for one in held]
            marks = [_key(one, field) for one in after]
            for one in value:
                if _key(one, field) in marks:
                    index = marks.index(_key(one, field))
                    after[index] = _overlaid(mapping(after[index]), mapping(one), field.type)
                else:
                    after.append(copied(one))
            return after
        case list(), list() if field is not None and field.as_set:
            return [*held, *(one for one in value if one not in held)]
        case _:
            return copied(value)


def _remove(one: Object, path: Path) -> None:
    """Take a field out, in place; nothing happens if it is not there."""
    place: Json = one
    for step in path[:-1]:
        place = _step(place, step)
    last = path[-1]
    match place:
        case dict() if last.startswith("f:"):
            place.pop(last[2:], None)
        case list():
            found = _step(place, last)
            if found is not None:
                place.remove(found)
        case _:
            return


def _step(place: Json, step: str) -> Json:
    mark, said = step[:2], step[2:]
    if mark == "f:":
        return at(place, said)
    wanted: Json = json.loads(said)
    for one in place if isinstance(place, list) else []:
        if mark == "v:" and one == wanted:
            return one
        if mark == "k:" and all(at(one, key) in (value, None) for key, value in mapping(wanted).items()):
            return one
    return None


def _entry(one: Object, manager: str, operation: str) -> Object:
    for entry in listed(one, "metadata", "managedFields"):
        if (text(entry, "manager"), text(entry, "operation")) == (manager, operation):
            return entry
    return {}


def _made(one: Object, manager: str, operation: str, now: str, paths: set[Path]) -> Object:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": text(one, "apiVersion"),
        "time": now,
        "fieldsType": "FieldsV1",
        "fieldsV1": _tree(paths),
    }


def _with_entries(one: Object, entries: list[Object]) -> Object:
    after = copy(one)
    metadata = child(after, "metadata")
    metadata.pop("managedFields", None)
    if entries:
        metadata["managedFields"] = list(entries)
    return after


def _conflict(clashes: list[tuple[str, Path]]) -> ApiError:
    """As the server says it: each manager with the fields it has."""
    causes: list[Json] = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{manager}"', "field": _dotted(path)}
        for manager, path in clashes
    ]
    managers = list(dict.fromkeys(manager for manager, _ in clashes))
    told = []
    for manager in managers:
        names = [_dotted(path) for one, path in clashes if one == manager]
        told.append(
            f'conflict with "{manager}": {names[0]}'
            if len(names) == 1
            else f'conflicts with "{manager}":\n' + "\n".join(f"- {name}" for name in names)
        )
    count = len(clashes)
    message = f"Apply failed with {count} conflict{'s' if count > 1 else ''}: " + "\n".join(told)
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, {"causes": causes})


def _dotted(path: Path) -> str:
    found = ""
    for step in path:
        if step.startswith("f:"):
            found += f".{step[2:]}"
        elif step.startswith("k:"):
            keys = mapping(json.loads(step[2:]))
            found += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in keys.items()) + "]"
        else:
            found += f"[={step[2:]}]"
    return found
