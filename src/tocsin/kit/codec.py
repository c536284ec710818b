"""Frozen dataclasses to canonical JSON and back. One spelling per value, so that a hash of it means something."""

from typing import Any, TypeVar

import msgspec

from tocsin.errors import InputError

Value = TypeVar("Value")

_encoder = msgspec.json.Encoder(order="deterministic")


def encode(value: object) -> str:
    """The canonical JSON of a dataclass, enum, datetime, timedelta or plain value.

    Fields keep their declared order, keys of mappings and members of sets are sorted: equal values give
    equal texts, byte for byte.
    """
    return _encoder.encode(value).decode()


def decode(text: str, kind: type[Value]) -> Value:
    """The value of type `kind` that `encode` wrote.

    Raises:
        InputError: the text is not JSON of that shape; the message names the path of the first mismatch.
    """
    try:
        return _decoder(kind).decode(text)
    except (msgspec.DecodeError, UnicodeError) as problem:
        raise InputError(f"This is not a {kind.__name__}: {problem}.") from problem


def _decoder(kind: type[Value]) -> msgspec.json.Decoder[Value]:
    """Made once for each type: making one costs several times what decoding does."""
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.json.Decoder(kind)
    return found


# Any: of each type a decoder of that type, which no type of a dict can say.
_decoders: dict[object, Any] = {}


def plain(value: object) -> object:
    """The value as dicts, lists, texts and numbers, for JSON documents of our own making."""
    return msgspec.to_builtins(value, order="deterministic")
