"""By when a scheduled job has to have ended, and which of these deadlines passed without it.

Source: docs/reference/response.md and the seeds' "Scheduled Jobs": nightly at 02:00 UTC, and a missed one is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_LOOK_BACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs and by when it has to have ended.

    Attributes:
        cron: five fields, in the zone's wall time. within: time from the planned start to the deadline.
    """

    cron: str
    zone: ZoneInfo
    within: timedelta

    def due_after(self, moment: datetime) -> Iterator[datetime]:
        """Planned starts after a moment, in UTC, without end (or until there are no more)."""
        for planned in CronSim(self.cron, moment.astimezone(self.zone)):
            yield planned.astimezone(UTC)

    def last_due(self, now: datetime) -> datetime | None:
        """The newest planned start that is not after now; None if there was none for a year."""
        for planned in CronSim(self.cron, (now + timedelta(minutes=1)).astimezone(self.zone), reverse=True):
            found = planned.astimezone(UTC)
            if found <= now:
                return found if now - found <= _LOOK_BACK else None
        return None

    def due_on(self, day: date) -> datetime | None:
        """The first planned start on a day of the zone, or None."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
        found = next(self.due_after(midnight - timedelta(seconds=1)), None)
        return found if found is not None and found.astimezone(self.zone).date() == day else None


def schedule(cron: str, zone: str, within: timedelta) -> Schedule:
    """A schedule that was understood. Raises ValueError saying what was not."""
    try:
        CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as problem:
        raise ValueError(f'"{cron}" is not a cron expression of five fields ({problem})') from problem
    try:
        return Schedule(cron, ZoneInfo(zone), within)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f'"{zone}" is not a time zone such as UTC or America/Los_Angeles') from problem


class LastState(Enum):
    """What was known of the job when its deadline passed."""

    NEVER_SEEN = "never_seen"  # it has not run once
    MISSED = "missed"  # it did not run for this time
    FAILED = "failed"  # it ran and could not compare
    RUNNING = "running"  # it was not over yet


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job.

    Attributes:
        due: the planned start it stands for, or None (run by hand, without a schedule).
        finished: None while it runs. compared: whether it came to a result, whatever that was.
    """

    due: datetime | None
    started: datetime
    finished: datetime | None
    compared: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """A deadline that passed. Told once."""

    due: datetime
    deadline: datetime
    last_state: LastState


def missed(
    plan: Schedule,
    attempts: tuple[Attempt, ...],
    watched_since: datetime,
    told: datetime | None,
    now: datetime,
) -> tuple[Missed, ...]:
    """The deadlines that passed and were not yet told, oldest first; at most one per planned start.

    Args:
        watched_since: planned starts before it are nobody's fault. told: the newest planned start already told.
    """
    since = max(watched_since, told) if told is not None else watched_since - timedelta(microseconds=1)
    found = []
    for due in plan.due_after(since):
        deadline = due + plan.within
        if deadline > now:
            break
        mine = [each for each in attempts if each.due == due]
        if not any(
            each.compared and each.finished is not None and each.finished <= deadline for each in mine
        ):
            found.append(Missed(due, deadline, _state(mine, attempts, deadline)))
    return tuple(found)


def _state(mine: list[Attempt], attempts: tuple[Attempt, ...], deadline: datetime) -> LastState:
    before = [each for each in mine if each.started <= deadline]
    if any(each.finished is None or each.finished > deadline for each in before):
        return LastState.RUNNING
    if before:
        return LastState.FAILED
    return LastState.MISSED if any(each.started <= deadline for each in attempts) else LastState.NEVER_SEEN
