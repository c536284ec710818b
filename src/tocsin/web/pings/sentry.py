"""Sentry Crons: check-ins by URL, by JSON and in envelopes; `monitor_config` makes the heartbeat it describes."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from tocsin.detection.heartbeat import Kind
from tocsin.engine.jobs.heartbeat_spec import Spec
from tocsin.engine.jobs.heartbeats import Call, Outcome, Report
from tocsin.web.pings.form import JSON, RETRY, Asked, Format, Read, Reply
from tocsin.web.pings.sentry_monitor import Wrong, monitor

_CRON = re.compile(r"/api/\d+/cron/([^/]+)(?:/([^/]+))?/?")
_ENVELOPE = re.compile(r"/api/\d+/envelope/?")
_HEADER_KEY = re.compile(r"\bsentry_key=([^\s,]+)")
_DSN_KEY = re.compile(r"https?://([^/@:]+)(?::[^/@]*)?@")
_SLUG_CHARS = 50
_STATUS = {"in_progress": Kind.START, "ok": Kind.SUCCESS, "error": Kind.FAIL}
_MOST_ITEMS = 100
_NIL = UUID(int=0)
_LIMIT_BYTES = 1_000_000


def mine(path: str) -> bool:
    """Whether a path is one of these."""
    return _CRON.fullmatch(path) is not None or _ENVELOPE.fullmatch(path) is not None


def read(asked: Asked) -> Read | Reply:
    """What a request means."""
    found = _CRON.fullmatch(asked.path)
    try:
        if found is None:
            return _envelope(asked)
        said: Mapping[str, object] = asked.query
        if asked.method == "POST" and _media(asked) == "application/json":
            said = {**asked.query, **_object(asked.body, "check-in")}
        key = found[2] or _key(asked)
        return Read((_call(asked, key, found[1], said),), _answered(202, b"", None))
    except Wrong as problem:
        return _refused(400, str(problem))
    except _NoKey:
        return _refused(403, "missing authorization information")


class _NoKey(Exception):
    """Nothing says who is speaking."""


def _call(asked: Asked, key: str, slug: str, said: Mapping[str, object]) -> Call:
    """The check-in that a table of values is. Raises Wrong."""
    status = said.get("status")
    if not isinstance(status, str) or not status:
        raise Wrong("missing status")
    kind = _STATUS.get(status, Kind.LOG)
    rid, newest = _run(said.get("check_in_id"))
    took = _seconds(said.get("duration"))
    environment = said.get("environment")
    name = _name(slug, environment if isinstance(environment, str) else "")
    config = said.get("monitor_config")
    make: Spec | None = None
    if config is not None:
        make = monitor(name, config)
    report = Report(
        kind,
        rid,
        newest,
        took=took,
        body=b"" if kind is not Kind.LOG else f"status {status[:100]}".encode("utf-8", "replace"),
        method=asked.method,
        agent=asked.agent,
        source=asked.source,
    )
    return Call("sentry", key, report, name, make=make, remake=make is not None)


def _envelope(asked: Asked) -> Read | Reply:
    header, items = envelope(asked.body)
    key = _key(asked, header)
    calls = [_call(asked, key, _text(item, "monitor_slug"), item) for item in items]
    event = header.get("event_id")
    body = json.dumps({"id": event} if isinstance(event, str) else {}, separators=(",", ":")).encode()
    answer = _answered(200, body, JSON)
    return Read(tuple(calls), answer) if calls else answer(())


def envelope(body: bytes) -> tuple[Mapping[str, object], list[Mapping[str, object]]]:
    """The header of an envelope and its check-ins; other items are left out. Raises Wrong."""
    line, _, rest = body.partition(b"\n")
    header = _object(line, "envelope header")
    found: list[Mapping[str, object]] = []
    for _ in range(_MOST_ITEMS):
        if not rest.strip(b"\n"):
            return header, found
        line, _, rest = rest.lstrip(b"\n").partition(b"\n")
        item = _object(line, "item header")
        length = item.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        elif isinstance(length, int) and not isinstance(length, bool) and 0 <= length <= len(rest):
            payload, rest = rest[:length], rest[length:]
            if rest and not rest.startswith(b"\n"):
                raise Wrong("invalid envelope: an item is longer than its length")
        else:
            raise Wrong("invalid envelope: an item is shorter than its length")
        if item.get("type") == "check_in":
            found.append(_object(payload, "check-in"))
    raise Wrong(f"invalid envelope: more than {_MOST_ITEMS} items")


def _key(asked: Asked, header: Mapping[str, object] | None = None) -> str:
    """The public key: of the header Sentry has for it, of the query, or of the envelope's DSN."""
    for name in ("x-sentry-auth", "authorization"):
        shown = _HEADER_KEY.search(asked.headers.get(name, ""))
        if shown is not None:
            return shown[1]
        dsn = _DSN_KEY.search(asked.headers.get(name, ""))
        if dsn is not None:
            return dsn[1]
    if asked.query.get("sentry_key"):
        return asked.query["sentry_key"]
    written = (header or {}).get("dsn")
    dsn = _DSN_KEY.match(written) if isinstance(written, str) else None
    if dsn is not None:
        return dsn[1]
    raise _NoKey


def _run(said: object) -> tuple[str | None, bool]:
    """Which run a check-in is about: its id, or the newest open one."""
    if said is None or said == "":
        return None, True
    if not isinstance(said, str):
        raise Wrong("invalid check_in_id")
    try:
        found = UUID(said)
    except ValueError as problem:
        raise Wrong("invalid check_in_id") from problem
    return (None, True) if found == _NIL else (str(found), False)


def _seconds(said: object) -> timedelta | None:
    """The duration told; one that cannot be read is none."""
    try:
        seconds = float(said) if isinstance(said, str | int | float) else 0.0
        return timedelta(seconds=seconds) if seconds > 0 else None
    except (ValueError, OverflowError):
        return None


def _name(slug: str, environment: str) -> str:
    """The heartbeat's name: the slug, and behind it the environment where that is not production."""
    name = re.sub(r"[^a-z0-9_-]", "-", slug.lower()[:_SLUG_CHARS])
    other = re.sub(r"[^a-z0-9_-]", "-", environment.lower()[: _SLUG_CHARS - 1])
    return f"{name}-{other}" if other not in ("", "production") else name


def _text(item: Mapping[str, object], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise Wrong(f"missing {key}")
    return value


def _object(text: bytes, what: str) -> Mapping[str, object]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise Wrong(f"invalid {what}: not JSON") from problem
    if not isinstance(found, dict):
        raise Wrong(f"invalid {what}: not an object")
    return found


def _media(asked: Asked) -> str:
    return asked.headers.get("content-type", "").partition(";")[0].strip().lower()


class _Answered:
    """The answer of one request, when it is known what became of its check-ins."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __call__(self, outcomes: tuple[Outcome, ...]) -> Reply:
        if Outcome.WRONG_KEY in outcomes:
            return _refused(403, "invalid project key")
        if Outcome.FULL in outcomes:
            return _refused(403, "too many monitors")
        if Outcome.NOT_FOUND in outcomes:
            return _refused(404, "monitor not found", "Send a monitor_config, or put it into tocsin.toml.")
        return self._reply


def _answered(status: int, body: bytes, media: str | None) -> _Answered:
    return _Answered(Reply(status, body, media))


def _refused(status: int, text: str, *causes: str) -> Reply:
    return Reply(status, json.dumps({"detail": text, "causes": list(causes)}).encode(), JSON)


FORMAT = Format(
    name="sentry",
    mine=mine,
    read=read,
    methods=frozenset({"GET", "POST"}),
    limit=_LIMIT_BYTES,
    cuts=False,
    busy=Reply(503, b'{"detail": "not stored, try again", "causes": []}', JSON, (RETRY,)),
    refused=_refused,
)
