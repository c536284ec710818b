"""What became of every promise: kept with how much to spare, or missed by how much (SEV-10). Read from the log alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.incident import events as ev

# The clocks that stand for a promise to somebody; others only pace the work.
PROMISES = (
    "respond",
    "initial response",
    "investigate",
    "escalate",
    "public update",
    "baseline",
    "post-mortem",
)
_MOOT = ("replaced", "no longer", "does not escalate", "sets no time", "resolved", "may be a break-in")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One promise.

    Attributes:
        clock: its name. due: when it had to be kept. kept_at: when it was, or None if it has not been yet.
        passed: whether its time was over by then.
    """

    clock: str
    due: datetime
    kept_at: datetime | None
    passed: bool

    @property
    def met(self) -> bool:
        """Whether it was kept in time."""
        return self.kept_at is not None and not self.passed

    @property
    def missed_by(self) -> timedelta | None:
        """How much too late it was kept; None if it was in time or is still owed."""
        return self.kept_at - self.due if self.passed and self.kept_at is not None else None


def outcomes(records: Iterable[ev.Recorded]) -> tuple[Outcome, ...]:
    """Every promise that was kept or missed, in the order they were due; what became moot is left out.

    A missed promise is kept late by the thing it waited for: the first acknowledgement, update, cause, publication.
    """
    running: dict[str, datetime] = {}
    late: dict[str, datetime] = {}
    found: list[Outcome] = []
    for record in records:
        match record.event:
            case ev.ClockStarted(name, due) if name in PROMISES:
                running[name] = due
            case ev.ClockStopped(name, because) if name in running:
                due = running.pop(name)
                if not any(word in because for word in _MOOT) or _kept_by_the_end(name, because):
                    found.append(Outcome(name, due, record.at, False))
            case ev.ClockPassed(name, due) if name in PROMISES:
                running.pop(name, None)
                late.setdefault(name, due)
            case event:
                kept = _keeps(event)
                if kept in late:
                    running.pop(kept, None)  # started again meanwhile for the next level: the same promise
                    found.append(Outcome(kept, late.pop(kept), record.at, True))
                elif kept == "public update" and kept in running:
                    found.append(Outcome(kept, running.pop(kept), record.at, False))
    found.extend(Outcome(name, due, None, True) for name, due in late.items())
    return tuple(sorted(found, key=lambda outcome: outcome.due))


def _kept_by_the_end(name: str, because: str) -> bool:
    """What the end keeps: no escalation was needed any more, and it was answered."""
    return because == "resolved" and name in ("escalate", "investigate", "baseline")


def _keeps(event: ev.Event) -> str:
    match event:
        case ev.Acknowledged():
            return "respond"
        case ev.CauseNamed():
            return "investigate"
        case ev.WatchStarted():
            return "baseline"
        case ev.Resolved():
            return "escalate"
        case ev.PostmortemMoved("published"):
            return "post-mortem"
        case ev.ChecklistTicked("status-page"):
            return "public update"
        case _:
            return ""
