"""What happens, as it happens: every event of the log as a server-sent event, from any place of it on.

The id of a message is the event's place in the log, so it survives a restart; whoever comes back says the last one it
has (`Last-Event-ID`, or `after`) and misses nothing. A beat every few seconds says that the line is alive.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.oncall.person import AccessRole
from tocsin.store import log
from tocsin.store.log import LogLine
from tocsin.store.tx import Tx
from tocsin.web.api.accounts import Stranger
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.serve import problem, who
from tocsin.web.pages.live import Live, Snapshot

PATH = "/api/v1/stream"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_AT_ONCE = 500
_PLACE_MAX = 999_999_999_999


class EventView(msgspec.Struct):
    """Something that happened (docs/reference/events.md); `seq` is its place in the whole log, `position` in its incident."""

    seq: int
    position: int
    incident: str
    kind: str
    actor: str
    at: datetime
    body: object


class Events(msgspec.Struct):
    """Events, oldest first; `next` is the `after` of the next page, also when there is none yet."""

    events: list[EventView]
    next: int


def view(line: LogLine) -> EventView:
    """A line of the log as it is shown."""
    body = msgspec.json.decode(line.body)
    return EventView(line.seq, line.position, line.incident, line.kind, line.actor, line.at, body)


def _events(call: Call) -> Events:
    after = int(call.query["after"])
    with call.app.database.read() as tx:
        rows = log.all_events(tx, after, int(call.query["limit"]))
    return Events([view(each) for each in rows], rows[-1].seq if rows else after)


def routes(app: App, live: Live) -> list[Route]:
    """The stream itself; its first page is `GET /api/v1/events`."""

    async def stream(request: Request) -> Response:
        caller = await run_in_threadpool(who, app, request)
        if isinstance(caller, Stranger):
            return problem(401, caller.why)
        if not caller.may(AccessRole.VIEWER):
            return problem(403, "This needs the scope viewer.")
        after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit()) or len(after) > len(str(_PLACE_MAX)):
            return problem(400, "after is a place in the log: a whole number.")

        def alive() -> bool:
            return not isinstance(who(app, request), Stranger)

        return StreamingResponse(
            _told(app, live, int(after), alive), headers=_HEADERS, media_type="text/event-stream"
        )

    return [Route(PATH, stream, methods=["GET"])]


async def _told(app: App, live: Live, after: int, alive: Callable[[], bool]) -> AsyncIterator[str]:
    """Everything after a place, then whatever is committed, until the caller's token ends or we stop."""
    async for message in live.stream(_news, "events", 0, "", alive):
        if "event: change" not in message:
            yield message
            continue
        while True:
            rows = await run_in_threadpool(_read, app, after)
            if not rows:
                break
            yield "".join(_sent(each) for each in rows)
            after = rows[-1].seq


def _read(app: App, after: int) -> tuple[LogLine, ...]:
    with app.database.read() as tx:
        return log.all_events(tx, after, _AT_ONCE)


def _sent(line: LogLine) -> str:
    return f"id: {line.seq}\nevent: event\ndata: {msgspec.json.encode(view(line)).decode()}\n\n"


def _news(live: Live, tx: Tx, name: str, before: Snapshot | None) -> Snapshot | None:
    """How far the log is: whoever listens reads it itself, each from its own place."""
    position = log.last_seq(tx)
    return before if before is not None and before.position == position else Snapshot(position, {})


_AFTER = Query("after", "only what happened after this place of the log", "place", "0", _PLACE_MAX)
_LIMIT = Query("limit", "how many at most", "count", "100")
OPERATIONS = (
    Operation("GET", "/api/v1/events", "list_events", f"What happened anywhere, in order; `{PATH}` tells it as it happens.",
              AccessRole.VIEWER, Events, _events, query=(_AFTER, _LIMIT), tag="incidents"),
)  # fmt: skip
