"""Healthchecks: /ping/<uuid>, /ping/<key>/<slug>, with /start, /fail, /log or an exit status behind; also without /ping."""

import re
from uuid import UUID

from tocsin.detection.heartbeat import Kind, Rules
from tocsin.engine.jobs.heartbeat_spec import NAME, Spec
from tocsin.engine.jobs.heartbeats import BODY_LIMIT_BYTES, Call, Outcome, Report
from tocsin.kit import duration
from tocsin.web.pings.form import RETRY, TEXT, Asked, Format, Read, Reply

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_OWN = re.compile(_UUID)
_HOSTED = re.compile(rf"/(?:{_UUID}|[0-9a-f]{{32}}/[^/]+)(?:/.*)?", re.DOTALL)
_SIGNALS = {"start": Kind.START, "fail": Kind.FAIL, "log": Kind.LOG}
_MOST_EXIT = 255
_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Ping-Body-Limit", str(BODY_LIMIT_BYTES)),
    ("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"),
)
# What a heartbeat is that its sender makes by ?create=1, as Healthchecks has it: once a day, an hour of grace.
_DAY, _HOUR = duration.parse("1 day"), duration.parse("1 h")


def mine(path: str) -> bool:
    """Whether a path is one of these."""
    return path.startswith("/ping/") or _HOSTED.fullmatch(path) is not None


def read(asked: Asked) -> Read | Reply:
    """What a request means."""
    parts = asked.path.removeprefix("/ping").strip("/").split("/")
    key, rest = parts[0], parts[1:]
    name: str | None = None
    if _OWN.fullmatch(key) is None:
        if not rest:
            return _text(404, "not found")
        name, rest = rest[0], rest[1:]
        if NAME.fullmatch(name) is None:
            return _text(400, "invalid url format")
    said = _signal(rest)
    if said is None:
        return _text(400, "invalid url format")
    kind, status = said
    rid = asked.query.get("rid")
    if rid is not None:
        try:
            rid = str(UUID(rid))
        except ValueError:
            return _text(400, "invalid uuid format")
    report = Report(
        kind, rid, exit=status, body=asked.body[:BODY_LIMIT_BYTES], method=asked.method, agent=asked.agent,
        source=asked.source,
    )  # fmt: skip
    make = _made(name) if name is not None and asked.query.get("create") == "1" else None
    return Read((Call("healthchecks", key, report, name, make=make),), _answer)


def _signal(rest: list[str]) -> tuple[Kind, int | None] | None:
    match rest:
        case []:
            return Kind.SUCCESS, None
        case [word] if word in _SIGNALS:
            return _SIGNALS[word], None
        case [word] if word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= _MOST_EXIT:
            return (Kind.FAIL if int(word) else Kind.SUCCESS), int(word)
        case _:
            return None


def _made(name: str) -> Spec:
    assert _DAY is not None
    assert _HOUR is not None
    return Spec(name, Rules(grace=_HOUR, limit=_HOUR, wall=False), every=_DAY)


def _answer(outcomes: tuple[Outcome, ...]) -> Reply:
    match outcomes[0]:
        case Outcome.TAKEN:
            return _text(200, "OK")
        case Outcome.CREATED:
            return _text(201, "Created")
        case Outcome.FULL:
            return _text(403, "too many checks")
        case _:
            return _text(404, "not found")


def _text(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), TEXT, _HEADERS)


FORMAT = Format(
    name="healthchecks",
    mine=mine,
    read=read,
    methods=frozenset({"HEAD", "GET", "POST"}),
    limit=BODY_LIMIT_BYTES,
    cuts=True,
    busy=Reply(503, b"try again", TEXT, (*_HEADERS, RETRY)),
    refused=_text,
)
