"""Mitigate: offer the first remedy of the section that may be offered, run it after a yes, one change at a time.

CookCam "Resolution" and "Mitigation"; PrepChef step 4; rules MIT-01 to MIT-03, MIT-05, MIT-06, MIT-09, MIT-12, MIT-13.

A remedy is passed over, with its reasons on the timeline, when its text has errors, holes or no target, when it is the
alternative of one that ran, when it waits for a failure that has not happened, and when it would destroy something:
such a step is never proposed by us, a person has to ask for it by its number.
"""

from tocsin.comms import message
from tocsin.detection.alert import AlertState
from tocsin.incident import approval
from tocsin.incident import events as ev
from tocsin.incident.commands import Page, RunStep, StepText
from tocsin.incident.incident import Incident
from tocsin.incident.place import digest_of, place
from tocsin.incident.situation import Situation
from tocsin.incident.state import AskState, Run
from tocsin.response import investigate, permit
from tocsin.response.turn import TOCSIN, Turn
from tocsin.runbook.book import ChoiceKind, Condition, Level, Step
from tocsin.runbook.procedure import Procedure, Remedy, procedure

SETTLE = "settle"
AGAIN = "verify again"  # the clock until the runbook's own question is asked once more


def react(turn: Turn, event: ev.Event) -> None:
    """Offer, run and follow up remedies."""
    match event:
        case ev.IncidentDeclared() | ev.Reopened() | ev.Relapsed():
            propose(turn)
        case ev.StepFinished() | ev.DoubtSettled():
            _followed_up(turn, turn.incident.runs[event.run])
        case ev.ClockPassed(name) if name == investigate.LOOK:
            propose(turn)
        case ev.ClockPassed(name) if name.startswith(_EXPIRY):
            _expire(turn, name.removeprefix(_EXPIRY))
        case ev.AlertReceived(alert) if alert.state is AlertState.FIRING and _being_proven(turn.incident):
            propose(turn)  # it came back before it was believed to be over
        case ev.VerificationFailed() | ev.AskExpired():
            propose(turn)
        case ev.Rejected(identifier):
            turn.stop_clock(f"{_EXPIRY}{identifier}", "rejected")
            propose(turn)
        case ev.StepRequested():
            _requested(turn, event)
        case ev.Approved():
            _run(turn, event)
        case ev.AskWithdrawn(identifier):
            # Only its own: by now the ask that took its place may have a clock already.
            turn.stop_clock(f"{_EXPIRY}{identifier}", "no longer asked")


_EXPIRY = "answer "  # the clock of an ask is named "answer INC-1.a1"


def procedure_of(incident: Incident, situation: Situation) -> Procedure:
    """The section of this incident, put in order; empty for an unlisted incident."""
    section = permit.section_of(incident, situation)
    return procedure(section) if section is not None else Procedure()


def propose(turn: Turn) -> None:
    """Ask for the next remedy, unless something has to happen first."""
    incident = turn.incident
    waiting = (
        not incident.open
        or not incident.firing
        or incident.open_ask is not None
        or incident.running_change is not None
        or incident.clock_running(SETTLE)
        or (investigate.still_looking(incident) and incident.clock_running(investigate.LOOK))
    )
    if waiting:
        return
    turn.stop_clock(investigate.LOOK, "looked")
    found = next_step(turn)
    if found is not None:
        ask(turn, found, TOCSIN)
    elif not _said_exhausted(turn.incident):
        turn.record(ev.OptionsExhausted(incident.declared.section if incident.declared else None))


def next_step(turn: Turn) -> Step | None:
    """The next step to ask for, in the order of the text; what is passed over is recorded with its reasons."""
    steps = procedure_of(turn.incident, turn.situation)
    for remedy in steps.remedies:
        step = _open_step(turn.incident, remedy)
        if step is None:
            continue
        reasons = _gate(turn.incident, steps, remedy) or _reservations(step, turn.situation)
        if not reasons:
            return step
        for each in remedy.steps:
            own = _reservations(each, turn.situation)
            investigate.refuse(turn, each, own or reasons)
    return None


def _open_step(incident: Incident, remedy: Remedy) -> Step | None:
    """The first step of a remedy that has not run; None when it is through, failed or was turned down."""
    for step in remedy.steps:
        attempts = incident.attempts(step.id)
        if any(run.took_effect for run in attempts):
            continue
        if any(not run.never_began for run in attempts):
            return None  # it ran and failed
        if any(
            ask.made.step == step.id and ask.state is AskState.REJECTED for ask in incident.asks_since_begun
        ):
            return None
        return step
    return None


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


def _ran(incident: Incident, remedy: Remedy) -> bool:
    return any(incident.attempts(step.id) for step in remedy.steps)


def _failed(incident: Incident, remedy: Remedy) -> bool:
    """Whether a remedy ran and did not help: a run failed, or the trouble was still there afterwards."""
    runs = [run for step in remedy.steps for run in incident.attempts(step.id)]
    return any(run.queued.run in incident.failed_changes for run in runs)


def _reservations(step: Step, situation: Situation) -> tuple[str, ...]:
    """Why tocsin does not propose this step: obstacles, or an effect only a person may bring up."""
    reasons = list(permit.obstacles(step, situation))
    effect = permit.final_effect(step)
    if effect.needs_two:
        told = "; ".join(permit.why(step)) or "nobody can say what it does"
        verb = "destroys" if effect.word == "destroy" else "may do anything"
        reasons.append(f"it {verb} ({told}), so tocsin never proposes it")
    return tuple(reasons)


def ask(turn: Turn, step: Step, proposed_by: str) -> None:
    """Ask for a yes to one exact step."""
    incident, situation = turn.incident, turn.situation
    if incident.declared is None:
        return
    texts = permit.texts(step, situation.targets)
    effect = permit.final_effect(step)
    undo = permit.undo_of(step)
    identifier = incident.next_ask()
    expires = situation.now + situation.settings.ask_expiry
    made = ev.AskMade(
        ask=identifier,
        step=step.id,
        number=step.number,
        title=step.title,
        text="\n".join(text.text for text in texts),
        target=", ".join(dict.fromkeys(text.target for text in texts)),
        digest=digest_of(texts),
        effect=effect.word,
        flags=tuple(sorted(flag.value for flag in permit.final_flags(step))),
        why=permit.why(step),
        capture=undo.capture if undo else None,
        undo=undo.reverse if undo else None,
        undoable=undo.undoable.value if undo else "no",
        lost=undo.lost if undo else None,
        warnings=(*_around(texts), *_warnings(step, situation)),
        passed_over=_passed_over(incident, situation, step),
        expires=expires,
        approvals_needed=approval.approvals_needed(effect),
        proposed_by=proposed_by,
    )
    turn.record(made)
    turn.start_clock(
        ev.ClockStarted(f"{_EXPIRY}{identifier}", expires, "an approval is wanted before it expires")
    )
    _tell_deciders(turn, made)


def _tell_deciders(turn: Turn, made: ev.AskMade) -> None:
    """Tell whoever commands, else level 1, that a decision is needed."""
    incident = turn.incident
    if incident.declared is None:
        return
    roster = turn.situation.roster
    commander = roster.person(incident.commander) if incident.commander else None
    people = (
        (commander,) if commander is not None and commander.methods else roster.at(max(incident.level, 1))
    )
    for person in people:
        key = turn.incident.next_page()
        turn.record(
            ev.PageQueued(
                key, max(incident.level, 1), person.id, f"decision needed: {made.ask}", urgent=False
            )
        )
        line, body = message.question(incident.declared, incident.severity, made)
        turn.command(
            Page(
                key,
                incident.id,
                person.id,
                max(incident.level, 1),
                "ask",
                line,
                body,
                incident.declared.drill,
            )
        )


def _around(texts: tuple[StepText, ...]) -> tuple[str, ...]:
    """What a person cannot see in the text itself: the directory and the variables that earlier lines gave it."""
    found = {place(text): None for text in texts if text.cwd or text.environment}
    return tuple(f"runs on {where}" for where in found)


def _warnings(step: Step, situation: Situation) -> tuple[str, ...]:
    found = [
        f"{diagnostic.rule} {diagnostic.message}"
        for diagnostic in situation.book.diagnostics
        if diagnostic.level is Level.WARNING and step.id in diagnostic.steps
    ]
    condition: Condition | None = step.condition
    if condition is not None:
        found.insert(0, f"only under a condition: {condition.text}")
    if step.warned:
        found.insert(0, "the runbook itself warns about this step")
    return tuple(found)


def _passed_over(incident: Incident, situation: Situation, step: Step) -> tuple[str, ...]:
    """The remedies before this one in the text that did not run, so that the person sees the gap."""
    found = []
    for remedy in procedure_of(incident, situation).remedies:
        if any(inner.id == step.id for inner in remedy.steps):
            break
        if not any(run.took_effect for inner in remedy.steps for run in incident.attempts(inner.id)):
            found.append(remedy.number)
    return tuple(found)


def _requested(turn: Turn, event: ev.StepRequested) -> None:
    """A person wants another step: the open question gives way to it."""
    open_ask = turn.incident.open_ask
    if open_ask is not None:
        turn.record(ev.AskWithdrawn(open_ask.made.ask, f"{event.by} asked for {event.number} instead"))
    step = permit.step_in_scope(turn.incident, turn.situation, event.number)
    if step is not None:
        ask(turn, step, event.by)


def _run(turn: Turn, event: ev.Approved) -> None:
    """Run the approved step, once, when the last yes that is needed is in."""
    found = turn.incident.asks[event.ask]
    if found.state is not AskState.APPROVED:
        return
    made = found.made
    turn.stop_clock(f"{_EXPIRY}{made.ask}", f"approved by {event.by}")
    turn.stop_clock(SETTLE, "another change begins")
    step = permit.step_in_scope(turn.incident, turn.situation, made.step)
    texts = permit.texts(step, turn.situation.targets) if step is not None else ()
    if step is None or digest_of(texts) != made.digest:
        # Text or target moved between the question and the answer: the yes was to something else.
        turn.record(ev.AskWithdrawn(made.ask, "text or target changed since it was asked"))
        propose(turn)
        return
    reasons = permit.obstacles(step, turn.situation)
    if reasons:
        # Started again with other targets or without a waiver: what may not be asked for may not run either.
        turn.record(ev.AskWithdrawn(made.ask, f"it may not run any more: {'; '.join(reasons)}"))
        propose(turn)
        return
    run = turn.incident.next_run()
    turn.record(
        ev.StepQueued(
            run, made.step, made.number, made.title, made.text, made.target, made.effect, "mitigate", made.ask
        )
    )
    turn.command(
        RunStep(
            run,
            turn.incident.id,
            made.step,
            texts,
            made.effect,
            "mitigate",
            made.digest,
            made.ask,
            made.capture,
            until=made.expires,
        )
    )


def _followed_up(turn: Turn, run: Run) -> None:
    """After a run: the rest of its remedy, what the text wants looked at next, or the next remedy."""
    if not run.changes:
        if run.queued.purpose == "investigate" and not investigate.still_looking(turn.incident):
            propose(turn)
        return
    if run.open:
        return  # in doubt: a person has to look first
    remedy = procedure_of(turn.incident, turn.situation).remedy(run.queued.number)
    if not run.took_effect:
        propose(turn)
        return
    if remedy is not None and _open_step(turn.incident, remedy) is not None:
        propose(turn)
        return
    if remedy is not None:
        for step in procedure_of(turn.incident, turn.situation).after(remedy.number):
            investigate.run_or_refuse(turn, step, "follow")


def finishes_remedy(incident: Incident, situation: Situation, run: Run) -> bool:
    """Whether this run was the last step of its remedy."""
    remedy = procedure_of(incident, situation).remedy(run.queued.number)
    return remedy is None or _open_step(incident, remedy) is None


def _being_proven(incident: Incident) -> bool:
    """Whether it was green, and the runbook's own questions are being asked: nothing is on offer meanwhile."""
    return incident.clock_running(AGAIN) or any(run.open for run in incident.runs_for("verify"))


def _expire(turn: Turn, identifier: str) -> None:
    found = next((ask for ask in turn.incident.asks.values() if ask.made.ask == identifier), None)
    if found is not None and found.state is AskState.OPEN:
        turn.record(ev.AskExpired(found.made.ask))


def _said_exhausted(incident: Incident) -> bool:
    """Whether exhaustion was said since the last thing that could have changed it: a change that ran, a relapse."""
    return incident.spent == (incident.changes_run, incident.relapses)
