"""Evidence is kept exactly, once."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.errors import StoreError
from tocsin.kit.ids import EvidenceId, IncidentId, RunId
from tocsin.store import evidence
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
INCIDENT = IncidentId("INC-1")


def piece(number: int, stdout: str, stderr: str = "", meta: str = "{}") -> evidence.EvidenceRow:
    return evidence.EvidenceRow(
        EvidenceId(f"INC-1.e{number}"), INCIDENT, RunId(f"INC-1.r{number}"), stdout, stderr, meta,
        evidence.seal(stdout, stderr, meta), NOW + timedelta(seconds=number),
    )  # fmt: skip


def test_evidence_comes_back_exactly_whatever_a_program_printed(database: Database) -> None:
    wild = piece(1, "nul \0 half \udc80 ünïcode 🚨\r\n" * 1000, "\x1b[31mred", '{"exit":1}')
    with database.write() as tx:
        evidence.put(tx, wild)
    with database.read() as tx:
        assert evidence.get(tx, wild.id) == wild
        assert evidence.get(tx, EvidenceId("INC-1.e9")) is None


def test_evidence_of_an_incident_comes_in_order(database: Database) -> None:
    pieces = [piece(number, f"out {number}") for number in (1, 2, 10)]
    with database.write() as tx:
        for row in reversed(pieces):
            evidence.put(tx, row)
    with database.read() as tx:
        assert evidence.of_incident(tx, INCIDENT) == tuple(pieces)


def test_evidence_is_never_overwritten(database: Database) -> None:
    with database.write() as tx:
        evidence.put(tx, piece(1, "first"))
    with pytest.raises(StoreError), database.write() as tx:
        evidence.put(tx, piece(1, "second"))
    with database.read() as tx:
        assert evidence.of_incident(tx, INCIDENT) == (piece(1, "first"),)


def test_evidence_with_a_wrong_hash_is_refused(database: Database) -> None:
    good = piece(1, "up")
    bad = evidence.EvidenceRow(good.id, good.incident, good.run, "down", "", "{}", good.sha256, good.at)
    with database.write() as tx, pytest.raises(ValueError, match=r"evidence\.seal"):
        evidence.put(tx, bad)


def test_output_and_error_cannot_be_exchanged_unnoticed() -> None:
    assert evidence.seal("ab", "c", "{}") != evidence.seal("a", "bc", "{}")
