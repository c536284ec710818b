"""About what others tell us: changes beside incidents, silences, and where every accepted alert is."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from tocsin.app import views
from tocsin.detection.silence import Silence, parse_matcher
from tocsin.engine.foreign import silencing
from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.oncall.person import AccessRole
from tocsin.store import changes, requests, silences
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty, body


class Changes(msgspec.Struct):
    """Changes, the newest first."""

    changes: list[views.ChangeView]


class SilenceBody(msgspec.Struct, forbid_unknown_fields=True):
    """Alerts whose labels meet every matcher open no incident for a while. `lasts`: as in "2 h"."""

    matchers: Annotated[list[str], msgspec.Meta(min_length=1, max_length=50)]
    comment: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    lasts: str = "1 h"
    starts_at: datetime | None = None


class SilenceView(msgspec.Struct):
    """A silence: pending, active or expired."""

    id: str
    state: str
    matchers: list[str]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str


class Silences(msgspec.Struct):
    """Silences that hold or will, and those that ended in the last five days, the newest first."""

    silences: list[SilenceView]


class LedgerView(msgspec.Struct):
    """Where the alerts of foreign senders are: accepted = linked + suppressed + pending."""

    requests: int
    accepted: int
    linked: int
    suppressed: int
    pending: int
    balanced: bool
    oldest: datetime | None


def _changes(call: Call) -> Changes:
    since = duration.parse(call.query["since"])
    if since is None:
        raise InputError("since is a duration.", hint='Write "24 h".')
    with call.app.database.read() as tx:
        rows = changes.between(tx, call.now - since, call.now + timedelta(days=1), int(call.query["limit"]))
    return Changes([views.change(row) for row in rows])


def _silences(call: Call) -> Silences:
    with call.app.database.read() as tx:
        rows = silences.listing(tx, call.now - timedelta(days=5))
    return Silences([_silence(row, call.now) for row in rows])


def _add(call: Call) -> SilenceView:
    given = body(call, SilenceBody)
    lasts = duration.parse(given.lasts)
    if lasts is None:
        raise InputError("lasts is a duration.", hint='Write "2 h".')
    starts = given.starts_at or call.now
    if starts.tzinfo is None:
        raise InputError("starts_at needs a zone.", hint="Write 2026-11-21T03:00:00Z.")
    made = silencing.make(
        call.app.database, [parse_matcher(each) for each in given.matchers], starts, starts + lasts,
        call.caller.person or call.caller.via, given.comment, call.now,
    )  # fmt: skip
    return _silence(made, call.now)


def _expire(call: Call) -> SilenceView:
    return _silence(silencing.expire(call.app.database, call.path["silence"], call.now), call.now)


def _ledger(call: Call) -> LedgerView:
    with call.app.database.read() as tx:
        found = requests.ledger(tx)
    return LedgerView(
        found.requests, found.accepted, found.linked, found.suppressed, found.pending, found.balanced, found.oldest
    )  # fmt: skip


def _silence(found: Silence, now: datetime) -> SilenceView:
    return SilenceView(
        found.id, found.state(now), [str(each) for each in found.matchers], found.starts_at, found.ends_at, found.by,
        found.comment,
    )  # fmt: skip


_VIEWER, _RESPONDER = AccessRole.VIEWER, AccessRole.RESPONDER
_SINCE = Query("since", 'how far back, as in "24 h"', default="24 h")
_LIMIT = Query("limit", "how many at most", "count", "50")
OPERATIONS = (
    Operation("GET", "/api/v1/changes", "list_changes", "What was changed on purpose, as other tools told it.", _VIEWER,
              Changes, _changes, query=(_SINCE, _LIMIT), tag="alerts"),
    Operation("GET", "/api/v1/silences", "list_silences", "What opens no incident for a while.", _VIEWER, Silences,
              _silences, tag="alerts"),
    Operation("POST", "/api/v1/silences", "add_silence", "Hold alerts of some labels back for a while.", _RESPONDER,
              SilenceView, _add, SilenceBody, status=201, tag="alerts"),
    Operation("POST", "/api/v1/silences/{silence}/expire", "expire_silence", "End a silence now.", _RESPONDER,
              SilenceView, _expire, Empty, refuses=(404,), tag="alerts"),
    Operation("GET", "/api/v1/intake/ledger", "intake_ledger", "Where every accepted alert is.", _VIEWER, LedgerView,
              _ledger, tag="alerts"),
)  # fmt: skip
