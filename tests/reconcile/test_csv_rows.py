"""A CSV export is read exactly, or refused with file:line:column."""

import csv
import gzip
import hashlib
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.connectors.csv_rows import LONGEST_FIELD, CsvFile
from tocsin.connectors.row_form import RowForm
from tocsin.errors import InputError
from tocsin.jobs.money import AmountForm
from tocsin.jobs.reconcile import Row

FORM = RowForm(("id",), "amount", "currency")


def read(path: Path, form: RowForm = FORM, delimiter: str = ",", encoding: str = "utf-8") -> list[Row]:
    proofs: list[str] = []
    rows = list(CsvFile(path, form, delimiter, encoding).rows(proofs.append))
    assert proofs == [f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"]
    return rows


def refusal(path: Path, content: bytes, form: RowForm = FORM, encoding: str = "utf-8") -> InputError:
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path, form, encoding=encoding)
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.csv"


FIELDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(FIELDS.filter(bool), st.integers(-(10**15), 10**15), FIELDS), max_size=20),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.booleans(),
    st.booleans(),
)
def test_whatever_stands_in_the_fields_it_is_read_back(
    tmp_path: Path,
    records: list[tuple[str, int, str]],
    end: str,
    quoting: int,
    delimiter: str,
    mark: bool,
    pack: bool,
) -> None:
    if quoting != csv.QUOTE_ALL:
        end = "\r\n"  # Python's writer quotes a lone carriage return only where it ends lines; readers take it for an end
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, delimiter=delimiter, lineterminator=end)  # type: ignore[arg-type]  # any of the constants
    writer.writerow(["note", "id", "amount", "currency"])
    for key, amount, note in records:
        writer.writerow([note, key, f"{amount}", "usd"])
    content = (b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode()
    path = tmp_path / ("ledger.csv.gz" if pack else "ledger.csv")
    path.write_bytes(gzip.compress(content) if pack else content)
    rows = read(path, RowForm(("id",), "amount", "currency", amounts=AmountForm(minor=True)), delimiter)
    assert [(row[0], row[1], row[2]) for row in rows] == [(key, amount, "USD") for key, amount, _ in records]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text("id,amountcurrency\"'\r\n;01.-\0 é", max_size=200).map(str.encode))
def test_whatever_the_bytes_they_are_read_or_refused_in_a_sentence(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "ledger.csv"
    path.write_bytes(b"id,amount,currency\n" + junk)
    try:
        read(path)
    except InputError as problem:
        refused = problem.message
    else:
        return
    assert re.match(rf"{re.escape(str(path))}:\d+", refused)
    assert "\n" not in refused


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        (b"po_2,12.x,USD", ":3:2", "amount '12.x' is not an amount"),
        (b'po_2,"1,234.50",USD', ":3:2", "amount '1,234.50' is not an amount"),
        (b"po_2,12.345,USD", ":3:2", "more than the 2 digits of USD"),
        (b"po_2,,USD", ":3:2", "amount '' is not an amount"),
        (b"po_2,1.00,dollars", ":3:3", "currency 'dollars' is not a currency"),
        (b",1.00,USD", ":3:1", "id is empty"),
        (b"po_2,1.00", ":3", "2 fields, but the header names 3"),
        (b"po_2,1.00,USD,more", ":3", "4 fields, but the header names 3"),
        (b'po_2,1.00,"USD', ":3", "unexpected end of data"),
        (b'po_2,1.00,"US"D', ":3", "expected after '\"'"),
        (b"po_\xff,1.00,USD", ":", "not utf-8"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(file: Path, line: bytes, where: str, what: str) -> None:
    refused = refusal(file, b"id,amount,currency\npo_1,1.00,USD\n" + line + b"\n")
    assert refused.message.startswith(f"{file}{where}")
    assert what in refused.message
    assert refused.hint


def test_the_line_is_the_one_the_record_begins_on_also_after_breaks_inside_fields(file: Path) -> None:
    content = b'id,amount,currency\r\n"po\r\n1",1.00,USD\r\n\r\npo_2,x,USD\r\n'
    assert refusal(file, content).message.startswith(f"{file}:5:2:")


def test_a_field_without_end_is_refused_before_it_fills_the_memory(file: Path) -> None:
    refused = refusal(file, b'id,amount,currency\n"' + b"x" * (LONGEST_FIELD + 1) + b'",1.00,USD\n')
    assert "field larger than field limit" in refused.message


@pytest.mark.parametrize(
    ("header", "what"),
    [(b"", ":1: there is no header"), (b"id,amout,currency\n", "there is no column 'amount'"),
     (b"id,amount,amount,currency\n", "there are several columns 'amount'")],
)  # fmt: skip
def test_a_header_that_does_not_name_the_columns_is_refused(file: Path, header: bytes, what: str) -> None:
    refused = refusal(file, header)
    assert what in refused.message
    assert "Did you mean amout" in str(refused.hint) or b"amout" not in header


def test_exports_of_other_programs_are_read(file: Path) -> None:
    file.write_bytes("id;amount;currency\r\npo_1;12,50;EUR\r\n".encode("utf-16"))
    form = RowForm(("id",), "amount", "currency", amounts=AmountForm(comma=True))
    assert read(file, form, ";", "utf-16") == [("po_1", 1250, "EUR", 2)]


def test_a_record_may_be_named_by_several_columns(file: Path) -> None:
    file.write_bytes(b"id,host,amount\npo_1,h1,3\n")
    form = RowForm(("host", "id"), "amount", None, "JPY")
    assert read(file, form) == [("h1\x1fpo_1", 3, "JPY", 2)]
    assert "U+001F" in refusal(file, b"id,host,amount\npo_1,h\x1f1,3\n", form).message


def test_what_is_missing_or_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "nothing.csv")
    packed = gzip.compress(b"id,amount,currency\n" + b"po_1,1.00,USD\n" * 1000)
    assert "not a whole gzip file" in refusal(tmp_path / "cut.csv.gz", packed[:-20]).message
    assert "not a whole gzip file" in refusal(tmp_path / "none.csv.gz", b"id,amount").message
