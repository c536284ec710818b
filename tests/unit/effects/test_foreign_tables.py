"""Tool tables that teams bring along: what they may say, and what happens to one that cannot be read."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli.runbook import judge as judge_command
from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.effects.tools import table
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.run import lint

GOOD = '[[tool]]\nnames = ["depotctl"]\n[tool.paths]\nobserve = ["stock"]\ndestroy = ["burn"]\n'
LOWER = '[[tool]]\nnames = ["redis-cli"]\nbase = "observe"\n'


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs a package `depot_tables` with these files, as a team would."""

    def install(**files: str) -> None:
        package = tmp_path / "depot_tables"
        package.mkdir()
        (package / "__init__.py").write_text("")
        for name, text in files.items():
            (package / f"{name}.toml").write_text(text)
        entry = metadata.EntryPoint("depot", "depot_tables", "tocsin.tools")
        monkeypatch.setattr(
            table.metadata, "entry_points", lambda group: [entry] if group == "tocsin.tools" else []
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        forget()

    yield install
    sys.modules.pop("depot_tables", None)
    monkeypatch.undo()
    forget()


def forget() -> None:
    table._all.cache_clear()
    judge.cache_clear()


def test_a_table_of_a_team_adds_its_tools_and_lowers_none(bring: Callable[..., None]) -> None:
    bring(depot=GOOD, lower=LOWER)
    assert judge("depotctl stock").effect is Effect.OBSERVE
    assert judge("depotctl burn").effect is Effect.DESTROY
    assert judge("redis-cli FLUSHALL").effect is Effect.DESTROY
    assert table.table_problems() == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[tool]\n", "cannot be read"),
        ("[[tool]]\nnames = 3\n", "must be a list of strings"),
        ('[[tool]]\nnames = ["x"]\npathz = {}\n', "pathz"),
        ('[[tool]]\nnames = ["x"]\nbase = "harmless"\n', "harmless"),
        ('tool = ["x"]\n', "cannot be read"),
        ('[[tool]]\nnames = ["x"]\n[[tool.when]]\nword = "("\nset = "observe"\n', "cannot be read"),
        ("other = 1\n", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_and_the_rest_goes_on(
    bring: Callable[..., None], text: str, told: str
) -> None:
    bring(broken=text, depot=GOOD)
    assert judge("x anything").effect is Effect.UNKNOWN
    assert judge("depotctl stock").effect is Effect.OBSERVE
    assert judge("redis-cli PING").effect is Effect.OBSERVE
    [problem] = table.table_problems()
    assert "depot_tables/broken.toml" in problem
    assert told in problem
    source = "# Depot\n\n## Full\n\n```bash\nx anything\n```\n"
    [remark] = [
        each
        for each in lint(compile(source), today=date(2025, 11, 21), source=source)
        if each.rule == "TOC199"
    ]
    assert remark.level is Level.WARNING
    assert problem in remark.message
    done = CliRunner().invoke(judge_command, ["redis-cli PING"])
    assert done.exit_code == 0
    assert problem in done.stderr


def test_a_package_that_is_not_there_is_told(
    bring: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring()
    entry = metadata.EntryPoint("gone", "no_such_package_of_tables", "tocsin.tools")
    monkeypatch.setattr(table.metadata, "entry_points", lambda group: [entry])
    forget()
    assert judge("redis-cli PING").effect is Effect.OBSERVE
    [problem] = table.table_problems()
    assert "no_such_package_of_tables" in problem
