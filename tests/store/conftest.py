"""Both databases, real: an SQLite file, and a PostgreSQL server out of a wheel, started once."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tocsin.sandbox.postgres import Postgres, throwaway
from tocsin.store.database import Database

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A server of our own. If it cannot start, the tests fail: a claim about PostgreSQL needs one."""
    # Not below pytest's own directory, which is closed to the user the server runs as.
    state = Path(tempfile.mkdtemp(prefix="tocsin-store-"))
    state.chmod(0o711)
    try:
        with throwaway(state, max_connections=60) as server:
            yield server
    finally:
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is: each claim is made about both kinds."""
    if request.param == "sqlite":
        return str(tmp_path / "tocsin.db")
    # A schema each in one database: the same isolation as a database each, in a tenth of the time.
    server: Postgres = request.getfixturevalue("postgres_server")
    schema = f"store_{next(_numbers)}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
    return f"{server.url()}?options=-csearch_path%3D{schema}"


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A new database, open."""
    with Database.open(address) as opened:
        yield opened
