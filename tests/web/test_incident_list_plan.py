"""A page of the list of incidents is found by an index however many there are; a filter by words reads them all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from tocsin.store.database import Database
from tocsin.store.incident_search import Which, search
from tocsin.store.tx import Tx


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "tocsin.db") as opened:
        yield opened


def plans(database: Database, which: Which, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What SQLite would do for each statement of one page of the list."""
    asked: list[Any] = []
    execute = Tx.execute

    def watched(self: Tx, statement: Any, *values: Any) -> Any:
        asked.append(statement)
        return execute(self, statement, *values)

    with database.read() as tx:
        with monkeypatch.context() as patch:
            patch.setattr(Tx, "execute", watched)
            search(tx, which, (), 0)
        found = []
        for statement in asked:
            written = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
            found += [str(row[3]) for row in tx.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    return found


@pytest.mark.parametrize("which", Which)
def test_a_page_of_the_list_comes_from_an_index_and_is_not_sorted(
    database: Database, which: Which, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = plans(database, which, monkeypatch)[0]
    assert names.startswith("SCAN incidents USING INDEX")


@pytest.mark.parametrize("which", [Which.OPEN, Which.ALL])
def test_how_many_there_are_is_counted_in_an_index(
    database: Database, which: Which, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all("INDEX" in each for each in plans(database, which, monkeypatch))


def test_what_is_open_is_found_by_the_index_of_what_is_open(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = plans(database, Which.OPEN, monkeypatch)
    assert {each.partition("INDEX ")[2] for each in found} == {"ix_incidents_open"}
