"""What a scenario's runs prove about the section, and whether that is what was expected.

A section that does not fix its fault gives a *failed drill*. A room that did not stand, a fault that did not take or a
process that stayed behind is a *failed sandbox*, which says nothing about the runbook.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from tocsin.drill.record import Kind, Run
from tocsin.drill.scenario import Expected, Fixed, Scenario


class Need(Enum):
    """What leaving a step out showed."""

    NEEDED = "needed"
    NOT_NEEDED = "not needed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Ablation:
    """What became of the drill without one step."""

    number: str
    text: str
    need: Need


@dataclass(frozen=True, slots=True)
class Control:
    """One run that shows whether a green drill means anything."""

    name: str
    held: bool
    said: str


@dataclass(frozen=True, slots=True)
class Again:
    """How the corrected text did; see `Verdict` for what each of it means."""

    fixed: Fixed
    by: str | None = None
    cause_shown: bool | None = None
    way_back: bool | None = None
    side_effects: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    detected_in: timedelta | None = None
    mitigated_in: timedelta | None = None

    @property
    def proven(self) -> bool:
        """Whether the corrected section is: fixed, nothing undeclared changed, and its way back leads back."""
        return (
            self.fixed is Fixed.AS_WRITTEN
            and self.cause_shown is not False
            and self.way_back is not False
            and not self.side_effects
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known now.

    Attributes:
        detected, detected_in, in_time: whether the production checks noticed, how fast, and within the budget.
        matched: whether the right section was chosen. cause_shown: None if the scenario asks for nothing.
        fixed: by the text as it stands. by: the change after which it was green.
        corrected, again: how the corrected text did, in short and in full, or None without one.
        way_back: None if no way back was tried.
        side_effects: oracles that differ and that nobody declared; declared: those that differ as declared.
        not_exercised: what was not the real thing.
        sandbox: why the sandbox failed, or None; then the rest says nothing.
        held_back: why it went no further: steps that tocsin refused although somebody asked for them.
    """

    scenario: str
    section: str
    text_sha256: str
    detected: bool = False
    detected_in: timedelta | None = None
    in_time: bool = False
    matched: bool = False
    cause_shown: bool | None = None
    fixed: Fixed = Fixed.NOT
    by: str | None = None
    mitigated_in: timedelta | None = None
    corrected: Fixed | None = None
    way_back: bool | None = None
    side_effects: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    controls: tuple[Control, ...] = ()
    not_exercised: tuple[str, ...] = ()
    walls: str = ""
    sandbox: str | None = None
    again: Again | None = None
    held_back: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the section is proven: noticed, matched, fixed as written, nothing broken on the way."""
        return (
            self.sandbox is None
            and self.detected
            and self.matched
            and self.cause_shown is not False
            and self.fixed is Fixed.AS_WRITTEN
            and self.way_back is not False
            and not self.side_effects
            and all(control.held for control in self.controls)
        )


def verdict(scenario: Scenario, runs: tuple[Run, ...]) -> Verdict:
    """What these runs of a scenario prove; the first trial decides, further ones have to agree with it."""
    trials = [run for run in runs if run.kind is Kind.TRIAL and run.runbook == "verbatim"]
    if not trials:
        return Verdict(scenario.name, scenario.section, "", sandbox="it was not run")
    first = trials[0]
    found = of_trial(first, scenario.expect, scenario.budgets.detected)
    broken = [run for run in runs if run.broken or run.residue]
    if broken:
        return replace(found, sandbox=_broken(broken[0]))
    again = [run for run in runs if run.kind is Kind.TRIAL and run.runbook == "corrected"]
    return replace(
        found,
        corrected=fixed(again[0]) if again else None,
        again=_again(again[0], scenario) if again else None,
        ablations=tuple(_ablation(run, first) for run in runs if run.kind is Kind.WITHOUT_STEP),
        controls=(
            *(_control(run) for run in runs if run.kind in (Kind.NO_FAULT, Kind.NO_RUNBOOK)),
            *_repeated(trials, scenario),
        ),
    )


def of_trial(run: Run, expect: Expected, budget: timedelta | None) -> Verdict:
    """What one trial shows by itself."""
    times, seen = run.times, run.detection
    took = times.since(times.injected, times.detected)
    return Verdict(
        scenario=run.scenario,
        section=run.section,
        text_sha256=run.text_sha256,
        detected=seen is not None,
        detected_in=took,
        in_time=took is not None and (budget is None or took <= budget),
        matched=seen is not None and seen.right,
        cause_shown=all(each.held for each in run.shown) if run.shown else None,
        fixed=fixed(run),
        by=run.by,
        mitigated_in=times.since(times.approved, times.mitigated),
        way_back=all(each.held for each in run.ways_back) if run.ways_back else None,
        side_effects=tuple(one.name for one in run.differs if not expect.knows(one.name)),
        declared=tuple(one.name for one in run.differs if expect.knows(one.name)),
        not_exercised=(*run.stand_ins, *(f"{name} is a shim" for name in run.shims)),
        walls=run.walls.kind,
        sandbox=_broken(run) if run.broken or run.residue else None,
        held_back=run.held_back,
    )


def fixed(run: Run) -> Fixed:
    """How the fault ended. Quiet checks alone prove nothing while the sandbox's own eyes still see the fault."""
    if run.green:
        return Fixed.AS_WRITTEN if run.gone else Fixed.PARTLY
    return Fixed.NOT if run.steps else Fixed.NOT_TRIED


def as_expected(found: Verdict, expect: Expected) -> tuple[str, ...]:
    """In which ways a verdict is not the expected one. One that is better is as suspicious as one that is worse."""
    wrong = []
    if found.sandbox is not None:
        return (f"the sandbox failed: {found.sandbox}",)
    if found.detected is not expect.detected:
        wrong.append("it was noticed" if found.detected else "no check noticed it")
    if found.fixed is not expect.fixed:
        wrong.append(f"fixed: {found.fixed.value}, expected: {expect.fixed.value}")
    if found.detected and not found.matched:
        wrong.append("another section was matched")
    missing = sorted(set(expect.side_effects) - set(found.declared))
    if missing:
        wrong.append(f"expected side effects that did not come: {', '.join(missing)}")
    if found.side_effects:
        wrong.append(f"side effects: {', '.join(found.side_effects)}")
    if found.way_back is False:
        wrong.append("a way back did not lead back")
    if found.detected and found.cause_shown is False:
        wrong.append("the investigation did not show the cause")
    wrong.extend(f"{control.name}: {control.said}" for control in found.controls if not control.held)
    return tuple(wrong)


def _again(run: Run, scenario: Scenario) -> Again:
    found = of_trial(run, scenario.as_corrected().expect, scenario.budgets.detected)
    return Again(
        found.fixed,
        found.by,
        found.cause_shown,
        found.way_back,
        found.side_effects,
        found.declared,
        found.detected_in,
        found.mitigated_in,
    )


def _ablation(run: Run, full: Run) -> Ablation:
    number = run.left_out or ""
    text = next((step.text for step in full.changes if step.number == number), "")
    if run.broken or not full.green:
        return Ablation(number, text, Need.UNCLEAR)
    return Ablation(number, text, Need.NOT_NEEDED if run.green and run.gone else Need.NEEDED)


def _control(run: Run) -> Control:
    if run.kind is Kind.NO_FAULT:
        silent = run.detection is None and not run.false_alarms
        return Control("no fault", silent, "the checks stay silent" if silent else "a check fired")
    stays = not run.gone and not run.green
    return Control(
        "no runbook",
        stays,
        "it stays broken" if stays else "it heals by itself, so the runbook earns nothing",
    )


def _repeated(trials: list[Run], scenario: Scenario) -> tuple[Control, ...]:
    if len(trials) < 2:
        return ()
    same = {(fixed(run), run.detection is not None, run.by) for run in trials}
    said = f"{len(trials)} runs, one verdict" if len(same) == 1 else f"{len(trials)} runs disagree"
    return (Control("repetition", len(same) == 1, said),)


def _broken(run: Run) -> str:
    return run.broken or f"left behind: {', '.join(run.residue)}"
