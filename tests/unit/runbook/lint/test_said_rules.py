"""What a document says of itself: its references, schedules, counts, clocks and people agree with each other."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_said import CASES_SAID
from tests.unit.runbook.lint.linted import found, is_found_and_then_quiet

from tocsin.runbook.lint.figures import number


@pytest.mark.parametrize("case", CASES_SAID, ids=lambda case: f"{case.rule}-{CASES_SAID.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


@pytest.mark.parametrize(
    "text",
    [
        "1. Look.\n2. If it is red, go on with step 4 of the vendor's manual.",
        "1. Look.\n2. Skip to step 3 if it is green.\n3. Stop.",
        'Work on it before all (above "normal" tasks).',
        "It runs every 5 minutes (`*/5 * * * *`); after one hour without a run it is a P2.",
        "Three steps lead to the roof. There are two ways to see it:\n\n- by day\n- by night",
        "Call the function with the name of the store.",
        "1. Give it four copies:\n\n   ```bash\n   kubectl -n d scale deploy/api --replicas=4\n   kubectl -n d rollout status deploy/api --timeout=60s\n   ```\n\n2. When it is over, go back to two.",
        "If the disk is more than 85 % full, stop the import. The load of the processor is below 90 % again.",
        "Alert when p95 is above 600 ms. The goal for p95 is below 400 ms.",
        "Swap:\n\n```bash\naz webapp deployment slot swap -n portal --slot previous\n```\n\nRollback is the same command again:\n\n```bash\naz webapp deployment slot swap -n portal --slot previous\n```",
        "The import runs at 04:00 CET (`0 3 * * *`, the expression is in UTC).",
        "Go up to eight tasks:\n\n```bash\naws ecs update-service --cluster park --service api --desired-count 8\naws ecs wait services-stable --cluster park --services api\n```",
        "RPO 5 minutes: the WAL is archived all the time. The full backup is made every night.",
        "The import is done by 05:00. If it is not done by 07:00, page the lead.",
        "The team manager is usually the one who reads this.",
    ],
)
def test_what_only_looks_like_a_contradiction_is_left_alone(text: str) -> None:
    remarks = [
        d
        for d in found(f"# D\n\n## Orders stuck\n\n{text}\n")
        if d.rule in ("TOC404", "TOC208", "TOC110", "TOC403", "TOC204", "TOC310")
    ]
    assert not remarks, [(d.rule, d.message) for d in remarks]


@pytest.mark.parametrize(
    ("said", "value"),
    [("Three", 3), ("fünf", 5), ("11,000", 11000), ("1.500", 1500), ("2,5", 2.5), ("many", None)],
)
def test_numbers_are_read_as_people_write_them(said: str, value: float | None) -> None:
    assert number(said) == value
