"""What is deprecated is nobody's next step; labels of alerts are holes with a name; marks of houses are holes."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Choice, ChoiceKind, Step
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.steps.parameters import holes


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Stuck\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps()]


def test_a_fold_of_an_old_way_is_taken_only_when_somebody_asks_for_it() -> None:
    text = "# X\n\n## Fix\n\n<details>\n<summary>Old way (deprecated)</summary>\n\n```bash\ncap production deploy:rollback\n```\n\n</details>\n"
    (choice,) = [n for s in compile_text(text, "x.md").sections for n in s.nodes() if isinstance(n, Choice)]
    assert choice.kind is ChoiceKind.CASES
    assert [option.label for option in choice.options] == ["Old way (deprecated)"]


def test_a_section_of_an_old_way_waits_to_be_asked_for() -> None:
    (step,) = steps(
        "#### Legacy procedure\n\n```bash\n# Restart the old cluster\nsystemctl restart old\n```\n"
    )
    assert step.condition is not None
    assert step.condition.text == "Legacy procedure"


def test_the_labels_of_an_alert_are_holes_by_their_own_names() -> None:
    (step,) = steps(
        "```bash\nkubectl -n {{ $labels.namespace }} delete pod {{ $labels.pod }} --context $labels.cluster\n```\n"
    )
    assert {(hole.name, hole.type) for hole in step.placeholders} == {
        ("namespace", "namespace"), ("pod", "pod"), ("cluster", "text"),
    }  # fmt: skip
    assert step.judgement.effect is Effect.DISRUPT
    assert step.judgement.targets[0].startswith("kubernetes:pod/{{ $labels.pod }} -n {{ $labels.namespace }}")


@pytest.mark.parametrize("mark", ["__POD__", "@@POD@@", "%POD%", "«pod»", "web-#{pod}"])
def test_the_marks_of_a_house_are_holes(mark: str) -> None:
    (step,) = steps(f"```bash\nkubectl logs {mark}\n```\n")
    assert [hole.name for hole in step.placeholders] == ["pod"]


@pytest.mark.parametrize(
    "command",
    [
        "date +%Y%m%d", "curl -w '%{http_code}' http://web/", "python -c 'print(__name__)'", "git log --format=%H%n",
        "ssh ops@web1 uptime", "printf '%s%s' a b", "pip install a@1.2", "grep __init__ x.py", "echo 50%",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_mark_is_no_hole(command: str) -> None:
    assert [hole for step in steps(f"```bash\n{command}\n```\n") for hole in step.placeholders] == []


@pytest.mark.parametrize(
    ("command", "hole"),
    [
        ("scp drop@files.example:/in/HIER_DATEINAME_EINTRAGEN /srv/in/", "HIER_DATEINAME_EINTRAGEN"),
        ("scp drop@files.example:/in/FECHA_AQUI.csv /srv/in/", "FECHA_AQUI"),
        ("aws ecs update-service --service shop --task-definition shop:PREVIOUS", "PREVIOUS"),
        ("docker pull registry.example/shop:TAG", "TAG"),
    ],
)
def test_what_says_that_somebody_has_to_fill_it_in_is_a_hole(command: str, hole: str) -> None:
    assert [found.spelling for found in holes(command, "shell")] == [hole]


@pytest.mark.parametrize(
    "command",
    ["kubectl get pods -o custom-columns=POD:.metadata.name", "docker run redis:7", "psql -c 'SELECT now()::DATE'", "export PATH=/a:$PATH"],
)  # fmt: skip
def test_what_stands_behind_a_colon_for_itself_is_no_hole(command: str) -> None:
    assert holes(command, "shell") == ()
