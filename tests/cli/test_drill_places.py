"""Where `tocsin drill` looks for scenarios: what is named, else beside the nearest settings, else the examples."""

from pathlib import Path

import pytest

from tocsin.cli.drill_places import any_scenario_folder, places
from tocsin.errors import InputError


@pytest.fixture
def team(tmp_path: Path) -> Path:
    (tmp_path / "team/drills").mkdir(parents=True)
    (tmp_path / "team/tocsin.toml").write_text("", encoding="utf-8")
    (tmp_path / "team/src/deep").mkdir(parents=True)
    return tmp_path / "team"


def test_folders_that_are_named_win_over_everything_else(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(team)
    named = (Path("here"), Path("there"))
    assert places(named) == any_scenario_folder(named) == named


@pytest.mark.parametrize("below", [".", "src", "src/deep"])
def test_the_folder_beside_the_nearest_settings_is_found_from_anywhere_below(
    team: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    monkeypatch.chdir(team / below)
    assert places(()) == (team / "drills",)


def test_settings_without_drills_beside_them_are_passed_over(
    team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (team / "src/tocsin.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(team / "src/deep")
    assert places(()) == (team / "drills",)


def test_where_there_are_no_settings_the_examples_are_taken_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "a"):
        (tmp_path / f"examples/{name}/drills").mkdir(parents=True)
    (tmp_path / "examples/c").mkdir()
    monkeypatch.chdir(tmp_path)
    assert places(()) == (tmp_path / "examples/a/drills", tmp_path / "examples/b/drills")


def test_where_there_is_nothing_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert any_scenario_folder(()) == ()
    with pytest.raises(InputError) as refused:
        places(())
    assert "--drills" in (refused.value.hint or "")
