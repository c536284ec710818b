"""One scenario, drilled: its runs, what they prove, and in which ways that is not what was expected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.drill.record import Run, Times
from tocsin.drill.scenario import Fixed, Scenario
from tocsin.drill.verdict import Verdict, as_expected, of_trial, verdict

REPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario.

    Attributes:
        wrong: sentences; empty if the verdict is the expected one.
        slow: budgets that were not kept; a busy machine is no defect of a runbook, so these never fail a drill.
    """

    scenario: str
    title: str
    section: str
    runbook: str
    at: datetime
    verdict: Verdict
    runs: tuple[Run, ...]
    wrong: tuple[str, ...]
    slow: tuple[str, ...] = ()
    expected_fixed: Fixed = Fixed.AS_WRITTEN

    @property
    def as_expected(self) -> bool:
        """Whether nothing is surprising."""
        return not self.wrong


def result(scenario: Scenario, runs: tuple[Run, ...], at: datetime) -> Result:
    """What the runs of a scenario come to."""
    found = verdict(scenario, runs)
    wrong = as_expected(found, scenario.expect)
    corrected = [run for run in runs if run.runbook == "corrected" and run.broken is None]
    if corrected:
        wanted = scenario.as_corrected().expect
        again = of_trial(corrected[0], wanted, scenario.budgets.detected)
        wrong += tuple(f"corrected: {each}" for each in as_expected(again, wanted))
    return Result(
        scenario=scenario.name,
        title=scenario.title,
        section=found.section or scenario.section,
        runbook=str(scenario.runbook),
        at=at,
        verdict=found,
        runs=runs,
        wrong=wrong,
        slow=_slow(scenario, runs[0].times) if runs else (),
        expected_fixed=scenario.expect.fixed,
    )


def _slow(scenario: Scenario, times: Times) -> tuple[str, ...]:
    budgets = scenario.budgets
    measured = (
        ("up", times.since(times.began, times.up), budgets.up),
        ("detected", times.since(times.injected, times.detected), budgets.detected),
        ("mitigated", times.since(times.approved, times.mitigated), budgets.mitigated),
    )
    return tuple(
        f"{name} in {spent(took)}, budget {spent(limit)}"
        for name, took, limit in measured
        if took is not None and limit is not None and took > limit
    )


def spent(value: timedelta | None) -> str:
    """A measured time for people: "4.2 s", or "-".

    >>> spent(timedelta(seconds=4.16))
    '4.2 s'
    """
    return "-" if value is None else f"{value.total_seconds():.1f} s"


def in_words(found: Verdict) -> str:
    """The verdict as one line.

    >>> in_words(Verdict("x", "Redis Memory Full", ""))
    'not detected'
    """
    if found.sandbox is not None:
        return f"sandbox failed: {found.sandbox}"
    if not found.detected:
        return "not detected"
    said = {
        Fixed.AS_WRITTEN: "fixed as written",
        Fixed.CORRECTED: "fixed with a correction",
        Fixed.PARTLY: "partly fixed",
        Fixed.NOT: "NOT fixed",
        Fixed.NOT_TRIED: "nothing was tried",
    }[found.fixed]
    if found.by is not None and found.fixed is Fixed.AS_WRITTEN:
        said += f" by {found.by}"
    if not found.matched:
        said += "; another section was matched"
    if found.cause_shown is False:
        said += "; cause not shown"
    if found.way_back is False:
        said += "; no way back"
    damage = (*found.side_effects, *found.declared)
    if damage:
        said += f"; side effects: {', '.join(damage)}"
    if found.corrected is not None:
        said += f"; corrected: {'fixed' if found.corrected is Fixed.AS_WRITTEN else found.corrected.value}"
    return said


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of a verdict that is the same every time: what `examples/*/expected/drills` hold.

    Attributes:
        by: the change that made it green; None where nothing did.
        side_effects: those that always come.
        corrected: how the corrected text does, or None without one.
    """

    scenario: str
    section: str
    text_sha256: str
    detected: bool
    matched: bool
    cause_shown: bool | None
    fixed: Fixed
    by: str | None
    side_effects: tuple[str, ...]
    corrected: Fixed | None = None


def kept(scenario: Scenario, found: Verdict) -> Kept:
    """What of a verdict may be compared with an earlier one."""
    return Kept(
        scenario=found.scenario,
        section=found.section,
        text_sha256=found.text_sha256,
        detected=found.detected,
        matched=found.matched,
        cause_shown=found.cause_shown,
        fixed=found.fixed,
        by=found.by if found.fixed in (Fixed.AS_WRITTEN, Fixed.PARTLY) else None,
        side_effects=tuple(sorted(set(found.declared) & set(scenario.expect.side_effects))),
        corrected=found.corrected,
    )
