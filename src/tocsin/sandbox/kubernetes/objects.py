"""Kubernetes' objects: JSON as it came, and careful ways to look into it.

An object in the store is never changed in place: whoever changes one takes a `copy` first.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Object: TypeAlias = dict[str, "Json"]

# Kubernetes leaves out vowels and look-alikes, so that no name is a word.
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def at(value: Json, *path: str) -> Json:
    """What is at this path, or None where the path ends early."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Json, *path: str) -> str:
    """The text at this path, or "" if there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def number(value: Json, *path: str, default: int = 0) -> int:
    """The whole number at this path, or the default."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def mapping(value: Json, *path: str) -> Object:
    """The object at this path; a fresh empty one if there is none. For reading."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def listed(value: Json, *path: str) -> list[Object]:
    """The objects in the list at this path; anything else in it is passed over. For reading."""
    found = at(value, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def texts(value: Json, *path: str) -> list[str]:
    """The texts in the list at this path."""
    found = at(value, *path)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def pairs(value: Json, *path: str) -> dict[str, str]:
    """The map of texts at this path (labels, annotations, a selector)."""
    return {key: one for key, one in mapping(value, *path).items() if isinstance(one, str)}


def child(value: Object, *path: str) -> Object:
    """The object at this path, made where it is missing. For writing: what is returned is part of `value`."""
    for key in path:
        found = value.get(key)
        if not isinstance(found, dict):
            found = {}
            value[key] = found
        value = found
    return value


def copy(value: Object) -> Object:
    """The same object, sharing nothing with it."""
    return {key: copied(one) for key, one in value.items()}


def copied(value: Json) -> Json:
    """The same value, sharing nothing with it."""
    match value:
        case dict():
            return copy(value)
        case list():
            return [copied(one) for one in value]
        case _:
            return value


def without(value: Object, *keys: str) -> Object:
    """The object without these keys; not a deep copy."""
    return {key: one for key, one in value.items() if key not in keys}


def json_list(found: Iterable[Json]) -> list[Json]:
    """The values as a JSON list."""
    return list(found)


def name_of(value: Json) -> str:
    """Its name."""
    return text(value, "metadata", "name")


def namespace_of(value: Json) -> str:
    """Its namespace, or ""."""
    return text(value, "metadata", "namespace")


def uid_of(value: Json) -> str:
    """Its unique id."""
    return text(value, "metadata", "uid")


def labels_of(value: Json) -> dict[str, str]:
    """Its labels."""
    return pairs(value, "metadata", "labels")


def ending(value: Json) -> bool:
    """Whether it has been deleted and only waits for its end."""
    return text(value, "metadata", "deletionTimestamp") != ""


def controller_of(value: Json) -> str:
    """The uid of the object that manages this one, or ""."""
    for owner in listed(value, "metadata", "ownerReferences"):
        if owner.get("controller") is True:
            return text(owner, "uid")
    return ""


def reference(owner: Object) -> Object:
    """The owner reference that a controller puts on what it makes."""
    return {
        "apiVersion": text(owner, "apiVersion"),
        "kind": text(owner, "kind"),
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition(value: Json, type_: str) -> Object:
    """The status condition of this type, or an empty object."""
    return next((one for one in listed(value, "status", "conditions") if text(one, "type") == type_), {})


def stamp(moment: datetime) -> str:
    """A moment as Kubernetes writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(value: Json, *path: str) -> datetime | None:
    """The moment at this path, or None if there is none."""
    try:
        return datetime.fromisoformat(text(value, *path).replace("Z", "+00:00"))
    except ValueError:
        return None


def age(value: Json, now: datetime) -> timedelta:
    """How long ago it was made."""
    made = moment(value, "metadata", "creationTimestamp")
    return max(now - made, timedelta(0)) if made is not None else timedelta(0)


def new_uid() -> str:
    """A unique id."""
    return str(uuid.uuid4())


def suffix(length: int = 5) -> str:
    """The random end of a generated name."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def digest(value: Json, length: int = 10) -> str:
    """A short name of a value: equal for equal values, whatever the order of their keys."""
    number_ = int.from_bytes(hashlib.sha256(_canonical(value).encode()).digest()[:8])
    letters = []
    for _ in range(length):
        number_, rest = divmod(number_, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)


def _canonical(value: Json) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{key!r}:{_canonical(value[key])}" for key in sorted(value)) + "}"
        case list():
            return "[" + ",".join(map(_canonical, value)) + "]"
        case _:
            return repr(value)
