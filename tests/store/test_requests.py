"""Requests of foreign senders as they are kept: in their order, once, and every byte of them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.store import requests
from tocsin.store.database import Database
from tocsin.store.requests import NewRequest, State

NOW = datetime(2026, 11, 21, 3, 0, 0, 123456, tzinfo=UTC)
ONE = NewRequest(
    "a", "am", "alertmanager", "POST", "/hooks?x=1", {"content-type": "text/plain"}, b"{}", "::1", NOW,
    State.PENDING, 202, 3,
)  # fmt: skip


def kept(database: Database, *new: NewRequest) -> list[NewRequest]:
    with database.write() as tx:
        requests.put_all(tx, new)
    with database.read() as tx:
        return [each.request for each in reversed(requests.listing(tx, 1_000))]


def test_requests_are_kept_as_they_came_and_in_this_order(database: Database) -> None:
    new = [
        ONE,
        replace(ONE, key="c", body=bytes(range(256)), delivery="d-1", note='said "no"\n\\ and ✓', alerts=0),
        replace(ONE, key="b", body=b"", state=State.REFUSED, status=401, headers={}),
    ]
    assert kept(database, *new) == new


def test_a_request_whose_key_is_known_is_left_as_it_is(database: Database) -> None:
    kept(database, ONE, replace(ONE, key="b"))
    again = kept(
        database, replace(ONE, body=b"other"), replace(ONE, key="z"), replace(ONE, key="z", body=b"twice")
    )
    assert [(each.key, each.body) for each in again] == [("a", b"{}"), ("b", b"{}"), ("z", b"{}")]


def test_a_batch_keeps_its_order(database: Database) -> None:
    new = [replace(ONE, key=f"{number * 7919 % 512:03}") for number in range(512)]
    assert [each.key for each in kept(database, *new)] == [each.key for each in new]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(st.binary(max_size=60), st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=5
    )
)
def test_no_bytes_and_no_text_are_beyond_either_database(
    database: Database, what: list[tuple[bytes, str, str]]
) -> None:
    """Bodies are kept to the byte; text is kept but for NUL and lone surrogates, which no database takes."""
    with database.write() as tx:
        before = requests.newest(tx)
        new = [
            replace(
                ONE, key=f"{before}.{number}", body=body, path=f"/{path}", note=note, headers={"x-said": note}
            )
            for number, (body, path, note) in enumerate(what)
        ]
        requests.put_all(tx, new)
        stored = requests.by_number(tx, range(before + 1, before + 1 + len(new)))
    assert [each.request.body for each in stored.values()] == [body for body, _, _ in what]
    for each, (_, path, note) in zip(stored.values(), what, strict=True):
        clean = [said.encode("utf-8", "surrogatepass") for said in (path, note)]
        if all(said.isascii() and b"\0" not in said for said in clean):
            assert (each.request.path, each.request.note) == (f"/{path}", note)


def test_a_flood_of_one_integration_leaves_the_others_their_turn(database: Database) -> None:
    flood = [replace(ONE, key=f"{number:04}", integration="flood") for number in range(500)]
    late = [replace(ONE, key=f"late {name}", integration=name) for name in ("a", "quiet", "z")]
    kept(database, *flood, *late)
    with database.read() as tx:
        first = requests.pending(tx, 40)
    assert [each.request.integration for each in first] == ["flood"] * 10 + ["a", "quiet", "z"]
    assert [each.id for each in first] == sorted(each.id for each in first)


def test_everything_that_waits_is_read_in_the_order_of_each_integration(database: Database) -> None:
    kept(database, *(replace(ONE, key=f"{number:03}", integration="abc"[number % 3]) for number in range(90)))
    read: dict[str, list[str]] = {}
    while True:
        with database.write() as tx:
            waiting = requests.pending(tx, 20)
            if not waiting:
                break
            for each in waiting:
                read.setdefault(each.request.integration, []).append(each.request.key)
            requests.settle_all(tx, [(each.id, State.READ, None, 1) for each in waiting], NOW)
    assert read == {name: [f"{n:03}" for n in range(place, 90, 3)] for place, name in enumerate("abc")}


def test_what_was_read_long_ago_makes_looking_for_what_waits_no_longer(tmp_path: Path) -> None:
    """The index holds only what waits; a plan that does not use it reads every request ever kept."""
    with Database.open(tmp_path / "plan.db") as database, database.read() as tx:
        for statement in (requests._WAITING, requests._PENDING):
            said = str(statement.compile(dialect=tx.connection.dialect))
            plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", ("a", 1, 0)[: said.count("?")])
            looks = [row[3] for row in plan if "requests" in row[3]]
            assert looks
            assert all("ix_requests_waiting" in each for each in looks)
