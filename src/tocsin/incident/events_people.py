"""What people do and are told: pages, acknowledgement, roles, notes. Kinds of event; see `incident.events`."""

from dataclasses import dataclass

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class PageQueued:
    """Somebody is to be woken (urgent), asked, or told (not urgent)."""

    key: str
    level: int
    person: PersonId
    why: str
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class PageSent:
    """The channel took the message; written only after its answer."""

    key: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class PageResent:
    """Nobody answered the first channel in time, and the person's next one took the page too."""

    key: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class PageDelivered:
    """The channel's receipt: the page reached the device, or somebody took the call. Not an acknowledgement."""

    key: str
    channel: str
    detail: str


@dataclass(frozen=True, slots=True)
class PageUndelivered:
    """The channel had taken the page and says now that it could not bring it."""

    key: str
    channel: str
    why: str


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """A chat channel for this incident exists."""

    pager: str
    name: str
    reference: str


@dataclass(frozen=True, slots=True)
class PageFailed:
    """The channel did not take the message. `final`: no further try of this method will be made."""

    key: str
    channel: str
    error: str
    final: bool


@dataclass(frozen=True, slots=True)
class PageCancelled:
    """The page was taken out of the queue before any channel had it."""

    key: str
    because: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """ "I have it": stops the paging of this incident."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class RoleTaken:
    """Somebody does something in this incident: commander, deputy, scribe, communications."""

    role: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Escalated:
    """The next level was called."""

    level: int
    because: str


@dataclass(frozen=True, slots=True)
class EscalationExhausted:
    """Every level was paged as often as the policy says, and nobody answered."""

    rounds: int


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A person wrote something down."""

    by: PersonId
    text: str
