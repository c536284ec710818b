"""Watching that everybody can be woken: looked at every hour and before each shift, told once per finding (PAG-19).

Nobody is woken for a gap to come: whoever is on call at that level hears of it, else the first level that has somebody.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.engine import decisions as kinds
from tocsin.engine.paging.channels import queued
from tocsin.incident.commands import Page
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.oncall.amendment import Amendment
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.oncall.finding import Finding
from tocsin.oncall.person import Person
from tocsin.oncall.readiness import DAYS, check, question
from tocsin.oncall.schedule import OnCall, shifts
from tocsin.runbook.policy.terms import Policy
from tocsin.store import amendments, deliveries, lease, meta, outbox
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

EVERY = timedelta(hours=1)
BEFORE_A_SHIFT = timedelta(minutes=15)
_TOLD = "readiness told"
_PRIORITY = 8  # that of every note
_AT_A_TIME = frozenset(("gap", "absent-override"))  # the same rule at another time is another finding


@dataclass(frozen=True, slots=True)
class Told:
    """A finding somebody has been told of, while it lasts."""

    rule: str
    level: int | None
    person: str | None
    message: str
    start: datetime | None
    end: datetime | None

    def is_of(self, finding: Finding) -> bool:
        """Whether this finding is the one that was told."""
        same = (self.rule, self.level, self.person) == (finding.rule, finding.level, finding.person)
        if not same or self.rule not in _AT_A_TIME:
            return same and (
                self.rule in _AT_A_TIME or self.person is not None or self.message == finding.message
            )
        if self.start is None or self.end is None or finding.start is None or finding.end is None:
            return self.message == finding.message
        return self.start < finding.end and finding.start < self.end


class Readiness:
    """Looks when it is time. `turn` is called every second or so by a thread of the leading process."""

    def __init__(
        self, database: Database, plan: OnCall, policy: Policy, pagers: Iterable[str], clock: Clock
    ) -> None:
        self._database = database
        self._plan = plan
        self._policy = policy
        self._pagers = tuple(pagers)
        self._clock = clock
        self._next: datetime | None = None

    def turn(self, held: lease.Lease) -> None:
        """Look if it is time, and tell what is new."""
        now = self._clock.now()
        if self._next is not None and now < self._next:
            return
        with self._database.read() as tx:
            known = amendments.between(tx, now, now + timedelta(days=DAYS))
            found = [
                each
                for each in check(self._plan, known, question(self._policy, now, DAYS, self._pagers))
                if each.error
            ]
            told = _told(tx)
            roster = roster_at(self._plan, amendments.holding(tx, now), now)
        fresh = [each for each in found if not any(before.is_of(each) for before in told)]
        kept = [Told(e.rule, e.level, e.person, e.message, e.start, e.end) for e in found]
        if kept != told:
            with self._database.write() as tx:
                lease.check(tx, held)
                meta.put(tx, _TOLD, codec.encode(kept))
                outbox.put(
                    tx, [queued(page, kinds.NOTE, _PRIORITY, now) for page in _notes(fresh, roster, now)]
                )
            for each in fresh:
                logger.error("not ready: %s; %s", each.message, each.hint)
        self._next = self._time_after(known, now)

    def _time_after(self, known: Iterable[Amendment], now: datetime) -> datetime:
        """In an hour, or before the next shift begins."""
        known = tuple(known)
        begin = [
            shift.start - BEFORE_A_SHIFT
            for level in range(1, len(self._plan.levels) + 1)
            for shift in shifts(self._plan, known, level, now, now + EVERY + BEFORE_A_SHIFT)
        ]
        return min((at for at in begin if at > now), default=now + EVERY)


def _told(tx: Tx) -> list[Told]:
    text = meta.get(tx, _TOLD)
    return [] if text is None else codec.decode(text, list[Told])


def _notes(fresh: list[Finding], roster: Roster, now: datetime) -> list[Page]:
    """One note for each person with everything that is new to them."""
    whose: dict[Person, list[Finding]] = {}
    for finding in fresh:
        level = (
            finding.level if finding.level is not None and roster.at(finding.level) else roster.next_level(0)
        )
        for person in roster.at(level) if level is not None else ():
            whose.setdefault(person, []).append(finding)
    return [
        Page(
            f"readiness.{now:%Y%m%dT%H%M%S.%f}.{person.id}", deliveries.TEST, person.id, 0, "inform",
            _subject(found), "\n".join(f"{each.message}\n  {each.hint}" for each in found),
        )
        for person, found in whose.items()
    ]  # fmt: skip


def _subject(found: list[Finding]) -> str:
    text = f"not ready to be woken: {found[0].message}"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return text[: 160 - len(more)] + more
