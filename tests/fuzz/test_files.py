"""What others wrote in a form of their own, of any bytes: exports, spools of dead processes, cron lines and matchers.

Each is read, or refused in a sentence.
"""

import io
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tocsin.connectors.parquet_rows import open_parquet
from tocsin.connectors.row_form import RowForm
from tocsin.detection.silence import checked, parse_filter, parse_matcher
from tocsin.engine.foreign.spool import Spool
from tocsin.errors import InputError
from tocsin.jobs.deadline import schedule
from tocsin.store.requests import NewRequest, State

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
REQUEST = NewRequest(
    "k", "am", "alertmanager", "POST", "/", {"a": "b"}, b"\x00\xff", "127.0.0.1", NOW, State.PENDING, 200, 1
)


def near(valid: bytes) -> st.SearchStrategy[bytes]:
    """A valid file with some bytes changed, or cut off somewhere."""

    def spoilt(changes: list[tuple[int, int]], cut: int) -> bytes:
        raw = bytearray(valid)
        for place, value in changes:
            raw[place] = value
        return bytes(raw[:cut])

    places = st.tuples(st.integers(0, len(valid) - 1), st.integers(0, 255))
    return st.builds(spoilt, st.lists(places, max_size=4), st.just(len(valid)) | st.integers(0, len(valid)))


def exported() -> bytes:
    """A small export as Parquet."""
    out = io.BytesIO()
    columns = {"id": ["a", "b", "c"], "amount": ["1.50", "2", "3.10"], "currency": ["USD", "EUR", "USD"]}
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


EXPORT = exported()


@settings(QUIET, max_examples=150)
@given(st.one_of(st.binary(max_size=100), near(EXPORT)))
def test_any_bytes_are_rows_of_parquet_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ledger.parquet"
    file.write_bytes(content)
    try:
        rows = list(open_parquet(file, RowForm(("id",), "amount", "currency")).rows(lambda said: None))
    except InputError:
        return
    assert content.endswith(b"PAR1")
    assert [row[3] for row in rows] == list(range(1, len(rows) + 1))


@pytest.fixture(scope="module")
def spooled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a process that died with three requests in it."""
    folder = tmp_path_factory.mktemp("spool")
    Spool(folder).append([replace(REQUEST, key=str(number)) for number in range(3)])
    (file,) = folder.glob("*.spool")
    return file.read_bytes()


@settings(QUIET, max_examples=150)
@given(data=st.data())
def test_of_any_spool_the_records_before_the_first_wrong_byte_are_taken_over(
    tmp_path_factory: pytest.TempPathFactory, spooled: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    content = data.draw(st.one_of(near(spooled), st.binary(max_size=80)))
    (folder / "0123.spool").write_bytes(content)
    taken = Spool(folder)
    count = taken.adopt()
    whole = len(spooled) // 3
    intact = next((number for number in range(3) if content[number * whole : (number + 1) * whole] != spooled[number * whole : (number + 1) * whole]), 3)  # fmt: skip
    assert [each.key for each in taken.waiting(10)][:intact] == [str(number) for number in range(intact)]
    assert count == len(Spool.look(folder)), "what was taken over is on the disk again"
    taken.close()


FIELDS = st.lists(
    st.sampled_from(["*", "0", "2", "31", "*/7", "1-5", "5-1", "MON", "L", "?", "60", "*/0", "1,2,99", "MON#9", "W", "-", "²"]) | st.text(max_size=4),
    min_size=3, max_size=7,
)  # fmt: skip


@settings(QUIET, max_examples=300)
@given(FIELDS.map(" ".join) | st.text(max_size=20), st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "../UTC", "", "Mars/X", "\x00"]) | st.text(max_size=8))  # fmt: skip
@example("0 2 * * *", "Europe")
def test_any_plan_is_kept_or_refused(cron: str, zone: str) -> None:
    try:
        made = schedule(cron, zone, timedelta(minutes=30))
    except ValueError:
        return
    due = list(islice(made.due_after(NOW), 3))
    assert due == sorted(set(due))
    assert all(each > NOW for each in due)
    last = made.last_due(NOW)
    assert last is None or last <= NOW


PATTERNS = st.sampled_from(
    [
        "a",
        ".*",
        "(",
        ")",
        "[",
        "a{99999999999}",
        "a{2,1}",
        "(?P<x>a)(?P=x)",
        "\\",
        "\\1",
        "(?i)",
        "*",
        "(?<=a*)",
        "x|y",
        "(?(1)a)",
        "\x00",
        "²",
    ]
)


@settings(QUIET, max_examples=300)
@given(
    st.text(max_size=30)
    | st.tuples(st.sampled_from(["a", "", " ", "ä"]), st.sampled_from(["=", "!=", "=~", "!~", "~"]), st.lists(PATTERNS, max_size=3).map("".join)).map("".join)
)  # fmt: skip
@example("a=~a{99999999999}")
@example("a=~" + "(" * 5_000 + ")" * 5_000)
def test_any_matcher_is_one_or_refused(text: str) -> None:
    for written in (text, f"{{{text}}}"):
        with suppress(InputError):
            for each in parse_filter(written):
                each.matches({"a": "b"})
    with suppress(InputError):
        checked([parse_matcher(text)])
