"""Scenario files: what is wrong in one is told with file, line, key and the next step."""

from pathlib import Path

import pytest

from tocsin.errors import ConfigError, NotFound
from tocsin.sandbox.drill import scenarios

GOOD = """\
section = "Redis Memory Full"
room = "prepchef"
fault = "redis_memory_full"
watch = ["redis-writes"]
"""
SETTINGS = '[tocsin]\nrunbook = "book.md"\n'


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "drills").mkdir(exist_ok=True)
    file = tmp_path / "drills" / "full.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_four_lines_are_a_scenario(tmp_path: Path) -> None:
    found = scenarios.read(written(tmp_path, GOOD))
    assert (found.name, found.title, found.runbook.name) == ("full", "Redis Memory Full", "book.md")
    assert found.way_back == ("undo",)


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (('room = "prepchef"', 'rom = "prepchef"'), 2, 'rom: there is no such key. Did you mean room?'),
        (('section = "Redis Memory Full"\n', ""), None, "section: this key is missing"),
        (('"prepchef"', '"prepchief"'), 2, "unknown room 'prepchief'. Did you mean prepchef?"),
        (('"redis_memory_full"', '"redis_full"'), 3, "unknown fault 'redis_full'"),
        (('"prepchef"', '"cookcam"'), 3, "redis_memory_full cannot break this room. It breaks: prepchef"),
        (('watch = ["redis-writes"]\n', ""), None, "no check is to notice it"),
        (('watch = ["redis-writes"]', 'watch = "redis-writes"'), 4, "watch"),
        (("watch", '[budget]\nlimit = "soon"\n[x]\nwatch'), None, "x: there is no such key"),
        (('watch = ["redis-writes"]', 'watch = ["redis-writes"]\n[budget]\nlimit = "soon"'), 6, '"soon" is not a duration'),
        (('watch = ["redis-writes"]', 'watch = ["redis-writes"]\n[expect]\nfixed = "yes"'), 6, '"yes" is no outcome'),
        (('watch = ["redis-writes"]', 'watch = ["redis-writes"]\n[shows]\nany = "("'), 5, "no regular expression"),
        (('watch = ["redis-writes"]', "watch = ["), None, "this is not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_key(
    tmp_path: Path, change: tuple[str, str], line: int | None, said: str
) -> None:
    file = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigError) as refused:
        scenarios.read(file)
    where = f"{file}:{line}: " if line is not None else str(file)
    assert str(refused.value).startswith(where)
    assert said in str(refused.value)


def test_a_name_that_is_nearly_one_finds_it(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert scenarios.named("full", (tmp_path / "drills",)).name == "full.toml"
    with pytest.raises(NotFound, match="Did you mean full"):
        scenarios.named("ful", (tmp_path / "drills",))


def test_every_scenario_of_the_examples_can_be_read() -> None:
    examples = Path(__file__).resolve().parents[2] / "examples"
    found = [scenarios.read(path) for path in sorted(examples.glob("*/drills/*.toml"))]
    assert len(found) >= 19
    for each in found:
        assert each.runbook.is_file()
        assert each.corrected is None or each.corrected.runbook.is_file()
