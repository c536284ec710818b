"""Reads the protobuf bodies that `kubectl create …` sends and for which it has no fall-back.

Magic `k8s\\0`, an envelope with the type and the raw object, then the object itself with the field
numbers of `fields.txt`. Only reading: answers are JSON, which every kubectl accepts.
"""

import base64
import struct
from collections.abc import Iterator
from datetime import UTC, datetime

from tocsin.errors import InputError
from tocsin.sandbox.kubernetes.fields import Field, types
from tocsin.sandbox.kubernetes.objects import Json, Object, stamp

MAGIC = b"k8s\0"
_FIXED64 = 1  # wire type: eight bytes; 5 is four bytes
# Go writes the zero time for "not set"; JSON has null there.
_ZERO_TIME = -62135596800
# Fields that Go cannot leave out, where zero or false means "not set". In all others it means what it says.
_NOT_SET = frozenset({
    "containerPort", "failureThreshold", "generation", "hostIPC", "hostNetwork", "hostPID", "hostPort",
    "initialDelaySeconds", "minReadySeconds", "nodePort", "observedGeneration", "paused", "periodSeconds",
    "publishNotReadyAddresses", "readOnly", "stdin", "stdinOnce", "successThreshold", "timeoutSeconds", "tty",
    "unschedulable",
})  # fmt: skip


def decode(body: bytes) -> Object:
    """The object in a protobuf body, as its JSON would be.

    Raises:
        InputError: it is none, it is cut off, or its kind is not known here.
    """
    if not body.startswith(MAGIC):
        raise InputError("the body does not begin with the magic number of Kubernetes' protobuf")
    api_version = kind = ""
    raw = b""
    for number, value in _values(body[len(MAGIC) :]):
        match number, value:
            case 1, bytes():
                for inner, part in _values(value):
                    if inner == 1 and isinstance(part, bytes):
                        api_version = part.decode("utf-8", "replace")
                    elif inner == 2 and isinstance(part, bytes):
                        kind = part.decode("utf-8", "replace")
            case 2, bytes():
                raw = value
            case _:
                continue
    if kind not in types():
        raise InputError(f"the protobuf encoding of {kind or 'an object without a kind'} is not known here")
    return {"apiVersion": api_version, "kind": kind, **_message(kind, raw)}


def _message(type_: str, raw: bytes) -> Object:
    """One message with its fields by name; inlined ones are lifted up."""
    known = {field.number: field for field in types().get(type_, {}).values()}
    found: Object = {}
    for number, value in _values(raw):
        field = known.get(number)
        if field is None:
            continue  # newer than our table: unknown fields are dropped, as a real server drops them
        if field.inline:
            inner = _message(field.type, value) if isinstance(value, bytes) else {}
            found.update(inner)
        elif field.keyed:
            _into_map(found, field, value)
        elif field.many:
            held = found.setdefault(field.name, [])
            if isinstance(held, list):
                held.extend(_many(field.type, value))
        else:
            one = _value(field.type, value)
            # Go marks what is not set with the empty value, and JSON leaves it out.
            empty = one is None or one == "" or (one == {} and field.name in ("status", "strategy"))
            if not (empty or (not one and field.name in _NOT_SET)):
                found[field.name] = one
    return found


def _into_map(found: Object, field: Field, value: int | bytes) -> None:
    held = found.setdefault(field.name, {})
    key, one = "", _value(field.type, b"")
    for number, part in _values(value if isinstance(value, bytes) else b""):
        if number == 1 and isinstance(part, bytes):
            key = part.decode("utf-8", "replace")
        elif number == 2:
            one = _value(field.type, part)
    if isinstance(held, dict):
        held[key] = one


def _many(type_: str, value: int | bytes) -> Iterator[Json]:
    """The values of one entry of a list: numbers may come packed."""
    if type_ in ("int32", "int64", "bool") and isinstance(value, bytes):
        rest = value
        while rest:
            number, rest = _varint(rest)
            yield _value(type_, number)
    else:
        yield _value(type_, value)


def _value(type_: str, value: int | bytes) -> Json:
    match type_, value:
        case "bool", int():
            return bool(value)
        case "int32" | "int64", int():
            return value - (1 << 64) if value >= 1 << 63 else value
        case "double", int():
            found: float = struct.unpack("<d", struct.pack("<Q", value))[0]
            return found
        case "string", bytes():
            return value.decode("utf-8", "replace")
        case "bytes", bytes():
            return base64.b64encode(value).decode("ascii")
        case "Time" | "MicroTime", bytes():
            return _time(value)
        case "Quantity", bytes():
            return next((part.decode() for _, part in _values(value) if isinstance(part, bytes)), "0")
        case "IntOrString", bytes():
            return _int_or_string(value)
        case "FieldsV1" | "RawExtension", bytes():
            return None
        case _, bytes():
            return _message(type_, value)
        case _:
            return None


def _time(raw: bytes) -> Json:
    seconds = next((value for number, value in _values(raw) if number == 1), None)
    if not isinstance(seconds, int):
        return None
    signed = seconds - (1 << 64) if seconds >= 1 << 63 else seconds
    return None if signed == _ZERO_TIME else stamp(datetime.fromtimestamp(signed, UTC))


def _int_or_string(raw: bytes) -> Json:
    parts = dict(_values(raw))
    said = parts.get(3, b"")
    if parts.get(1, 0) == 1:
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else ""
    return _value("int32", parts.get(2, 0))


def _values(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Every field of a message: its number, and a whole number or bytes. Raises InputError if it is cut off."""
    while raw:
        tag, raw = _varint(raw)
        number, wire = tag >> 3, tag & 7
        match wire:
            case 0:
                value, raw = _varint(raw)
                yield number, value
            case 1 | 5:
                size = 8 if wire == _FIXED64 else 4
                yield number, int.from_bytes(raw[:size], "little")
                raw = raw[size:]
            case 2:
                length, raw = _varint(raw)
                if length > len(raw):
                    raise InputError("the protobuf body is cut off")
                yield number, raw[:length]
                raw = raw[length:]
            case _:
                raise InputError(f"the protobuf body has a field of the unknown wire type {wire}")


def _varint(raw: bytes) -> tuple[int, bytes]:
    found = 0
    for index, byte in enumerate(raw[:10]):
        found |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return found, raw[index + 1 :]
    raise InputError("the protobuf body is cut off")
