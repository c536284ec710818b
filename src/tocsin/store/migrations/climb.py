"""The way from one version of the tables to a later one, by Alembic.

Loaded by name (`store.migrate`) when tables have to change, and only then: Alembic and what it brings hold 10 MB that
nothing else in a running tocsin needs.
"""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def climb(connection: Connection, version: str) -> None:
    """Bring the tables to a version, inside the transaction the connection is in."""
    config = Config()
    config.set_main_option("script_location", "tocsin.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)
