"""The frames of the language server protocol: a header with a length, and that many bytes of JSON.

Source: Language Server Protocol 3.17, "Base Protocol". Whatever a client sends, the next good frame is found.
"""

import re
from typing import BinaryIO

LARGEST = 64 * 1024 * 1024  # bytes; an editor that sends more has gone wrong
_LONGEST_LINE = 8192
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*", re.IGNORECASE)


def read_frame(stream: BinaryIO) -> bytes | None:
    """The content of the next frame, or None at the end of the stream.

    Lines that are no header are passed over, and so is a frame that is larger than LARGEST or has no length.
    """
    while True:
        length: int | None = None
        while True:
            line = stream.readline(_LONGEST_LINE)
            if not line:
                return None
            bare = line.rstrip(b"\r\n")
            if not bare:
                break
            if found := _LENGTH.fullmatch(bare):
                length = int(found[1])
        if length is None:
            continue
        if length <= LARGEST:
            return _exactly(stream, length)
        _pass_over(stream, length)


def frame(content: bytes) -> bytes:
    """A content with its header.

    >>> frame(b"{}")
    b'Content-Length: 2\\r\\n\\r\\n{}'
    """
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def _exactly(stream: BinaryIO, length: int) -> bytes | None:
    parts: list[bytes] = []
    while length:
        part = stream.read(length)
        if not part:
            return None  # the client has gone in the middle of a frame
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _pass_over(stream: BinaryIO, length: int) -> None:
    while length and (part := stream.read(min(length, 1 << 20))):
        length -= len(part)
