"""What a container has printed, line by line with the time of each, and how `kubectl logs` reads it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.sandbox.kubernetes.answers import bad_request

_KEPT = 5000  # lines of each container
_LONGEST = 16 * 1024  # bytes of a line without an end


@dataclass(slots=True)
class Log:
    """The output of one run of a container.

    Attributes:
        lines: the last ones with their times. finished: the program has ended.
    """

    lines: deque[tuple[datetime, bytes]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    finished: bool = False
    _printed: int = 0
    _rest: bytes = b""
    _more: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def take(self, printed: bytes, now: datetime) -> None:
        """Add what was printed; a line counts once it has ended."""
        with self._more:
            *whole, self._rest = (self._rest + printed).split(b"\n")
            self._add([(now, line) for line in whole])
            if len(self._rest) > _LONGEST:
                self._add([(now, self._rest)])
                self._rest = b""
            self._more.notify_all()

    def finish(self, now: datetime) -> None:
        """The program has ended: an unfinished line is one too."""
        with self._more:
            if self._rest:
                self._add([(now, self._rest)])
                self._rest = b""
            self.finished = True
            self._more.notify_all()

    def _add(self, lines: list[tuple[datetime, bytes]]) -> None:
        self.lines.extend(lines)
        self._printed += len(lines)

    def now(self) -> tuple[list[tuple[datetime, bytes]], int]:
        """All lines that are kept, and how many there ever were."""
        with self._more:
            return list(self.lines), self._printed

    def after(self, count: int, seconds: float) -> tuple[list[tuple[datetime, bytes]], int, bool]:
        """The lines after so many, waited for; how many there are then; whether no more will come."""
        with self._more:
            self._more.wait_for(lambda: self._printed > count or self.finished, timeout=seconds)
            fresh = min(self._printed - count, len(self.lines))
            return list(self.lines)[len(self.lines) - fresh :], self._printed, self.finished


def read(log: Log, query: Mapping[str, str], now: datetime) -> bytes:
    """The lines that the parameters of a log request ask for.

    Raises:
        ApiError: a parameter cannot be read.
    """
    lines, _ = log.now()
    return _chosen(lines, query, now)


def follow(log: Log, query: Mapping[str, str], now: datetime, over: Callable[[], bool]) -> Iterator[bytes]:
    """The same, and then every further line until the program ends or `over` says so; b"" while nothing comes.

    Raises:
        ApiError: a parameter cannot be read.
    """
    lines, count = log.now()
    first = _chosen(lines, query, now)
    stamped = _stamped(query)

    def stream() -> Iterator[bytes]:
        nonlocal count
        yield first
        ended = False
        while not ended and not over():
            fresh, count, ended = log.after(count, 0.5)
            yield _text(fresh, stamped)

    return stream()


def _chosen(lines: list[tuple[datetime, bytes]], query: Mapping[str, str], now: datetime) -> bytes:
    since = _since(query, now)
    if since is not None:
        lines = [(when, line) for when, line in lines if when >= since]
    tail = query.get("tailLines", "")
    if tail:
        if not tail.isdigit():
            raise bad_request(f"tailLines must be a number that is not negative, not {tail!r}")
        lines = lines[len(lines) - min(int(tail), len(lines)) :]
    found = _text(lines, _stamped(query))
    limit = query.get("limitBytes", "")
    return found[: int(limit)] if limit.isdigit() else found


def _stamped(query: Mapping[str, str]) -> bool:
    return query.get("timestamps", "").lower() == "true"


def _text(lines: list[tuple[datetime, bytes]], stamped: bool) -> bytes:
    return b"".join((_stamp(when) + b" " if stamped else b"") + line + b"\n" for when, line in lines)


def _since(query: Mapping[str, str], now: datetime) -> datetime | None:
    seconds, moment = query.get("sinceSeconds", ""), query.get("sinceTime", "")
    if seconds:
        if not seconds.isdigit():
            raise bad_request(f"sinceSeconds must be a number, not {seconds!r}")
        return now - timedelta(seconds=int(seconds))
    if moment:
        try:
            return datetime.fromisoformat(moment.replace("Z", "+00:00"))
        except ValueError as wrong:
            raise bad_request(f"sinceTime must be a moment as in RFC 3339, not {moment!r}") from wrong
    return None


def _stamp(when: datetime) -> bytes:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()
