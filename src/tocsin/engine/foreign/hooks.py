"""A request of a foreign sender: whose it is, whether it proves itself, what it says, what is answered, what is kept.

Nothing is answered with success here. The answer is made ready, and leaves the socket only when the request is durable
(`engine.admission`); the alerts in it are decided upon afterwards (`engine.unpack`).
"""

import logging
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import cast
from urllib.parse import parse_qsl, urlencode

from tocsin.connectors.alert_source import (
    AlertSource,
    Answered,
    Doubts,
    FixedPath,
    Format,
    Inbound,
    Read,
    Unreadable,
)
from tocsin.connectors.wire import NO_MATCH
from tocsin.engine.foreign.integrations import Integration, Integrations
from tocsin.store.requests import NewRequest, State

logger = logging.getLogger("tocsin.intake")

HIDDEN = "…"
_RATIO = 200  # a body that unpacks to more than this many times its size is a bomb
_HEADERS, _HEADER_CHARS = 40, 1_000
_KEPT = frozenset(
    ("content-type", "content-encoding", "content-length", "user-agent", "request-id", "origin", "date")
)
_KEPT_BEGIN = ("x-", "sentry-", "stripe-", "webhook-", "svix-")
_SECRET = ("signature", "auth", "token", "secret", "key", "cookie", "password", "credential")
OVERSIZE = "oversize"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came off the socket.

    Attributes:
        path: as the format knows it, without a key that was part of it. headers: names in lower case.
        raw: the body as it was sent. source: the address it came from. cut: whether the body was longer than is read.
        request: the id it is to be stored under; see `request_id`.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    source: str
    received_at: datetime
    request: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be kept and answered.

    Attributes:
        new: to be kept before the answer leaves; None for strangers. answer: if it was kept.
        whose: who sent it; None for strangers. inbound: as its format read it.
    """

    new: NewRequest | None
    answer: Answered
    whose: Integration | None
    inbound: Inbound

    @property
    def bucket(self) -> str:
        """Whose queue it waits in."""
        return "" if self.whose is None else self.whose.name

    @property
    def patient(self) -> bool:
        """Whether it may go by the spool when too many of its key wait already."""
        return self.whose is None or self.whose.format.busy is None

    def sorry(self) -> Answered:
        """What is answered if it could not be kept."""
        return self._again(503, "the alert could not be stored")

    def busy(self) -> Answered:
        """What is answered if too many of its key wait and it may not go by the spool."""
        busy = None if self.whose is None else self.whose.format.busy
        return self._again(busy or 503, "too many events wait to be stored")

    def _again(self, status: int, why: str) -> Answered:
        if self.whose is None:
            return self.answer
        said = self.whose.source.refused(self.inbound, status, (why,))
        return replace(said, status=status, headers=(("Retry-After", "5"),))


def request_id(received_at: datetime, chance: str) -> str:
    """An id that sorts by time (32 characters), so that an index of them grows at its end only.

    Args:
        chance: 20 random hexadecimal digits.
    """
    return f"{int(received_at.timestamp() * 1000):012x}{chance:.20}"


def judge(arrived: Arrived, formats: Iterable[Format], integrations: Integrations, key: str | None) -> Judged:
    """What becomes of a request. Pure but for the log.

    Args:
        formats: those that may be meant by the path it came by; the first is asked for the shape of a refusal.
        key: the key in the path, or None where the sender's own way of sending one is looked at.
    """
    choices = tuple(formats)
    spoken, inbound, wrong = _unpacked(arrived, choices)
    found: Integration | None = None
    if key is not None:
        found = integrations.holder((each.kind for each in choices), key)
    elif wrong is None:
        found, wrong = _by_credential(inbound, choices, integrations)
    if found is None:
        return _stranger(inbound, spoken, wrong, integrations)
    inbound = _inbound(arrived, inbound.body, found.name)
    if arrived.cut or (wrong is not None and wrong.status == 413):
        return _too_large(arrived, inbound, found, wrong)
    if not found.enabled:
        return _refused(arrived, inbound, found, 404, "the integration is disabled", key)
    if not _proven(inbound, found):
        return _refused(arrived, inbound, found, 401, _why(inbound, found), key)
    if wrong is not None:
        return _unparsed(arrived, inbound, found, wrong, key)
    return _read(arrived, inbound, found, key)


def _read(arrived: Arrived, inbound: Inbound, found: Integration, key: str | None) -> Judged:
    try:
        read = found.source.read(inbound)
    except Unreadable as wrong:
        return _unparsed(arrived, inbound, found, wrong, key)
    except Exception as problem:
        # The edge: a defect of one parser must neither lose the request nor end the connection.
        logger.exception("request of %s could not be read", found.name)
        why = f"{type(problem).__name__}: {problem}"
        return _unparsed(arrived, inbound, found, Unreadable(why), key)
    large = len(inbound.body) > found.format.soft_bytes
    notices = (*read.notices, *((OVERSIZE,) if large else ()))
    answer = found.source.accepted(inbound, read)
    if read.errors:
        answer = found.source.refused(inbound, 400, read.errors)
    new = _kept(
        arrived, inbound, found, State.IGNORED if read.quiet else State.PENDING, answer.status,
        "; ".join((*((read.set_aside or "not_an_alert",) if read.quiet else ()), *read.errors, *notices)) or None, key, read,
    )  # fmt: skip
    return _judged(new, answer, inbound, found)


def reread(found: Integration, inbound: Inbound) -> Read:
    """What a stored request says to today's parser. Raises Unreadable."""
    return found.source.read(inbound)


def stored_inbound(new: NewRequest) -> Inbound:
    """A stored request as its format reads it. Raises Unreadable if it cannot be unpacked."""
    bare, _, query = new.path.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    encoding = new.headers.get("content-encoding", "")
    body = decoded(new.body, encoding, len(new.body) * _RATIO + 1024)
    return Inbound(
        new.method, bare, pairs, new.headers, body, new.body, new.integration, new.received_at, new.key
    )


def decoded(raw: bytes, encoding: str, most: int) -> bytes:
    """A body after its Content-Encoding was undone. Raises Unreadable: 415 for an unknown one, 413 above `most`."""
    match encoding.strip().casefold():
        case "" | "identity":
            return raw
        case "gzip" | "x-gzip" | "deflate" as name:
            most = min(most, len(raw) * _RATIO + 1024)
            try:
                undo = zlib.decompressobj(47 if "gzip" in name else 15)
                body = undo.decompress(raw, most + 1)
            except zlib.error as problem:
                raise Unreadable(f"the {name} body cannot be unpacked: {problem}") from problem
            if len(body) > most:
                raise Unreadable(f"the body is larger than {most} bytes when it is unpacked", status=413)
            if not undo.eof:
                raise Unreadable(f"the {name} body was cut off")
            return body
        case other:
            raise Unreadable(f"content encoding {other[:40]} is not known; send gzip or none", status=415)


def _unpacked(arrived: Arrived, choices: tuple[Format, ...]) -> tuple[Format, Inbound, Unreadable | None]:
    spoken = choices[0]
    body, wrong = arrived.raw, None
    encoding = arrived.headers.get("content-encoding", "")
    if encoding and not arrived.cut:
        try:
            body = decoded(arrived.raw, encoding, spoken.hard_bytes)
        except Unreadable as problem:
            body, wrong = b"", problem
    return spoken, _inbound(arrived, body, ""), wrong


def _inbound(arrived: Arrived, body: bytes, integration: str) -> Inbound:
    return Inbound(
        arrived.method, arrived.path, arrived.query, arrived.headers, body, arrived.raw, integration,
        arrived.received_at, arrived.request,
    )  # fmt: skip


def _by_credential(
    inbound: Inbound, choices: tuple[Format, ...], integrations: Integrations
) -> tuple[Integration | None, Unreadable | None]:
    """Whose credential stands where the format keeps it."""
    wrong: Unreadable | None = None
    for each in choices:
        source = integrations.source(each.kind)
        if source is None or not _has_paths(type(source)):
            continue
        try:
            key = cast(FixedPath, source).key(inbound)  # it was asked for its type just now
        except Unreadable as problem:
            wrong = wrong or problem
            continue
        found = None if key is None else integrations.holder((each.kind,), key)
        if found is not None:
            return found, None
    return None, wrong


def _stranger(
    inbound: Inbound, spoken: Format, wrong: Unreadable | None, integrations: Integrations
) -> Judged:
    """Nobody we know: told so in the format's own shape, and not kept."""
    source = integrations.source(spoken.kind)
    status, errors = (401, ("unknown key",)) if wrong is None else (wrong.status, wrong.errors)
    if source is None:
        answer = Answered(404, b"no integration of this kind is set up here\n", "text/plain")
    else:
        answer = source.refused(inbound, status, errors)
    return Judged(None, answer, None, inbound)


def _proven(inbound: Inbound, found: Integration) -> bool:
    try:
        return found.source.proven(inbound, found.secrets)
    except Exception:
        # The edge: what cannot be compared proves nothing.
        logger.exception("a signature for %s could not be compared", found.name)
        return False


def _why(inbound: Inbound, found: Integration) -> str:
    """Why a request proves nothing, as exactly as its format can say it."""
    match found.source:
        case Doubts() as source:
            return source.doubt(inbound, found.secrets)
        case _:
            return NO_MATCH


def _too_large(arrived: Arrived, inbound: Inbound, found: Integration, wrong: Unreadable | None) -> Judged:
    why = f"the body is larger than {found.format.hard_bytes} bytes" if wrong is None else wrong.errors[0]
    answer = found.source.refused(inbound, 413, (why,))
    new = _kept(replace(arrived, raw=b""), inbound, found, State.UNPARSED, answer.status, why, None)
    return _judged(new, answer, inbound, found)


def _refused(
    arrived: Arrived, inbound: Inbound, found: Integration, status: int, why: str, key: str | None
) -> Judged:
    """Never acted on; kept for a while, because a wrong secret must not lose the night's alerts (C14)."""
    answer = found.source.refused(inbound, status, (why,))
    return _judged(_kept(arrived, inbound, found, State.REFUSED, answer.status, why, key), answer, inbound, found)  # fmt: skip


def _unparsed(
    arrived: Arrived, inbound: Inbound, found: Integration, wrong: Unreadable, key: str | None
) -> Judged:
    answer = found.source.refused(inbound, wrong.status, wrong.errors)
    new = _kept(arrived, inbound, found, State.UNPARSED, answer.status, "; ".join(wrong.errors), key)
    return _judged(new, answer, inbound, found)


def _judged(new: NewRequest, answer: Answered, inbound: Inbound, found: Integration) -> Judged:
    return Judged(new, answer, found, inbound)


@cache
def _has_paths(kind: type[AlertSource]) -> bool:
    """Whether a format finds the credential in the request itself; asking a protocol each time costs 20 µs."""
    return all(hasattr(kind, name) for name in ("key", "paths"))


def _kept(
    arrived: Arrived, inbound: Inbound, found: Integration, state: State, status: int, note: str | None,
    key: str | None, read: Read | None = None,
) -> NewRequest:  # fmt: skip
    headers, body = _headers(arrived.headers), arrived.raw
    if body and _has_paths(type(found.source)):
        if key is None and headers.get("content-encoding"):
            # A credential inside of what is compressed can only be hidden outside of it.
            body = inbound.body
            headers = {name: value for name, value in headers.items() if name != "content-encoding"}
        for each in found.keys:
            body = body.replace(each.encode(), b"*" * len(each))
    query = (
        urlencode({name: _masked(name, value) for name, value in arrived.query.items()})
        if arrived.query
        else ""
    )
    return NewRequest(
        arrived.request, found.name, found.kind, arrived.method, f"{arrived.path}?{query}" if query else arrived.path,
        headers, body, arrived.source, arrived.received_at, state, status, 0 if read is None else len(read.alerts),
        None if read is None else read.delivery, note,
    )  # fmt: skip


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in given.items():
        if _matters(name) or _secret(name):
            kept[name] = _masked(name, value)
            if len(kept) >= _HEADERS:
                break
    return kept


def _masked(name: str, value: str) -> str:
    return HIDDEN if _secret(name) else value[:_HEADER_CHARS]


# Remembered, because every request of a sender has the same few names.


@lru_cache(maxsize=1024)
def _matters(name: str) -> bool:
    return name in _KEPT or name.startswith(_KEPT_BEGIN)


@lru_cache(maxsize=1024)
def _secret(name: str) -> bool:
    return any(word in name.casefold() for word in _SECRET)
