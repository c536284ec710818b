"""A nursery of `tocsin serve`: each life is forked from a warm process, and kills itself with SIGKILL at a commit nobody died at yet.

A commit is known by what it writes. Of every commit that adds to an incident's log there is one life that ends just
after it is durable; of every kind of commit there is also one that ends just before.

Arguments: the number of a socket, the file of the commits lives died at, the file of all commits, the settings. Requests come by
the socket, one JSON object each: {"args": [...], "env": {...}, "log": path, "kill": bool}; the answer is the exit status when it is over.
Standard input stays open as long as whoever wants the lives is there.
"""

import fcntl
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Delete, Insert, Update

from tocsin.app import build
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import load
from tocsin.cli import serve
from tocsin.cli.main import main
from tocsin.engine import library
from tocsin.kit.clock import SystemClock
from tocsin.store.database import Database
from tocsin.store.tx import Tx

BORN = (build, serve)  # loaded before the first fork, so that a life begins within a tenth of a second
SOCKET, DIED, SEEN, CONFIG = sys.argv[1:5]

really_write, really_execute = Database.write, Tx.execute
written = threading.local()
dying = threading.Lock()


def execute(self: Tx, statement: Any, parameters: Any = None) -> Any:
    """Remember what is written; reading leaves no mark."""
    if isinstance(statement, Insert | Update | Delete) and hasattr(written, "marks"):
        _mark(statement, parameters)
    return really_execute(self, statement, parameters)


def _mark(statement: Insert | Update | Delete, parameters: Any) -> None:
    table = statement.table.name  # type: ignore[union-attr]  # every table of ours has a name
    kind = f"{type(statement).__name__.lower()} {table}"
    rows: Sequence[Mapping[str, Any]] = (
        parameters if isinstance(parameters, list | tuple) else [parameters or {}]
    )
    for row in rows:
        written.marks.append(f"{kind} {row['kind']}" if table == "events" and "kind" in row else kind)
        if table == "events" and "position" in row:
            written.places.append(f"{row['incident']}#{row['position']}")


@contextmanager
def write(self: Database) -> Iterator[Tx]:
    written.marks, written.places = [], []
    with really_write(self) as tx:
        yield tx
        kind = ", ".join(dict.fromkeys(written.marks))
        if kind:
            _note(SEEN, f"{os.getpid()} {kind}")
            _die_once(f"before {kind}")
    if kind:
        _die_once(f"after {kind}", *(f"after {place}" for place in written.places[:1]))
        # Only who lived on says so: where another thread dies between the commit and here, the commit counts as cut off.
        _note(SEEN, f"{os.getpid()} through {kind}")


def _die_once(*commit: str) -> None:
    """Die here if nobody died at one of these yet. The note is on the disk before that."""
    with dying:
        with open(DIED, encoding="utf-8") as file:
            known = file.read().splitlines()
        if all(name in known for name in commit):
            return
        for name in commit:
            _note(DIED, name)
        os.kill(os.getpid(), signal.SIGKILL)


def _note(file: str, what: str) -> None:
    with open(file, "a", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.write(f"{what}\n")
        out.flush()
        os.fsync(out.fileno())


def live(request: Mapping[str, Any]) -> None:
    """One life, in the child."""
    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(request["env"])
    if request["kill"]:
        Database.write, Tx.execute = write, execute  # type: ignore[method-assign]  # the point of this program
    try:
        sys.argv = ["tocsin", *request["args"]]
        main()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def warm() -> None:
    """Read the runbook once for all lives: it takes longer than the rest of a start."""
    library.read = cache(library.read)  # the same text gives the same book
    found = load(Path(CONFIG))
    text = library.Text(found.runbook, read_runbook(found.runbook))
    library.read(text, SystemClock().now().date(), found.waivers)


if __name__ == "__main__":
    warm()
    wanted = socket.socket(fileno=int(SOCKET))
    while asked := wanted.recv(1 << 20):
        child = os.fork()
        if child == 0:
            wanted.close()
            live(json.loads(asked))
        wanted.send(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        wanted.send(f"{status}\n".encode())
