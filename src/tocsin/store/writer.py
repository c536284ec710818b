"""One write transaction at a time; threads that wait for their turn share one commit.

A commit costs a flush to the disk (0.2 to 0.4 ms) however much it holds. So a transaction that ends while
another thread is waiting leaves the commit to that thread, and returns only when the commit has happened.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tocsin.errors import StoreError
from tocsin.store import migrate
from tocsin.store.failure import explain, is_database_error
from tocsin.store.tx import Tx
from tocsin.store.wakeup import Wakeup

GROUP_LIMIT = 64


class Closes(Protocol):
    """Something that goes on until it is closed."""

    def close(self) -> None: ...


class Backend(Protocol):
    """What SQLite and PostgreSQL do differently."""

    name: Literal["sqlite", "postgresql"]
    place: str
    polls: bool
    writer: Engine
    reader: Engine

    def begun(self, connection: Connection) -> None: ...

    def announce(self, connection: Connection) -> None: ...

    def others_committed(self, connection: Connection) -> bool: ...

    def lost(self, connection: Connection) -> bool: ...

    def listen(self, heard: Callable[[], None]) -> Closes: ...


@dataclass(slots=True)
class _Group:
    """Transactions that will be committed together."""

    connection: Connection
    transaction: RootTransaction
    members: int = 0
    wakers: int = 0
    error: StoreError | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Writer:
    """The only way to change the database."""

    def __init__(self, backend: Backend, wakeup: Wakeup) -> None:
        self._backend = backend
        self._wakeup = wakeup
        self._turn = threading.Lock()
        self._gate = threading.Lock()
        self._waiting = 0
        self._owner: int | None = None
        self._connection: Connection | None = None
        self._group: _Group | None = None
        self._closed = False

    @contextmanager
    def transaction(self, *, migrating: bool = False) -> Iterator[Tx]:
        """One change: all of it is stored when the block has been left, or nothing of it.

        Args:
            migrating: whether this is the change that brings the tables to our version.

        Raises:
            StoreError: it could not be stored, or a newer tocsin has changed the tables meanwhile.
            RuntimeError: opened inside another one by the same thread, which would wait for itself forever.
        """
        self._take_turn()
        joined = False
        try:
            group = self._enter(migrating)
            tx = Tx(group.connection)
            try:
                yield tx
                self._keep(group, tx)
            except BaseException as error:
                self._undo(group, error)
                if is_database_error(error):
                    raise explain(error, self._backend.place) from error
                raise
            joined = True
        finally:
            pending = self._leave()
        if joined:
            if pending is not None:
                group.done.wait()
            if group.error is not None:
                raise StoreError(group.error.message, hint=group.error.hint) from group.error
            if tx.announced:
                self._wakeup.by_me()

    def poll(self) -> None:
        """Notice what other processes committed, unless a write is going on, which notices by itself."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            if self._group is None and not self._closed:
                self._notice(self._connected())
        except SQLAlchemyError as error:
            raise explain(error, self._backend.place) from error
        finally:
            self._turn.release()

    def connect(self) -> None:
        """Connect now, so that what is wrong is found out now. Changes nothing."""
        with self._turn:
            self._connected()

    def close(self) -> None:
        """Wait for the running transaction, then let go of the connection. May be called twice."""
        with self._turn:
            self._closed = True
            if self._group is not None:
                self._commit(self._group)
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _take_turn(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a write transaction inside a write transaction would wait for itself")
        with self._gate:
            self._waiting += 1
        try:
            self._turn.acquire()
        except BaseException:
            # Interrupted while waiting: a group may have counted on us to commit it.
            with self._gate:
                self._waiting -= 1
            with self._turn:
                if self._group is not None and not self._waiting:
                    self._commit(self._group)
            raise
        with self._gate:
            self._waiting -= 1
        self._owner = threading.get_ident()

    def _enter(self, migrating: bool) -> _Group:
        try:
            if self._group is None:
                self._group = self._begin(migrating)
            elif self._group.members:
                self._group.connection.exec_driver_sql("SAVEPOINT member")
            return self._group
        except BaseException as error:
            explained = explain(error, self._backend.place)
            if self._group is not None:
                self._fail(self._group, explained)
            if is_database_error(error):
                raise explained from error
            raise

    def _begin(self, migrating: bool) -> _Group:
        if self._closed:
            raise StoreError("The database is closed.", hint="tocsin is shutting down.")
        try:
            return self._begin_on(self._connected(), migrating)
        except DBAPIError as error:
            if not error.connection_invalidated:
                self._drop_connection()
                raise
            # The server was restarted since the last write. Nothing has been asked of it yet: ask again.
            self._drop_connection()
            return self._begin_on(self._connected(), migrating)

    def _begin_on(self, connection: Connection, migrating: bool) -> _Group:
        transaction = connection.begin()
        self._backend.begun(connection)
        self._notice(connection)
        if not migrating:
            try:
                migrate.refuse_other_version(connection, self._backend.place)
            except StoreError:
                transaction.rollback()
                raise
        return _Group(connection, transaction)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._backend.writer.connect()
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _notice(self, connection: Connection) -> None:
        if self._backend.others_committed(connection):
            self._wakeup.committed()

    def _keep(self, group: _Group, tx: Tx) -> None:
        if group.members:
            group.connection.exec_driver_sql("RELEASE SAVEPOINT member")
        group.members += 1
        group.wakers += tx.announced

    def _undo(self, group: _Group, error: BaseException) -> None:
        """Take one member's change back and keep what the others of its group wrote."""
        try:
            if self._backend.lost(group.connection):
                raise explain(error, self._backend.place)
            if group.members:
                group.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT member")
                group.connection.exec_driver_sql("RELEASE SAVEPOINT member")
            else:
                self._group = None
                group.transaction.rollback()
        except (StoreError, SQLAlchemyError) as problem:
            self._fail(group, explain(problem, self._backend.place))

    def _leave(self) -> _Group | None:
        """End this thread's turn. Returns the group if its commit was left to a thread that waits."""
        group = self._group
        with self._gate:
            more = self._waiting > 0
        try:
            if group is not None and not (more and group.members < GROUP_LIMIT):
                self._commit(group)
                group = None
        finally:
            self._owner = None
            self._turn.release()
        return group

    def _commit(self, group: _Group) -> None:
        try:
            if group.wakers:
                self._backend.announce(group.connection)
            group.transaction.commit()
        except BaseException as error:
            self._fail(group, explain(error, self._backend.place))
            if not is_database_error(error):
                raise
            return
        self._group = None
        if group.wakers:
            self._wakeup.committed(group.wakers)
        group.done.set()

    def _fail(self, group: _Group, error: StoreError) -> None:
        """Give a whole group up: nobody in it is told that it was stored."""
        self._group = None
        self._drop_connection()
        group.error = error
        group.done.set()
