"""Ways of writing that few houses have, read so that no line runs in another place than its writer meant."""

from datetime import date

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Runbook, Step
from tocsin.runbook.compile import compile
from tocsin.runbook.lint.run import lint


def steps(text: str) -> list[Step]:
    return [step for section in compile(text, "odd.md").sections for step in section.steps()]


def rules(book: Runbook) -> set[str]:
    return {remark.rule for remark in book.diagnostics}


def test_what_is_typed_at_the_prompt_of_a_client_is_for_the_client_and_no_redirection() -> None:
    text = (
        "# X\n\n## Full\n\n```bash\nkubectl exec -it redis-0 -- redis-cli\n> INFO\n> FLUSHALL\n> exit\n```\n"
    )
    found = steps(text)
    assert [action.text for step in found for action in step.actions] == ["INFO", "FLUSHALL"]
    assert all([hop.kind for hop in step.context] == ["pod", "database"] for step in found)
    assert found[-1].judgement.effect is Effect.DESTROY


def test_a_pipe_that_a_table_escapes_is_a_pipe() -> None:
    text = "# X\n\n## Commands\n\n| Problem | Command |\n|---|---|\n| pods | `kubectl -n a get pods \\| grep -v Running` |\n"
    assert [step.actions[0].text for step in steps(text)] == ["kubectl -n a get pods | grep -v Running"]


def test_a_fence_right_below_the_mark_of_an_admonition_is_a_step() -> None:
    text = '# X\n\n## Stop\n\n!!! warning "Writers first"\n    ```bash\n    systemctl stop writer\n\n    systemctl stop reader\n    ```\n'
    actions = [action.text for step in steps(text) for action in step.actions]
    assert actions == ["systemctl stop writer", "systemctl stop reader"]


def test_a_database_that_is_spoken_of_opens_no_session() -> None:
    text = "# X\n\n## Look\n\nThe custom resource `mariadb` is in namespace a.\n\n```bash\nkubectl get pods -n a\n```\n"
    assert "TOC104" not in rules(compile(text, "odd.md"))
    opened = text.replace("The custom resource `mariadb` is in namespace a.", "Log in with `mariadb`.")
    assert "TOC104" in rules(compile(opened, "odd.md"))


def test_more_gently_is_another_way_and_no_next_step() -> None:
    text = "# X\n\n## Disk full\n\n```bash\ndocker system prune -af --volumes\n```\n\nMore gently:\n\n```bash\ndocker image prune -af\n```\n"
    found = compile(text, "odd.md")
    remarks = lint(found, today=date(2026, 11, 22), source=text)
    assert "TOC217" in {remark.rule for remark in remarks}
    assert len(steps(text)) == 2


def test_code_in_another_markup_is_told_and_makes_no_step() -> None:
    book = compile(
        "# X\n\n## Stop\n\n<ac:structured-macro>systemctl stop web\n</ac:structured-macro>\n\n.. code-block:: bash\n\n   systemctl stop web\n",
        "odd.md",
    )
    assert "TOC109" in rules(book)
    assert not [step for section in book.sections for step in section.steps()]
