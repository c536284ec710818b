"""The tables are what the migrations make, on both databases."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import tocsin.store.migrations
from tocsin.store import clocks, outbox, schema, signals
from tocsin.store.database import Database


def test_migrating_from_nothing_gives_the_tables_of_this_version(database: Database) -> None:
    with database.read() as tx:
        context = MigrationContext.configure(
            tx.connection, opts={"compare_type": True, "version_table": schema.VERSION_TABLE}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_the_newest_migration_is_the_version_this_program_knows() -> None:
    folder = Path(tocsin.store.migrations.__file__).parent / "versions"
    numbers = sorted(path.name[:4] for path in folder.glob("*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers[-1] == schema.VERSION


@pytest.mark.parametrize(
    "statement",
    [clocks._DUE, clocks._NEXT, outbox._QUEUED, outbox._STARTED, signals._WAITING, signals._COUNT_WAITING],
    ids=["due", "next", "queued", "started", "waiting", "how many"],
)
def test_what_the_engine_asks_all_the_time_uses_an_index(tmp_path: Path, statement: object) -> None:
    with Database.open(tmp_path / "tocsin.db") as database, database.read() as tx:
        compiled = str(statement.compile(tx.connection, compile_kwargs={"render_postcompile": True}))  # type: ignore[attr-defined]  # a Select
        plan = tx.execute(text("EXPLAIN QUERY PLAN " + re.sub(r"\?", "'2026'", compiled))).all()
    assert any("USING" in row[3] and "INDEX ix_" in row[3] for row in plan), plan


def test_moments_sort_as_text_and_keep_microseconds() -> None:
    early = datetime(2026, 11, 21, 3, 15, 0, 999_999, tzinfo=UTC)
    late = early + timedelta(microseconds=1)
    assert schema.written(early) == "2026-11-21T03:15:00.999999Z"
    assert schema.written(early) < schema.written(late)
    assert schema.read(schema.written(early)) == early
    assert schema.written(early.astimezone(timezone(-timedelta(hours=5)))) == schema.written(early)


def test_text_that_no_database_takes_is_replaced_or_escaped() -> None:
    assert schema.safe_text("a\0b\udc80c") == "a\ufffdb\ufffdc"
    assert schema.safe_text("ü 🚨") == "ü 🚨"
    assert schema.safe_json('"a\0b\udc80c"') == '"a\\u0000b\\udc80c"'
    assert schema.safe_json('"ü 🚨"') == '"ü 🚨"'
