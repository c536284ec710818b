"""A real PostgreSQL for the sources of a reconciliation."""

from collections.abc import Iterator

import pytest

from tocsin.sandbox.postgres import Postgres, throwaway


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with throwaway(tmp_path_factory.mktemp("pg"), max_connections=8) as running:
        yield running
