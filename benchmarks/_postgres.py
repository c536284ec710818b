"""A PostgreSQL for one measurement: a real server on loopback that flushes to the disk, with a new database each time."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Launch, wait_until_ready
from tocsin.sandbox.tools import Tools

_ROOT = Path(__file__).resolve().parents[1]


class _Flushing(Postgres):
    """As the rooms have it, but with the setting every real server has: a commit is on the disk."""

    def launch(self) -> Launch:
        made = super().launch()
        return replace(made, argv=(*made.argv, "-c", "fsync=on"))


class Server:
    """A running server.

    Attributes:
        told: its durability settings, for the record.
    """

    def __init__(self, running: Postgres) -> None:
        self._running = running
        self._made = 0
        with psycopg.connect(running.url()) as connection:
            names = ("server_version", "fsync", "synchronous_commit")
            found = [connection.execute(f"SHOW {name}").fetchone() for name in names]
        self.told = ", ".join(f"{name} {row[0]}" for name, row in zip(names, found, strict=True) if row)
        if "fsync on" not in self.told:
            raise RuntimeError(f"this server does not flush, so no figure of it counts: {self.told}")

    def database(self) -> str:
        """The URL of a database that is new and empty."""
        self._made += 1
        name = f"bench{self._made}"
        self._running.create_database(name)
        return self._running.url(name)


@contextmanager
def server() -> Iterator[Server]:
    """A server, and nothing of it behind the block. Raises TocsinError where PostgreSQL is not installed."""
    tools = Tools.find(Path(os.environ.get("TOCSIN_TOOLS", _ROOT / ".tools")))
    scratch = Scratch.make(Path(tempfile.gettempdir()) / f"tocsin-bench-{os.getpid()}")
    try:
        running = _Flushing(scratch, tools.postgres_bin, max_connections=100)
        running.start()
        wait_until_ready(running)
        yield Server(running)
    finally:
        scratch.end()
