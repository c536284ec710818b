"""What people ask and change about who is on call: the same for the command line and every other door.

The plan is in tocsin.toml; overrides, swaps and absences are in the store, so that the engine sees them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tocsin.app.database import open_database
from tocsin.app.settings import Settings
from tocsin.errors import NotFound, Refused
from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment
from tocsin.oncall.finding import Finding
from tocsin.oncall.ical_write import calendar
from tocsin.oncall.readiness import DAYS, check, question
from tocsin.oncall.refusal import objection
from tocsin.oncall.schedule import LOOK_BACK, OnCall, whole_shifts
from tocsin.runbook.policy.terms import Policy
from tocsin.store import amendments
from tocsin.store.database import Database


def readiness(
    database: Database, settings: Settings, policy: Policy, now: datetime, days: int = DAYS
) -> tuple[Finding, ...]:
    """Everything that stands between a page and a person in the next days; errors first."""
    with database.read() as tx:
        known = amendments.between(tx, now, now + timedelta(days=days))
    pagers = [pager.name for pager in settings.pagers]
    return check(settings.oncall, known, question(policy, now, days, pagers))


def standing(settings: Settings, start: datetime, end: datetime) -> tuple[Amendment, ...]:
    """The amendments that hold at any time from `start` to `end`; none where no store has been made yet.

    Raises:
        StoreError: there is a store, and it cannot be read.
    """
    if "://" not in settings.database and not Path(settings.database).exists():
        return ()
    with open_database(settings, create=False) as database, database.read() as tx:
        return amendments.between(tx, start, end)


def amend(database: Database, plan: OnCall, wanted: Amendment) -> Amendment:
    """Write an override, swap or absence down. It holds from its commit on, without a restart.

    Raises:
        Refused: it would do nothing, or contradict what stands; the sentence says which.
    """
    with database.write() as tx:
        known = amendments.between(tx, wanted.start, wanted.end)
        because = objection(plan, known, wanted)
        if because is not None:
            raise Refused(because, hint="tocsin oncall list shows what stands.")
        return amendments.put(tx, wanted)


def withdraw(database: Database, number: int, by: str, now: datetime) -> None:
    """Take an amendment back.

    Raises:
        NotFound: none of this number stands.
    """
    with database.write() as tx:
        if not amendments.withdraw(tx, number, by, now):
            raise NotFound(f"No amendment {number} stands.", hint="tocsin oncall list shows those that do.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        added: what is new. withdrawn: what the calendar no longer holds. unchanged: how many stayed as they were.
    """

    added: tuple[Amendment, ...]
    withdrawn: tuple[Amendment, ...]
    unchanged: int


def take_over(
    database: Database,
    plan: OnCall,
    calendar: str,
    read: Sequence[Amendment],
    by: str,
    now: datetime,
    *,
    dry: bool,
) -> Imported:
    """Make the store hold what a calendar says from now on: add, withdraw what vanished, leave the rest (ONC-08).

    What is over is left as it was. All or nothing: one entry that is refused refuses the whole calendar.

    Args:
        calendar: its name; what was imported under it before is what is compared. dry: only say what would be done.

    Raises:
        Refused: an entry contradicts the plan.
    """
    with database.write() as tx:
        known = {each.origin: each for each in amendments.of_calendar(tx, f"{calendar}#", now)}
        wanted = {each.origin: each for each in read if each.end > now}
        same = {origin for origin, each in wanted.items() if origin in known and _same(known[origin], each)}
        gone = tuple(each for origin, each in known.items() if origin not in same)
        new = tuple(each for origin, each in wanted.items() if origin not in same)
        for each in new:
            because = objection(plan, (), replace(each, at=now))
            if because is not None:
                raise Refused(f"{each.start:%Y-%m-%d %H:%M %Z}: {because}", hint="Nothing was imported.")
        if dry:
            return Imported(new, gone, len(same))
        for each in gone:
            amendments.withdraw(tx, each.id, by, now)
        return Imported(tuple(amendments.put(tx, each) for each in new), gone, len(same))


def _same(known: Amendment, read: Amendment) -> bool:
    """Whether they say the same, whoever wrote them down when."""
    return replace(read, id=known.id, by=known.by, at=known.at) == known


def ical(database: Database, settings: Settings, person: str | None, now: datetime, days: int) -> str:
    """The shifts of the next days as an iCal file: of one person, or of everybody. Raises NotFound."""
    plan, start, ahead = settings.oncall, now.replace(microsecond=0), timedelta(days=days)
    wanted = plan.person(PersonId(person)) if person is not None else None
    if person is not None and wanted is None:
        raise NotFound("There is no such person.")
    with database.read() as tx:
        known = amendments.between(tx, start - LOOK_BACK, start + ahead)
    found = [
        shift
        for level in range(1, len(plan.levels) + 1)
        for shift in whole_shifts(plan, known, level, start, start + ahead)
        if shift.people and (wanted is None or wanted.id in shift.people)
    ]
    name = wanted.name if wanted is not None else settings.name
    return calendar(plan, found, f"On call: {name}", start).decode("utf-8")
