"""A block of a procedural language stays whole: its parts alone would do something else, or look harmless."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.runbook.compile import compile as compile_text


def actions(sql: str) -> list[tuple[str, Effect]]:
    book = compile_text(f"# Shop\n\n## Locked\n\n### Mitigation\n\n```sql\n{sql}\n```\n", "shop.md")
    steps = [step for section in book.sections for step in section.steps()]
    return [(action.text, action.judgement.effect) for step in steps for action in step.actions]


ORACLE = "BEGIN\n  FOR r IN (SELECT id FROM jobs) LOOP\n    stop_job(r.id);\n  END LOOP;\nEND;\n/"
DECLARED = "DECLARE\n  n NUMBER;\nBEGIN\n  IF n > 1 THEN\n    DELETE FROM jobs;\n  END IF;\n  COMMIT;\nEND;"
TRIES = "BEGIN TRY\n  DELETE FROM jobs;\nEND TRY\nBEGIN CATCH\n  PRINT 'no';\nEND CATCH;"


@pytest.mark.parametrize("block", [ORACLE, DECLARED, TRIES])
def test_a_block_is_one_action_and_never_called_a_look(block: str) -> None:
    ((text, effect),) = actions(block)
    assert text == block
    assert effect is not Effect.OBSERVE


@pytest.mark.parametrize("block", [ORACLE, DECLARED])
def test_what_stands_around_a_block_is_cut_as_ever(block: str) -> None:
    found = [text for text, _ in actions(f"SELECT 1;\n{block}\nSELECT 2;")]
    assert found == ["SELECT 1;", block, "SELECT 2;"]


def test_a_block_without_an_end_goes_to_the_end_of_the_text() -> None:
    assert len(actions("BEGIN\n  stop_job(1);\n  stop_job(2);\n  -- END is missing\nSELECT 1;")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;\nDELETE FROM jobs WHERE id = 1;\nEND;",
        "BEGIN TRANSACTION;\nDELETE FROM jobs WHERE id = 1;\nEND;",
        "DECLARE c CURSOR FOR SELECT 1;\nFETCH c;\nEND;",
    ],
)
def test_a_transaction_is_no_block(text: str) -> None:
    assert len(actions(text)) == 3
