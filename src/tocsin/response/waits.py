"""Waits the runbook asks for between steps: clocks, never sleeps. "Wait 5 minutes" holds the next step back that long."""

from datetime import timedelta

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.state import Run
from tocsin.response import permit
from tocsin.response.turn import Turn
from tocsin.runbook.book import Choice, Node, Step, Wait, WaitKind

_CLOCK = "wait "  # the clock of a wait is named "wait 5.3"


def is_one(name: str) -> bool:
    """Whether a clock is one of these."""
    return name.startswith(_CLOCK)


def number(name: str) -> str:
    """The number of the step whose wait this clock is."""
    return name.removeprefix(_CLOCK)


def running(incident: Incident) -> bool:
    """Whether the runbook wants to wait now."""
    return any(is_one(name) and clock.state == "running" for name, clock in incident.clocks.items())


def start(turn: Turn, run: Run) -> None:
    """Wait as long as the text wants after this run."""
    begin(
        turn,
        after(permit.written_step(turn.incident, turn.situation, run.queued.step), turn.situation),
        run.queued.number,
    )


def begin(turn: Turn, wait: Wait | None, number: str) -> None:
    """Start the clock of one wait, if there is one to wait for."""
    if wait is not None and wait.duration is not None:
        due = turn.situation.now + wait.duration
        turn.start_clock(ev.ClockStarted(f"{_CLOCK}{number}", due, f"the runbook says: {wait.text}"))


def length(step: Step | None, situation: Situation) -> timedelta:
    """How long the text wants to wait after this step; zero if it does not say."""
    wait = after(step, situation)
    return wait.duration if wait is not None and wait.duration is not None else timedelta(0)


def after(step: Step | None, situation: Situation) -> Wait | None:
    """The wait that follows a step: in its own words, or on the line after it. Only those with a length hold us back."""
    if step is None:
        return None
    own = next((wait for wait in step.waits if _holds(wait)), None)
    if own is not None:
        return own
    for section in situation.book.walk():
        found = _follows(section.body, step)
        if found is not None:
            return found
    return None


def _follows(body: tuple[Node, ...], step: Step) -> Wait | None:
    for here, following in zip(body, (*body[1:], None), strict=False):
        match here:
            case Step() if here.id == step.id:
                return following if isinstance(following, Wait) and _holds(following) else None
            case Choice():
                for option in here.options:
                    found = _follows(option.body, step)
                    if found is not None:
                        return found
    return None


def _holds(wait: Wait) -> bool:
    return wait.kind in (WaitKind.DELAY, WaitKind.POLL) and wait.duration is not None
