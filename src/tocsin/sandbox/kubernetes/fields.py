"""The fields of Kubernetes' own types, as `fields.txt` lists them: numbers, names, types and how lists merge.

One table serves four readers: protobuf bodies, unknown fields under strict validation, strategic merges,
and server-side apply.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tocsin.sandbox.kubernetes.objects import Json, Object

_FILE = Path(__file__).with_name("fields.txt")
PLAIN = frozenset({"string", "bool", "int32", "int64", "double", "bytes"})
OPAQUE = frozenset({"Time", "MicroTime", "Quantity", "IntOrString", "FieldsV1", "RawExtension"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a type.

    Attributes:
        number: in the protobuf encoding. name: in JSON. type: of the value, or of each value of a list or map.
        many: a list of that type. keyed: a map from text to that type.
        merges: a strategic merge merges the list instead of replacing it, by `merge_key`, or as a set if that is "".
        retain: a strategic merge keeps only the keys that the patch names.
        keys: a list is a map by these fields for server-side apply. as_set: it is a set of plain values.
        inline: its fields stand among those of the type around it.
        atomic: server-side apply owns it as a whole.
    """

    number: int
    name: str
    type: str
    many: bool = False
    keyed: bool = False
    merges: bool = False
    merge_key: str = ""
    retain: bool = False
    keys: tuple[str, ...] = ()
    as_set: bool = False
    inline: bool = False
    atomic: bool = False


@cache
def types() -> dict[str, dict[str, Field]]:
    """Every type with its own fields by name."""
    found: dict[str, dict[str, Field]] = {}
    current: dict[str, Field] = {}
    for line in _FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("["):
            current = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            field = _field(line)
            current[field.name] = field
    return found


@cache
def fields_of(type_: str) -> dict[str, Field]:
    """The fields of a type as JSON has them, those of inlined types among them; empty if it is not known."""
    found: dict[str, Field] = {}
    for field in types().get(type_, {}).values():
        found |= fields_of(field.type) if field.inline else {field.name: field}
    return found


def unknown_fields(type_: str, value: Json, path: str = "") -> Iterator[str]:
    """The fields of an object that its type does not have, as a path: "spec.template.spec.foo"."""
    known = fields_of(type_)
    if not known or not isinstance(value, dict):
        return
    for key, one in value.items():
        if path == "" and key in ("apiVersion", "kind"):
            continue
        here = f"{path}.{key}" if path else key
        field = known.get(key)
        if field is None:
            yield here
        elif isinstance(one, list):
            for index, each in enumerate(one):
                yield from unknown_fields(field.type, each, f"{here}[{index}]")
        elif field.keyed and isinstance(one, dict):
            for name, each in one.items():
                yield from unknown_fields(field.type, each, f"{here}.{name}")
        else:
            yield from unknown_fields(field.type, one, here)


def pruned(type_: str, value: Json, *, top: bool = True) -> Json:
    """The same without the fields that its type does not have: a server drops them without a word."""
    known = fields_of(type_)
    if not known or not isinstance(value, dict):
        return value
    found: Object = {}
    for key, one in value.items():
        field = known.get(key)
        if top and key in ("apiVersion", "kind"):
            found[key] = one
        elif field is None:
            continue
        elif isinstance(one, list):
            found[key] = [pruned(field.type, each, top=False) for each in one]
        elif field.keyed and isinstance(one, dict):
            found[key] = {name: pruned(field.type, each, top=False) for name, each in one.items()}
        else:
            found[key] = pruned(field.type, one, top=False)
    return found


def _field(line: str) -> Field:
    number, name, type_, *rest = line.split()
    words = dict(word.partition(":")[::2] for word in rest)
    return Field(
        number=int(number),
        name=name,
        type=type_.rstrip("*{}"),
        many=type_.endswith("*"),
        keyed=type_.endswith("{}"),
        merges="merge" in words,
        merge_key=words.get("merge", ""),
        retain="retain" in words,
        keys=tuple(words["keys"].split(",")) if "keys" in words else (),
        as_set="set" in words,
        inline="inline" in words,
        atomic="atomic" in words,
    )
