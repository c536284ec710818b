"""Uptime Kuma's push monitor: ANY /api/push/<token>?status=up|down&msg=&ping=."""

import json
import math
from datetime import timedelta

from tocsin.detection.heartbeat import Kind
from tocsin.engine.jobs.heartbeats import BODY_LIMIT_BYTES, Call, Outcome, Report
from tocsin.web.pings.form import JSON, RETRY, Asked, Format, Read, Reply

_PREFIX = "/api/push/"
_MOST_MS = 100_000_000_000.0


def mine(path: str) -> bool:
    """Whether a path is one of these."""
    return path.startswith(_PREFIX)


def read(asked: Asked) -> Read | Reply:
    """What a request means."""
    token = asked.path.removeprefix(_PREFIX).rstrip("/")
    if not token or "/" in token:
        return _refused(404, "Monitor not found or not active.")
    took = _milliseconds(asked.query.get("ping", ""))
    if took is None:
        return _refused(404, "Invalid ping value. Must be between 0 and 100000000000 ms.")
    kind = Kind.SUCCESS if asked.query.get("status", "up") == "up" else Kind.FAIL
    report = Report(
        kind,
        took=timedelta(milliseconds=took) if took else None,
        body=asked.query.get("msg", "").encode("utf-8", "replace")[:BODY_LIMIT_BYTES],
        method=asked.method,
        agent=asked.agent,
        source=asked.source,
    )
    return Read((Call("kuma", token, report),), _answer)


def _milliseconds(text: str) -> float | None:
    """The length told; 0 for none; None if it is out of bounds. What is no number was none in Kuma too."""
    try:
        found = float(text)
    except ValueError:
        return 0.0
    if math.isnan(found):
        return 0.0
    return found if 0 <= found <= _MOST_MS else None


def _answer(outcomes: tuple[Outcome, ...]) -> Reply:
    if outcomes[0] is Outcome.TAKEN:
        return Reply(200, b'{"ok":true}', JSON)
    return _refused(404, "Monitor not found or not active.")


def _refused(status: int, text: str) -> Reply:
    return Reply(status, json.dumps({"ok": False, "msg": text}, separators=(",", ":")).encode(), JSON)


FORMAT = Format(
    name="kuma",
    mine=mine,
    read=read,
    methods=frozenset(),
    limit=0,
    cuts=True,
    busy=Reply(503, b'{"ok":false,"msg":"Not stored, try again."}', JSON, (RETRY,)),
    refused=_refused,
)
