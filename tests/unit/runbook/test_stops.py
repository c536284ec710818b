"""A finding that forbids a deed is the condition of what is done below it."""

import pytest

from tocsin.runbook.compile import compile as compile_text


def conditions(text: str) -> list[tuple[str, str | None]]:
    book = compile_text(f"# Shop\n\n## Leader slow\n\n### Symptoms\n\nwrites take long\n\n{text}", "shop.md")
    steps = [step for section in book.sections for step in section.steps() if step.actions]
    return [(s.actions[0].text, s.condition.text if s.condition else None) for s in steps]


LOOK = "### Diagnosis\n\n```bash\nuptime\n```\n\n"
ACT = "### Mitigation\n\n```bash\nsystemctl restart shop\n```\n"


@pytest.mark.parametrize(
    "words",
    [
        "If a backup is running, do not restart it; ask the lead", "When the load is below 2, stop here",
        "If the queue holds payments, never restart it", "Falls ein Backup läuft, nicht neu starten",
    ],
)  # fmt: skip
@pytest.mark.parametrize("between", ["", "Many things can be the reason. "])
def test_what_a_finding_forbids_holds_under_the_next_heading(words: str, between: str) -> None:
    assert conditions(f"{LOOK}{between}{words}.\n\n{ACT}") == [
        ("uptime", None),
        ("systemctl restart shop", words),
    ]


def test_it_holds_for_changes_and_only_in_its_own_procedure() -> None:
    text = f"{LOOK}If a backup is running, do not restart it.\n\n{ACT}\n## Disk full\n\n### Symptoms\n\nfull\n\n### Mitigation\n\n```bash\nsystemctl restart log\n```\n"
    assert conditions(text)[-1] == ("systemctl restart log", None)


@pytest.mark.parametrize(
    "words",
    [
        "If the load is high, restart it.", "If it fails, do not panic.", "If it hangs, don't forget to tell the lead.",
        "It does not matter if a backup is running.", "If no backup is running, go on.",
    ],
)  # fmt: skip
def test_what_forbids_nothing_holds_nothing_back(words: str) -> None:
    assert conditions(f"{LOOK}{words}\n\n{ACT}")[-1] == ("systemctl restart shop", None)


def test_a_check_after_the_deed_holds_nothing_back() -> None:
    text = f"{LOOK}{ACT}\n### Verification\n\nIf the load stays high, do not close the incident.\n\n### Rollback\n\n```bash\nsystemctl start old-shop\n```\n"
    assert conditions(text)[-1] == ("systemctl start old-shop", None)
