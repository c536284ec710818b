"""The server's side of WebSocket (RFC 6455): frames in, frames out, no sockets."""

import base64
import hashlib
import struct

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
_MORE, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_LARGEST = 8 * 1024 * 1024  # bytes of one message
_NORMAL = 1000


class Broken(Exception):
    """What came is no WebSocket, or more than is taken; the connection must end. The text says why."""


def accept(key: str) -> str:
    """The answer to a client's Sec-WebSocket-Key.

    >>> accept("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    digest = hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


class WebSocket:
    """One connection, once the handshake is over.

    Attributes:
        closed: the client has said goodbye.
    """

    def __init__(self) -> None:
        self.closed = False
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._message = bytearray()

    def receive(self, data: bytes) -> list[bytes]:
        """Take what came; the messages that are whole by now. Pings are answered by themselves. Raises Broken."""
        self._incoming += data
        found: list[bytes] = []
        while not self.closed:
            frame = self._frame()
            if frame is None:
                break
            last, code, body = frame
            match code:
                case 0 | 1 | 2:
                    self._message += body
                    if len(self._message) > _LARGEST:
                        raise Broken("the message is too large")
                    if last:
                        found.append(bytes(self._message))
                        self._message.clear()
                case 8:
                    self.closed = True
                    self._send(_CLOSE, body[:2])
                case 9:
                    self._send(_PONG, body)
                case 10:
                    pass
                case _:
                    raise Broken(f"frame of an unknown kind {code}")
        return found

    def outgoing(self) -> bytes:
        """What is to be sent now; handed out once."""
        said = bytes(self._outgoing)
        self._outgoing.clear()
        return said

    def send(self, message: bytes) -> None:
        """One binary message."""
        self._send(_BINARY, message)

    def part(self) -> None:
        """Say that all is said."""
        self._send(_CLOSE, struct.pack(">H", _NORMAL))

    def _frame(self) -> tuple[bool, int, bytes] | None:
        """Whether it is the last of its message, its kind and its content; None while it is not whole."""
        held = self._incoming
        if len(held) < 2:
            return None
        first, second = held[0], held[1]
        length, place = second & 0x7F, 2
        if length >= 126:
            form, size = (">H", 2) if length == 126 else (">Q", 8)
            if len(held) < place + size:
                return None
            (length,) = struct.unpack_from(form, held, place)
            place += size
        if not second & 0x80:
            raise Broken("a client's frame must be masked")
        if length > _LARGEST:
            raise Broken("the frame is too large")
        if len(held) < place + 4 + length:
            return None
        mask = bytes(held[place : place + 4])
        body = _unmasked(bytes(held[place + 4 : place + 4 + length]), mask)
        del held[: place + 4 + length]
        return bool(first & 0x80), first & 0x0F, body

    def _send(self, code: int, body: bytes) -> None:
        head = bytes([0x80 | code])
        if len(body) < 126:
            head += bytes([len(body)])
        elif len(body) < 1 << 16:
            head += struct.pack(">BH", 126, len(body))
        else:
            head += struct.pack(">BQ", 127, len(body))
        self._outgoing += head + body


def _unmasked(body: bytes, mask: bytes) -> bytes:
    """As one large number: a byte at a time would take a second for a few megabytes."""
    if not body:
        return body
    pattern = (mask * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body, "big") ^ int.from_bytes(pattern, "big")).to_bytes(len(body), "big")
