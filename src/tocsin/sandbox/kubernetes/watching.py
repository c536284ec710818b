"""A watch: the changes of some objects as a stream that can be taken up again where it stopped."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.kit.clock import SystemClock
from tocsin.sandbox.kubernetes.answers import ApiError, bad_request
from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Json, Object, namespace_of
from tocsin.sandbox.kubernetes.selectors import Matches
from tocsin.sandbox.kubernetes.storage import Change, Storage

Rows = Callable[[list[Object], str], Object]
_AT_MOST = 1800.0  # seconds, as a real server ends a watch after half an hour or more
_BOOKMARK_EVERY = 30.0


@dataclass(frozen=True, slots=True)
class Watch:
    """One watch; made by `of`.

    Attributes:
        first: what is told before any change: what is there already, or nothing.
        revision: after which changes are told. seconds: for how long. rows: tells objects as tables.
    """

    storage: Storage
    kind: Kind
    namespace: str
    matches: Matches
    first: tuple[Object, ...]
    revision: int
    seconds: float
    bookmarks: bool
    rows: Rows | None

    @classmethod
    def of(
        cls,
        storage: Storage,
        kind: Kind,
        namespace: str,
        matches: Matches,
        *,
        since: str,
        seconds: float | None,
        bookmarks: bool,
        rows: Rows | None,
    ) -> "Watch":
        """A watch from a resourceVersion on; without one, or from "0", it begins with all that is there.

        Raises:
            ApiError: that is no resourceVersion, or one so old that the changes since are forgotten (410).
        """
        if since and not since.isdigit():
            raise bad_request(f"invalid resource version {since!r}")
        with storage.lock:
            first: tuple[Object, ...] = ()
            revision = int(since or 0)
            if revision == 0:
                revision = storage.revision
                first = tuple(one for one in storage.all(kind, namespace) if matches(one))
            else:
                storage.since(revision, kind)
            within = _AT_MOST if seconds is None else seconds
            return cls(storage, kind, namespace, matches, first, revision, within, bookmarks, rows)

    def lines(self) -> Iterator[bytes]:
        """Each event as a line; b"" from time to time, so that whoever writes them notices a client that left."""
        clock = SystemClock()
        end = clock.monotonic() + self.seconds
        told = self._told
        for one in self.first:
            yield self._line("ADDED", told(one, self.revision))
        revision, marked = self.revision, clock.monotonic()
        while clock.monotonic() < end and not self.storage.closed:
            self.storage.wait(revision, min(1.0, max(0.0, end - clock.monotonic())))
            try:
                changes, revision = self.storage.since(revision, self.kind)
            except ApiError as wrong:
                yield self._line("ERROR", wrong.body())
                return
            for change in changes:
                word = self._word(change)
                if word:
                    yield self._line(word, told(change.last, change.revision))
            if self.bookmarks and clock.monotonic() - marked > _BOOKMARK_EVERY:
                marked = clock.monotonic()
                yield self._line("BOOKMARK", self._bookmark(revision))
            yield b""

    def _word(self, change: Change) -> str:
        """What a change is for this watch: an object may also come into the selection or leave it."""
        before = change.before is not None and self._mine(change.before)
        after = change.after is not None and self._mine(change.after)
        match before, after:
            case True, True:
                return "MODIFIED"
            case False, True:
                return "ADDED"
            case True, False:
                return "DELETED"
            case _:
                return ""

    def _mine(self, one: Object) -> bool:
        return (not self.namespace or namespace_of(one) == self.namespace) and self.matches(one)

    def _told(self, one: Object, revision: int) -> Json:
        return one if self.rows is None else self.rows([one], str(revision))

    def _bookmark(self, revision: int) -> Object:
        mark: Object = {
            "kind": self.kind.kind,
            "apiVersion": self.kind.api_version,
            "metadata": {"resourceVersion": str(revision), "creationTimestamp": None},
        }
        return mark

    @staticmethod
    def _line(word: str, one: Json) -> bytes:
        return json.dumps({"type": word, "object": one}, separators=(",", ":")).encode() + b"\n"
