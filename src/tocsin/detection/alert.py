"""A claim, from outside or from a check, that something is wrong (or well again)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class AlertState(Enum):
    """Whether something is wrong, or well again."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One claim.

    Attributes:
        fingerprint: the same trouble, the same fingerprint; a resolving alert carries the one it resolves.
        state: firing or resolved.
        title: one line for people: "api-health: HTTP 502 from https://api.cookcam.app/health".
        source: where it came from: "check:api-health", "api", "user".
        at: when the trouble was seen (UTC), by the source's clock.
        labels: small facts, text to text: {"status": "502", "check": "api-health"}.
        impact: what it means for users in the team's own words, if the source knows ("Complete service outage").
        runbook_url: a link to the section that speaks about it, or None; a link wins over any other match.
        drill: whether this is a rehearsal.
    """

    fingerprint: str
    state: AlertState
    title: str
    source: str
    at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    impact: str | None = None
    runbook_url: str | None = None
    drill: bool = False
