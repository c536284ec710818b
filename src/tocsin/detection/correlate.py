"""Known trouble or new: which open incident an alert belongs to, or why it opens none.

Only creation is ever suppressed, never resolution (NOI-02), and every alert ends linked to an incident or
suppressed with one of a closed set of reasons (docs/reference/events.md, "Suppressed alerts").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tocsin.detection.alert import Alert, AlertState
from tocsin.kit.ids import IncidentId


class Linking(Enum):
    """What becomes of an alert."""

    JOIN = "join"  # it belongs to an open incident
    OPEN = "open"  # it opens a new one
    SUPPRESS = "suppress"  # it opens nothing, with a reason


class Suppression(Enum):
    """Why an alert opened nothing. A closed set (wire-formats C8); "no route" is not in it."""

    DUPLICATE = "duplicate"
    MAINTENANCE = "maintenance"
    SILENCED = "silenced"
    PARENT_DOWN = "parent_down"
    STALE_ORDER = "stale_order"
    RESOLVE_WITHOUT_OPEN = "resolve_without_open"
    INFORMATIONAL = "informational"
    NOT_AN_ALERT = "not_an_alert"


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """What correlation must know of an incident that is not resolved.

    Attributes:
        fingerprints: of every alert linked to it so far.
        drill: whether it is a rehearsal; rehearsals and real trouble never join each other.
    """

    id: IncidentId
    fingerprints: frozenset[str]
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Correlation:
    """The answer.

    Attributes:
        incident: which one it joins; None unless `linking` is JOIN.
        reason: why it is suppressed; None unless `linking` is SUPPRESS.
        why: the same as one sentence for the timeline.
    """

    linking: Linking
    why: str
    incident: IncidentId | None = None
    reason: Suppression | None = None


def correlate(
    alert: Alert,
    open_incidents: Sequence[OpenIncident],
    ended: Mapping[str, datetime] | None = None,
) -> Correlation:
    """Which open incident this alert joins, or whether it opens one, or why it does neither.

    Args:
        open_incidents: oldest first; the oldest that knows the fingerprint wins.
        ended: per fingerprint, when its latest episode was resolved, by the clock of the alert's source. A
            firing alert from before that moment was overtaken on its way and opens nothing.
    """
    known = next(
        (one for one in open_incidents if alert.fingerprint in one.fingerprints and one.drill == alert.drill),
        None,
    )
    if known is not None:
        word = "repeats" if alert.state is AlertState.FIRING else "ends"
        return Correlation(
            Linking.JOIN, f"{word} the trouble {alert.fingerprint} of {known.id}", incident=known.id
        )
    if alert.state is AlertState.RESOLVED:
        return Correlation(
            Linking.SUPPRESS,
            f"says that {alert.fingerprint} is over, and no open incident is about it",
            reason=Suppression.RESOLVE_WITHOUT_OPEN,
        )
    end = (ended or {}).get(alert.fingerprint)
    if end is not None and alert.at <= end:
        return Correlation(
            Linking.SUPPRESS,
            f"is from {alert.at.isoformat()}, and {alert.fingerprint} was over at {end.isoformat()}",
            reason=Suppression.STALE_ORDER,
        )
    return Correlation(Linking.OPEN, f"no open incident is about {alert.fingerprint}")
