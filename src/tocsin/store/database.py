"""Opening the database, and the two ways to use it: `read()` and `write()`.

    with database.write() as tx:
        log.append(tx, [entry], expected_position=41)
        outbox.put(tx, rows)
    # here both are on the disk, or an exception says that neither is

Everything else in this package is functions that take such a transaction.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.late import late
from tocsin.store import meta, migrate
from tocsin.store.failure import explain, is_database_error
from tocsin.store.sqlite import Sqlite
from tocsin.store.tx import Tx
from tocsin.store.wakeup import Wakeup
from tocsin.store.writer import Backend, Closes, Writer

POLL_INTERVAL = timedelta(milliseconds=10)


class Database:
    """Everything an installation remembers. Safe to use from many threads and processes.

    Attributes:
        place: path or URL without its password, for messages.
        dialect: "sqlite" or "postgresql".
        installation: an id given to this database when it was created.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._wakeup = Wakeup()
        self._writer = Writer(backend, self._wakeup)
        self._listener: Closes | None = None
        self._opening = threading.Lock()
        self._clock = SystemClock()
        self.place = backend.place
        self.installation = ""

    @classmethod
    def open(cls, url_or_path: str | Path, *, create: bool = True) -> Self:
        """Open a database, bringing its tables up to this version.

        Writes nothing if they are, so that what is there can also be read on a standby.

        Args:
            url_or_path: a file, `sqlite:///file`, or `postgresql://user:password@host/database`.
            create: whether a missing file or empty database becomes a new one.

        Raises:
            StoreError: it cannot be used, or a newer tocsin wrote it. Nothing was changed.
            ConfigError: this is not the address of a database.
        """
        backend = _backend(url_or_path, create)
        database = cls(backend)
        try:
            current = migrate.is_current(backend.reader, backend.place, create=create)
            # The writer may have to change SQLite's journal mode, which nobody may be reading in.
            backend.reader.dispose()
            database._writer.connect()
            if not current:
                with database._writer.transaction(migrating=True) as tx:
                    migrate.upgrade(tx.connection, backend.place)
                    if meta.get(tx, meta.INSTALLATION) is None:
                        meta.put(tx, meta.INSTALLATION, secrets.token_hex(16))
            with database.read() as tx:
                database.installation = meta.get(tx, meta.INSTALLATION) or ""
        except SQLAlchemyError as error:
            database.close()
            raise explain(error, backend.place) from error
        except BaseException:
            database.close()
            raise
        return database

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        return self._backend.name

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction that may change things. One at a time, over all threads and processes.

        Committed when the block is left, taken back when it raises. Keep it short and do nothing in it that
        waits for the world: all others wait for it.

        Raises:
            StoreError: nothing of it was stored.
        """
        with self._writer.transaction() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that sees one moment of the database and can change nothing."""
        try:
            with self._backend.reader.connect() as connection, connection.begin() as transaction:
                yield Tx(connection)
                transaction.rollback()
        except BaseException as error:
            if is_database_error(error):
                raise explain(error, self.place) from error
            raise

    def wait(self, timeout: timedelta) -> bool:
        """Wait until another thread or process has committed something of interest since this thread's last wait.

        Of interest are signals and answers, commands, events, clocks, and a lease given back. What this thread
        committed itself does not count. May return True without need, never False with something missed.
        Another process is heard of at once on PostgreSQL, within 10 ms on SQLite.
        """
        if not self._backend.polls:
            self._listen()
            return self._wakeup.wait(timeout.total_seconds())
        deadline = self._clock.monotonic() + timeout.total_seconds()
        while True:
            self._writer.poll()
            remaining = deadline - self._clock.monotonic()
            if self._wakeup.wait(min(remaining, POLL_INTERVAL.total_seconds())):
                return True
            if remaining <= 0:
                return False

    def wake(self) -> None:
        """Let whoever waits look again, though nothing was committed."""
        self._wakeup.committed()

    def close(self) -> None:
        """Let running transactions end, then let go of every connection. May be called twice."""
        with self._opening:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
        self._writer.close()
        self._backend.writer.dispose()
        self._backend.reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _listen(self) -> None:
        if self._listener is None:
            with self._opening:
                if self._listener is None:
                    self._listener = self._backend.listen(self._wakeup.committed)


def _backend(url_or_path: str | Path, create: bool) -> Backend:
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Sqlite(Path(url_or_path), create=create)
    try:
        url = make_url(_spelled(url_or_path))
    except (ArgumentError, ValueError) as problem:
        raise ConfigError("The address of the database cannot be read.", hint=_FORMS) from problem
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return Sqlite(Path(url.database), create=create)
        case "postgresql":
            # Loaded for it only: its driver is 6 MB.
            backend: Backend = late("tocsin.store.postgres").Postgres(url)
            return backend
        case name:
            raise ConfigError(f"tocsin cannot keep its data in {_named(name, url)}.", hint=_FORMS)


_FORMS = "Use a path, sqlite:///path or postgresql://user:password@host:5432/database."


def _spelled(text: str) -> str:
    """The address with the scheme SQLAlchemy knows: many providers hand out `postgres://`."""
    return "postgresql://" + text.removeprefix("postgres://") if text.startswith("postgres://") else text


def _named(name: str, url: URL) -> str:
    return "an SQLite database in memory" if name == "sqlite" else f'"{url.get_backend_name()}"'
