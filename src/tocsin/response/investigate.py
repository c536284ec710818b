"""Investigate: what only looks is run at once, by itself, and kept as evidence. What does more never is.

CookCam "Quick health check", "Check recent deployments", "Check system resources", each incident's Investigation;
PrepChef's first steps; rules INI-01 to INI-03, INV-01, INV-02, INV-05, INV-08.
"""

from tocsin.incident.commands import RunStep
from tocsin.incident.events import (
    ClockPassed,
    ClockStarted,
    Event,
    IncidentDeclared,
    ParameterSet,
    Reopened,
    StepQueued,
    StepRefused,
)
from tocsin.incident.incident import Incident
from tocsin.incident.place import digest_of
from tocsin.incident.situation import Situation
from tocsin.kit import duration
from tocsin.response import parameters, permit, promises, waits
from tocsin.response.turn import Turn
from tocsin.runbook.book import Role, Section, Step
from tocsin.runbook.procedure import by_hand, looks_only, procedure

INVESTIGATE = "investigate"
LOOK = "look"


def react(turn: Turn, event: Event) -> None:
    """Start the opening investigation with the declaration."""
    match event:
        case IncidentDeclared() | Reopened():
            limit = promises.investigate_within(turn.incident, turn.situation)
            if limit is not None:
                why = f"cause known or escalate within {duration.spell(limit)}"
                turn.start_clock(ClockStarted(INVESTIGATE, turn.situation.now + limit, why))
            start(turn, opening(turn.incident, turn.situation))
            if still_looking(turn.incident):
                wait = turn.situation.settings.look
                turn.start_clock(ClockStarted(LOOK, turn.situation.now + wait, "look before proposing"))
        case ParameterSet() if turn.incident.open:
            for step in opening(turn.incident, turn.situation):
                if step.number in turn.incident.refused and not _ran(turn.incident, step):
                    run_or_refuse(turn, step, "investigate")
        case ClockPassed(name) if waits.is_one(name) and turn.incident.open:
            _go_on(turn, waits.number(name))


def start(turn: Turn, steps: tuple[Step, ...]) -> None:
    """Start steps at once and side by side, up to the first after which the text wants to wait."""
    for step in steps:
        run_or_refuse(turn, step, "investigate")
        wait = waits.after(step, turn.situation)
        if wait is not None:
            waits.begin(turn, wait, step.number)
            return


def _go_on(turn: Turn, number: str) -> None:
    """The wait after this step is over: the steps behind it."""
    steps = opening(turn.incident, turn.situation)
    at = next((place for place, step in enumerate(steps) if step.number == number), None)
    if at is not None:
        start(turn, steps[at + 1 :])


def _ran(incident: Incident, step: Step) -> bool:
    begun = incident.begun_at
    return any(
        run.queued.step == step.id and (begun is None or run.at >= begun) for run in incident.runs.values()
    )


def still_looking(incident: Incident) -> bool:
    """Whether a step of the investigation is still running."""
    return any(run.open for run in incident.runs_for("investigate"))


def opening(incident: Incident, situation: Situation) -> tuple[Step, ...]:
    """The steps that look before anything is done: the section's own first, then those the process asks for always."""
    section = permit.section_of(incident, situation)
    own = procedure(section).opening if section is not None else ()
    found: dict[tuple[str, ...], Step] = {}
    for written in (*own, *_of_the_process(situation)):
        step = parameters.filled(written, incident, situation)
        found.setdefault(tuple(text.text for text in permit.texts(step, situation.targets)), step)
    return tuple(found.values())


def _of_the_process(situation: Situation) -> tuple[Step, ...]:
    """What the runbook's own process wants looked at in every incident: initial response and investigation."""
    found: list[Step] = []
    for section in situation.book.walk():
        if Role.PROCESS in section.roles and Role.INCIDENT not in section.roles and not _acts(section):
            found.extend(
                node
                for node in section.body
                if isinstance(node, Step) and looks_only(node) and not by_hand(node)
            )
    return tuple(found)


def _acts(section: Section) -> bool:
    return bool(
        section.roles & {Role.MITIGATION, Role.ROLLBACK, Role.VERIFICATION, Role.POST_INCIDENT, Role.INCIDENT}
    )


def run_or_refuse(turn: Turn, step: Step, purpose: str) -> None:
    """Queue an observing step, or record why it does not run by itself."""
    reasons = permit.obstacles(step, turn.situation)
    if not reasons and not permit.runs_by_itself(step):
        flags = ", ".join(sorted(flag.value for flag in permit.final_flags(step)))
        effect = permit.final_effect(step).word
        reasons = (f"it does not run by itself: {effect}{f', {flags}' if flags else ''}",)
    if reasons:
        refuse(turn, step, reasons)
        return
    queue(turn, step, purpose)


def queue(turn: Turn, step: Step, purpose: str) -> None:
    """Queue a step that only observes."""
    texts = permit.texts(step, turn.situation.targets)
    run = turn.incident.next_run()
    effect = permit.final_effect(step).word
    turn.record(
        StepQueued(
            run,
            step.id,
            step.number,
            step.title,
            "\n".join(t.text for t in texts),
            texts[0].target,
            effect,
            purpose,
        )
    )
    turn.command(
        RunStep(
            run, turn.incident.id, step.id, texts, effect, purpose, digest_of(texts), expects=permit.expected(step)
        )
    )  # fmt: skip


def refuse(turn: Turn, step: Step, reasons: tuple[str, ...]) -> None:
    """Record that a step was passed over, unless that has been said with the same reasons."""
    said = turn.incident.refused.get(step.number)
    if said is not None and said.reasons == reasons:
        return
    text = "\n".join(action.text for action in step.actions) or step.text
    effect = permit.final_effect(step).word
    turn.record(StepRefused(step.id, step.number, step.title, text, effect, reasons))
