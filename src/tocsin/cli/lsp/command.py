"""tocsin lsp: the linter in an editor. Reads frames from stdin, writes frames to stdout, runs nothing else."""

import json
import os
import queue
import sys
import threading
import time
from typing import BinaryIO

import click

from tocsin.cli.lsp.frames import frame, read_frame
from tocsin.cli.lsp.server import Server
from tocsin.kit.clock import SystemClock

_PAUSE = 0.15  # seconds without a message, before findings are published
_LONGEST = 1.0  # seconds they wait at most


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over stdin and stdout; there is no other way.")
def lsp(stdio: bool) -> None:
    """A language server: findings, effects beside the steps, what is known of a step, certain fixes.

    \b
    Start it from an editor, for Markdown documents: tocsin lsp
    """
    # A stream of our own: the reader may still wait on it when we end, and Python aborts if that is sys.stdin.
    source, sink = open(os.dup(sys.stdin.fileno()), "rb"), sys.stdout.buffer  # noqa: SIM115 -- for as long as we live
    sys.stdout = sys.stderr  # whatever prints by mistake must not end up between two frames
    sys.exit(serve(source, sink))


def serve(source: BinaryIO, sink: BinaryIO) -> int:
    """Hold one conversation; the exit code: 0 after `shutdown` and `exit`, else 1."""
    incoming: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_feed, args=(source, incoming), daemon=True, name="lsp-reader").start()
    return converse(incoming, sink)


def converse(incoming: "queue.SimpleQueue[bytes | None]", sink: BinaryIO) -> int:
    """Answer what comes in, None being the end of it; the exit code. What has come already is read before it is judged."""
    server = Server(SystemClock())
    due: float | None = None
    since = 0.0
    while server.exit_code is None:
        content, late = _next(incoming, due)
        if late:
            said, due = server.publish(), None
        elif content is None:
            return 1  # the editor has gone without a word
        else:
            said = server.receive(content)
            if server.waiting:
                now = time.monotonic()
                since = now if due is None else since
                due = min(now + _PAUSE, since + _LONGEST)
        try:
            for message in said:
                sink.write(frame(json.dumps(message).encode("ascii")))
            sink.flush()
        except (BrokenPipeError, ValueError):
            return 1
    return server.exit_code


def _feed(source: BinaryIO, incoming: "queue.SimpleQueue[bytes | None]") -> None:
    try:
        while (content := read_frame(source)) is not None:
            incoming.put(content)
    except (OSError, ValueError):
        pass  # the stream was closed under us: as good as its end
    incoming.put(None)


def _next(incoming: "queue.SimpleQueue[bytes | None]", due: float | None) -> tuple[bytes | None, bool]:
    """The next message, or whether the pause is over first."""
    try:
        return incoming.get(timeout=None if due is None else max(0.001, due - time.monotonic())), False
    except queue.Empty:
        return None, True
