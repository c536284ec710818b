"""PostgreSQL as the store's database: several processes, one writer at a time."""

import os
import selectors
import threading
from collections.abc import Callable
from typing import Literal

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

CHANNEL = "tocsin"
CONNECT_TIMEOUT_SECONDS = 5
LOCK_TIMEOUT_MS = 10_000
READERS = 16
RECONNECT_SECONDS = 1.0

# Every write transaction of every process takes this first, so that the chain of events has one order
# and a lease that was checked is still held when its transaction commits.
_WRITE_LOCK = 0x746F6373696E  # "tocsin"

_TAKE_WRITE_LOCK = text(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
_NOTIFY = text("SELECT pg_notify(:channel, :sender)")


class Postgres:
    """One PostgreSQL database.

    Attributes:
        name: "postgresql". place: the URL without its password. polls: commits elsewhere arrive as notices.
    """

    name: Literal["sqlite", "postgresql"] = "postgresql"
    polls = False

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self.place = self.url.set(drivername="postgresql").render_as_string(hide_password=True)
        # Tells our own notices from those of other processes (os.urandom: two processes must never agree).
        self.sender = os.urandom(8).hex()
        self.writer = create_engine(
            self.url, poolclass=QueuePool, pool_size=1, max_overflow=0, connect_args=self._defaults("tocsin")
        )
        event.listen(self.writer, "connect", _set_up_writer)
        self.reader = create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=READERS,
            max_overflow=0,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            connect_args=self._defaults("tocsin (reading)"),
        )
        event.listen(self.reader, "connect", _set_up_reader)

    def _defaults(self, name: str) -> dict[str, str | int]:
        """What a connection is opened with, unless the URL says otherwise."""
        wanted: dict[str, str | int] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": name}
        return {key: value for key, value in wanted.items() if key not in self.url.query}

    def listen(self, heard: Callable[[], None]) -> "Listener":
        """Begin to hear what other processes commit."""
        return Listener(self, heard)

    def listening(self) -> psycopg.Connection:
        """A connection of its own for hearing notices, outside of any transaction."""
        arguments = self.reader.dialect.create_connect_args(self.url)[1]
        return psycopg.connect(**{**arguments, **self._defaults("tocsin (listening)")}, autocommit=True)

    def begun(self, connection: Connection) -> None:
        """Called inside a new write transaction: wait until it is the only one."""
        connection.execute(_TAKE_WRITE_LOCK)

    def announce(self, connection: Connection) -> None:
        """Called before the commit of something that another process may wait for."""
        connection.execute(_NOTIFY, {"channel": CHANNEL, "sender": self.sender})

    def others_committed(self, connection: Connection) -> bool:
        """Never known by asking: see Listener."""
        return False

    def lost(self, connection: Connection) -> bool:
        """Whether the connection, and with it the transaction, is gone."""
        return connection.invalidated or connection.closed


def _set_up_writer(connection: psycopg.Connection, record: object) -> None:
    """Do not wait for a lock for ever, and do not acknowledge what a crash may lose.

    A server or user set to `synchronous_commit = off` is overruled; stronger settings are left alone.
    """
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [str(LOCK_TIMEOUT_MS)])
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _set_up_reader(connection: psycopg.Connection, record: object) -> None:
    connection.execute("SELECT set_config('default_transaction_read_only', 'on', false)")
    connection.commit()


class Listener:
    """A thread that hears what other processes committed.

    A lost connection counts as news: something may have been said meanwhile.
    """

    def __init__(self, backend: Postgres, heard: Callable[[], None]) -> None:
        self._backend = backend
        self._heard = heard
        self._wake_read, self._wake_write = os.pipe()
        self._stopping = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tocsin-store-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; returns when the thread has ended."""
        self._stopping.set()
        os.write(self._wake_write, b".")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, SQLAlchemyError, OSError):
                # The engine meets the same failure on its own connection and reports it there.
                self.listening.clear()
                self._heard()
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        with self._backend.listening() as connection, selectors.DefaultSelector() as selector:
            connection.execute(f"LISTEN {CHANNEL}")
            self._heard()  # whatever was committed before LISTEN took effect
            self.listening.set()
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                if self._stopping.is_set():
                    return
                for notice in connection.notifies(timeout=0):
                    if notice.payload != self._backend.sender:
                        self._heard()
