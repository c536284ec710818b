"""What changes while somebody looks: one thread waits for commits, renders each thing once, and tells every page.

A page subscribes to a topic ("room INC-12") with the position it was made at. It gets all regions once, and from then on
what changed; the id of a message is a position of the log, so it survives a restart. A beat every few seconds says that
the line is alive: a frozen server keeps a connection open, and the page has to notice.
"""

import asyncio
import json
import logging
import secrets
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tocsin.app.build import App
from tocsin.errors import TocsinError
from tocsin.store import log
from tocsin.store.tx import Tx
from tocsin.web.pages.rooms import Rooms

logger = logging.getLogger("tocsin.web")

BEAT = timedelta(seconds=5)
_TURN = timedelta(seconds=1)
_DUE_AT_ONCE = timedelta(milliseconds=20)  # what is only measured lets news go first after this long
MEASURED = timedelta(seconds=5)  # what no event tells of (samples, ages) is looked at this often
_WAITING_MAX = 100


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A topic at one moment.

    Attributes:
        position: of the last event it knows. regions: HTML by the id of the element it is the inside of.
        rows: gives the HTML of what was added after a position, oldest first; rendered for whoever asks and not kept.
        again: when to look again by itself; None: soon enough for what is measured. aside: when what lies beside the
            topic, and no event of it tells of, was read; on the monotonic clock, in seconds.
    """

    position: int
    regions: Mapping[str, str]
    rows: Callable[[int], tuple[str, ...]] = lambda _: ()
    again: timedelta | None = None
    aside: float = 0.0


Source = Callable[["Live", Tx, str, Snapshot | None], Snapshot | None]
"""Makes the snapshot of a topic, given its name and the last one; None if there is no such thing."""


@dataclass(eq=False, slots=True)
class _Listener:
    """One open page: its loop and what waits to be sent to it."""

    loop: asyncio.AbstractEventLoop
    waiting: "asyncio.Queue[str | None]"


@dataclass(slots=True)
class _Topic:
    """Something pages look at. about: the incident whose events change it; "" for any. due: when to look anyway."""

    source: Source
    name: str
    about: str
    last: Snapshot | None = None
    due: float = 0.0
    listeners: list[_Listener] = field(default_factory=list)


class Live:
    """The pages that are open, and the thread that tells them.

    Attributes:
        app: for the sources. rooms: the incidents somebody looks at. mark: stands for a form's token in what is rendered once for everybody.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.rooms = Rooms()
        self.mark = f"token-{secrets.token_hex(16)}"
        self._lock = threading.Lock()
        self._topics: dict[str, _Topic] = {}
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._seq = 0

    def close(self) -> None:
        """End every stream: a server that stops does not wait for pages that never hang up."""
        self._closed.set()
        with self._lock:
            listeners = [each for topic in self._topics.values() for each in topic.listeners]
        for listener in listeners:
            _put(listener, None)

    async def stream(
        self, source: Source, name: str, after: int, token: str, alive: Callable[[], bool]
    ) -> AsyncGenerator[str, None]:
        """The messages of a topic as server-sent events.

        Args:
            after: the position the page was made at. token: of its forms. alive: whether the session still stands;
                asked at each beat, in a thread.
        """
        listener = _Listener(asyncio.get_running_loop(), asyncio.Queue())
        first = await asyncio.to_thread(self._join, source, name, listener, after)
        try:
            yield "retry: 2000\nevent: beat\ndata: 0\n\n"
            if first is None:
                return
            yield first.replace(self.mark, token)
            due = listener.loop.time() + BEAT.total_seconds()
            while True:
                try:
                    left = max(due - listener.loop.time(), 0.0)
                    message = await asyncio.wait_for(listener.waiting.get(), left)
                except TimeoutError:
                    if not await asyncio.to_thread(alive):
                        yield "event: over\ndata: 0\n\n"
                        return
                    due = listener.loop.time() + BEAT.total_seconds()
                    message = "event: beat\ndata: 0\n\n"
                if message is None:
                    return
                yield message.replace(self.mark, token)
        finally:
            with self._lock:
                self._leave(name, listener)

    def _join(self, source: Source, name: str, listener: _Listener, after: int) -> str | None:
        with self._lock:
            topic = self._topics.setdefault(name, _Topic(source, name, name.partition(" ")[2]))
            topic.listeners.append(listener)
            if self._thread is None:
                with self.app.database.read() as tx:
                    self._seq = log.last_seq(tx)
                self._thread = threading.Thread(target=self._turn, name="tocsin-live", daemon=True)
                self._thread.start()
            with self.app.database.read() as tx:
                self._refresh(tx, topic, tell=len(topic.listeners) > 1)
            if topic.last is None or self._closed.is_set():
                return None
            return _message(topic.last, topic.last.regions, after)

    def _leave(self, name: str, listener: _Listener) -> None:
        topic = self._topics.get(name)
        if topic is None or listener not in topic.listeners:
            return
        topic.listeners.remove(listener)
        if not topic.listeners:
            del self._topics[name]

    def _turn(self) -> None:
        left = False
        while not self._closed.is_set():
            try:
                self.app.database.wait(timedelta() if left else _TURN)
                with self._lock, self.app.database.read() as tx:
                    left = self._tell(tx)
            except TocsinError as problem:
                # The pages say themselves that they are not live when no beat comes; this is for whoever looks why.
                logger.warning("the pages cannot be told what is new: %s", problem)
                self._closed.wait(_TURN.total_seconds())

    def _tell(self, tx: Tx) -> bool:
        """Tell the pages what happened, then what was measured; whether some of the latter has to wait for its turn.

        Hundreds of rooms become due at once, and rendering them all would keep news waiting.
        """
        clock = self.app.clock
        changed, began = self._changed(tx), clock.monotonic()
        due = sorted((each for each in self._topics.values() if each.due <= began), key=lambda each: each.due)
        news = [
            each for each in self._topics.values() if changed and (not each.about or each.about in changed)
        ]
        for topic in news:
            self._refresh(tx, topic, tell=True)
        until = clock.monotonic() + _DUE_AT_ONCE.total_seconds()
        for topic in due:
            if clock.monotonic() >= until:
                return True
            if topic.due <= began:  # it was not news just now
                self._refresh(tx, topic, tell=True)
        return False

    def _changed(self, tx: Tx) -> set[str]:
        """The incidents something happened to since this was last asked."""
        found: set[str] = set()
        while lines := log.all_events(tx, self._seq):
            found.update(line.incident for line in lines)
            self._seq = lines[-1].seq
        return found

    def _refresh(self, tx: Tx, topic: _Topic, *, tell: bool) -> None:
        before = topic.last
        now = topic.source(self, tx, topic.name, before)
        again = now.again if now is not None and now.again is not None else MEASURED
        topic.due = self.app.clock.monotonic() + again.total_seconds()
        if now is None or now is before:
            return
        topic.last = now
        if before is None or not tell:
            return
        changed = {name: text for name, text in now.regions.items() if before.regions.get(name) != text}
        if not changed and now.position == before.position:
            return
        message = _message(now, changed, before.position)
        for listener in topic.listeners:
            _put(listener, message)


def _message(now: Snapshot, regions: Mapping[str, str], after: int) -> str:
    data = json.dumps({"regions": dict(regions), "rows": now.rows(after), "position": now.position})
    return f"id: {now.position}\nevent: change\ndata: {data}\n\n"


def _put(listener: _Listener, message: str | None) -> None:
    def hand_over() -> None:
        # Who does not read is sent away; coming again it gets all of it.
        full = listener.waiting.qsize() > _WAITING_MAX
        listener.waiting.put_nowait(None if full else message)

    # The loop is closed when the server has stopped; then nobody listens any more.
    if not listener.loop.is_closed():
        listener.loop.call_soon_threadsafe(hand_over)
