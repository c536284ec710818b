"""The corrected runbooks, drilled: every section of them mends its fault, changes nothing it does not say, and leads back.

What each comes to is kept beside the verdict on the text as written, under "corrected".
"""

import json
from dataclasses import replace

import pytest
from tests.drills.conftest import EXAMPLES, Yard, scenario

from tocsin.drill.result import kept, result
from tocsin.kit import codec
from tocsin.runbook.book import Role, Section
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.sandbox.drill import scenarios

FILES = sorted(EXAMPLES.glob("*/drills/*.toml"))
CORRECTED = [
    (path.parents[1].name, path.stem) for path in FILES if scenarios.read(path).corrected is not None
]
NOT_AVAILABLE = {("cookcam", "scale-up")}
"""In fork mode the corrected option says that it cannot be used; in cluster mode it is proven."""
NO_REMEDY = {"Anything else"}
"""A section that sends the reader on."""


def expected(example: str, name: str) -> dict[str, object]:
    file = EXAMPLES / example / "expected" / "drills" / f"{name}.json"
    found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("example", "name"), CORRECTED, ids=["-".join(each) for each in CORRECTED])
def test_the_corrected_section_mends_its_fault(yard: Yard, example: str, name: str) -> None:
    wanted = scenario(example, name)
    run = yard.run(wanted, runbook="corrected")
    assert run.broken is None, run.broken
    assert run.residue == ()
    assert run.left == (), "the sandbox put everything back"
    # The verdict needs a trial of the text as written; here only the corrected one is looked at.
    found = result(wanted.as_corrected(), (replace(run, runbook="verbatim"),), run.times.began)
    assert found.wrong == ()
    said = json.loads(codec.encode(kept(wanted.as_corrected(), found.verdict)))
    known = expected(example, name)["corrected"]
    assert isinstance(known, dict)
    assert {key: said[key] for key in ("fixed", "by", "cause_shown")} == {
        key: known[key] for key in ("fixed", "by", "cause_shown")
    }
    assert (found.verdict.way_back, list(found.verdict.side_effects)) == (
        known["way_back"],
        known["side_effects"],
    )
    assert yard.left() == []


@pytest.mark.parametrize("example", ["cookcam", "prepchef"])
def test_every_section_of_a_corrected_runbook_has_been_proven(example: str) -> None:
    book = compile_runbook((EXAMPLES / example / "runbook.corrected.md").read_bytes(), "runbook.corrected.md")
    wanted = {section.title for section in book.sections[0].walk() if _can_help(section)} - NO_REMEDY
    proven = {str(verdict["section"]) for verdict in _verdicts(example) if _is_proof(verdict["corrected"])}
    assert wanted
    assert wanted - proven == set()


def test_what_is_kept_of_a_corrected_text_is_a_proof() -> None:
    bad = {
        (example, name) for example, name in CORRECTED if not _is_proof(expected(example, name)["corrected"])
    }
    assert bad == NOT_AVAILABLE


def _verdicts(example: str) -> list[dict[str, object]]:
    return [expected(example, path.stem) for path in FILES if path.parents[1].name == example]


def _is_proof(again: object) -> bool:
    return (
        isinstance(again, dict)
        and again["fixed"] == "as written"
        and again["way_back"] is not False
        and again["cause_shown"] is not False
        and again["side_effects"] == []
    )


def _can_help(section: Section) -> bool:
    option = section.title.startswith("Option ")
    own = {Role.INCIDENT, Role.MONITORING, Role.JOBS} & section.roles
    return option or (bool(own) and bool(section.steps()) and section.title != "Scheduled Jobs")
