"""Which version of the tables a database has, and how it gets to ours."""

from collections.abc import Callable
from importlib import import_module

from sqlalchemy import Connection, Engine, String, column, inspect, select, table

from tocsin.errors import StoreError
from tocsin.store.schema import VERSION, VERSION_TABLE
from tocsin.store.schema_replies import metadata  # the last file that adds tables knows all

_READ_VERSION = select(column("version_num", String)).select_from(table(VERSION_TABLE))


def version(connection: Connection) -> str | None:
    """The schema version of a database, or None if it has none of our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(_READ_VERSION).scalar()


def is_current(engine: Engine, place: str, *, create: bool) -> bool:
    """Whether there is nothing to migrate. Only looks.

    Args:
        create: whether an empty database may become one of ours.

    Raises:
        StoreError: it is newer than this program, or not ours at all, or empty and may not be set up.
    """
    with engine.connect() as connection:
        found = version(connection)
        if found is not None:
            _refuse_newer(found, place)
            return found == VERSION
        tables = inspect(connection).get_table_names()
        theirs = tables if connection.dialect.name == "sqlite" else sorted(set(tables) & set(metadata.tables))
    if theirs:
        raise StoreError(
            f'The database {place} belongs to another program: it has a table "{theirs[0]}" that is not tocsin\'s.',
            hint="Name another file or database; this one was not touched.",
        )
    if not create:
        raise StoreError(f"The database {place} is empty.", hint="Start `tocsin serve` once to set it up.")
    return False


def refuse_other_version(connection: Connection, place: str) -> None:
    """Stop a write to tables that another process has migrated while this one was running.

    Raises:
        StoreError: they are not of our version any more.
    """
    found = connection.execute(_READ_VERSION).scalar()
    if found != VERSION:
        raise StoreError(
            f"The database {place} was migrated to version {found} while this process, which knows {VERSION}, "
            "was running.",
            hint="Restart it with the same version of tocsin as the others; until then it writes nothing.",
        )


def upgrade(connection: Connection, place: str) -> None:
    """Bring the tables to this version, inside the transaction the connection is in.

    Another process may have done so since we looked; then nothing is left to do.
    """
    found = version(connection)
    if found is not None:
        _refuse_newer(found, place)
    climb: Callable[[Connection, str], None] = import_module("tocsin.store.migrations.climb").climb
    climb(connection, VERSION)


def _refuse_newer(found: str, place: str) -> None:
    if found > VERSION:
        raise StoreError(
            f"The database {place} was written by a newer tocsin: its tables are version {found}, "
            f"this program knows {VERSION}.",
            hint="Upgrade tocsin on this machine; nothing was written.",
        )
