"""Bad settings: one clear sentence with file, line, key and next step. Good ones: exactly what was written."""

from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import load
from tocsin.errors import ConfigError

GOOD = """
[tocsin]
name = "shop"

[response]
watch = "10 min"

[people.ana]
name = "Ana"
page = ["sink:ana"]

[oncall]
level1 = ["ana"]

[pagers.sink]
kind = "file"
path = "pages.jsonl"

[targets]
name = "web-1"
environment = ["SHOP_HOME"]
secrets = ["DATABASE_URL"]

[[checks]]
name = "health"
kind = "http"
url = "https://shop.example/health"
every = "10 s"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "tocsin.toml"
    file.write_text(text, encoding="utf-8")
    return file


def complaint(folder: Path, text: str, **variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), variables)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_what_is_written_is_what_holds(tmp_path: Path) -> None:
    found = load(write(tmp_path, GOOD), {"PATH": "/bin", "SHOP_HOME": "/srv", "AWS_SECRET_ACCESS_KEY": "x"})
    assert found.response.watch == timedelta(minutes=10)
    assert found.checks[0].interval == timedelta(seconds=10)
    assert found.database == str(tmp_path / "var" / "tocsin.db")
    assert found.targets.local == "local (web-1)"


def test_steps_see_only_what_is_listed(tmp_path: Path) -> None:
    found = load(write(tmp_path, GOOD), {"PATH": "/bin", "SHOP_HOME": "/srv", "AWS_SECRET_ACCESS_KEY": "x"})
    assert found.environment == {"PATH": "/bin", "SHOP_HOME": "/srv"}
    assert found.missing_variables == ("DATABASE_URL",)
    assert "DATABASE_URL" not in found.targets.variables


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    found = load(
        write(tmp_path, GOOD),
        {
            "TOCSIN_RESPONSE_WATCH": "5 s",
            "TOCSIN_DATA": str(tmp_path / "x"),
            "TOCSIN_DATABASE_URL": "postgresql://db/t",
        },
    )
    assert found.response.watch == timedelta(seconds=5)
    assert found.data == tmp_path / "x"
    assert found.database == "postgresql://db/t"


def test_an_unknown_key_names_file_line_and_the_nearest_key(tmp_path: Path) -> None:
    said = complaint(tmp_path, GOOD.replace('watch = "10 min"', 'wacth = "10 min"'))
    assert f"{tmp_path / 'tocsin.toml'}:6" in said
    assert "response.wacth" in said
    assert 'Did you mean "watch"?' in said


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ('watch = "10 min"', 'watch = "soon"', '"soon" is not a duration'),
        ('watch = "10 min"', "watch = 10", "response.watch"),
        ('level1 = ["ana"]', 'level1 = ["ann"]', 'Did you mean "ana"?'),
        ('level1 = ["ana"]', 'first = ["ana"]', "levels are called level1"),
        ('page = ["sink:ana"]', 'page = ["sink"]', 'not "pager:address"'),
        ('page = ["sink:ana"]', 'page = ["mail:ana"]', 'there is no pager "mail"'),
        ('name = "Ana"', 'name = "Ana"\nrole = "boss"', '"boss" is not a role'),
        ('kind = "file"\n', "", "every pager names its kind"),
        ('every = "10 s"', 'every = "-3 s"', "not a duration"),
        ('every = "10 s"', "failures = 0", "whole number of at least 1"),
        ('kind = "http"\n', "", "every check has a name and a kind"),
        ("[tocsin]", "[tocsin", "this is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, change: str, to: str, expected: str) -> None:
    assert change in GOOD
    assert expected in complaint(tmp_path, GOOD.replace(change, to))


def test_two_checks_of_one_name_are_refused(tmp_path: Path) -> None:
    assert 'two checks called "health"' in complaint(tmp_path, GOOD + GOOD[GOOD.index("[[checks]]") :])


def test_a_variable_of_a_check_that_is_not_set_is_named(tmp_path: Path) -> None:
    said = complaint(tmp_path, GOOD.replace("https://shop.example/health", "https://${SHOP_HOST}/health"))
    assert "SHOP_HOST is not set" in said


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no settings file"):
        load(tmp_path / "nowhere.toml", {})


class TestRunbooksThatCannotBeRead:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="There is no runbook"):
            read_runbook(tmp_path / "no.md")

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "e.md").write_text("\n  \n")
        with pytest.raises(ConfigError, match="is empty"):
            read_runbook(tmp_path / "e.md")

    def test_binary(self, tmp_path: Path) -> None:
        (tmp_path / "b.md").write_bytes(b"\x7fELF\x00\x01")
        with pytest.raises(ConfigError, match="binary"):
            read_runbook(tmp_path / "b.md")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="directory"):
            read_runbook(tmp_path)

    def test_fifty_megabytes(self, tmp_path: Path) -> None:
        big = tmp_path / "big.md"
        with big.open("wb") as out:
            out.truncate(50 * 1024 * 1024)
        with pytest.raises(ConfigError, match="50 MB"):
            read_runbook(big)

    def test_text_that_is_not_utf8_is_read_with_replacement(self, tmp_path: Path) -> None:
        (tmp_path / "l.md").write_bytes("# Störung".encode("latin-1"))
        assert read_runbook(tmp_path / "l.md").startswith("# St")
