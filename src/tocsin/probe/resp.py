"""The protocol of Redis, as far as a check needs it: commands out, replies in. No client library retries for us."""

from dataclasses import dataclass

from tocsin.probe.stream import Stream

_LARGEST = 16 * 1024 * 1024
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server's error, word for word: "OOM command not allowed when used memory > 'maxmemory'."."""

    text: str

    @property
    def code(self) -> str:
        """The first word: "OOM", "NOAUTH", "ERR"."""
        return self.text.partition(" ")[0]


Reply = str | int | None | Refusal | list["Reply"]


def command(stream: Stream, *words: str) -> Reply:
    """Send one command and read its reply.

    Raises OSError from the stream; ConnectionError also for an answer that is not RESP.
    """
    stream.send(encode(*words))
    return read_reply(stream)


def encode(*words: str) -> bytes:
    """A command on the wire."""
    parts = [f"*{len(words)}\r\n".encode("ascii")]
    for word in words:
        raw = word.encode("utf-8", "surrogateescape")
        parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
    return b"".join(parts)


def read_reply(stream: Stream, depth: int = 0) -> Reply:
    """The next reply."""
    line = stream.line()
    kind, rest = line[:1], line[1:].decode("utf-8", "replace")
    match kind:
        case b"+":
            return rest
        case b"-":
            return Refusal(rest)
        case b":" | b"$" | b"*":
            number = _number(rest)
        case _:
            raise ConnectionError(f"an answer that is not Redis's: {line[:60]!r}")
    match kind:
        case b":":
            return number
        case b"$":
            return None if number < 0 else stream.exactly(number + 2)[:-2].decode("utf-8", "replace")
        case _:
            if depth >= _DEEPEST:
                raise ConnectionError("an answer nested too deeply")
            return None if number < 0 else [read_reply(stream, depth + 1) for _ in range(number)]


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ConnectionError(f"an answer that is not Redis's: {text[:60]!r}") from None
    if number > _LARGEST:
        raise ConnectionError(f"an answer of {number} bytes or parts")
    return number
