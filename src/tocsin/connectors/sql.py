"""Runs SQL on a PostgreSQL database: on a connection of its own, bounded in time, rows and output.

Read-only runs stand behind a second wall (docs/reference/effects.md 14.4): a read-only transaction that
has taken its snapshot, so that the text cannot turn it into a writing one. The first wall is the judge: a
read-only transaction does not stop pg_terminate_backend, and a text with COMMIT leaves it.
"""

import select
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.sql_table import Table, aligned, unaligned
from tocsin.errors import Temporary
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

CONNECT_WITHIN = timedelta(seconds=5)
LOCK_WITHIN = timedelta(seconds=5)
_GRACE = timedelta(seconds=1)  # between the server's own limit and ours, and to answer our cancelling
_QUERY_CANCELED = b"57014"
_WHO = "SELECT current_database(), (SELECT system_identifier::text FROM pg_control_system()), pg_is_in_recovery()"
# int8, int2, int4, oid, float4, float8, money, numeric: what psql sets to the right.
_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 790, 1700})


class _Ending(Enum):
    """How a request ended."""

    NEVER_STARTED = "never started"
    DONE = "done"
    FAILED = "failed"  # the server said no
    TIMED_OUT = "timed out"  # and the server confirmed that it stopped
    SILENT = "silent"  # timed out, and the server did not even answer our cancelling
    LOST = "lost"  # the connection broke before the end


# As psql says it.
_EXIT_STATUS = {_Ending.DONE: 0, _Ending.FAILED: 1, _Ending.LOST: 2}


class SqlRunner:
    """A PostgreSQL database as a place where SQL runs.

    Args:
        target: the resolved name shown on approvals, e.g. "postgres app@10.0.0.4/cookcam".
        dsn: URL or key=value connection string of libpq; never shown.
        read_only: whether texts may only read.
        row_limit: rows kept per result; all are counted.
    """

    def __init__(
        self,
        target: str,
        dsn: str,
        redactor: Redactor,
        clock: Clock,
        *,
        read_only: bool = True,
        row_limit: int = 1000,
    ) -> None:
        self._target = target
        self._dsn = dsn
        self._redactor = redactor
        self._clock = clock
        self._read_only = read_only
        self._row_limit = row_limit

    @property
    def target(self) -> str:
        """The name given."""
        return self._target

    @property
    def local(self) -> bool:
        """It has no directories at all."""
        return False

    def identity(self) -> str:
        """Database, cluster of PostgreSQL (its system identifier) and whether it is the primary: never a replica by mistake.

        Raises:
            Temporary: it cannot be asked now.
        """
        try:
            with psycopg.connect(
                self._dsn, connect_timeout=round(CONNECT_WITHIN.total_seconds()), application_name="tocsin"
            ) as connection:
                row = connection.execute(_WHO).fetchone()
        except psycopg.Error as problem:
            told = self._redactor.redact(str(problem).strip() or type(problem).__name__)
            raise Temporary(f"{self._target} does not say who it is: {told}") from problem
        name, number, replica = row if row is not None else ("", "", False)
        return f"database {name}, system {number}, {'replica' if replica else 'primary'}"

    def run(self, request: RunRequest) -> RunResult:
        """Run the text as one request, as `psql -c` does: all of it in one transaction unless it says otherwise.

        `exit_status` is psql's: 0, 1 after an error of the server, 2 after a lost connection; then and after
        a time limit the server did not confirm, a writing run is in doubt. Never raises for a failing text.
        """
        started_at, start = self._clock.now(), self._clock.monotonic()
        show = _Show(self._row_limit, request.output_limit_bytes, request.bare)
        error: str | None = None
        ending = _Ending.NEVER_STARTED
        if request.language != "sql":
            error = f"{self._target} runs sql texts, not {request.language}."
        else:
            try:
                with self._connect(request.timeout, show) as connection:
                    ending = self._ask(connection, request, show, start)
            except psycopg.Error as problem:
                error = f"could not use {self._target}: {str(problem).strip() or type(problem).__name__}"
            except UnicodeEncodeError:
                error = "the text holds characters that no database can take (lone surrogates)."
        stdout, cut_out = self._text("".join(show.out), show.left_out, request)
        stderr, cut_err = self._text("".join(show.errors), 0, request)
        status = _EXIT_STATUS.get(ending)
        return RunResult(
            exit_status=status,
            statuses=() if status is None else (status,),
            stdout=stdout,
            stderr=stderr,
            truncated_bytes=cut_out + cut_err,
            started_at=started_at,
            took=timedelta(seconds=self._clock.monotonic() - start),
            timed_out=ending in (_Ending.TIMED_OUT, _Ending.SILENT),
            error=None if error is None else self._redactor.redact(error),
            in_doubt=not self._read_only and ending in (_Ending.LOST, _Ending.SILENT),
        )

    def _connect(self, timeout: timedelta, show: "_Show") -> "psycopg.Connection[tuple[str, ...]]":
        """A connection with its limits. Raises psycopg.Error, also when it is not as read-only as asked."""
        own = {"statement_timeout": _ms(timeout), "lock_timeout": _ms(min(LOCK_WITHIN, timeout))}
        if self._read_only:
            own["default_transaction_read_only"] = "on"
        given = conninfo_to_dict(self._dsn).get("options") or ""
        options = " ".join([str(given), *(f"-c {name}={value}" for name, value in own.items())]).strip()
        connection: psycopg.Connection[tuple[str, ...]] = psycopg.connect(
            self._dsn,
            options=options,
            connect_timeout=round(min(CONNECT_WITHIN, max(timeout, timedelta(seconds=2))).total_seconds()),
            client_encoding="UTF8",
            application_name="tocsin",
            autocommit=True,
        )
        connection.add_notice_handler(
            lambda notice: show.errors.append(f"{notice.severity}:  {notice.message_primary}\n")
        )
        if self._read_only:
            try:
                connection.execute("BEGIN READ ONLY")
                # Also takes the snapshot; from then on the transaction cannot be made a writing one.
                row = connection.execute("SELECT current_setting('transaction_read_only')").fetchone()
            except psycopg.Error:
                connection.close()
                raise
            if row != ("on",):
                connection.close()
                raise psycopg.OperationalError("the connection is not read-only although it was asked to be")
        return connection

    def _ask(
        self,
        connection: "psycopg.Connection[tuple[str, ...]]",
        request: RunRequest,
        show: "_Show",
        start: float,
    ) -> "_Ending":
        """Send the text and take in every result."""
        pgconn = connection.pgconn
        until = start + (request.timeout + _GRACE).total_seconds()
        pgconn.send_query(request.text.encode("utf-8"))
        pgconn.set_single_row_mode()
        try:
            ending = self._take(pgconn, show, until)
            if ending is _Ending.SILENT:
                with suppress(psycopg.Error):
                    pgconn.get_cancel().cancel()
                again = self._take(pgconn, show, self._clock.monotonic() + _GRACE.total_seconds())
                ending = _Ending.SILENT if again in (_Ending.SILENT, _Ending.LOST) else _Ending.TIMED_OUT
        except psycopg.OperationalError as problem:
            show.errors.append(f"{str(problem).strip()}\n")
            ending = _Ending.LOST
        finally:
            # Never through psycopg's own leaving of the block: it would wait for a server that does not answer.
            connection.close()
        return ending

    def _take(self, pgconn: pq.abc.PGconn, show: "_Show", until: float) -> "_Ending":
        ending = _Ending.DONE
        while True:
            while pgconn.flush() or pgconn.is_busy():
                if not _wait(pgconn.socket, until - self._clock.monotonic()):
                    return _Ending.SILENT
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return ending
            match result.status:
                case pq.ExecStatus.SINGLE_TUPLE | pq.ExecStatus.TUPLES_OK:
                    show.take_rows(result)
                case pq.ExecStatus.COMMAND_OK:
                    show.take_done(result)
                case pq.ExecStatus.COPY_OUT:
                    ending = _Ending.FAILED
                    show.errors.append("ERROR:  COPY to the client is not shown; use SELECT\n")
                    return ending
                case pq.ExecStatus.COPY_IN:
                    ending = _Ending.FAILED
                    pgconn.put_copy_end(b"there is no input")
                case pq.ExecStatus.FATAL_ERROR | pq.ExecStatus.BAD_RESPONSE:
                    show.errors.append(result.error_message.decode("utf-8", "replace").rstrip() + "\n")
                    if pgconn.status == pq.ConnStatus.BAD:
                        return _Ending.LOST
                    # Somebody else may cancel it too, and so does a COPY without input; that is no time limit.
                    stopped = result.error_field(pq.DiagnosticField.SQLSTATE) == _QUERY_CANCELED
                    late = stopped and self._clock.monotonic() >= until - _GRACE.total_seconds()
                    ending = _Ending.TIMED_OUT if late else _Ending.FAILED
                case _:
                    continue

    def _text(self, text: str, left_out: int, request: RunRequest) -> tuple[str, int]:
        data = self._redactor.redact(text).encode("utf-8", "replace")
        shown = data[: request.output_limit_bytes].decode("utf-8", "ignore")
        return shown, max(0, len(data) - request.output_limit_bytes) + left_out


@dataclass
class _Show:
    """What a run showed so far."""

    row_limit: int
    byte_limit: int
    bare: bool = False
    out: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    left_out: int = 0
    kept: int = 0
    table: Table | None = None

    def take_rows(self, result: pq.abc.PGresult) -> None:
        """One row, or the end of a result with rows."""
        columns = range(result.nfields)
        if self.table is None:
            names = tuple((result.fname(c) or b"").decode("utf-8", "replace") for c in columns)
            self.table = Table(names, tuple(result.ftype(c) in _NUMBERS for c in columns))
        for number in range(result.ntuples):
            self.table.count += 1
            row = tuple(_decoded(result.get_value(number, column)) for column in columns)
            size = sum(len(value) for value in row if value is not None)
            if len(self.table.rows) < self.row_limit and self.kept <= self.byte_limit:
                self.table.rows.append(row)
                self.kept += size
            else:
                self.left_out += size
        if result.status == pq.ExecStatus.TUPLES_OK:
            self.out.append(unaligned(self.table) if self.bare else aligned(self.table))
            self.table = None

    def take_done(self, result: pq.abc.PGresult) -> None:
        """The end of a statement without rows."""
        if self.bare:
            return
        self.out.append((result.command_status or b"").decode("utf-8", "replace") + "\n")


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _wait(fd: int, seconds: float) -> bool:
    """Whether the socket has something to read within that time."""
    if seconds <= 0:
        return False
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000 + 1))


def _ms(value: timedelta) -> str:
    return f"{max(1, round(value.total_seconds() * 1000))}ms"
