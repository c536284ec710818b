"""The log: appended to, never changed, and it notices when somebody tries."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, insert, select, text, update

from tocsin.kit.ids import EvidenceId, IncidentId, RunId
from tocsin.store import evidence, log, schema
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 15, 0, 123456, tzinfo=UTC)
A, B = IncidentId("INC-1"), IncidentId("INC-2")


def entry(
    incident: IncidentId = A, body: str = '{"text":"checked the pool"}', kind: str = "NoteAdded"
) -> log.Entry:
    return log.Entry(incident, kind, body, "ana", NOW)


@pytest.fixture
def ten(database: Database) -> Database:
    """A database with ten events of two incidents, taking turns."""
    with database.write() as tx:
        log.append(tx, [entry(A if number % 2 else B, f'{{"n":{number}}}') for number in range(10)])
    return database


def verdict(database: Database, **more: object) -> log.Verification:
    with database.read() as tx:
        return log.verify(tx, **more)  # type: ignore[arg-type]  # the two optional arguments


def test_events_come_back_exactly_as_they_were_written(database: Database) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=9)))
    with database.write() as tx:
        written = log.append(tx, [log.Entry(A, "NoteAdded", '{"t":"“ü” 🚨 \\u0000"}', "bö", local)])
    with database.read() as tx:
        assert log.events(tx, A) == written
    assert written[0].at == NOW
    assert written[0].body == '{"t":"“ü” 🚨 \\u0000"}'
    assert (written[0].seq, written[0].position, written[0].previous) == (1, 1, log.GENESIS)


def test_positions_count_within_an_incident_and_numbers_over_all(ten: Database) -> None:
    with ten.read() as tx:
        assert [line.position for line in log.events(tx, A)] == [1, 2, 3, 4, 5]
        assert [line.position for line in log.events(tx, A, after_position=3)] == [4, 5]
        assert [line.seq for line in log.all_events(tx)] == list(range(1, 11))
        assert [line.seq for line in log.all_events(tx, after_seq=4, limit=3)] == [5, 6, 7]
        assert log.last_position(tx, A) == 5
        assert log.last_position(tx, IncidentId("INC-9")) == 0


def test_each_line_holds_the_hash_of_the_line_before(ten: Database) -> None:
    with ten.read() as tx:
        lines = log.all_events(tx)
    for before, after in itertools.pairwise(lines):
        assert after.previous == before.hash


def test_the_hash_can_be_recomputed_without_tocsin(database: Database) -> None:
    with database.write() as tx:
        (line,) = log.append(tx, [entry()])
    text = f"1 1 5 9 3 2026-11-21T03:15:00.123456Z {'0' * 64}\n" + "INC-1" + "NoteAdded" + "ana" + line.body
    assert line.hash == hashlib.sha256(text.encode()).hexdigest()


def test_a_decision_on_an_old_reading_is_refused(ten: Database) -> None:
    with (
        pytest.raises(log.Conflict, match="INC-1 has gone on: its last event is 5, this decision had read 4"),
        ten.write() as tx,
    ):
        log.append(tx, [entry()], expected_position=4)
    with ten.write() as tx:
        assert log.append(tx, [entry()], expected_position=5)[0].position == 6
        assert log.append(tx, [entry(IncidentId("INC-3"))], expected_position=0)[0].position == 1


def test_an_expected_position_belongs_to_one_incident(database: Database) -> None:
    with database.write() as tx, pytest.raises(ValueError, match="one incident"):
        log.append(tx, [entry(A), entry(B)], expected_position=0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with database.write() as tx, pytest.raises(ValueError, match="without a zone"):
        log.append(tx, [log.Entry(A, "NoteAdded", "{}", "ana", NOW.replace(tzinfo=None))])


def test_an_untouched_log_verifies(ten: Database) -> None:
    with ten.read() as tx:
        last = log.all_events(tx)[-1]
        assert log.head(tx) == last.hash
    assert verdict(ten) == log.Verification(True, 10, last.hash)
    assert verdict(ten, expected_head=last.previous).ok
    assert verdict(ten, expected_head=log.GENESIS).ok


def test_an_empty_log_verifies(database: Database) -> None:
    assert verdict(database) == log.Verification(True, 0, log.GENESIS)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("incident", "INC-7"),
        ("position", 77),
        ("kind", "NoteEdited"),
        ("actor", "bo"),
        ("at", "2026-11-21T03:15:00.123457Z"),
        ("body", '{"n":44}'),
        ("previous", "f" * 64),
        ("hash", "f" * 64),
    ],
)
def test_an_edited_line_is_found(ten: Database, column: str, value: str | int) -> None:
    with ten.write() as tx:
        tx.execute(update(schema.events).where(schema.events.c.seq == 5).values({column: value}))
    found = verdict(ten)
    assert not found.ok
    assert found.first_bad == 5
    assert found.reason is not None
    assert "Line 5" in found.reason


def test_a_line_edited_together_with_its_hash_is_found(ten: Database) -> None:
    with ten.read() as tx:
        line = log.all_events(tx)[4]
    forged = log._digest(
        line.seq,
        line.position,
        line.incident,
        line.kind,
        '{"n":44}',
        line.actor,
        schema.written(line.at),
        line.previous,
    )
    with ten.write() as tx:
        tx.execute(update(schema.events).where(schema.events.c.seq == 5).values(body='{"n":44}', hash=forged))
    assert verdict(ten).first_bad == 6


def test_a_deleted_line_is_found(ten: Database) -> None:
    with ten.write() as tx:
        tx.execute(delete(schema.events).where(schema.events.c.seq == 5))
    assert verdict(ten).first_bad == 5
    assert verdict(ten).reason == "Line 5 of the log is missing."


def test_two_exchanged_lines_are_found(ten: Database) -> None:
    with ten.write() as tx:
        for old, new in ((4, 400), (6, 4), (400, 6)):
            tx.execute(update(schema.events).where(schema.events.c.seq == old).values(seq=new))
    assert verdict(ten).first_bad == 4


@pytest.mark.parametrize("seq", [-3, 0, 11])
def test_an_inserted_line_is_found(ten: Database, seq: int) -> None:
    with ten.write() as tx:
        row = tx.execute(select(schema.events).where(schema.events.c.seq == 10)).one()._asdict()
        tx.execute(insert(schema.events).values({**row, "seq": seq, "position": 99}))
    assert not verdict(ten).ok


def test_a_cut_off_end_is_found(ten: Database) -> None:
    with ten.write() as tx:
        tx.execute(delete(schema.events).where(schema.events.c.seq > 8))
    assert verdict(ten).reason == "The end of the log was cut off: 10 lines were written, 8 are left."
    assert verdict(ten).first_bad == 9


def test_an_end_cut_off_with_its_mark_is_found_by_a_head_noted_elsewhere(ten: Database) -> None:
    noted = verdict(ten).head
    with ten.write() as tx:
        tx.execute(delete(schema.events).where(schema.events.c.seq > 8))
        eighth = log.all_events(tx)[-1]
        tx.execute(update(schema.chain).values(seq=8, hash=eighth.hash))
    assert verdict(ten).ok, "this is what the noted head is for"
    found = verdict(ten, expected_head=noted)
    assert not found.ok
    assert found.reason is not None
    assert "cut off or rewritten" in found.reason


def test_a_log_emptied_by_hand_is_found(ten: Database) -> None:
    with ten.write() as tx:
        tx.execute(delete(schema.events))
    assert verdict(ten).reason == "The end of the log was cut off: 10 lines were written, 0 are left."


def test_going_on_after_a_cut_does_not_heal_it(ten: Database) -> None:
    with ten.write() as tx:
        tx.execute(delete(schema.events).where(schema.events.c.seq == 10))
        log.append(tx, [entry(IncidentId("INC-3"))])
    assert verdict(ten).first_bad == 10


def test_text_can_not_move_across_a_border_unnoticed(database: Database) -> None:
    with database.write() as tx:
        log.append(tx, [log.Entry(A, "NoteAdded", '{"n":1}', "ana", NOW)])
        tx.execute(update(schema.events).values(kind="NoteAdde", actor="dana"))
    assert verdict(database).first_bad == 1


# --- evidence named by events ---


def cited(kind: str, body: str) -> list[tuple[EvidenceId, str]]:
    name, _, digest = body.strip('"').partition(" ")
    return [(EvidenceId(name), digest)] if kind == "StepFinished" else []


@pytest.fixture
def with_evidence(database: Database) -> Database:
    """One step finished, its evidence stored with it."""
    digest = evidence.seal("up 3 days", "", "{}")
    row = evidence.EvidenceRow(
        EvidenceId("INC-1.e1"), A, RunId("INC-1.r1"), "up 3 days", "", "{}", digest, NOW
    )
    with database.write() as tx:
        evidence.put(tx, row)
        log.append(tx, [entry(), entry(body=f'"INC-1.e1 {digest}"', kind="StepFinished")])
    return database


def test_evidence_that_is_what_its_event_says_verifies(with_evidence: Database) -> None:
    assert verdict(with_evidence, cited=cited).ok


def test_edited_evidence_is_found(with_evidence: Database) -> None:
    with with_evidence.write() as tx:
        tx.execute(update(schema.evidence).values(stdout=b"up 4 days"))
    assert verdict(with_evidence).reason == "Evidence INC-1.e1 is not what was stored."
    assert verdict(with_evidence, cited=cited).first_bad == 2


def test_evidence_edited_together_with_its_hash_is_found(with_evidence: Database) -> None:
    forged = evidence.seal("up 4 days", "", "{}")
    with with_evidence.write() as tx:
        tx.execute(update(schema.evidence).values(stdout=b"up 4 days", sha256=forged))
    found = verdict(with_evidence, cited=cited)
    assert found.first_bad == 2
    assert found.reason == "Line 2 of the log names evidence INC-1.e1, which is not what it was then."


def test_deleted_evidence_is_found(with_evidence: Database) -> None:
    with with_evidence.write() as tx:
        tx.execute(delete(schema.evidence))
    assert (
        verdict(with_evidence, cited=cited).reason
        == "Line 2 of the log names evidence INC-1.e1, which is gone."
    )


@pytest.mark.parametrize(
    "edit",
    [
        "stdout = 'text'",
        "stderr = NULLIF(1, 2)",
        "meta = CAST(x'fffe' AS TEXT)",
        "meta = x'7b7d'",
        "sha256 = ''",
    ],
)
def test_evidence_edited_into_something_else_is_found(with_evidence: Database, edit: str) -> None:
    if with_evidence.dialect != "sqlite" or "NULLIF" in edit:
        edit = "stderr = stdout"  # other types cannot be put there
    other = evidence.seal("x", "", "{}")
    with with_evidence.write() as tx:
        for number in range(2, 40):
            name = EvidenceId(f"INC-1.e{number}")
            evidence.put(tx, evidence.EvidenceRow(name, A, RunId("INC-1.r1"), "x", "", "{}", other, NOW))
        tx.execute(text(f"UPDATE evidence SET {edit} WHERE id = 'INC-1.e1'"))
    found = verdict(with_evidence)
    assert found.reason == "Evidence INC-1.e1 is not what was stored."
    assert found.count == 2


def test_which_incidents_have_a_kind_of_event_is_told_without_reading_them(ten: Database) -> None:
    with ten.read() as tx:
        kind = log.events(tx, A)[0].kind
        assert log.having(tx, (A, B), kind) == {A, B}
        assert log.having(tx, (A,), kind) == {A}
        assert log.having(tx, (A, B), "Approved") == frozenset()
        assert log.having(tx, (), kind) == frozenset()
