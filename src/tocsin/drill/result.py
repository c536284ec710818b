"""One scenario, drilled: its runs, what they prove, and in which ways that is not what was expected."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.drill.record import Run
from tocsin.drill.scenario import Fixed, Scenario
from tocsin.drill.verdict import Again, Verdict, as_expected, of_trial, verdict

REPORT_VERSION = 1
BEYOND_THE_RULE = timedelta(seconds=3)
"""How much longer than its checks' own rule a detection may take, unless the scenario says otherwise."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One time and the target for it.

    Attributes:
        name: "up", "detected" or "mitigated". took, target: None for what was not measured, or has no target.
    """

    name: str
    took: timedelta | None
    target: timedelta | None

    @property
    def late(self) -> bool:
        """Whether the target was missed."""
        return self.took is not None and self.target is not None and self.took > self.target

    @property
    def said(self) -> str:
        """For people.

        >>> Measured("up", timedelta(seconds=1.24), timedelta(seconds=3)).said
        '1.2 s of 3.0 s'
        """
        if self.took is None or self.target is None:
            return spent(self.took)
        return f"{spent(self.took)} of {spent(self.target)}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario.

    Attributes:
        wrong: sentences; empty if the verdict is the expected one.
        slow: targets that were missed; a busy machine is no defect of a runbook, so these never fail a drill.
        measured: until the sandbox stood, until the incident was open, from the first yes to green: each with its target.
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
    measured: tuple[Measured, ...] = ()

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
    measured = _measured(scenario, runs[0]) if runs else ()
    return Result(
        scenario=scenario.name,
        title=scenario.title,
        section=found.section or scenario.section,
        runbook=str(scenario.runbook),
        at=at,
        verdict=found,
        runs=runs,
        wrong=wrong,
        slow=tuple(
            f"{one.name} in {spent(one.took)}, budget {spent(one.target)}" for one in measured if one.late
        ),
        expected_fixed=scenario.expect.fixed,
        measured=measured,
    )


def _measured(scenario: Scenario, run: Run) -> tuple[Measured, ...]:
    budgets, times = scenario.budgets, run.times
    detected = budgets.detected
    if detected is None and run.rule is not None:
        detected = run.rule + BEYOND_THE_RULE
    return (
        Measured("up", times.since(times.began, times.up), budgets.up),
        Measured("detected", times.since(times.injected, times.detected), detected),
        Measured("mitigated", times.since(times.approved, times.mitigated), budgets.mitigated),
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
    if found.fixed is not Fixed.AS_WRITTEN and found.held_back:
        said += f"; held back: {'; '.join(each.rstrip('.') for each in found.held_back)}"
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
    if found.again is not None and found.again.way_back is not None:
        said += ", and back again" if found.again.way_back else ", no way back"
    if found.again is not None and found.again.side_effects:
        said += f", side effects: {', '.join(found.again.side_effects)}"
    return said


@dataclass(frozen=True, slots=True)
class KeptAgain:
    """The same of the corrected text.

    Attributes:
        way_back: whether its ways back led back; None if none was tried. side_effects: nobody declared them.
    """

    fixed: Fixed
    by: str | None
    cause_shown: bool | None
    way_back: bool | None
    side_effects: tuple[str, ...]


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
    corrected: KeptAgain | None = None


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
        corrected=_kept_again(found.again),
    )


def _kept_again(found: Again | None) -> KeptAgain | None:
    if found is None:
        return None
    by = found.by if found.fixed in (Fixed.AS_WRITTEN, Fixed.PARTLY) else None
    return KeptAgain(found.fixed, by, found.cause_shown, found.way_back, tuple(sorted(found.side_effects)))
