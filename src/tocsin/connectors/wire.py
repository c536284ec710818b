"""What every inbound format needs: JSON read strictly, times as senders write them, and signatures (wire-formats C3, C18, C19)."""

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from tocsin.connectors.alert_source import Unreadable

DEEPEST = 64
NO_MATCH = "the signature does not match"
_fast: msgspec.json.Decoder[object] = msgspec.json.Decoder(object)
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this is the year 5138: nobody means that
_NO_TIME = "0001-01-01"


def json_value(body: bytes) -> object:
    """The JSON value of a body: lists, dicts with text keys, texts, numbers that are finite, truth values and None.

    Of the same key twice the last counts; lone surrogates are kept. Raises Unreadable for everything that is not
    JSON of at most 64 levels in UTF-8.
    """
    if shallow(body):
        try:
            # Several times faster, as strict, and cannot be too deep; what it does not take is read again below.
            return _fast.decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            pass
    try:
        # Some senders (PowerShell) begin with a byte order mark.
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"not UTF-8 at byte {problem.start}") from problem
    try:
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as problem:
        raise Unreadable(f"more than {DEEPEST} levels deep") from problem
    except json.JSONDecodeError as problem:
        raise Unreadable(f"JSON parse error: {problem.msg} at character {problem.pos}") from problem
    except ValueError as problem:
        raise Unreadable(f"JSON parse error: {problem}") from problem
    if _depth(value) > DEEPEST:
        raise Unreadable(f"more than {DEEPEST} levels deep")
    return value


def shallow(body: bytes) -> bool:
    """Whether JSON cannot be deeper than `DEEPEST`, seen without reading it."""
    return body.count(b"{") + body.count(b"[") <= DEEPEST


def json_object(body: bytes) -> "Fields":
    """The JSON object of a body. Raises Unreadable, also for any other JSON value."""
    match json_value(body):
        case dict(found):
            return Fields({str(name): value for name, value in found.items()})
        case _:
            raise Unreadable("not a JSON object")


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object read leniently: what is missing or of another type is empty, never an error.

    >>> Fields({"data": {"issue": {"id": 7}}}).text("data", "issue", "id")
    '7'
    """

    value: dict[str, object]

    def find(self, *path: str) -> object:
        """The value at a path of keys, or None."""
        found: object = self.value
        for name in path:
            if not isinstance(found, dict):
                return None
            found = found.get(name)
        return found

    def text(self, *path: str) -> str:
        """The text, number or truth value at a path as text; "" for everything else."""
        found = self.value.get(path[0]) if len(path) == 1 else self.find(*path)
        return found if type(found) is str else plain(found)

    def first(self, *names: str) -> str:
        """The first of these keys that holds a text that is not blank, or ""."""
        return next((found for name in names if (found := self.text(name)).strip()), "")

    def at(self, *path: str) -> "Fields":
        """The object at a path; empty if there is none."""
        match self.find(*path):
            case dict(found):
                return Fields({str(name): value for name, value in found.items()})
            case _:
                return Fields({})

    def objects(self, *path: str) -> "tuple[Fields, ...]":
        """The objects of the list at a path; what is no object in it is left out."""
        match self.find(*path):
            case list(items):
                return tuple(
                    Fields({str(name): value for name, value in item.items()})
                    for item in items
                    if isinstance(item, dict)
                )
            case _:
                return ()

    def texts(self, *path: str) -> dict[str, str]:
        """The members of the object at a path that are texts, numbers or truth values, as text."""
        return {
            name: plain(value)
            for name, value in self.at(*path).value.items()
            if value is not None and not isinstance(value, (dict, list))
        }


def plain(value: object) -> str:
    """A text as it is, a number or truth value as JSON writes it, everything else as ""."""
    match value:
        case str(text):
            return text
        case bool(truth):
            return "true" if truth else "false"
        case int(number) | float(number):
            return json.dumps(number)
        case _:
            return ""


def moment(value: object) -> datetime | None:
    """A time as senders write it (UTC), or None if it says none or cannot be read.

    Texts as in RFC 3339 with any number of fraction digits, "+0000" for an offset, or none (then UTC); numbers are
    seconds since 1970, milliseconds if they are that large. The year 1 is how Go writes "none".
    """
    try:
        match value:
            case str(text):
                return _written(text.strip())
            case bool():
                return None
            case int(number) | float(number):
                seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
                return datetime.fromtimestamp(seconds, UTC)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None


def moment_or(value: object, received_at: datetime, notices: list[str]) -> datetime:
    """The time a sender wrote, or when it was received; a time that cannot be read adds a notice (C18)."""
    found = moment(value)
    if found is not None:
        return found
    said = plain(value)
    if said and not said.startswith(_NO_TIME):
        notices.append(f'the time "{said[:40]}" cannot be read; the time of receipt is taken')
    return received_at


def signed(secrets: Iterable[str], text: bytes, given: Iterable[str]) -> bool:
    """Whether one of the hexadecimal signatures is HMAC-SHA256 of `text` by one of the secrets.

    Compared as bytes, so upper case counts, and in constant time; every pair is compared, whatever the first says.
    """
    signatures = [found for each in given if (found := _hex(each)) is not None]
    good = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), text, hashlib.sha256).digest()
        for signature in signatures:
            good |= hmac.compare_digest(wanted, signature)
    return good


def fresh(stamp: str, now: datetime, within: timedelta) -> bool:
    """Whether a time in whole seconds since 1970, as a signature covers it, is at most so far from now."""
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
        return False
    return abs(now.timestamp() - int(stamp)) <= within.total_seconds()


def doubted(headers: Mapping[str, str], name: str) -> str:
    """Why a signature in this header proves nothing, as far as its time has no part in it."""
    return NO_MATCH if headers.get(name.lower(), "").strip() else f"the header {name} is missing"


def out_of_time(stamp: str, now: datetime, within: timedelta) -> str:
    """The sentence about a right signature of a wrong time: most often a clock is."""
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
        return "the signed time is no time"
    late = now.timestamp() - int(stamp)
    when = f"{late:.0f} s before" if late >= 0 else f"{-late:.0f} s after"
    return (
        f"it was signed {when} it came, and at most {within.total_seconds():.0f} s are believed: "
        "compare the clocks of both machines"
    )


def _hex(text: str) -> bytes | None:
    stripped = text.strip()
    if len(stripped) != 64:
        return None
    try:
        return bytes.fromhex(stripped)
    except ValueError:
        return None


def _written(text: str) -> datetime | None:
    if not text or text.startswith(_NO_TIME):
        return None
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _depth(value: object) -> int:
    """How many lists and objects stand in each other; counted without recursion."""
    deepest = 0
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        current, level = waiting.pop()
        if isinstance(current, (dict, list)):
            level += 1
            deepest = max(deepest, level)
            if deepest > DEEPEST:
                return deepest
            waiting.extend((inner, level) for inner in _inner(current))
    return deepest


def _inner(value: dict[str, object] | list[object]) -> Iterator[object]:
    yield from value.values() if isinstance(value, dict) else value
