"""Whatever was written verifies; whatever somebody does to it afterwards is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tocsin.kit.ids import IncidentId
from tocsin.store import log, schema
from tocsin.store.database import Database
from tocsin.store.tx import Tx

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
moments = st.datetimes(timezones=st.just(UTC))
entries = st.lists(
    st.builds(
        log.Entry,
        incident=st.sampled_from([IncidentId("INC-1"), IncidentId("INC-2"), IncidentId("INC-10")]),
        kind=texts,
        body=texts,
        actor=texts,
        at=moments,
    ),
    min_size=2,
    max_size=12,
)
TEXT_COLUMNS = ("incident", "kind", "body", "actor", "at", "previous", "hash")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database.open(tmp_path_factory.mktemp("chain") / "tocsin.db") as opened:
        yield opened


class _Undo(Exception):
    pass


@contextmanager
def written(database: Database, lines: list[log.Entry]) -> Iterator[Tx]:
    """A log with these lines, which is gone afterwards."""
    try:
        with database.write() as tx:
            log.append(tx, lines[: len(lines) // 2])
            log.append(tx, lines[len(lines) // 2 :])
            yield tx
            raise _Undo
    except _Undo:
        pass


@settings(deadline=None)
@given(lines=entries)
def test_whatever_was_written_verifies_and_comes_back(database: Database, lines: list[log.Entry]) -> None:
    with written(database, lines) as tx:
        assert log.verify(tx).ok
        back = log.all_events(tx)
    assert [log.Entry(line.incident, line.kind, line.body, line.actor, line.at) for line in back] == lines


@settings(max_examples=300, deadline=None)
@given(lines=entries, data=st.data())
def test_any_changed_byte_is_found(database: Database, lines: list[log.Entry], data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, len(lines)), label="line")
    column = data.draw(st.sampled_from(TEXT_COLUMNS), label="column")
    with written(database, lines) as tx:
        (old,) = tx.execute(text(f"SELECT CAST({column} AS BLOB) FROM events WHERE seq = {seq}")).one()
        assume(old)
        place = data.draw(st.integers(0, len(old) - 1), label="byte")
        byte = data.draw(st.integers(0, 255).filter(lambda value: value != old[place]), label="value")
        new = old[:place] + bytes([byte]) + old[place + 1 :]
        tx.execute(text(f"UPDATE events SET {column} = CAST(:new AS TEXT) WHERE seq = {seq}"), {"new": new})
        found = log.verify(tx)
    assert not found.ok
    assert found.first_bad == seq


@settings(deadline=None)
@given(lines=entries, data=st.data())
def test_any_changed_number_is_found(database: Database, lines: list[log.Entry], data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, len(lines)))
    new = data.draw(st.integers(-5, 50))
    column = data.draw(st.sampled_from(["seq", "position"]))
    with written(database, lines) as tx:
        (old,) = tx.execute(text(f"SELECT {column} FROM events WHERE seq = {seq}")).one()
        (used,) = tx.execute(
            text(
                f"SELECT count(*) FROM events WHERE {column} = {new} AND (:column = 'seq' OR incident = "
                f"(SELECT incident FROM events WHERE seq = {seq}))"
            ),
            {"column": column},
        ).one()
        assume(new != old and not used)
        tx.execute(text(f"UPDATE events SET {column} = {new} WHERE seq = {seq}"))
        assert not log.verify(tx).ok


@settings(deadline=None)
@given(lines=entries, data=st.data())
def test_any_deleted_lines_are_found(database: Database, lines: list[log.Entry], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(1, len(lines)), min_size=1))
    with written(database, lines) as tx:
        tx.execute(text(f"DELETE FROM events WHERE seq IN ({','.join(map(str, gone))})"))
        found = log.verify(tx)
    assert not found.ok
    assert found.first_bad == min(gone)


@settings(deadline=None)
@given(lines=entries, data=st.data())
def test_any_two_lines_that_changed_places_are_found(
    database: Database, lines: list[log.Entry], data: st.DataObject
) -> None:
    one = data.draw(st.integers(1, len(lines)))
    other = data.draw(st.integers(1, len(lines)).filter(lambda value: value != one))
    with written(database, lines) as tx:
        for old, new in ((one, 999), (other, one), (999, other)):
            tx.execute(text(f"UPDATE events SET seq = {new} WHERE seq = {old}"))
        found = log.verify(tx)
    assert not found.ok
    assert found.first_bad == min(one, other)


@settings(deadline=None)
@given(lines=entries, data=st.data())
def test_two_texts_that_changed_places_are_found(
    database: Database, lines: list[log.Entry], data: st.DataObject
) -> None:
    """Also between columns of one line: what was said becomes who said it."""
    seq = data.draw(st.integers(1, len(lines)))
    one, other = data.draw(st.sampled_from([("kind", "actor"), ("actor", "body"), ("kind", "body")]))
    with written(database, lines) as tx:
        before = tx.execute(text(f"SELECT {one}, {other} FROM events WHERE seq = {seq}")).one()
        assume(before[0] != before[1])
        tx.execute(text(f"UPDATE events SET {one} = {other}, {other} = {one} WHERE seq = {seq}"))
        assert log.verify(tx).first_bad == seq


@settings(deadline=None)
@given(lines=entries, data=st.data())
def test_an_end_cut_off_with_great_care_is_found_by_any_head_noted_behind_it(
    database: Database, lines: list[log.Entry], data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, len(lines) - 1))
    noted = data.draw(st.integers(1, len(lines)))
    with written(database, lines) as tx:
        heads = [line.hash for line in log.all_events(tx)]
        tx.execute(text(f"DELETE FROM events WHERE seq > {left}"))
        if left:
            tx.execute(
                text("UPDATE chain SET seq = :seq, hash = :hash"), {"seq": left, "hash": heads[left - 1]}
            )
        else:
            tx.execute(text("DELETE FROM chain"))
        assert log.verify(tx).ok
        assert log.verify(tx, expected_head=heads[noted - 1]).ok == (noted <= left)


def test_a_line_that_is_no_text_any_more_is_found(tmp_path: Path) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    with Database.open(tmp_path / "tocsin.db") as opened:
        with opened.write() as tx:
            log.append(
                tx, [log.Entry(IncidentId("INC-1"), "NoteAdded", f'"{n}"', "ana", at) for n in range(9)]
            )
            tx.execute(text("UPDATE events SET body = CAST(x'22fffe22' AS TEXT) WHERE seq = 4"))
        with opened.read() as tx:
            found = log.verify(tx)
    assert (found.ok, found.first_bad) == (False, 4)
    assert found.reason == "Line 4 of the log was edited: it is not text any more."


def test_the_texts_of_the_log_are_those_of_the_table() -> None:
    """A column added to the table but not to the chain would not be protected."""
    assert {column.name for column in schema.events.columns} == {*TEXT_COLUMNS, "seq", "position"}
