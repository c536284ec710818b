"""Rows that a runbook's own statement takes for failed are proposed as a rule, and nothing that acts is."""

import pytest

from tocsin.app.propose_rules import failed_rows


def proposed(text: str) -> list[tuple[str, object]]:
    return [(name, keys["query"]) for _, name, _, keys in failed_rows(text, "DATABASE_URL")]


def test_the_condition_of_a_statement_becomes_a_count() -> None:
    text = "psql -c \"UPDATE events SET status = 'pending' WHERE status = 'failed' AND created_at > now() - interval '1 hour';\""
    assert proposed(text) == [
        ("events-failed", "SELECT count(*) FROM events WHERE status = 'failed' AND created_at > now() - interval '1 hour'")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "condition",
    [
        "status = 'failed' AND pg_terminate_backend(pid)",
        "status = 'failed' AND nextval('s') > 0",
        "status = 'failed' AND id IN (SELECT lo_unlink(7))",
        "status = '<state>' AND kind = 'failed'",
        "status = 'failed' AND name = 'cut",
        "status = 'paid'",
        "status = 'failed' -- and more",
    ],
)
def test_what_acts_is_cut_off_or_has_a_hole_is_not_proposed(condition: str) -> None:
    assert proposed(f"SELECT id FROM events WHERE {condition}") == []
