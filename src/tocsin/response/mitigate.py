"""Mitigate: offer the first option that may be offered, run it after a yes, one change at a time.

CookCam "Resolution" and "Mitigation"; PrepChef step 4; rules MIT-01 to MIT-03, MIT-05, MIT-06, MIT-09, MIT-12, MIT-13.

An option is passed over, with its reasons on the timeline, when its text has errors, holes or no target, when it is the
alternative of one that ran, when it waits for a failure that has not happened, and when it would destroy something:
such a step is never proposed by us, a person has to ask for it by its number. Which option comes when: `response.options`.
"""

from tocsin.detection.alert import AlertState
from tocsin.incident import events as ev
from tocsin.incident.commands import Expected, RunStep, StepText
from tocsin.incident.incident import Incident
from tocsin.incident.place import changed_since, digest_of, read_by
from tocsin.incident.situation import Situation
from tocsin.incident.state import Ask, AskState, Run
from tocsin.response import asking, investigate, manual, options, permit, waits
from tocsin.response.turn import TOCSIN, Turn
from tocsin.runbook.book import Condition, Step
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.procedure import Procedure, looks_only

SETTLE = "settle"
AGAIN = "verify again"  # the clock until the runbook's own question is asked once more


def react(turn: Turn, event: ev.Event) -> None:
    """Offer, run and follow up options."""
    match event:
        case ev.IncidentDeclared() | ev.Reopened() | ev.Relapsed():
            propose(turn)
        case ev.ParameterSet():
            _known_better(turn, event)
        case ev.StepFinished() | ev.DoubtSettled():
            _followed_up(turn, turn.incident.runs[event.run])
        case ev.ClockPassed(name) if name == investigate.LOOK or waits.is_one(name):
            propose(turn)
        case ev.ClockPassed(name) if name.startswith(asking.EXPIRY):
            _expire(turn, name.removeprefix(asking.EXPIRY))
        case ev.AlertReceived(alert) if alert.state is AlertState.FIRING and _being_proven(turn.incident):
            propose(turn)  # it came back before it was believed to be over
        case ev.VerificationFailed() | ev.AskExpired():
            propose(turn)
        case ev.Rejected(identifier):
            turn.stop_clock(f"{asking.EXPIRY}{identifier}", "rejected")
            propose(turn)
        case ev.StepRequested():
            _requested(turn, event)
        case ev.Approved():
            _run(turn, event)
        case ev.AskWithdrawn(identifier):
            # Only its own: by now the ask that took its place may have a clock already.
            turn.stop_clock(f"{asking.EXPIRY}{identifier}", "no longer asked")


def procedure_of(incident: Incident, situation: Situation) -> Procedure:
    """The section of this incident, put in order; empty for an unlisted incident."""
    return options.own_procedure(incident, situation)


def propose(turn: Turn) -> None:
    """Ask for the next option, unless something has to happen first."""
    incident = turn.incident
    waiting = (
        not incident.open
        or not incident.firing
        or incident.open_ask is not None
        or incident.running_change is not None
        or incident.clock_running(SETTLE)
        or waits.running(incident)
        or any(run.open for run in incident.runs_for("look first"))
        or (investigate.still_looking(incident) and incident.clock_running(investigate.LOOK))
    )
    if waiting:
        return
    turn.stop_clock(investigate.LOOK, "looked")
    found = next_option(turn)
    if found is None or found.step is None:
        if not _said_exhausted(turn.incident):
            turn.record(ev.OptionsExhausted(incident.declared.section if incident.declared else None))
    elif looks_only(found.step) and permit.runs_by_itself(found.step):
        investigate.run_or_refuse(turn, found.step, "look first")
    else:
        ask(turn, found.step, TOCSIN, found.reasons)


def _known_better(turn: Turn, event: ev.ParameterSet) -> None:
    """A hole was filled: what we asked for gives way if its text is another now, or if something before it is open."""
    open_ask = turn.incident.open_ask
    if open_ask is not None and open_ask.made.proposed_by == TOCSIN and open_ask.made.undoes is None:
        made = open_ask.made
        step = permit.step_in_scope(turn.incident, turn.situation, made.step)
        texts = permit.texts(step, turn.situation.targets) if step is not None else ()
        before = options.better(turn.incident, turn.situation, made.step)
        moved = changed_since(made.read, read_by(texts))
        if digest_of(texts) != made.digest:
            told = (
                f"{event.name} is {event.value} now"
                if moved is None
                else f"{moved} changed since it was asked"
            )
            turn.record(ev.AskWithdrawn(made.ask, told))
        elif before is not None:
            told = f"with {event.name} known, {before.remedy.number} can be offered, which comes first"
            turn.record(ev.AskWithdrawn(made.ask, told))
    propose(turn)


def next_option(turn: Turn) -> options.Option | None:
    """The next option to offer, best first; what is passed over is recorded with its reasons."""
    for option in options.ranked(turn.incident, turn.situation):
        if option.standing is options.Standing.NEXT:
            return option
        if option.step is not None and option.against:
            for each in option.remedy.steps:
                if not looks_only(each):
                    own = options.reservations(each, turn.situation)
                    investigate.refuse(turn, each, own or option.against)
    return None


def ask(turn: Turn, step: Step, proposed_by: str, reasons: tuple[str, ...] = ()) -> None:
    """Ask for a yes to one exact step."""
    incident, situation = turn.incident, turn.situation
    asking.ask(
        turn,
        asking.Question(
            step=step.id,
            number=step.number,
            title=step.title,
            texts=permit.texts(step, situation.targets),
            effect=permit.final_effect(step),
            flags=permit.final_flags(step),
            why=permit.why(step),
            undo=permit.undo_of(step),
            reasons=reasons,
            warnings=(*_warnings(step, situation), *manual.before(incident, situation, step)),
            passed_over=_passed_over(incident, situation, step),
        ),
        proposed_by,
    )


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
        ask(turn, step, event.by, (f"{event.by} asked for it",))


def _run(turn: Turn, event: ev.Approved) -> None:
    """Run the approved step, once, when the last yes that is needed is in."""
    found = turn.incident.asks[event.ask]
    if found.state is not AskState.APPROVED:
        return
    made = found.made
    turn.stop_clock(f"{asking.EXPIRY}{made.ask}", f"approved by {event.by}")
    turn.stop_clock(SETTLE, "another change begins")
    texts, expects, because = _as_approved(turn, found)
    if because is not None:
        turn.record(ev.AskWithdrawn(made.ask, because))
        propose(turn)
        return
    _pin(turn, made, event)
    run = turn.incident.next_run()
    purpose = "undo" if made.undoes is not None else "mitigate"
    turn.record(
        ev.StepQueued(
            run,
            made.step,
            made.number,
            made.title,
            made.text,
            made.target,
            made.effect,
            purpose,
            made.ask,
            made.undoes,
        )
    )
    turn.command(
        RunStep(
            run, turn.incident.id, made.step, texts, made.effect, purpose, made.digest, made.ask, made.capture,
            until=made.expires, expects=expects, identities=made.identities,
        )
    )  # fmt: skip


def _as_approved(turn: Turn, found: Ask) -> tuple[tuple[StepText, ...], tuple[Expected, ...], str | None]:
    """The statements that were approved and what they should show; or why the yes does not count any more."""
    made = found.made
    if made.undoes is not None:
        if digest_of(made.texts) != made.digest:
            return (), (), "text or target changed since it was asked"
        return made.texts, (), None
    step = permit.step_in_scope(turn.incident, turn.situation, made.step)
    texts = permit.texts(step, turn.situation.targets) if step is not None else ()
    moved = changed_since(made.read, read_by(texts)) if step is not None else None
    if moved is not None:
        return (), (), f"{moved} changed since it was asked"
    if step is None or digest_of(texts) != made.digest:
        # Text or target moved between the question and the answer: the yes was to something else.
        return (), (), "text or target changed since it was asked"
    reasons = permit.obstacles(step, turn.situation)
    if reasons:
        # Started again with other targets or without a waiver: what may not be asked for may not run either.
        return (), (), f"it may not run any more: {'; '.join(reasons)}"
    return texts, permit.expected(step), None


def _pin(turn: Turn, made: ev.AskMade, event: ev.Approved) -> None:
    """The first yes to a change of a target says who it is."""
    for target, identity in made.identities:
        known = turn.situation.identities.get(target)
        if known is not None and known.pinned is None:
            turn.record(ev.TargetPinned(target, identity, event.by))


def _followed_up(turn: Turn, run: Run) -> None:
    """After a run: the rest of its remedy, what the text wants looked at next, or the next option."""
    if not run.changes:
        if run.queued.purpose == "look first" or (
            run.queued.purpose == "investigate" and not investigate.still_looking(turn.incident)
        ):
            propose(turn)
        return
    if run.open:
        return  # in doubt: a person has to look first
    if not run.took_effect:
        propose(turn)
        return
    remedy = options.remedy_of(turn.incident, turn.situation, run.queued.number)
    waits.start(turn, run)
    if remedy is not None and options.open_step(turn.incident, remedy) is not None:
        propose(turn)
        return
    if remedy is not None:
        for step in procedure_of(turn.incident, turn.situation).after(remedy.number):
            investigate.run_or_refuse(turn, step, "follow")


def finishes_remedy(incident: Incident, situation: Situation, run: Run) -> bool:
    """Whether this run was the last step of its remedy."""
    remedy = options.remedy_of(incident, situation, run.queued.number)
    return remedy is None or options.open_step(incident, remedy) is None


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
