"""A page's stream of changes as an answer that never ends."""

from starlette.responses import Response, StreamingResponse

from tocsin.app import accounts
from tocsin.web.pages.live import Source
from tocsin.web.pages.page import Visit

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def streamed(visit: Visit, source: Source, topic: str) -> Response:
    """What changes of a topic from where the page, or the last message it got, stood."""
    after = visit.last_event or visit.query.get("after", "0")
    position = int(after) if after.isascii() and after.isdigit() and len(after) <= 15 else 0

    def alive() -> bool:
        now = visit.app.clock.now()
        return (
            accounts.logged_in(visit.app.database, visit.app.settings.roster, visit.cookie, now) is not None
        )

    events = visit.live.stream(source, topic, position, visit.csrf, alive)
    return StreamingResponse(events, headers=_HEADERS, media_type="text/event-stream")
