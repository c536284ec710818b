"""What stands between a step and its running: holes, unbound targets, errors of the text. And its final texts.

"What may not happen is impossible, not forbidden": a step with an obstacle is never queued and never asked for.
"""

import re

from tocsin.effects.effect import Effect, Flag, Judgement, Undo
from tocsin.effects.judge import judge
from tocsin.incident.commands import StepText
from tocsin.incident.incident import Incident
from tocsin.incident.place import judgements
from tocsin.incident.situation import Situation, Targets
from tocsin.runbook.book import Action, Context, Placeholder, Section, Step
from tocsin.runbook.procedure import by_hand

# These diagnostics say that a hole is open or a variable unset; whether it is, is asked of the targets below.
_ABOUT_HOLES = frozenset({"TOC101", "TOC115"})

# A directory that is what it says: absolute or below the steps' own, nothing for a shell to expand.
_PLAIN_PATH = re.compile(r"[\w./@+-][\w ./@+-]*")

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
    return tuple(
        StepText(
            final_text(action),
            action.language,
            _target(action, targets),
            _cwd(action.context),
            _environment(action.context),
        )
        for action in step.actions
    )


def undo_of(step: Step) -> Undo | None:
    """The way back of the first statement that changes something, or None if there is none to speak of."""
    for action in step.actions:
        judged = judge(final_text(action), action.language)
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
        if not _bound(placeholder, situation.targets):
            found[f"{placeholder.spellings[0]} is still open ({placeholder.type})"] = None
    for need in sorted(
        {need for action in step.actions for need in judge(final_text(action), action.language).needs}
    ):
        if need != "host" and need not in situation.targets.kinds:
            found[f"it acts on {_KIND_WORD.get(need, need)}, and tocsin.toml binds none (targets.{need})"] = (
                None
            )
    for action in step.actions:
        if action.language not in _LANGUAGES:
            found[f"nothing carries out {action.language} yet"] = None
        for phrase in _unreachable(action, situation.targets):
            found[phrase] = None
    return tuple(found)


def step_in_scope(incident: Incident, situation: Situation, number: str) -> Step | None:
    """The step of this number or id that may be asked for in this incident: its section first, then the whole book."""
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


def _bound(placeholder: Placeholder, targets: Targets) -> bool:
    if placeholder.default is not None and all(
        spelling.startswith("${") for spelling in placeholder.spellings
    ):
        return True  # ${NAME:-default}: the shell itself fills it
    names = {
        spelling.lstrip("$").strip("{}").partition(":")[0]
        for spelling in placeholder.spellings
        if spelling.startswith("$")
    }
    return bool(names) and names <= targets.variables


def _unreachable(action: Action, targets: Targets) -> tuple[str, ...]:
    """The hops of a context that lead nowhere we know; then the line must not run anywhere else either.

    A closed list: what is not known to be reachable is not reachable.
    """
    found = []
    if _target(action, targets) == "database:":
        found.append("it is SQL, and tocsin.toml does not say for which database (targets.database)")
    for hop in action.context:
        match hop.kind:
            case "host" if hop.name in targets.hosts:
                continue
            case "host":
                found.append(
                    f'it runs on "{hop.name}", and tocsin.toml does not bind that host (targets.hosts)'
                )
            case "database" if not hop.name or _variable(hop.name) in targets.variables:
                continue
            case "database":
                found.append(f"the database {hop.name} is not bound (targets.environment)")
            case "cwd" if _PLAIN_PATH.fullmatch(hop.name):
                continue
            case "cwd":
                found.append(f"its directory {hop.name} cannot be told beforehand")
            case "env" if (
                hop.detail is not None and hop.name.isidentifier() and not set(hop.detail) & set("$`")
            ):
                continue
            case "env":
                found.append(f"${hop.name} comes from an earlier line, and its value is not carried over yet")
            case "session":
                continue
            case _:
                found.append(f"it runs inside {hop.kind} {hop.name}, which cannot be reached yet")
    for target in judge(final_text(action), action.language).targets:
        kind, _, name = target.partition(":")
        if kind == "host" and name not in targets.hosts:
            found.append(f'it runs on "{name}", and tocsin.toml does not bind that host (targets.hosts)')
    return tuple(found)


def _variable(name: str) -> str:
    return name.strip('"').lstrip("$").strip("{}")


def _target(action: Action, targets: Targets) -> str:
    if action.language == "sql" and not any(hop.kind == "database" and hop.name for hop in action.context):
        return f"database:{targets.database or ''}"
    for hop in reversed(action.context):
        if hop.kind == "host":
            return hop.name
        if hop.kind == "database":
            return f"database:{_variable(hop.name)}"
    return targets.local


def _judged(action: Action) -> tuple[Judgement, ...]:
    """The final text and the variables that earlier lines set for it, judged."""
    return judgements(final_text(action), action.language, _environment(action.context))


def _environment(context: Context) -> tuple[tuple[str, str], ...]:
    return tuple((hop.name, hop.detail or "") for hop in context if hop.kind == "env")


def _cwd(context: Context) -> str | None:
    return next((hop.name for hop in reversed(context) if hop.kind == "cwd"), None)
