"""What was drafted, approved, sent and ticked off in an incident. Part of the fold; see `incident.incident`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from tocsin.incident import events as ev
from tocsin.kit.ids import PersonId, sha256

PUBLIC, CUSTOMERS, EXECUTIVES, TEAM, LOG = "public", "customers", "executives", "team", "log"
AUDIENCES = (PUBLIC, CUSTOMERS, EXECUTIVES, TEAM)
OUTSIDE = frozenset({PUBLIC, CUSTOMERS})


class UpdateState(Enum):
    """How far an update has come."""

    DRAFT = "draft"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Update:
    """One message for one audience.

    Attributes:
        approvals: who said yes to exactly its text. delivered, failed: per channel, what came of it.
    """

    drafted: ev.UpdateDrafted
    at: datetime
    state: UpdateState = UpdateState.DRAFT
    approvals: tuple[PersonId, ...] = ()
    sent: ev.UpdateSent | None = None
    sent_at: datetime | None = None
    withdrawn: ev.UpdateWithdrawn | None = None
    delivered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What a yes to this text binds to."""
        return sha256(self.drafted.text)


@dataclass(frozen=True, slots=True)
class Ticked:
    """When and by whom an item of the checklist was done; `by` is None when tocsin saw it itself."""

    at: datetime
    by: PersonId | None
    said: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was told to whom.

    Attributes:
        updates: by id, in order. ticked: items of the checklist that are done.
        every: the chosen time between public updates of a long incident, or None.
    """

    updates: dict[str, Update] = field(default_factory=dict)
    ticked: dict[str, Ticked] = field(default_factory=dict)
    every: timedelta | None = None

    def draft(self, audience: str) -> Update | None:
        """The newest update for this audience if it waits to be sent; older drafts are of the past."""
        known = self.for_audience(audience)
        return known[-1] if known and known[-1].state is UpdateState.DRAFT else None

    def for_audience(self, audience: str) -> tuple[Update, ...]:
        """Every update for this audience, in order."""
        return tuple(u for u in self.updates.values() if u.drafted.audience == audience)

    def sent_to(self, audience: str) -> tuple[Update, ...]:
        """What this audience was told, in order; what was withdrawn later counts, for it was read."""
        return tuple(u for u in self.for_audience(audience) if u.sent is not None)


def after(said: Said, event: ev.Event, at: datetime) -> Said:
    """What was said after one more event; the same object if it says nothing about it."""
    match event:
        case ev.UpdateDrafted() if event.update:
            return replace(said, updates={**said.updates, event.update: Update(event, at)})
        case ev.UpdateApproved():
            return _one(said, event.update, lambda u: replace(u, approvals=(*u.approvals, event.by)))
        case ev.UpdateSent():
            return _one(
                said, event.update, lambda u: replace(u, state=UpdateState.SENT, sent=event, sent_at=at)
            )
        case ev.UpdateWithdrawn():
            return _one(
                said, event.update, lambda u: replace(u, state=UpdateState.WITHDRAWN, withdrawn=event)
            )
        case ev.UpdateDelivered():
            told = f"{event.channel} {event.reference}".strip()
            return _one(said, event.update, lambda u: replace(u, delivered=(*u.delivered, told)))
        case ev.UpdateUndelivered() if event.final:
            told = f"{event.channel}: {event.error}"
            return _one(said, event.update, lambda u: replace(u, failed=(*u.failed, told)))
        case ev.ChecklistTicked():
            return replace(said, ticked={**said.ticked, event.item: Ticked(at, event.by, event.said)})
        case ev.CadenceSet():
            return replace(said, every=event.every)
        case ev.Reopened():
            # The list is gone through again when it is over again.
            return replace(said, ticked={}, every=None)
        case _:
            return said


def _one(said: Said, key: str, change: Callable[[Update], Update]) -> Said:
    known = said.updates.get(key)
    return said if known is None else replace(said, updates={**said.updates, key: change(known)})
