"""What a database driver's error means to a person: one sentence and the next step."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tocsin.errors import StoreError

# Fragments of the drivers' own texts, lower case, the most telling first. libpq gives connection failures no
# SQLSTATE and SQLite's errors carry no code through SQLAlchemy, so the text is all there is.
_MEANINGS: Sequence[tuple[tuple[str, ...], str, str]] = (
    (
        ("disk is full", "no space left", "disk full", "could not extend file"),
        "there is no space left on its disk; nothing of this change was stored",
        "Free some space; tocsin goes on by itself with the next write.",
    ),
    (
        ("is locked", "is busy", "lock timeout", "schema is locked"),
        "another program holds its write lock and did not let go",
        "See which program has it open (`lsof`, or pg_stat_activity); only tocsin may write to it.",
    ),
    (
        ("password authentication failed", "no password supplied"),
        "the server refused the user or password",
        "Check user and password in TOCSIN_DATABASE_URL.",
    ),
    (
        ("no pg_hba.conf entry", "peer authentication failed", "ident authentication failed"),
        "the server does not let this user in from here",
        "Allow user and database in the server's pg_hba.conf.",
    ),
    (
        ("connection refused", "no such file or directory", "is the server running"),
        "nothing answers there",
        "Start the server, or correct host and port in TOCSIN_DATABASE_URL.",
    ),
    (
        ("could not translate host name", "failed to resolve host", "name or service not known"),
        "its host name is not known",
        "Correct the host in TOCSIN_DATABASE_URL.",
    ),
    (
        ("timeout expired", "connection timeout"),
        "the server did not answer in time",
        "Check that host and port can be reached from here.",
    ),
    (
        ("read-only transaction", "readonly database", "query_only"),
        "it can only be read",
        "Check the permissions of file and directory, or connect to the primary instead of a standby.",
    ),
    (
        ("file is not a database", "file is encrypted"),
        "it is not an SQLite database",
        "Name another file; this one was not touched.",
    ),
    (
        ("malformed", "disk i/o error", "corrupt"),
        "it is damaged or its disk fails",
        "Stop tocsin, copy the file, check the disk, and restore the last backup.",
    ),
    (
        ("unable to open", "permission denied"),
        "the file cannot be opened",
        "Check that the directory exists and that this user may write in it.",
    ),
    (
        ("no such table", "no such column", "undefinedtable", "undefinedcolumn"),
        "its tables are not those of this version",
        "It was changed by hand: restore the last backup.",
    ),
    (
        ("does not exist",),
        "the server has no such database or user",
        "Create it (`createdb`), or correct TOCSIN_DATABASE_URL.",
    ),
    (
        ("constraint", "duplicate key"),
        "it refused a row that contradicts what it holds; nothing of this change was stored",
        "This is a mistake in tocsin: please report it with the text below.",
    ),
    (
        ("terminating connection", "server closed the connection", "connection is lost", "consuming input failed"),
        "the connection broke; it is not known whether the last change was stored",
        "tocsin connects again by itself; what was not acknowledged is repeated safely.",
    ),
)  # fmt: skip


def explain(error: BaseException, place: str) -> StoreError:
    """What went wrong with the database at `place`, and what to do next.

    Args:
        error: what the driver or SQLAlchemy raised. A StoreError comes back as it is.
        place: path or URL without its password.
    """
    if isinstance(error, StoreError):
        return error
    detail = _detail(error)
    lowered = detail.lower()
    if isinstance(error, PoolTimeout):
        return StoreError(
            f"The database {place} cannot be read: too many reads run at once.",
            hint="A read is left open somewhere; restart tocsin and report this.",
        )
    if "disk i/o error" in lowered and _is_full(place):
        lowered = "disk is full"  # SQLite's word for a shared-memory file that found no room
    for fragments, meaning, step in _MEANINGS:
        if any(fragment in lowered for fragment in fragments):
            return StoreError(f"The database {place} cannot be used: {meaning}. ({detail})", hint=step)
    return StoreError(
        f"The database {place} cannot be used: {detail}.", hint="Nothing of this change was stored."
    )


def is_database_error(error: BaseException) -> bool:
    """Whether an exception came from the driver or SQLAlchemy, rather than from the code between."""
    return isinstance(error, SQLAlchemyError)


_LITTLE_SPACE_BYTES = 256 * 1024


def _is_full(place: str) -> bool:
    """Whether there is next to no space where this file is. A healthy disk must not be called damaged."""
    try:
        return shutil.disk_usage(Path(place).parent).free < _LITTLE_SPACE_BYTES
    except OSError:
        return False


def _detail(error: BaseException) -> str:
    """The driver's own words in one line."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split()).rstrip(".") or type(cause).__name__
