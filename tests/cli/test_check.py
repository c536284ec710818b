"""tocsin check list, explain and run, on real checks of this machine."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.app.database import open_database
from tocsin.app.settings import load
from tocsin.cli.check import check
from tocsin.engine.watch import Watch
from tocsin.errors import ConfigError, NotFound
from tocsin.kit.clock import SystemClock
from tocsin.probe.registry import Probers

SETTINGS = """
[tocsin]
runbook = "runbook.md"

[[checks]]
name = "disk"
kind = "disk"
path = "/"
used_degraded = 1
used_down = 1
inodes_degraded = 1
inodes_down = 1
failures = 2
of = 5
hold = "2 min"

[[checks]]
name = "dump"
kind = "file"
path = "none.sql"
failures = 1
depends_on = ["disk"]
maintenance = [{ cron = "* * * * *", for = "5 min", zone = "Europe/Berlin", reason = "new disks" }]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "runbook.md").write_text("# Shop\n")
    (tmp_path / "tocsin.toml").write_text(SETTINGS)
    return tmp_path / "tocsin.toml"


def said(file: Path, *words: str) -> str:
    return CliRunner().invoke(check, [*words, "--config", str(file)]).output


def watched(file: Path) -> None:
    """What the engine does with one sample of each check."""
    settings, clock = load(file, {}), SystemClock()
    with open_database(settings) as database:
        watch = Watch(database, settings.checks, clock)
        for spec in settings.checks:
            watch.take([Probers(clock, variables={}).probe(spec)])


def test_a_list_before_anything_was_watched_says_so(file: Path) -> None:
    assert "not looked at yet" in said(file, "list")


def test_a_list_tells_verdicts_and_what_is_held_back_with_its_reason(file: Path) -> None:
    watched(file)
    shown = said(file, "list")
    assert "up        disk" in shown
    assert "alert held back once, maintenance: new disks" in shown
    document = json.loads(said(file, "list", "--json"))
    dump = document["checks"][1]
    assert (dump["verdict"], dump["firing"], dump["held_count"]) == ("down", False, 1)
    assert dump["last"]["facts"]["error"] == "missing"


def test_an_explanation_names_the_rule_and_what_holds_it_back(file: Path) -> None:
    disk, dump = said(file, "explain", "disk"), said(file, "explain", "dump")
    assert "2 of the last 5 samples are down" in disk
    assert "over 2 min at least" in disk
    assert "While disk is down, it opens no alert." in dump
    assert "Planned work, new disks" in dump
    assert "rules" in json.loads(said(file, "explain", "dump", "--json"))


def test_one_sample_of_each_is_taken_and_a_bad_one_is_a_finding(file: Path) -> None:
    done = CliRunner().invoke(check, ["run", "--config", str(file)])
    assert done.exit_code == 1
    assert "there is no none.sql" in done.output
    assert CliRunner().invoke(check, ["run", "disk", "--config", str(file)]).exit_code == 0
    assert isinstance(CliRunner().invoke(check, ["run", "dsik", "--config", str(file)]).exception, NotFound)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("of = 5", "of = 1", "must be from failures"),
        ("of = 5", "slo = { target = 0.999 }", "failures and of have no place"),
        ('depends_on = ["disk"]', 'depends_on = ["dsik"]', 'there is no check "dsik"'),
        ('depends_on = ["disk"]', 'depends_on = ["dump"]', "in a circle"),
        ("* * * * *", "sometimes", "is not a cron expression"),
        ("Europe/Berlin", "Europe/Bärlin", "is not a time zone"),
        ('for = "5 min", ', "", "lasts up to a week"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_by_name(
    file: Path, old: str, new: str, sentence: str
) -> None:
    file.write_text(SETTINGS.replace(old, new))
    with pytest.raises(ConfigError, match=sentence):
        load(file, {})


def test_a_budget_is_read_with_the_factors_of_the_book(file: Path) -> None:
    file.write_text(SETTINGS.replace("failures = 2\nof = 5", "slo = { target = 0.999 }"))
    burn = load(file, {}).checks[0].burn
    assert burn is not None
    assert (round(burn.factor, 6), burn.long / burn.short) == (14.4, 12)
