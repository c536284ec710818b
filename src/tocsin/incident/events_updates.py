"""What is told to whom: updates, their approval and delivery, the checklist. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class UpdateDrafted:
    """A message for an audience is ready; a person sends it (COM-04).

    Attributes:
        audience: public, customers, executives, team; "log" is the entry of the incident log.
        update: "INC-12.u3"; empty in logs of versions before updates could be sent.
        state: Investigating, Mitigating, Monitoring or Resolved, as the draft says.
        by: the person who wrote it, or None for a draft made from the log.
        next_by: the time it names for the next word, or None.
    """

    audience: str
    text: str
    update: str = ""
    state: str = ""
    by: PersonId | None = None
    next_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpdateApproved:
    """A person's yes to exactly this text (COM-05, SEC-04). `digest` is the SHA-256 of what was read."""

    update: str
    by: PersonId
    digest: str


@dataclass(frozen=True, slots=True)
class UpdateSent:
    """A person sent it: it is on its way to the channels of its audience.

    Attributes:
        digest: SHA-256 of the text that was read. anyway: the reason for sending it although it was flagged.
    """

    update: str
    by: PersonId
    digest: str
    anyway: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateWithdrawn:
    """It no longer holds. What was sent keeps its trace; a correction is a new update (COM-16)."""

    update: str
    by: PersonId
    because: str


@dataclass(frozen=True, slots=True)
class UpdateDelivered:
    """A channel took it; written only after its answer."""

    update: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class UpdateUndelivered:
    """A channel did not take it, or the audience has none. `final`: it will not be tried again."""

    update: str
    channel: str
    error: str
    final: bool


@dataclass(frozen=True, slots=True)
class ChecklistTicked:
    """An item of the communication checklist is done. `by` is None when tocsin saw it itself."""

    item: str
    by: PersonId | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class CadenceSet:
    """A long incident: the time between public updates from now on (COM-02)."""

    by: PersonId
    every: timedelta


@dataclass(frozen=True, slots=True)
class UpdateOverdue:
    """The promised time of the next public update passed; `reminded` is whom we told (COM-03)."""

    due: datetime
    reminded: PersonId | None
