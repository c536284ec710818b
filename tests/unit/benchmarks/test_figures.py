"""What every figure owes its reader, and what their helpers claim. Nothing here is timed."""

import ast
import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks"
FIGURES = sorted(path for path in FOLDER.glob("[!_]*.py") if path.name != "table.py")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = set(sys.modules)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in set(sys.modules) - known:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_says_what_it_is_and_can_be_run(path: Path) -> None:
    tree = ast.parse(path.read_text())
    said = ast.get_docstring(tree) or ""
    assert said.startswith("F"), "the docstring begins with the figure's id"
    assert f"benchmarks/{path.name}" in said, "it says how to run it"
    assert any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_is_named_in_the_reference(path: Path) -> None:
    reference = (FOLDER.parent / "docs" / "reference" / "performance.md").read_text()
    assert f"`{path.name}`" in reference


def test_a_reading_is_what_the_table_reads(capsys: pytest.CaptureFixture[str]) -> None:
    import _reading
    import table

    _reading.say("F01", "tocsin", "judge", 1.5, "µs", target=2, better="more", steady=True)
    (found,) = table.readings(capsys.readouterr().out.splitlines())
    assert found == table.Reading("F01", "tocsin", "judge", 1.5, "µs", 2.0, True, True)


def test_a_steps_own_share_leaves_out_the_processes_and_the_transactions_of_others() -> None:
    import step

    watch = step.Watch()
    claim, before, run, after, report = (
        step.Mark("write", 1.0, 1.1), step.Mark("run", 1.2, 1.3, 0.1), step.Mark("run", 1.3, 1.5, 0.2),
        step.Mark("run", 1.5, 1.6, 0.1), step.Mark("write", 1.7, 1.8),
    )  # fmt: skip
    watch.marks[1] = [
        step.Mark("write", 0.0, 0.5),
        claim,
        before,
        run,
        after,
        report,
        step.Mark("write", 2, 3),
    ]
    watch.marks[2] = [step.Mark("write", 1.0, 9.0)]
    (found,) = watch.steps()
    assert (found.processes, round(found.own_ms), round(found.whole_ms)) == (3, 300, 800)


def test_forgetting_spares_tables_and_empties_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import _cold

    import tocsin.errors

    answers, tables = lru_cache(maxsize=8)(str), lru_cache(maxsize=None)(str)
    answers(1)
    tables(1)
    monkeypatch.setattr(tocsin.errors, "answers", answers, raising=False)
    monkeypatch.setattr(tocsin.errors, "tables", tables, raising=False)
    _cold.forget()
    assert answers.cache_info().currsize == 0
    assert tables.cache_info().currsize == 1


def test_a_page_is_found_by_its_words_and_not_by_a_longer_number() -> None:
    import _channel

    with _channel.Channel() as channel:
        channel.accepted = [(1.0, "a", "P0: service 12 is down"), (2.0, "b", "P0: service 1 is down")]
        assert channel.first("service 1", 0) == 2.0
        assert channel.first("service 3", 0) is None


def test_results_hold_one_json_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    import _reading

    _reading.say("F01", "tocsin", "a", 1, "ms")
    _reading.say("F01", "peer", "a", 2, "ms")
    assert [json.loads(line)["system"] for line in capsys.readouterr().out.splitlines()] == ["tocsin", "peer"]
