"""Gatus' external endpoint: POST /api/v1/endpoints/<group_name>/external?success=true|false&error=&duration=10s."""

import re
from datetime import timedelta

from tocsin.detection.heartbeat import Kind
from tocsin.engine.jobs.heartbeats import BODY_LIMIT_BYTES, Call, Outcome, Report
from tocsin.web.pings.form import RETRY, TEXT, Asked, Format, Read, Reply

_PATH = re.compile(r"/api/v1/endpoints/([^/]+)/external/?")
_TRUTH = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}  # as Go reads a truth value
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_S = 9_223_372_036.0  # what Go's 64 bits of nanoseconds hold


def mine(path: str) -> bool:
    """Whether a path is one of these."""
    return _PATH.fullmatch(path) is not None


def read(asked: Asked) -> Read | Reply:
    """What a request means. What is wrong is told in Gatus' own order."""
    found = _PATH.fullmatch(asked.path)
    if found is None:
        return _refused(404, "not found")
    success = _TRUTH.get(asked.query.get("success", ""))
    if success is None:
        return _refused(400, "missing or invalid success query parameter")
    shown = asked.headers.get("authorization", "")
    if not shown.startswith("Bearer "):
        return _refused(401, "invalid Authorization header")
    token = shown.removeprefix("Bearer ").strip()
    if not token:
        return _refused(401, "bearer token must not be empty")
    written = asked.query.get("duration", "")
    took = go_duration(written) if written else timedelta()
    report = Report(
        Kind.SUCCESS if success else Kind.FAIL,
        took=took or None,
        body=b"" if success else asked.query.get("error", "").encode("utf-8", "replace")[:BODY_LIMIT_BYTES],
        method=asked.method,
        agent=asked.agent,
        source=asked.source,
    )

    def answer(outcomes: tuple[Outcome, ...]) -> Reply:
        match outcomes[0]:
            case Outcome.TAKEN if took is None:
                return _refused(400, f'invalid duration: time: invalid duration "{written}"')
            case Outcome.TAKEN:
                return Reply(200, b"", None)
            case Outcome.WRONG_KEY:
                return _refused(401, "invalid token")
            case _:
                return _refused(404, "not found")

    # A duration that cannot be read is told only to who has the token; so the heartbeat is looked for first.
    return Read(
        (Call("gatus", token, report if took is not None else None, endpoint=found[1].lower()),), answer
    )


def go_duration(text: str) -> timedelta | None:
    """A duration as Go writes it ("1h2m3.5s", "-250ms", "0"); None if it is none or below zero."""
    body = text.removeprefix("+")
    if body == "0":
        return timedelta()
    seconds, position = 0.0, 0
    for part in _PART.finditer(body):
        if part.start() != position:
            return None
        seconds += float(part[1]) * _SECONDS[part[2]]
        position = part.end()
    if position == 0 or position != len(body) or seconds > _LONGEST_S:
        return None
    return timedelta(seconds=seconds)


def _refused(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), TEXT)


FORMAT = Format(
    name="gatus",
    mine=mine,
    read=read,
    methods=frozenset({"POST"}),
    limit=0,
    cuts=True,
    busy=Reply(503, b"not stored, try again", TEXT, (RETRY,)),
    refused=_refused,
)
