"""Where programs outside are told what happens in incidents. One kind, one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tocsin.errors import Permanent

KINDS = (
    "incident.declared", "incident.acknowledged", "incident.severity_changed", "incident.escalated",
    "incident.change_made", "incident.watching", "incident.relapsed", "incident.resolved", "incident.reopened",
    "incident.merged", "incident.update_sent",
)  # fmt: skip
"""Of what kinds news is; a listener may ask for some of them."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened in an incident, in words that may leave the house: ids and sentences, no evidence.

    Attributes:
        key: the same on every try. kind: dotted: "incident.declared".
        line: one sentence. url: where to look, or None. facts: small values.
    """

    key: str
    kind: str
    at: datetime
    incident: str
    title: str
    severity: str | None
    stage: str
    drill: bool
    line: str
    url: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Gone(Permanent):
    """The other side wants no more of this, ever (HTTP 410)."""


class Listener(Protocol):
    """A program outside that hears of incidents."""

    def tell(self, news: News) -> None:
        """Returns when the other side has taken it. Raises Temporary, Permanent or Gone."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


ListenerFactory = Callable[[str, Mapping[str, object]], Listener]
