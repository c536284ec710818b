"""The API from Python: every call as a method, lists to their end, and what happens as it happens.

>>> with Client("http://127.0.0.1:8410", token) as tocsin:  # doctest: +SKIP
...     for incident in tocsin.every_incident(state="open"):
...         tocsin.acknowledge(incident.id)
"""

from collections.abc import Iterator
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx2
import msgspec

from tocsin.client.calling import NotAllowed, problem_of
from tocsin.client.calls import Calls
from tocsin.client.types import EventView, RequestView, RowView
from tocsin.errors import Temporary

_PAGE = 500
_SILENCE = timedelta(seconds=20)  # tocsin beats every five
_AGAIN = timedelta(seconds=1)


class Client(Calls):
    """Everything the API does. Safe to use from many threads; `close` it, or use it in a `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def every_incident(self, *, state: str = "all", q: str = "") -> Iterator[RowView]:
        """Every incident of a list, the newest first, page by page."""
        before: int | None = None
        while True:
            more = {"before": before} if before is not None else {}
            page = self.list_incidents(state=state, q=q, limit=_PAGE, **more)
            yield from page.incidents
            if page.next is None:
                return
            before = page.next

    def every_request(
        self, *, integration: str = "", state: str = "", since: str = ""
    ) -> Iterator[RequestView]:
        """Every request of foreign senders, the newest first, page by page."""
        before: int | None = None
        while True:
            more = {"before": before} if before is not None else {}
            page = self.list_requests(integration=integration, state=state, since=since, limit=_PAGE, **more)
            yield from page.requests
            if page.next is None:
                return
            before = page.next

    def every_event(self, after: int = 0) -> Iterator[EventView]:
        """What has happened after a place of the log until now, oldest first."""
        while True:
            page = self.list_events(after=after, limit=_PAGE)
            yield from page.events
            if page.next == after:
                return
            after = page.next

    def stream(self, after: int = 0) -> Iterator[EventView]:
        """What happens, as it happens, without an end: a line that breaks or falls silent is taken up where it stood.

        Args:
            after: the `seq` of the last event that is known; 0 for everything from the beginning.

        Raises:
            NotAllowed: the token is taken no more. TocsinError: the call is refused for another reason.
        """
        while not self._pause.is_set():
            try:
                for event in self._line(after):
                    after = event.seq
                    yield event
            except (httpx2.RequestError, Temporary):
                self._pause.wait(_AGAIN.total_seconds())

    def _line(self, after: int) -> Iterator[EventView]:
        """One connection of the stream, until it ends."""
        headers = {"accept": "text/event-stream", "last-event-id": str(after)}
        timeout = httpx2.Timeout(_SILENCE.total_seconds())
        with self.http.stream("GET", "/api/v1/stream", headers=headers, timeout=timeout) as answer:
            if not answer.is_success:
                answer.read()
                problem = problem_of(answer)
                assert problem is not None
                raise problem
            kind = ""
            for line in answer.iter_lines():
                field, _, value = line.partition(": ")
                match field:
                    case "event":
                        kind = value
                    case "data" if kind == "event":
                        yield msgspec.json.decode(value, type=EventView)
                    case "data" if kind == "over":
                        raise NotAllowed("The token is taken no more.", hint="Use another one.")
                    case _:
                        pass
