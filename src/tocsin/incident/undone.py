"""Which changes of an incident were taken back, and which stand in the way of taking back another."""

from tocsin.incident.incident import Incident
from tocsin.incident.state import Run
from tocsin.kit.ids import RunId


def undone_by(incident: Incident) -> dict[RunId, RunId]:
    """For each change that was taken back: the run that did it."""
    return {
        run.queued.undoes: key
        for key, run in incident.runs.items()
        if run.queued.undoes is not None and run.took_effect
    }


def standing(incident: Incident) -> tuple[Run, ...]:
    """The changes that took effect and were not taken back, oldest first; ways back are not among them."""
    gone = undone_by(incident)
    return tuple(
        run
        for key, run in incident.runs.items()
        if run.changes and run.took_effect and run.queued.undoes is None and key not in gone
    )


def later_changes(incident: Incident, run: Run) -> tuple[Run, ...]:
    """The standing changes of the same target that came after this one, oldest first."""
    order = list(incident.runs)
    after = set(order[order.index(run.queued.run) + 1 :])
    return tuple(
        other
        for other in standing(incident)
        if other.queued.run in after and other.queued.target == run.queued.target
    )
