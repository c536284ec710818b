"""All that a decision may look at beside the incident itself: the time, the runbook, the people, the targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.detection.change_event import ChangeEvent
from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.incident.kept import ResponseSettings
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.runbook.book import Runbook

__all__ = ["Identity", "ResponseSettings", "Situation", "Targets"]


@dataclass(frozen=True, slots=True)
class Targets:
    """What tocsin.toml binds.

    Attributes:
        local: the name of the machine steps run on, as shown on approvals: "local (web-1)".
        hosts: names a runbook may `ssh` to.
        kinds: bound kinds beside hosts: "kubernetes", "aws", "gcp", "azure".
        database: name of the variable that holds the database plain SQL is meant for, or None.
        variables: names of environment variables the target sets ("DATABASE_URL").
        remote: hosts reached by SSH, each with the names of the variables that are set there.
        users: whom we are on a remote host, where tocsin.toml says so.
        context: the Kubernetes context that kubectl speaks to, or None if it is this machine's own.
        secrets: names in the secret store. parameters: values for holes that tocsin.toml gives.
        pins: who targets have to be, where tocsin.toml says so.
    """

    local: str = "local"
    hosts: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    database: str | None = None
    variables: frozenset[str] = frozenset()
    remote: Mapping[str, frozenset[str]] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    context: str | None = None
    secrets: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)


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
