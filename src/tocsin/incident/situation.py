"""All that a decision may look at beside the incident itself: the time, the runbook, the people, the targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.detection.change_event import ChangeEvent
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.runbook.book import Runbook


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a target has to be, and who it was when somebody last looked.

    Attributes:
        pinned: from tocsin.toml, or from the first yes to a change; None before that.
        seen: what the target said of itself; None if it could not be asked.
    """

    pinned: str | None = None
    seen: str | None = None

    @property
    def differs(self) -> bool:
        """Whether it is somebody else than it has to be."""
        return self.pinned is not None and self.seen is not None and self.pinned != self.seen


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision may look at.

    Attributes:
        now: the moment of the decision; decisions are pure, so time comes in here.
        id: the name of the incident being decided (also before it is declared).
        book: the runbook the incident is pinned to (the current one for a new incident).
        identities: who the targets are, by name; a target that is not in it was never asked.
        changes: what was changed on purpose in the last day, if that matters to this decision; None: nobody tells of it.
        held: the texts that lie where steps run, seen from there, as read for this decision; `book` is judged by them.
    """

    now: datetime
    id: IncidentId
    book: Runbook
    roster: Roster = field(default_factory=Roster)
    targets: Targets = field(default_factory=Targets)
    settings: ResponseSettings = field(default_factory=ResponseSettings)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    held: Repository = NOTHING_HELD
    changes: tuple[ChangeEvent, ...] | None = None
