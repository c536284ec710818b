"""Verify: did it work? Exit status 0 is a claim; the check that raised the alert and the runbook's own questions decide.

CookCam "Verify health", "Resolution Confirmation", "Monitor for 1 hour"; PrepChef "Verify application"; rules RES-01 to
RES-04.
"""

from tocsin.detection.alert import AlertState
from tocsin.incident.events import (
    AlertReceived,
    AskWithdrawn,
    ClockPassed,
    ClockStarted,
    DoubtSettled,
    Event,
    Relapsed,
    StepFinished,
    VerificationFailed,
    WatchStarted,
)
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.state import Run, RunState
from tocsin.kit import duration
from tocsin.response import investigate, mitigate, parameters, permit, promises, waits
from tocsin.response.turn import TOCSIN, Turn
from tocsin.runbook.book import Role, Step
from tocsin.runbook.procedure import looks_only

WATCH = "watch"


def react(turn: Turn, event: Event) -> None:
    """Watch what follows a change, ask the runbook's own questions when all is quiet, and notice a relapse."""
    match event:
        case StepFinished() | DoubtSettled() if turn.incident.open and turn.incident.runs[event.run].changes:
            _changed(turn, turn.incident.runs[event.run])
        case StepFinished() if (
            turn.incident.open and turn.incident.runs[event.run].queued.purpose == "verify"
        ):
            _answered(turn)
        case AlertReceived(alert) if turn.incident.open and alert.state is AlertState.RESOLVED:
            _well(turn)
        case AlertReceived() if turn.incident.watching_until is not None:
            turn.stop_clock(WATCH, "it came back")
            turn.record(Relapsed(event.alert.title))
        case ClockPassed(name) if name == mitigate.AGAIN and turn.incident.open:
            _well(turn)
        case ClockPassed(name) if name == mitigate.SETTLE and turn.incident.open and turn.incident.firing:
            titles = ", ".join(alert.title for alert in turn.incident.firing)
            turn.record(VerificationFailed(turn.incident.last_change, f"still there: {titles}"))


def _changed(turn: Turn, run: Run) -> None:
    """A change ended: give it time to show, or say at once that it did not work."""
    if run.state is RunState.IN_DOUBT:
        return  # a person has to look first
    if not run.took_effect and not run.never_began:
        told = run.finished.sentence if run.finished else "no effect"
        turn.record(VerificationFailed(run.queued.run, told))
    if not turn.incident.firing:
        # It became well while the change ran, whatever the change did; what was watched before the change is not proof.
        if turn.incident.watching_until is not None:
            _watch(turn)
        else:
            _well(turn)
    elif not run.took_effect:
        return  # the next way is offered, or this one again if it never began
    elif mitigate.finishes_remedy(turn.incident, turn.situation, run):
        written = permit.written_step(turn.incident, turn.situation, run.queued.step)
        settle = turn.situation.settings.settle + waits.length(written, turn.situation)
        due = turn.situation.now + settle
        turn.start_clock(
            ClockStarted(mitigate.SETTLE, due, f"{run.queued.number} has {duration.spell(settle)} to show")
        )


def _well(turn: Turn) -> None:
    """Every alert is quiet: withdraw the open question and ask the runbook's verify steps."""
    incident = turn.incident
    if incident.firing or incident.watching_until is not None or incident.running_change is not None:
        return
    turn.stop_clock(mitigate.SETTLE, "it shows")
    open_ask = incident.open_ask
    # What a person asked for stays: the last step of a way often comes after the check is good again.
    if open_ask is not None and open_ask.made.undoes is None and open_ask.made.proposed_by == TOCSIN:
        turn.record(AskWithdrawn(open_ask.made.ask, "the trouble is gone"))
    if any(run.open for run in incident.runs_for("verify")):
        return
    for step in questions(turn.incident, turn.situation):
        investigate.run_or_refuse(turn, step, "verify")
    if not any(run.open for run in turn.incident.runs_for("verify")):
        _watch(turn)


def questions(incident: Incident, situation: Situation) -> tuple[Step, ...]:
    """The verify steps: the section's own, else those the runbook asks after every incident."""
    own = mitigate.procedure_of(incident, situation).verification
    if own:
        return own
    found: list[Step] = []
    for section in situation.book.walk():
        if Role.VERIFICATION in section.roles and Role.INCIDENT not in section.roles:
            if _inside_an_incident(situation, section.path):
                continue
            found.extend(node for node in section.body if isinstance(node, Step) and looks_only(node))
    filled = (parameters.filled(step, incident, situation) for step in found)
    return tuple(step for step in filled if not permit.obstacles(step, situation))


def _inside_an_incident(situation: Situation, path: tuple[str, ...]) -> bool:
    return any(section.path == path[: len(section.path)] for section in situation.book.incidents())


def _answered(turn: Turn) -> None:
    """The last verify step has answered: all good means watch, one bad answer means it is not fixed."""
    incident = turn.incident
    runs = incident.runs_for("verify")
    if any(run.open for run in runs) or incident.firing or incident.watching_until is not None:
        return
    if incident.running_change is not None:
        return  # asked again when it has ended
    latest = {run.queued.step: run for run in runs}
    bad = [run for run in latest.values() if _says_no(run)]
    if bad:
        first = bad[0]
        told = _told(first)
        asked = first.queued.text.replace("\n", " ⏎ ")
        turn.record(VerificationFailed(incident.last_change, f"{asked}: {told}"))
        # Every check is quiet and the runbook's own question says no: ask it again, a person can resolve meanwhile.
        due = turn.situation.now + turn.situation.settings.settle
        turn.start_clock(ClockStarted(mitigate.AGAIN, due, "the runbook's own question said no"))
        return
    _watch(turn)


def _says_no(run: Run) -> bool:
    """Whether a verify step failed, or showed something else than the runbook says it should."""
    ended = run.finished
    return ended is not None and (
        ended.outcome == "failed" or any(each.missed for each in ended.expectations)
    )


def _told(run: Run) -> str:
    if run.finished is None:
        return ""
    missed = [
        f"expected: {each.text}; seen: {each.seen}" for each in run.finished.expectations if each.missed
    ]
    return "; ".join(missed) if missed and run.finished.outcome != "failed" else run.finished.sentence


def _watch(turn: Turn) -> None:
    window = promises.watch_window(turn.situation, turn.incident)
    until = turn.situation.now + window
    turn.record(WatchStarted(until, f"good; must stay so for {duration.spell(window)}"))
    turn.start_clock(ClockStarted(WATCH, until, f"stable for {duration.spell(window)}"))
