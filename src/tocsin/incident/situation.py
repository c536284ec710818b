"""All that a decision may look at beside the incident itself: the time, the runbook, the people, the targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.runbook.book import Runbook


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """What a team may set about the procedure; the runbook's own promises come first where it makes them.

    Attributes:
        watch: how long things must stay good before "resolved"; None: the runbook's own, else 1 h.
        settle: how long a change may take to show before the next option is offered.
        look: how long the opening investigation may hold back the first ask.
        ask_expiry: an approval must come within this time (MIT-05).
        hop: first hop to the next person or level for the two highest severities (ESC-01).
        rounds: how often the last level is paged before escalation is called exhausted (ESC-06).
        reopen: a relapse within this time reopens the same incident (RES-08).
        post_mortem: when the post-mortem is due if the runbook does not say.
    """

    watch: timedelta | None = None
    settle: timedelta = timedelta(seconds=60)
    look: timedelta = timedelta(seconds=10)
    ask_expiry: timedelta = timedelta(minutes=15)
    hop: timedelta = timedelta(minutes=5)
    rounds: int = 3
    reopen: timedelta = timedelta(hours=24)
    post_mortem: timedelta = timedelta(hours=48)


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
    """

    now: datetime
    id: IncidentId
    book: Runbook
    roster: Roster = field(default_factory=Roster)
    targets: Targets = field(default_factory=Targets)
    settings: ResponseSettings = field(default_factory=ResponseSettings)
    identities: Mapping[str, Identity] = field(default_factory=dict)
