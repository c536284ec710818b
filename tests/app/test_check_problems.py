"""Everything that is wrong with the checks of a tocsin.toml is told at once: file, line, check, key, and what was meant."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.probing import make_probers
from tocsin.app.settings import load
from tocsin.cli.check import check
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.keys import KeyProblem, Keys

HEAD = """
[tocsin]
runbook = "runbook.md"

[people.ana]
name = "Ana"
page = ["file:ana"]

[pagers.file]
kind = "file"
path = "pages"

[oncall]
level1 = ["ana"]
"""
WRONG = """
[[checks]]
name = "fine"
kind = "disk"
path = "/"

[[checks]]
name = "api"
kind = "http"
ulr = "https://api.cookcam.app/health"
evry = "5 s"
statsu = 200

[[checks]]
name = "db"
kind = "postgers"

[[checks]]
name = "cache"
kind = "redis"
port = "six"
rol = "master"

[[checks]]
name = "failed-payments"
kind = "sql"
querry = "SELECT count(*) FROM payments"
above_down = 5
"""


def house(folder: Path, checks: str) -> Path:
    (folder / "runbook.md").write_text("# Shop\n")
    file = folder / "tocsin.toml"
    file.write_text(HEAD + checks)
    return file


def told(file: Path) -> list[str]:
    """The problems, each with the text of the line it names instead of the number."""
    found = load(file, {})
    with pytest.raises(ConfigError) as caught:
        refuse_wrong(found, make_probers(found, SystemClock()))
    lines = file.read_text().splitlines()
    shown = []
    for problem in str(caught.value).splitlines():
        where, _, words = problem.partition(": ")
        path, _, number = where.rpartition(":")
        assert path == str(file)
        shown.append(f"{lines[int(number) - 1]} | {words}")
    return shown


def test_every_problem_of_every_check_is_told_with_its_line(tmp_path: Path) -> None:
    found = told(house(tmp_path, WRONG))
    assert found[:3] == [
        """ulr = "https://api.cookcam.app/health" | check "api" (http): key 'url' is missing. 'ulr' stands there: did you mean url?""",
        """evry = "5 s" | check "api" (http): unknown key 'evry'. Did you mean every?""",
        """statsu = 200 | check "api" (http): unknown key 'statsu'. Did you mean status?""",
    ]
    assert found[3].startswith(
        """kind = "postgers" | check "db": unknown kind of check 'postgers'. Did you mean postgres?"""
    )
    assert [problem.split(" | ")[0] for problem in found[4:]] == [
        'port = "six"',
        'rol = "master"',
        "[[checks]]",  # the dsn of the last one stands nowhere
        'querry = "SELECT count(*) FROM payments"',
    ]
    assert found[6].endswith("""check "failed-payments" (sql): key 'dsn' is missing.""")


def test_what_is_right_is_not_complained_about(tmp_path: Path) -> None:
    found = load(house(tmp_path, WRONG[: WRONG.index("[[checks]]", 5)]), {})
    refuse_wrong(found, make_probers(found, SystemClock()))


def test_only_the_checks_asked_for_are_looked_at(tmp_path: Path) -> None:
    found = load(house(tmp_path, WRONG), {})
    probers = make_probers(found, SystemClock())
    refuse_wrong(found, probers, [found.checks[0].name])
    with pytest.raises(ConfigError, match="postgers"):
        refuse_wrong(found, probers, [found.checks[2].name])


def test_the_list_of_checks_refuses_them_too(tmp_path: Path) -> None:
    done = CliRunner().invoke(check, ["list", "--config", str(house(tmp_path, WRONG))])
    assert isinstance(done.exception, ConfigError)
    assert len(str(done.exception).splitlines()) == 8


def test_keys_that_every_check_has_are_told_together_too(tmp_path: Path) -> None:
    wrong = WRONG.replace('path = "/"', 'path = "/"\nevery = "soon"').replace("rol =", "failures = 0\nrol =")
    file = house(tmp_path, wrong)
    lines = file.read_text().splitlines()
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        'checks[0].every: "soon" is not a duration. Write it like "30 s", "5 min" or "1 h".',
        "checks[3].failures: must be a whole number of at least 1.",
    ]
    numbers = [int(line.split(":")[1]) for line in str(caught.value).splitlines()]
    assert [lines[number - 1] for number in numbers] == ['every = "soon"', "failures = 0"]


def test_a_key_that_is_missing_names_what_stands_there_instead() -> None:
    keys = Keys("it", {"ulr": "x", "timeout": "5 s"})
    with pytest.raises(KeyProblem) as caught:
        keys.text("url")
    assert str(caught.value) == "it: key 'url' is missing. 'ulr' stands there: did you mean url?"
    with pytest.raises(KeyProblem, match=r"^it: key 'port' is missing\.$"):
        keys.whole("port")


def test_a_key_that_was_read_is_nobodys_near_miss() -> None:
    keys = Keys("it", {"hosts": "x"})
    keys.text("hosts")
    with pytest.raises(KeyProblem, match=r"^it: key 'host' is missing\.$"):
        keys.text("host")
