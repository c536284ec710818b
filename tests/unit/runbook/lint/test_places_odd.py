"""lint/places_odd: one command that goes to another environment than its siblings is told; going to both on purpose is not."""

from datetime import date

from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.lint.run import lint

HEAD = "# Shop\n\n## Restart\n\n"
GOES = "aws ecs update-service --cluster shop-{} --service {} --force-new-deployment\n"


def told(*places: str) -> list[str]:
    """What is said of a procedure whose commands go to these places."""
    lines = "".join(GOES.format(place, f"api-{number}") for number, place in enumerate(places))
    text = f"{HEAD}```bash\n{lines}```\n"
    found = lint(compile_text(text.encode(), "shop.md"), today=date(2026, 1, 1), source=text)
    return [each.message for each in found if each.rule == "TOC203"]


def test_the_one_that_goes_elsewhere_is_told() -> None:
    assert any("staging" in message for message in told("prod", "prod", "staging"))


def test_siblings_that_agree_and_two_places_on_purpose_are_quiet() -> None:
    assert told("prod", "prod", "prod") == []
    assert told("prod", "prod", "staging", "staging") == []
