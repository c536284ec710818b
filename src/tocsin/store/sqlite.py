"""SQLite as the store's database: one file, one writer, many readers."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NoReturn

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from tocsin.errors import StoreError
from tocsin.kit.late import late

driver: ModuleType
try:
    driver = late("pysqlite3.dbapi2")
except ImportError:  # only built for Linux; the standard library's module does the same work
    driver = late("sqlite3.dbapi2")

BUSY_TIMEOUT_MS = 10_000
_SWITCH_PAUSE_MS = 20
READERS = 16
READER_CACHE_KIB = 512


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can be trusted with a write-ahead log.

    From 3.7.0 to 3.51.2 a commit during two checkpoints in a row could corrupt the file (the "WAL-reset
    bug"); fixed in 3.51.3 and in the maintenance releases 3.50.7 and 3.44.6. Debian 12 ships 3.40.1.
    """
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    return version >= (3, 51, 3)


class Sqlite:
    """One SQLite file.

    Attributes:
        name: "sqlite". place: the path, for messages. polls: commits of other processes are noticed by asking.
    """

    name: Literal["sqlite", "postgresql"] = "sqlite"
    polls = True

    def __init__(self, path: Path, *, create: bool) -> None:
        self.place = str(path)
        self._prepare(path, create)
        journal = "WAL" if wal_is_safe(driver.sqlite_version_info) else "TRUNCATE"
        self.writer = self._engine(path, _setup(journal, readonly=False), size=1)
        self.reader = self._engine(path, _setup(None, readonly=True), size=READERS)
        event.listen(self.writer, "begin", _begin_immediate)
        event.listen(self.reader, "begin", _begin)
        self._asked: tuple[object, int] | None = None

    def _prepare(self, path: Path, create: bool) -> None:
        """Say clearly what SQLite would only call "unable to open", and keep the file from other users' eyes."""
        if path.is_dir():
            raise StoreError(f"The database {path} is a directory.", hint="Name a file in it.")
        if path.exists():
            return
        if not create:
            raise StoreError(
                f"There is no database {path}.", hint="Start `tocsin serve` once, or name an existing file."
            )
        if not path.parent.is_dir():
            raise StoreError(
                f"The database {path} cannot be created: the directory {path.parent} does not exist.",
                hint=f"Create it: mkdir -p {path.parent}",
            )
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as problem:
            raise StoreError(
                f"The database {path} cannot be created: {problem.strerror}.",
                hint=f"Check that this user may write in {path.parent}.",
            ) from problem

    def _engine(self, path: Path, setup: Callable[[Any, object], None], size: int) -> Engine:
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            module=driver,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            connect_args={
                "check_same_thread": False,
                "timeout": BUSY_TIMEOUT_MS / 1000,
                "isolation_level": None,
            },
        )
        event.listen(engine, "connect", setup)
        return engine

    def begun(self, connection: Connection) -> None:
        """Called inside a new write transaction. BEGIN IMMEDIATE has already made it the only one."""

    def announce(self, connection: Connection) -> None:
        """Called before the commit. Other processes ask by themselves."""

    def others_committed(self, connection: Connection) -> bool:
        """Whether another process or connection changed the file since this was last asked.

        Asked on the writer's own connection, because there the number ignores the writer's own commits.
        """
        raw = connection.connection.driver_connection
        if raw is None:
            return True
        try:
            version = int(raw.execute("PRAGMA data_version").fetchone()[0])
        except driver.Error:
            return False  # locked for a moment by another process: ask again soon
        # A new connection counts from anew, so its number is compared with nothing.
        changed = self._asked is None or self._asked[0] is not raw or self._asked[1] != version
        self._asked = (raw, version)
        return changed

    def listen(self, heard: Callable[[], None]) -> NoReturn:
        """There is nothing to listen to: who waits asks (`polls`)."""
        raise RuntimeError("a file tells nobody that it was written")

    def lost(self, connection: Connection) -> bool:
        """Whether SQLite has already taken the whole transaction back by itself (a full disk does that)."""
        raw = connection.connection.driver_connection
        return raw is None or not raw.in_transaction


def _setup(journal: str | None, *, readonly: bool) -> Callable[[Any, object], None]:
    # Any: the driver's connection class is pysqlite3's or sqlite3's, which have no common base.
    def connected(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        if journal is not None:
            _switch_journal(connection, journal)
        if readonly:
            connection.execute("PRAGMA query_only=ON")
            # Each reader keeps pages of its own; what they share is kept once, by the kernel.
            connection.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")

    return connected


def _switch_journal(connection: Any, journal: str) -> None:  # Any: see _setup
    """Switch the file to a journal mode, which needs a moment without anybody else in it.

    SQLite does not wait for that moment by itself, and processes that start together do meet here.
    """
    pause = threading.Event()
    for _ in range(BUSY_TIMEOUT_MS // _SWITCH_PAUSE_MS):
        try:
            answer = connection.execute(f"PRAGMA journal_mode={journal}").fetchone()[0]
        except driver.OperationalError as error:
            if "locked" not in str(error):
                raise
        else:
            if answer == journal.lower():
                return
        pause.wait(_SWITCH_PAUSE_MS / 1000)
    raise StoreError(
        f"The database cannot be switched to journal mode {journal} while another program has it open.",
        hint="Stop other programs that use it, also a tocsin with another SQLite library.",
    )


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
