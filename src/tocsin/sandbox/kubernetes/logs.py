"""What a container has printed, line by line with the time of each, and how `kubectl logs` reads it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tocsin.sandbox.kubernetes.answers import bad_request

_KEPT = 5000  # lines of each container
_LONGEST = 16 * 1024  # bytes of a line without an end


@dataclass(slots=True)
class Log:
    """The output of one run of a container."""

    lines: deque[tuple[datetime, bytes]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _rest: bytes = b""

    def take(self, printed: bytes, now: datetime) -> None:
        """Add what was printed; a line counts once it has ended."""
        *whole, self._rest = (self._rest + printed).split(b"\n")
        self.lines.extend((now, line) for line in whole)
        if len(self._rest) > _LONGEST:
            self.lines.append((now, self._rest))
            self._rest = b""

    def finish(self, now: datetime) -> None:
        """The program has ended: an unfinished line is one too."""
        if self._rest:
            self.lines.append((now, self._rest))
            self._rest = b""


def read(log: Log, query: Mapping[str, str], now: datetime) -> bytes:
    """The lines that the parameters of a log request ask for.

    Raises:
        ApiError: a parameter cannot be read.
    """
    lines = list(log.lines)
    since = _since(query, now)
    if since is not None:
        lines = [(when, line) for when, line in lines if when >= since]
    tail = query.get("tailLines", "")
    if tail:
        if not tail.isdigit():
            raise bad_request(f"tailLines must be a number that is not negative, not {tail!r}")
        lines = lines[len(lines) - min(int(tail), len(lines)) :]
    stamped = query.get("timestamps", "").lower() == "true"
    found = b"".join((_stamp(when) + b" " if stamped else b"") + line + b"\n" for when, line in lines)
    limit = query.get("limitBytes", "")
    return found[: int(limit)] if limit.isdigit() else found


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
