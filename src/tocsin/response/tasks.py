"""Tasks: one thing, one named person, a time box that comes back when it ends (ROL-06)."""

from tocsin.incident.events import ClockPassed, ClockStarted, Event, TaskClosed, TaskGiven
from tocsin.kit.ids import PersonId
from tocsin.response import tell
from tocsin.response.turn import TOCSIN, Turn

_BOX = "task "  # the clock of a task is named "task INC-1.k1"


def react(turn: Turn, event: Event) -> None:
    """Tell whoever got it, come back when its time is over, tell whoever gave it when it is done."""
    match event:
        case TaskGiven(task, what, to, by, due):
            person = tell.person(turn, to)
            if person is not None and by != to and by != TOCSIN:
                tell.one(turn, person, f"{task} is yours: {what}")
            if due is not None:
                turn.start_clock(ClockStarted(f"{_BOX}{task}", due, f"{to} has until then"))
        case TaskClosed(task, by, done, said):
            turn.stop_clock(f"{_BOX}{task}", f"{by} {'did it' if done else 'gave it up'}")
            giver = tell.person(turn, PersonId(turn.incident.team.tasks[task].given.by))
            if giver is not None and giver.id != by:
                tell.one(turn, giver, f"{by} {'did' if done else 'gave up'} {task}: {said}")
        case ClockPassed(name) if name.startswith(_BOX) and turn.incident.open:
            _came_back(turn, name.removeprefix(_BOX))
        case _:
            pass


def _came_back(turn: Turn, name: str) -> None:
    task = turn.incident.team.tasks.get(name)
    if task is None or not task.open:
        return
    taken = "" if task.taken_at else ", and they never said that they have it"
    whom = tell.person(turn, task.given.to)
    if whom is not None:
        tell.one(turn, whom, f"the time for {name} is over: {task.given.what}")
    leader = tell.whoever_leads(turn)
    if leader is not None and leader.id != task.given.to:
        tell.one(turn, leader, f"the time {task.given.to} had for {name} is over{taken}: {task.given.what}")
