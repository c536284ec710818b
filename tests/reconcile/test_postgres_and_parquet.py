"""Records of PostgreSQL and Parquet are read as exactly as those of a CSV file."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.connectors.parquet_rows import ParquetFile
from tocsin.connectors.postgres_rows import PostgresQuery
from tocsin.connectors.row_form import RowForm
from tocsin.errors import InputError
from tocsin.jobs.money import AmountForm
from tocsin.jobs.reconcile import Row
from tocsin.sandbox.postgres import Postgres

FORM = RowForm(("id",), "amount", "currency")


def ask(postgres: Postgres, query: str, form: RowForm = FORM) -> list[Row]:
    proofs: list[str] = []
    rows = list(PostgresQuery(postgres.url(), query, form).rows(proofs.append))
    assert proofs[0].startswith("query sha256:")
    return rows


def test_a_query_gives_its_rows_as_they_are_stored(postgres: Postgres) -> None:
    query = """
    SELECT * FROM (VALUES ('po_1', 12.50::numeric(12,4), 'usd'), (E'tab\\there\\n\\\\', 0.07, 'USD'), ('ü', -3, 'JPY'))
        AS t (id, amount, currency)  -- nightly
    """
    assert ask(postgres, query) == [
        ("po_1", 1250, "USD", 0), ("tab\there\n\\", 7, "USD", 0), ("ü", -3, "JPY", 0),
    ]  # fmt: skip


def test_whole_cents_and_the_largest_numbers_stay_exact(postgres: Postgres) -> None:
    form = RowForm(("id", "part"), "cents", None, "USD", AmountForm(minor=True))
    query = "SELECT 7 AS id, 'b' AS part, 999999999999999999::bigint AS cents ;"
    assert ask(postgres, query, form) == [("7\x1fb", 999_999_999_999_999_999, "USD", 0)]


@pytest.mark.parametrize(
    ("query", "what"),
    [
        (
            "SELECT 'a' AS id, 1.5::float8 AS amount, 'USD' AS currency",
            "double precision, which cannot hold cents",
        ),
        ("SELECT 'a' AS id, 1.5::real AS amount, 'USD' AS currency", "real, which cannot hold cents"),
        (
            "SELECT 'a' AS id, NULL::numeric AS amount, 'USD' AS currency",
            "record 1 of the query: column amount is NULL",
        ),
        ("SELECT NULL::text AS id, 1 AS amount, 'USD' AS currency", "column id is empty"),
        ("SELECT 'a' AS id, 1 AS amount, NULL::text AS currency", "column currency is NULL"),
        ("SELECT 'a' AS id, 'NaN'::numeric AS amount, 'USD' AS currency", "amount 'NaN' is not an amount"),
        ("SELECT 'a' AS id, 1 AS amount", "gives no column 'currency'"),
        ("SELECT id FROM nothing_here", 'relation "nothing_here" does not exist'),
        ("SELECT 1 AS id, 2 AS amount, 'USD' AS currency FROM pg_sleep(60)", "statement timeout"),
    ],
)
def test_what_cannot_be_compared_is_refused(postgres: Postgres, query: str, what: str) -> None:
    within = timedelta(milliseconds=50) if "pg_sleep" in query else timedelta(minutes=1)
    source = PostgresQuery(postgres.url(), query, FORM, within)
    with pytest.raises(InputError) as caught:
        list(source.rows(print))
    assert what in caught.value.message
    assert caught.value.hint


def test_nothing_can_be_changed_even_by_a_query_that_was_not_judged(postgres: Postgres) -> None:
    postgres.query("CREATE TABLE ledger AS SELECT 1 AS id, 2 AS amount, 'USD' AS currency")
    for query in (
        "DELETE FROM ledger RETURNING id, amount, currency",
        "WITH gone AS (DELETE FROM ledger RETURNING *) SELECT * FROM gone",
        "SELECT 1) AS q) TO STDOUT; DELETE FROM ledger; --",
    ):
        with pytest.raises(InputError, match="the query failed"):
            ask(postgres, query)
    assert postgres.query("SELECT count(*) FROM ledger") == "1"


def test_a_server_that_is_away_is_named_without_its_password(postgres: Postgres) -> None:
    url = postgres.url().replace(f":{postgres.port}/", ":1/")
    with pytest.raises(InputError) as caught:
        list(PostgresQuery(url, "SELECT 1", FORM).rows(print))
    assert postgres.password not in str(caught.value)


def write(path: Path, amounts: pa.Array, ids: list[str | None] | None = None) -> Path:
    names = ids or [f"po_{number}" for number in range(len(amounts))]
    pq.write_table(pa.table({"id": names, "amount": amounts, "currency": ["USD"] * len(amounts)}), path)
    return path


def parquet(path: Path, form: RowForm = FORM) -> list[Row]:
    return list(ParquetFile(path, form).rows(print))


def test_decimals_texts_and_whole_cents_of_a_parquet_file(tmp_path: Path) -> None:
    values = [Decimal("12.50"), Decimal("-0.07")]
    rows = [("po_0", 1250, "USD", 1), ("po_1", -7, "USD", 2)]
    assert parquet(write(tmp_path / "a.parquet", pa.array(values, pa.decimal128(12, 2)))) == rows
    assert parquet(write(tmp_path / "b.parquet", pa.array(["12.5", "-0.07"]))) == rows
    minor = RowForm(("id",), "amount", "currency", amounts=AmountForm(minor=True))
    assert parquet(write(tmp_path / "c.parquet", pa.array([1250, -7])), minor) == rows


def test_rows_are_numbered_over_all_batches(tmp_path: Path) -> None:
    found = parquet(write(tmp_path / "many.parquet", pa.array([str(number) for number in range(50_000)])))
    assert [row[3] for row in found] == list(range(1, 50_001))


@pytest.mark.parametrize(
    ("amounts", "what"),
    [(pa.array([1.5]), "amount is double"), (pa.array(["1", "x"]), "row 2: amount 'x' is not an amount"),
     (pa.array([1, None]), "row 2: amount is NULL")],
)  # fmt: skip
def test_a_parquet_file_that_cannot_be_compared_is_refused(
    tmp_path: Path, amounts: pa.Array, what: str
) -> None:
    with pytest.raises(InputError) as caught:
        parquet(write(tmp_path / "x.parquet", amounts))
    assert what in caught.value.message


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"id,amount\n")
    for wrong in (path, tmp_path / "missing.parquet"):
        with pytest.raises(InputError, match="cannot be read as Parquet"):
            parquet(wrong)
    write(path, pa.array(["1"]))
    with pytest.raises(InputError, match="there is no column 'cents'"):
        parquet(path, RowForm(("id",), "cents", "currency"))
