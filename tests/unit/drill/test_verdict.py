"""What runs prove, and when a proof stops counting."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.drill.coverage import Badge, Proof, coverage, share
from tocsin.drill.junit import as_junit
from tocsin.drill.page import as_page
from tocsin.drill.record import (
    Answer,
    Detection,
    Differs,
    Kind,
    Moved,
    Run,
    State,
    StepSeen,
    Times,
    Turned,
    Walls,
)
from tocsin.drill.result import in_words, kept, result
from tocsin.drill.scenario import Corrected, Expected, Fixed, Scenario
from tocsin.drill.text import text_sha256
from tocsin.drill.verdict import Need, verdict
from tocsin.runbook.compile import compile as compile_runbook

T0 = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
RUNBOOK = """\
# Shop

## Incidents

### 1. Lamp is out

**Symptoms**: dark

**Resolution:**

```bash
mv lamp.off lamp.on
```

### 2. Door is open

**Resolution:**

1. Close it.
"""


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def step(number: str = "1.2", **changed: object) -> StepSeen:
    plain = StepSeen(number, "Switch it on", "mv lamp.off lamp.on", "mitigate", "change", "done", "Done.", at(8), timedelta(seconds=1), True)  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of its fields


SCENARIO = Scenario(
    "lamp", "The lamp is out", Path("lamp.toml"), Path("runbook.md"), Path("tocsin.toml"), "Lamp is out", "shop", "lamp.out", ("lamp",),
)  # fmt: skip
TRIAL = Run(
    "lamp", Kind.TRIAL, "verbatim", "Lamp is out", "a" * 64, 0, Walls("capsule"),
    Times(at(0), up=at(1), injected=at(3), detected=at(6), approved=at(7), mitigated=at(9), verified=at(11), restored=at(12), ended=at(13)),
    states=(Moved(at(0), State.PROVISION, "shop"), Moved(at(3), State.INJECT, "lamp.out")),
    detection=Detection("INC-1", "P1", ("lamp",), "Lamp is out", "1-lamp-is-out", (), True), steps=(step(),), green=True, gone=True, by="1.2",
)  # fmt: skip
IDLE = replace(TRIAL, kind=Kind.NO_RUNBOOK, green=False, gone=False, by=None)
QUIET = replace(TRIAL, kind=Kind.NO_FAULT, detection=None, steps=())
WITHOUT = replace(TRIAL, kind=Kind.WITHOUT_STEP, left_out="1.2", green=False, gone=False)


def test_green_checks_and_a_fault_that_is_gone_are_a_proof() -> None:
    found = verdict(SCENARIO, (TRIAL,))
    assert found.passed
    assert (found.detected_in, found.mitigated_in) == (timedelta(seconds=3), timedelta(seconds=2))
    assert in_words(found) == "fixed as written by 1.2"


def test_green_checks_alone_prove_only_a_part() -> None:
    found = verdict(SCENARIO, (replace(TRIAL, gone=False),))
    assert found.fixed is Fixed.PARTLY
    assert not found.passed


def test_a_fault_that_is_gone_with_the_service_still_down_is_not_fixed() -> None:
    assert verdict(SCENARIO, (replace(TRIAL, green=False),)).fixed is Fixed.NOT


def test_a_side_effect_voids_the_proof_unless_it_is_declared() -> None:
    harmed = replace(TRIAL, differs=(Differs("redis.keys.session", "40", "0"),))
    assert not verdict(SCENARIO, (harmed,)).passed
    known = replace(SCENARIO, expect=Expected(may_change=("redis.keys.*",)))
    assert verdict(known, (harmed,)).passed
    always = replace(SCENARIO, expect=Expected(side_effects=("redis.keys.session", "redis.policy")))
    assert "expected side effects that did not come: redis.policy" in result(always, (harmed,), T0).wrong


def test_a_way_back_that_fails_voids_the_proof() -> None:
    assert not verdict(SCENARIO, (replace(TRIAL, ways_back=(Answer("1.2", False, "no"),)),)).passed


def test_the_controls_show_whether_green_means_anything() -> None:
    found = verdict(SCENARIO, (TRIAL, QUIET, IDLE, WITHOUT))
    assert [control.held for control in found.controls] == [True, True]
    assert found.ablations[0].need is Need.NEEDED
    assert found.passed
    healed = verdict(SCENARIO, (TRIAL, replace(IDLE, gone=True)))
    assert not healed.passed
    assert "heals by itself" in healed.controls[0].said
    noisy = verdict(SCENARIO, (TRIAL, replace(QUIET, false_alarms=("lamp",))))
    assert not noisy.passed
    helped = verdict(SCENARIO, (TRIAL, replace(WITHOUT, green=True, gone=True)))
    assert helped.ablations[0].need is Need.NOT_NEEDED


def test_two_trials_have_to_agree() -> None:
    assert verdict(SCENARIO, (TRIAL, TRIAL)).passed
    assert not verdict(SCENARIO, (TRIAL, replace(TRIAL, green=False))).passed


def test_a_failed_sandbox_says_nothing_of_the_runbook() -> None:
    for broken in (replace(TRIAL, broken="no disk"), replace(TRIAL, residue=("process 7",))):
        found = result(SCENARIO, (broken,), T0)
        assert found.verdict.sandbox is not None
        assert found.wrong == (f"the sandbox failed: {found.verdict.sandbox}",)


def test_a_verdict_that_is_better_than_expected_is_a_surprise_too() -> None:
    known = replace(SCENARIO, expect=Expected(fixed=Fixed.NOT))
    assert result(known, (TRIAL,), T0).wrong == ("fixed: as written, expected: not fixed",)


def test_the_corrected_text_is_judged_beside_the_written_one() -> None:
    known = replace(
        SCENARIO, expect=Expected(fixed=Fixed.NOT), corrected=Corrected(Path("runbook.corrected.md"))
    )
    failed = replace(TRIAL, green=False, gone=False)
    found = result(known, (failed, replace(TRIAL, runbook="corrected")), T0)
    assert found.wrong == ()
    assert found.verdict.corrected is Fixed.AS_WRITTEN
    kept_again = kept(known, found.verdict).corrected
    assert kept_again is not None
    assert (kept_again.fixed, kept_again.by, kept_again.side_effects) == (Fixed.AS_WRITTEN, "1.2", ())
    assert found.verdict.again is not None
    assert found.verdict.again.proven


def test_a_corrected_text_whose_way_back_leads_nowhere_is_not_as_expected() -> None:
    known = replace(
        SCENARIO, expect=Expected(fixed=Fixed.NOT), corrected=Corrected(Path("runbook.corrected.md"))
    )
    failed = replace(TRIAL, green=False, gone=False)
    again = replace(TRIAL, runbook="corrected", ways_back=(Answer("1.3", False, "it failed"),))
    found = result(known, (failed, again), T0)
    assert found.wrong == ("corrected: a way back did not lead back",)
    assert found.verdict.again is not None
    assert not found.verdict.again.proven
    assert "no way back" in in_words(found.verdict)


def test_a_verdict_says_why_the_text_went_no_further() -> None:
    refused = Turned("1.2", "", "tocsin", "Step 1.2 may not run as it stands: <lamp> is still open (text).")
    never_asked = Turned("1.3", "mv a b", "tocsin", "it is for one case only")
    failed = replace(TRIAL, green=False, gone=False, turned=(refused, refused, never_asked))
    said = in_words(verdict(SCENARIO, (failed,)))
    assert said == "NOT fixed; held back: 1.2: <lamp> is still open (text)"


def test_each_time_stands_beside_its_target_and_what_is_late_is_told_and_fails_nothing() -> None:
    times = replace(TRIAL.times, up=T0 + timedelta(seconds=4))
    found = result(SCENARIO, (replace(TRIAL, times=times, rule=timedelta(seconds=8)),), T0)
    measured = {one.name: one for one in found.measured}
    assert (measured["up"].said, measured["up"].late) == ("4.0 s of 3.0 s", True)
    assert measured["detected"].target == timedelta(seconds=11), "the checks' own rule and three seconds"
    assert found.slow == ("up in 4.0 s, budget 3.0 s",)
    assert found.wrong == ()
    assert "4.0 s of 3.0 s" in as_junit((found,))
    assert "4.0 s of 3.0 s" in as_page((found,), (), T0)


# -- badges --------------------------------------------------------------------------------------------------


def proof(**changed: object) -> Proof:
    book = compile_runbook(RUNBOOK)
    section = book.section("Lamp is out")
    assert section is not None
    plain = Proof(1, "lamp", "Lamp is out", text_sha256(section), T0, True, True, Fixed.AS_WRITTEN, "capsule", timedelta(seconds=3), timedelta(seconds=2))  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of its fields


def badges(*history: Proof, text: str = RUNBOOK, now: datetime = T0) -> dict[str, Badge]:
    return {each.title: each.badge for each in coverage(compile_runbook(text), history, now)}


def test_a_section_is_drilled_until_its_text_changes_or_ninety_days_pass() -> None:
    assert badges(proof())["Lamp is out"] is Badge.DRILLED
    assert badges(proof(), now=T0 + timedelta(days=90))["Lamp is out"] is Badge.DRILLED
    assert badges(proof(), now=T0 + timedelta(days=91))["Lamp is out"] is Badge.OUT_OF_DATE
    changed = RUNBOOK.replace("mv lamp.off lamp.on", "mv -v lamp.off lamp.on")
    assert badges(proof(), text=changed)["Lamp is out"] is Badge.OUT_OF_DATE


def test_what_was_never_drilled_and_what_cannot_be_is_said() -> None:
    assert badges() == {"Lamp is out": Badge.NEVER, "Door is open": Badge.BY_HAND}


def test_every_scenario_of_a_section_has_to_have_passed_the_last_time() -> None:
    other = proof(id=2, scenario="lamp-stolen", passed=False, fixed=Fixed.NOT)
    assert badges(proof(), other)["Lamp is out"] is Badge.FAILED
    again = proof(id=3, scenario="lamp-stolen", at=T0 + timedelta(days=1))
    assert badges(proof(), other, again)["Lamp is out"] is Badge.DRILLED


def test_a_badge_tells_when_on_which_text_and_how_fast() -> None:
    (first, _) = found = coverage(compile_runbook(RUNBOOK), (proof(),), T0)
    assert (
        first.because
        == f"proven on 2025-10-07 at {proof().text_sha256[:7]}, detected in 3.0 s, fixed in 2.0 s"
    )
    assert share(found) == (1, 2)


# -- reports -------------------------------------------------------------------------------------------------


def test_a_ci_server_reads_failures_and_errors_apart() -> None:
    results = (
        result(SCENARIO, (TRIAL,), T0),
        result(SCENARIO, (replace(TRIAL, green=False),), T0),
        result(SCENARIO, (replace(TRIAL, broken='"<no disk>"'),), T0),
    )
    suite = ET.fromstring(as_junit(results))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [child.tag for child in suite[2]] == ["properties", "error"]


def test_the_page_stands_by_itself_and_escapes_what_it_shows() -> None:
    hostile = replace(TRIAL, steps=(step(text="<script>alert(1)</script>"),))
    page = as_page((result(SCENARIO, (hostile,), T0),), (), T0)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for outside in ("http://", "https://", "src=", "@import"):
        assert outside not in page.replace("http://www.w3.org/2000/svg", "")
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    picture = ET.fromstring(svg)
    assert picture.get("role") == "img"
    words = "".join(picture.itertext())
    for moment in ("injected", "detected", "green", "verified", "restored"):
        assert moment in words
