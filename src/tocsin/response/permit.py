"""What stands between a step and its running: holes, unbound targets, errors of the text. And its final texts.

"What may not happen is impossible, not forbidden": a step with an obstacle is never queued and never asked for.
"""

from collections.abc import Iterable

from tocsin.effects.effect import Effect, Flag, Judgement, Undo
from tocsin.incident.commands import Expected, StepText
from tocsin.incident.incident import Incident
from tocsin.incident.place import judgements
from tocsin.incident.situation import Situation
from tocsin.incident.targets import Targets
from tocsin.response import parameters, where
from tocsin.runbook.book import Action, Section, Step
from tocsin.runbook.procedure import by_hand

# These diagnostics say that a hole is open or a variable unset; whether it is, is asked of the targets below.
_ABOUT_HOLES = frozenset({"TOC101", "TOC115"})

# What a runner exists for.
_LANGUAGES = frozenset({"shell", "sql"})

_KIND_WORD = {"kubernetes": "a Kubernetes cluster", "aws": "an AWS account", "gcp": "a Google Cloud project",
              "azure": "an Azure subscription", "host": "a host"}  # fmt: skip


def final_text(action: Action) -> str:
    """What would really run: the bounded form of an interactive or endless command, else the text itself."""
    return action.judgement.bounded or action.text


def final_effect(step: Step) -> Effect:
    """The effect of the texts that would really run, judged again."""
    return Effect.join(judged.effect for action in step.actions for judged in _judged(action))


def worst(steps: Iterable[Step]) -> Effect:
    """The worst effect of several steps, judged on what would really run."""
    return Effect.join(final_effect(step) for step in steps)


def final_flags(step: Step) -> frozenset[Flag]:
    """The flags of the texts that would really run, judged again; a warning in the runbook stays."""
    found: set[Flag] = {Flag.WARNED} if step.warned or Flag.WARNED in step.judgement.flags else set()
    for action in step.actions:
        for judged in _judged(action):
            found |= judged.flags
    return frozenset(found)


def runs_by_itself(step: Step) -> bool:
    """Whether policy lets tocsin run it unasked: every final text observes, and nothing about it asks first."""
    if by_hand(step):
        return False
    if Flag.WARNED in final_flags(step):
        return False
    return all(judged.runs_by_itself for action in step.actions for judged in _judged(action))


def texts(step: Step, targets: Targets) -> tuple[StepText, ...]:
    """The final texts of a step with the target, directory and variables of their context."""
    return tuple(where.step_text(action, final_text(action), targets) for action in step.actions)


def expected(step: Step) -> tuple[Expected, ...]:
    """What the runbook says this step should show."""
    return tuple(Expected(each.kind, each.value, each.text) for each in step.expects)


def undo_of(step: Step) -> Undo | None:
    """The way back of the first statement that changes something, or None if there is none to speak of."""
    for action in step.actions:
        judged = _judged(action)[0]
        if judged.effect is not Effect.OBSERVE:
            return judged.undo
    return None


def why(step: Step) -> tuple[str, ...]:
    """The judge's reasons, each once, in reading order."""
    found: dict[str, None] = {}
    for action in step.actions:
        text, *given = _judged(action)
        for judged in (text, *(each for each in given if not each.runs_by_itself)):
            for reason in judged.reasons:
                found[reason.sentence] = None
    return tuple(found)


def obstacles(step: Step, situation: Situation) -> tuple[str, ...]:
    """Why this step may not run as it stands, one phrase each; empty when nothing is in the way."""
    if by_hand(step):
        return ("a person does this by hand",)
    found: dict[str, None] = {}
    for diagnostic in situation.book.blocking(step.id):
        if diagnostic.rule not in _ABOUT_HOLES:
            found[f"{diagnostic.rule} {diagnostic.message.rstrip('.')}"] = None
    for placeholder in step.placeholders:
        if not parameters.bound(placeholder, step, situation.targets):
            found[f"{placeholder.spellings[0]} is still open ({placeholder.type})"] = None
    for need in sorted({need for action in step.actions for need in _judged(action)[0].needs}):
        if need != "host" and need not in situation.targets.kinds:
            found[f"it acts on {_KIND_WORD.get(need, need)}, and tocsin.toml binds none (targets.{need})"] = (
                None
            )
    for action in step.actions:
        if action.language not in _LANGUAGES:
            found[f"nothing carries out {action.language} yet"] = None
        for phrase in where.unreachable(action, final_text(action), situation.targets):
            found[phrase] = None
    for text in texts(step, situation.targets):
        identity = situation.identities.get(text.target)
        if identity is not None and identity.differs and final_effect(step) is not Effect.OBSERVE:
            found[
                f"{text.target} says it is {identity.seen}, and it has to be {identity.pinned}: it is another machine, or "
                "was set up anew (tocsin target pin)"
            ] = None
    return tuple(found)


def step_in_scope(incident: Incident, situation: Situation, number: str) -> Step | None:
    """The step of this number or id that may be asked for in this incident: its section first, then the whole book.

    With its holes filled from what is known so far.
    """
    found = written_step(incident, situation, number)
    return parameters.filled(found, incident, situation) if found is not None else None


def written_step(incident: Incident, situation: Situation, number: str) -> Step | None:
    """The same step as the runbook has it, holes and all."""
    section = section_of(incident, situation)
    if section is not None:
        for step in section.steps():
            if number in (step.number, step.id):
                return step
    return situation.book.step(number)


def section_of(incident: Incident, situation: Situation) -> Section | None:
    """The section this incident is about, in the runbook it is pinned to."""
    if incident.declared is None or incident.declared.section is None:
        return None
    return situation.book.section(incident.declared.section)


def _judged(action: Action) -> tuple[Judgement, ...]:
    """The final text and the variables that earlier lines set for it, judged.

    What it runs of the repository counts as it was read for this decision; what nobody has read is unknown.
    """
    own, *given = judgements(final_text(action), action.language, where.environment(action.context))
    return (_by_text(action) or own, *given)


def _by_text(action: Action) -> Judgement | None:
    """The judgement by the texts of the repository that a statement runs; None if none was read."""
    return action.judgement if action.judgement.read and final_text(action) == action.text else None
