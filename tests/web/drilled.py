"""A drill as it is kept, for tests of pages: what would come of one, without making one."""

from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.drill.record import Detection, Differs, Kind, Moved, Run, State, StepSeen, Times, Turned, Walls
from tocsin.drill.result import Result
from tocsin.drill.scenario import Fixed
from tocsin.drill.text import text_sha256
from tocsin.drill.verdict import Control, Verdict
from tocsin.kit import codec
from tocsin.runbook.book import Runbook
from tocsin.store import drills
from tocsin.store.database import Database
from tocsin.store.drills import DrillRow
from tocsin.web.pages.drills import Runs


def kept(
    database: Database,
    book: Runbook,
    runbook: str,
    at: datetime,
    *,
    section: str = "Flag Missing",
    scenario: str = "flag-missing",
    sandbox: str | None = None,
    passed: bool = True,
    hostile: str = "",
) -> int:
    """Puts one into the store; its number."""
    text = text_sha256(next(each for each in book.walk() if each.title == section))
    second = timedelta(seconds=1)
    moved = [
        State.PROVISION,
        State.BASELINE,
        State.INJECT,
        State.DETECT,
        State.RESPOND,
        State.VERIFY,
        State.RESTORE,
    ]
    steps = (
        StepSeen("2.1", f"Look for it{hostile}", f"ls flags{hostile}", "investigate", "observe", "done", "no flag", at + 9 * second, second, False),
        StepSeen("2.2", "Put it back", f"mkdir flags/on{hostile}", "mitigate", "change", "done", "made", at + 12 * second, second, True),
    )  # fmt: skip
    run = Run(
        scenario=scenario, kind=Kind.TRIAL, runbook="verbatim", section=section, text_sha256=text, seed=0,
        walls=Walls("capsule"),
        times=Times(at, up=at + second, injected=at + 4 * second, detected=at + 7 * second, paged=at + 8 * second,
                    approved=at + 11 * second, mitigated=at + 15 * second, restored=at + 20 * second, ended=at + 22 * second),
        states=tuple(Moved(at + 3 * number * second, state, f"went on{hostile}") for number, state in enumerate(moved)),
        detection=Detection("INC-1", "P1", ("flag",), section, "flag-missing", ("words",), True),
        steps=steps, turned=(Turned("2.3", f"rm -rf flags{hostile}", "policy", f"destroys{hostile}"),),
        green=passed, gone=passed, by="2.2" if passed else None,
        differs=(Differs(f"files{hostile}", "0", "1"),),
    )  # fmt: skip
    verdict = Verdict(
        scenario, section, text, detected=True, detected_in=3 * second, in_time=True, matched=True,
        fixed=Fixed.AS_WRITTEN if passed else Fixed.NOT, by="2.2" if passed else None, mitigated_in=4 * second if passed else None,
        controls=(Control("without the fault", True, f"nothing fired{hostile}"),), not_exercised=("TLS",), walls="capsule",
        sandbox=sandbox,
    )  # fmt: skip
    result = Result(
        scenario,
        f"The flag is gone{hostile}",
        section,
        runbook,
        at,
        verdict,
        (),
        () if passed else (f"not fixed{hostile}",),
    )
    row = DrillRow(
        at, scenario, runbook, section, text, passed and sandbox is None, passed, codec.encode(result),
        codec.encode(Runs((run, replace(run, kind=Kind.NO_FAULT, steps=(), green=True)))), "person:ana",
    )  # fmt: skip
    with database.write() as tx:
        return drills.put(tx, row)
