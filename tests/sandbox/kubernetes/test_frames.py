"""SPDY and WebSocket, frame by frame: whatever the pieces they come in."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tocsin.sandbox.kubernetes import spdy, websocket
from tocsin.sandbox.kubernetes.spdy import Data, Finished, Opened, Parted, Spdy
from tocsin.sandbox.kubernetes.spdy_words import DICTIONARY
from tocsin.sandbox.kubernetes.websocket import WebSocket

MASK = b"\x01\x02\x03\x04"


class SpdyClient:
    """Writes what kubectl writes."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(9, zdict=DICTIONARY)

    def open(self, stream: int, **headers: str) -> bytes:
        words = [word for pair in headers.items() for word in pair]
        plain = struct.pack(">I", len(headers))
        plain += b"".join(struct.pack(">I", len(word)) + word.encode() for word in words)
        block = self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return control(1, struct.pack(">IIH", stream, 0, 0) + block)


def control(type_: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack(">HHI", 0x8003, type_, flags << 24 | len(body)) + body


def data(stream: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack(">II", stream, flags << 24 | len(body)) + body


def frame(code: int, body: bytes, *, last: bool = True) -> bytes:
    head = bytes([(0x80 if last else 0) | code])
    if len(body) < 126:
        head += bytes([0x80 | len(body)])
    elif len(body) < 1 << 16:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(body))
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", len(body))
    return head + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(body))


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(whole) + 1) for cut in cuts})
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]


def test_the_dictionary_is_that_of_the_draft() -> None:
    assert len(DICTIONARY) == 1423
    # What zlib itself says of it: the number that stands in front of every client's first header block.
    assert zlib.adler32(DICTIONARY) == 0xE3C6A7C2


@given(some.lists(some.integers(0, 10_000), max_size=20), some.binary(max_size=500))
def test_streams_are_understood_however_they_arrive(cuts: list[int], said: bytes) -> None:
    client, server = SpdyClient(), Spdy()
    whole = (
        client.open(1, streamtype="error", port="80")
        + client.open(3, streamtype="stdin")
        + control(6, struct.pack(">I", 1))
        + data(3, said)
        + data(3, b"", 1)
        + control(7, struct.pack(">II", 0, 0))
    )
    found = [event for piece in pieces(whole, cuts) for event in server.receive(piece)]
    middle: list[spdy.Event] = [Data(3, said)] if said else []
    assert found == [
        Opened(1, {"streamtype": "error", "port": "80"}),
        Opened(3, {"streamtype": "stdin"}),
        *middle,
        Finished(3),
        Parted(),
    ]
    assert server.outgoing() == control(6, struct.pack(">I", 1))


def test_what_is_said_is_framed_and_long_words_are_cut() -> None:
    server = Spdy()
    server.reply(1)
    server.reply(3)
    replies = server.outgoing()
    inflate = zlib.decompressobj(zdict=DICTIONARY)
    for stream in (1, 3):
        kind, length = struct.unpack_from(">II", replies)
        assert kind == 0x80030002
        assert struct.unpack_from(">I", replies, 8) == (stream,)
        assert inflate.decompress(replies[12 : 8 + length]) == b"\0\0\0\0"
        replies = replies[8 + length :]
    server.send(1, b"x" * 40_000)
    server.finish(1)
    server.refuse(5)
    assert server.outgoing() == b"".join(
        (data(1, b"x" * 32_768), data(1, b"x" * 7_232), data(1, b"", 1), control(3, struct.pack(">II", 5, 3)))
    )


@pytest.mark.parametrize(
    "nonsense",
    [
        struct.pack(">HHI", 0x8002, 1, 0),  # an older SPDY
        control(1, b"short"),
        control(1, struct.pack(">IIH", 1, 0, 0) + b"not compressed"),
        data(1, b"")[:4] + b"\x00\xff\xff\xff",  # sixteen megabytes
    ],
)
def test_what_is_no_spdy_is_not_guessed_at(nonsense: bytes) -> None:
    with pytest.raises(spdy.Broken):
        Spdy().receive(nonsense)


def test_headers_that_unfold_to_more_than_anybody_needs_are_refused() -> None:
    with pytest.raises(spdy.Broken, match="too large"):
        Spdy().receive(SpdyClient().open(1, streamtype="a" * 1_000_000))


@given(
    some.lists(some.integers(0, 200_000), max_size=20),
    some.lists(some.binary(max_size=300), min_size=1, max_size=4),
)
def test_messages_are_understood_however_they_arrive(cuts: list[int], parts: list[bytes]) -> None:
    server = WebSocket()
    whole = frame(9, b"alive?") + frame(2, b"y" * 70_000)
    for place, part in enumerate(parts):
        whole += frame(2 if place == 0 else 0, part, last=place == len(parts) - 1)
    whole += frame(8, struct.pack(">H", 1000))
    found = [message for piece in pieces(whole, cuts) for message in server.receive(piece)]
    assert found == [b"y" * 70_000, b"".join(parts)]
    assert server.closed
    assert server.outgoing() == b"\x8a\x06alive?" + b"\x88\x02\x03\xe8"


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_the_length_of_a_message_is_written_in_the_shortest_form(size: int) -> None:
    server = WebSocket()
    server.send(b"z" * size)
    said = server.outgoing()
    assert said.endswith(b"z" * size)
    assert len(said) - size == (2 if size < 126 else 4 if size < 65_536 else 10)


@pytest.mark.parametrize(
    "nonsense",
    [b"\x82\x01x", b"\x82\xff" + b"\xff" * 8, frame(3, b"x")],
    ids=["not masked", "too large", "of no known kind"],
)
def test_what_is_no_websocket_is_not_guessed_at(nonsense: bytes) -> None:
    with pytest.raises(websocket.Broken):
        WebSocket().receive(nonsense)
