"""`tocsin drill report` and `badge`: the newest drill of each scenario, and how every section of its runbook stands."""

import json
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.web.drilled import kept
from tests.web.house import RUNBOOK

from tocsin.cli.main import cli
from tocsin.errors import InputError
from tocsin.kit.clock import SystemClock
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.sandbox.drill.scenarios import SUFFIX
from tocsin.store.database import Database

SCENARIO = 'title = "The flag is gone"\nsection = "{section}"\nroom = "cookcam"\nfault = "api_not_responding.stopped"\nwatch = ["flag"]\n'
HOSTILE = '"><script>alert(1)</script>'


class Team:
    """A runbook of two sections with a scenario each, and a store that remembers drills."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runbook = folder, folder / "runbook.md"
        self.runbook.write_text(RUNBOOK, encoding="utf-8")
        (folder / "tocsin.toml").write_text("", encoding="utf-8")
        (folder / "drills").mkdir()
        (folder / "var").mkdir()
        for name, section in (("flag-missing", "Flag Missing"), ("cache-full", "Cache Full")):
            text = SCENARIO.format(section=section)
            (folder / f"drills/{name}{SUFFIX}").write_text(text, encoding="utf-8")

    def drilled(self, days_ago: float = 0, passed: bool = True, hostile: str = "") -> None:
        """The scenario of the flag was drilled."""
        book = compile_runbook(self.runbook.read_text(encoding="utf-8"), str(self.runbook))
        at = SystemClock().now() - timedelta(days=days_ago)
        with Database.open(str(self.folder / "var/tocsin.db")) as database:
            kept(database, book, str(self.runbook), at, passed=passed, hostile=hostile)

    def tocsin(self, *arguments: str) -> Result:
        return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "200"}).invoke(cli, ["drill", *arguments])

    def badges(self) -> dict[str, str]:
        """How each section stands."""
        ran = self.tocsin("badge", "--json")
        assert ran.exit_code == 0, ran.output
        return {each["section"]: each["badge"] for each in json.loads(ran.output)["badges"]}


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    for name in ("TOCSIN_DATA", "TOCSIN_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Team(tmp_path)


def test_before_the_first_drill_nothing_is_proven(team: Team) -> None:
    assert team.badges() == {"Cache Full": "never", "Flag Missing": "never"}
    ran = team.tocsin("report")
    assert ran.exit_code == 0
    assert "runbook.md: 0 of 2 sections are proven" in ran.output


def test_a_drill_proves_its_section_and_no_other(team: Team) -> None:
    team.drilled()
    assert team.badges() == {"Cache Full": "never", "Flag Missing": "drilled"}
    ran = team.tocsin("report")
    assert "1 drilled, 1 proven as written, 1 as expected" in ran.output
    assert "runbook.md: 1 of 2 sections are proven" in ran.output


def test_the_newest_drill_counts(team: Team) -> None:
    team.drilled(days_ago=2)
    team.drilled(days_ago=1, passed=False)
    assert team.badges()["Flag Missing"] == "failed"
    said = team.tocsin("report").output
    assert "flag-missing: not as expected: not fixed" in said
    team.drilled()
    assert team.badges()["Flag Missing"] == "drilled"


def test_another_text_and_three_months_void_a_proof(team: Team) -> None:
    team.drilled(days_ago=91)
    assert team.badges()["Flag Missing"] == "out of date"
    team.drilled()
    assert team.badges()["Flag Missing"] == "drilled"
    team.runbook.write_text(RUNBOOK.replace("ls flags", "ls -l flags"), encoding="utf-8")
    assert team.badges()["Flag Missing"] == "out of date"


@pytest.mark.parametrize("word", ["Flag Missing", "flag missing", "2", "#2-flag-missing"])
def test_one_section_is_named_by_title_number_or_anchor(team: Team, word: str) -> None:
    ran = team.tocsin("badge", word)
    assert ran.exit_code == 0, ran.output
    assert ran.output.startswith("Flag Missing: never: ")
    assert len(ran.output.splitlines()) == 1


def test_a_section_nobody_has_is_refused_with_the_next_step(team: Team) -> None:
    refused = team.tocsin("badge", "Nothing Like It").exception
    assert isinstance(refused, InputError)
    assert refused.hint == "tocsin drill report lists them."


def test_a_picture_of_one_section_and_of_all_is_xml_that_says_it(team: Team) -> None:
    team.drilled()
    for arguments, said in (((), "runbook drilled: 1 of 2"), (("Flag Missing",), "Flag Missing: drilled")):
        assert team.tocsin("badge", *arguments, "--svg", "badge.svg").exit_code == 0
        picture = ElementTree.parse(team.folder / "badge.svg").getroot()
        assert picture.attrib["aria-label"] == said


def test_the_reports_stand_by_themselves_and_hostile_words_stay_words(team: Team) -> None:
    team.drilled(hostile=HOSTILE)
    team.drilled(passed=False, hostile=HOSTILE)
    ran = team.tocsin("report", "--html", "out/report.html", "--junit", "out/junit.xml")
    assert ran.exit_code == 0, ran.output
    page = (team.folder / "out/report.html").read_text(encoding="utf-8")
    assert "Flag Missing" in page
    assert "<script>alert" not in page
    suites = ElementTree.parse(team.folder / "out/junit.xml")
    assert [each.attrib["name"] for each in suites.iter("testcase")]
    assert len(list(suites.iter("failure"))) == 1


def test_a_report_that_cannot_be_written_is_refused_with_its_name(team: Team) -> None:
    (team.folder / "taken").write_text("", encoding="utf-8")
    refused = team.tocsin("report", "--html", "taken/report.html").exception
    assert isinstance(refused, InputError)
    assert "taken/report.html cannot be written" in refused.message


def test_json_holds_drills_and_coverage(team: Team) -> None:
    team.drilled()
    found = json.loads(team.tocsin("report", "--json").output)
    assert found["version"] == 1
    assert [each["scenario"] for each in found["drills"]] == ["flag-missing"]
    assert [(each["runbook"], len(each["sections"])) for each in found["coverage"]] == [("runbook.md", 2)]


def test_a_drill_of_a_scenario_that_is_gone_is_not_reported(team: Team) -> None:
    team.drilled()
    (team.folder / f"drills/flag-missing{SUFFIX}").unlink()
    assert json.loads(team.tocsin("report", "--json").output)["drills"] == []
