"""What can be done, in the order it is offered, each with the reasons for its place and against it.

The section's own remedies come first, in the order of the text; when all of them have run, failed, been turned down or
may not be proposed, the general options of the runbook's process follow (rollback, hot fix, scale up, database
recovery), the one marked fastest first. Rules MIT-01, MIT-02, MIT-09.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

from tocsin.effects.effect import Effect
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.state import AskState
from tocsin.kit.ids import StepId
from tocsin.response import parameters, permit
from tocsin.runbook.book import ChoiceKind, Role, Section, Step
from tocsin.runbook.procedure import Procedure, Remedy, looks_only, procedure


class Standing(Enum):
    """How an option stands."""

    NEXT = "next"  # it is the one that is offered, or would be
    LATER = "later"  # it may be offered when those before it have not helped
    ASKED = "asked"
    RAN = "ran"
    FAILED = "failed"
    REJECTED = "rejected"
    BLOCKED = "blocked"  # never proposed as it stands; a person may ask for it, or mend what is in the way


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be done, with its place among the others.

    Attributes:
        remedy: its steps, holes filled as far as they can be. rank: 1 is offered first.
        general: whether it is the process's and not the section's own.
        reasons: why it stands here. against: why it is not offered.
        step: the next of its steps, or None when it is through or may not be offered.
    """

    remedy: Remedy
    rank: int
    general: bool
    standing: Standing
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    step: Step | None


def ranked(incident: Incident, situation: Situation) -> tuple[Option, ...]:
    """Every option of this incident, best first."""
    own, general = own_procedure(incident, situation), general_procedure(incident, situation)
    found: list[Option] = []
    for steps, is_general in ((own, False), (general, True)):
        for remedy in steps.remedies:
            found.append(_option(incident, situation, steps, remedy, len(found) + 1, is_general))
    return _with_next(found)


def better(incident: Incident, situation: Situation, step: StepId) -> Option | None:
    """The first option before that of this step that may be offered, or None."""
    for option in ranked(incident, situation):
        if any(each.id == step for each in option.remedy.steps):
            return None
        if option.standing is Standing.LATER and not option.against:
            return option
    return None


def own_procedure(incident: Incident, situation: Situation) -> Procedure:
    """The section of this incident, put in order, its holes filled; empty for an unlisted incident."""
    section = permit.section_of(incident, situation)
    return _filled(procedure(section), incident, situation) if section is not None else Procedure()


def general_procedure(incident: Incident, situation: Situation) -> Procedure:
    """What the runbook's process offers for any incident, the option marked fastest first."""
    found: list[Remedy] = []
    for section in situation.book.walk():
        if (
            Role.MITIGATION in section.roles
            and Role.PROCESS in section.roles
            and not _below(section, situation)
        ):
            found.extend(procedure(section).remedies)
    fastest = sorted(found, key=lambda remedy: not _FASTEST.search(remedy.title))
    return _filled(Procedure(remedies=tuple(fastest)), incident, situation)


_FASTEST = re.compile(r"\b(?:fast|fastest|quickest|quick|schnellste|más rápid[ao]|mais rápid[ao])\b", re.I)


def _below(section: Section, situation: Situation) -> bool:
    """Whether it stands inside an incident, or inside another section of the same kind that was taken whole."""
    for other in situation.book.walk():
        inside = len(other.path) < len(section.path) and other.path == section.path[: len(other.path)]
        if inside and (
            Role.INCIDENT in other.roles or (Role.MITIGATION in other.roles and Role.PROCESS in other.roles)
        ):
            return True
    return False


def _filled(steps: Procedure, incident: Incident, situation: Situation) -> Procedure:
    def fill(step: Step) -> Step:
        return parameters.filled(step, incident, situation)

    return Procedure(
        tuple(map(fill, steps.opening)),
        tuple(replace(remedy, steps=tuple(map(fill, remedy.steps))) for remedy in steps.remedies),
        tuple((number, tuple(map(fill, following))) for number, following in steps.following),
        tuple(map(fill, steps.verification)),
        steps.by_hand,
    )


def remedy_of(incident: Incident, situation: Situation, number: str) -> Remedy | None:
    """The remedy that holds the step of this number: the section's own, else a general one."""
    found = own_procedure(incident, situation).remedy(number)
    return found or general_procedure(incident, situation).remedy(number)


def open_step(incident: Incident, remedy: Remedy) -> Step | None:
    """The first step of a remedy that has not run; None when it is through, failed or was turned down."""
    for step in remedy.steps:
        if looks_only(step) and permit.runs_by_itself(step):
            if _looked(incident, step):
                continue
            return step
        attempts = incident.attempts(step.id)
        if any(run.took_effect for run in attempts):
            continue
        if any(not run.never_began for run in attempts):
            return None  # it ran and failed
        if _rejected(incident, step):
            return None
        return step
    return None


def reservations(step: Step, situation: Situation) -> tuple[str, ...]:
    """Why tocsin does not propose this step: obstacles, or an effect only a person may bring up."""
    reasons = list(permit.obstacles(step, situation))
    effect = permit.final_effect(step)
    if effect.needs_two:
        told = "; ".join(permit.why(step)) or "nobody can say what it does"
        verb = "destroys" if effect.word == "destroy" else "may do anything"
        reasons.append(f"it {verb} ({told}), so tocsin never proposes it")
    return tuple(reasons)


def _option(
    incident: Incident, situation: Situation, steps: Procedure, remedy: Remedy, rank: int, general: bool
) -> Option:
    step = open_step(incident, remedy)
    against = _gate(incident, steps, remedy) or _blocked(incident, remedy, situation)
    open_ask = incident.open_ask
    if open_ask is not None and any(each.id == open_ask.made.step for each in remedy.steps):
        standing = Standing.ASKED
    elif step is None or _ran(incident, remedy):
        standing = _ended(incident, remedy, step)
    else:
        standing = Standing.BLOCKED if against else Standing.LATER
    return Option(remedy, rank, general, standing, _reasons(remedy, general, situation), against, step)


def _ended(incident: Incident, remedy: Remedy, step: Step | None) -> Standing:
    if any(_rejected(incident, each) for each in remedy.steps) and step is None:
        return Standing.REJECTED
    if step is not None:
        return Standing.LATER  # begun, and there is more of it
    return Standing.FAILED if _failed(incident, remedy) or not _through(incident, remedy) else Standing.RAN


def _with_next(found: list[Option]) -> tuple[Option, ...]:
    """The first that may be offered is next."""
    at = next(
        (
            place
            for place, option in enumerate(found)
            if option.standing is Standing.LATER and not option.against
        ),
        None,
    )
    if at is not None and not any(option.standing is Standing.ASKED for option in found):
        found[at] = replace(found[at], standing=Standing.NEXT)
    return tuple(found)


def _reasons(remedy: Remedy, general: bool, situation: Situation) -> tuple[str, ...]:
    """Why it stands where it stands."""
    found = [
        "a general option of the runbook, for when the section's own are used up"
        if general
        else "the section's own"
    ]
    if remedy.order == 0 and remedy.group and remedy.kind != ChoiceKind.CASES.value:
        found.append("the first way the runbook names")
    if _FASTEST.search(remedy.title):
        found.append("the runbook calls it the fastest")
    changing = [step for step in remedy.steps if permit.final_effect(step).word != "observe"]
    effect = permit.worst(changing)
    found.append("nobody can say what it would do" if effect is Effect.UNKNOWN else f"it would {effect.word}")
    ways = [permit.undo_of(step) for step in changing]
    if changing and all(way is not None and way.undoable.value == "yes" for way in ways):
        found.append("it can be taken back")
    elif any(way is None or way.undoable.value == "no" for way in ways):
        found.append("it cannot be taken back as a whole")
    else:
        found.append("it can be taken back in part")
    return tuple(found)


def _blocked(incident: Incident, remedy: Remedy, situation: Situation) -> tuple[str, ...]:
    """What stands against this remedy as a whole: one begun and never finished would be worse than none."""
    waiting = [
        step for step in remedy.steps if not any(run.took_effect for run in incident.attempts(step.id))
    ]
    for step in waiting:
        if looks_only(step):
            continue
        reasons = reservations(step, situation)
        if reasons:
            return (
                reasons if len(waiting) == 1 else tuple(f"step {step.number}: {reason}" for reason in reasons)
            )
    return ()


def _gate(incident: Incident, steps: Procedure, remedy: Remedy) -> tuple[str, ...]:
    """What the structure of the text says against offering this remedy now."""
    if remedy.group is None:
        return ()
    others = [
        other for other in steps.remedies if other.group == remedy.group and other.number != remedy.number
    ]
    match remedy.kind:
        case ChoiceKind.CASES.value:
            text = remedy.condition.text if remedy.condition else remedy.title
            return (f"it is for one case only ({text}); a person decides",)
        case ChoiceKind.FALLBACK.value:
            before = [other for other in others if other.order < remedy.order]
            if all(_failed(incident, other) for other in before):
                return ()
            return (f"it is for when {before[-1].number} has failed, and that has not happened",)
        case _:
            ran = [other for other in others if _ran(incident, other) and not _failed(incident, other)]
            return (f"it is an alternative to {ran[0].number}, which ran",) if ran else ()


def _looked(incident: Incident, step: Step) -> bool:
    """Whether an observing step has been run since it began; how it ended is evidence, and no reason to stop."""
    begun = incident.begun_at
    return any(
        run.queued.step == step.id and run.finished is not None and (begun is None or run.at >= begun)
        for run in incident.runs.values()
    )


def _rejected(incident: Incident, step: Step) -> bool:
    return any(
        ask.made.step == step.id and ask.state is AskState.REJECTED for ask in incident.asks_since_begun
    )


def _ran(incident: Incident, remedy: Remedy) -> bool:
    return any(incident.attempts(step.id) for step in remedy.steps)


def _through(incident: Incident, remedy: Remedy) -> bool:
    return all(
        looks_only(step) or any(run.took_effect for run in incident.attempts(step.id))
        for step in remedy.steps
    )


def _failed(incident: Incident, remedy: Remedy) -> bool:
    """Whether a remedy ran and did not help: a run failed, or the trouble was still there afterwards."""
    runs = [run for step in remedy.steps for run in incident.attempts(step.id)]
    return any(run.queued.run in incident.failed_changes for run in runs)
