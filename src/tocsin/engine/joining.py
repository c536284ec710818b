"""Which incident an alert belongs to: one that is open, one that ended lately and is brought back, or a new one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from tocsin.detection.alert import Alert
from tocsin.detection.correlate import Linking, OpenIncident, Suppression, correlate
from tocsin.detection.silence import Silence, holding, meant_labels
from tocsin.kit.ids import IncidentId
from tocsin.store import alert_rows, incidents, silences, standings
from tocsin.store.tx import Tx

_HELD = 100  # alerts whose names are remembered for a transaction; of more none is


@dataclass(frozen=True, slots=True)
class Belongs:
    """Where an alert belongs.

    Attributes:
        incident: None if it opens nothing. why: it does not. new: the incident begins with this alert.
    """

    incident: IncidentId | None
    why: str = ""
    new: bool = False


@dataclass(slots=True)
class Hush:
    """What holds alerts back, read once for all that is decided in one transaction.

    Attributes:
        silences: those that are not over. held: the fingerprints of what is held back; None if there are many.
    """

    tx: Tx
    silences: tuple[Silence, ...]
    held: set[str] | None

    @classmethod
    def of(cls, tx: Tx, now: datetime) -> Self:
        held = standings.held_names(tx, _HELD)
        return cls(tx, silences.current(tx, now), set(held) if len(held) < _HELD else None)

    def hold(self, fingerprint: str, why: str | None) -> None:
        """Note what holds an alert back, or that nothing does any more."""
        if why is None and self.held is not None and fingerprint not in self.held:
            return
        standings.hold(self.tx, fingerprint, why)
        if self.held is not None:
            (self.held.discard if why is None else self.held.add)(fingerprint)


def incident_for(
    tx: Tx,
    alert: Alert,
    now: datetime,
    reopen: timedelta,
    ended_elsewhere: Callable[[Tx, IncidentId], bool] = lambda _tx, _incident: False,
    number: int | None = None,
    hush: Hush | None = None,
) -> Belongs:
    """The incident, with a new number if it is a new one; or why the alert opens nothing.

    Args:
        reopen: a relapse within this time of the end belongs to the incident that ended (RES-08).
        ended_elsewhere: whether an incident goes on under another name, and so is not brought back.
        number: of the stored alert, which knows the group it belongs to; None if it belongs to none.
        hush: what holds alerts back, if this transaction has read it already.
    """
    same = frozenset((alert.fingerprint,))
    lately = incidents.lately_by_fingerprint(tx, alert.fingerprint, now - reopen)
    found = correlate(
        alert, [OpenIncident(name, same, drill) for name, drill, ended in lately if ended is None]
    )
    match found.linking:
        case Linking.JOIN:
            return Belongs(found.incident)
        case Linking.SUPPRESS:
            return Belongs(None, said(found.reason, found.why))
        case Linking.OPEN:
            together = _of_group(tx, alert, number)
            if together is not None:
                return Belongs(together)
            hush = hush or Hush.of(tx, now)
            why = _silenced(hush.silences, alert, now)
            if why is not None:
                hush.hold(alert.fingerprint, Suppression.SILENCED.value)
                return Belongs(None, why)
            hush.hold(alert.fingerprint, None)
            for name, drill, ended in reversed(lately):
                if ended is not None and drill == alert.drill and not ended_elsewhere(tx, name):
                    return Belongs(name)  # a relapse
            return Belongs(IncidentId(f"INC-{incidents.new_number(tx)}"), new=True)


def said(reason: Suppression | None, why: str) -> str:
    """A suppression as it is kept: its reason out of the closed set, and a sentence."""
    return f"{reason.value}: {why}" if reason is not None else why


def _of_group(tx: Tx, alert: Alert, number: int | None) -> IncidentId | None:
    """The open incident that alerts of the same group belong to, the oldest first."""
    group = None if number is None else alert_rows.group_of(tx, number)
    if group is None:
        return None
    return next((name for name, drill in alert_rows.open_of_group(tx, group) if drill == alert.drill), None)


def _silenced(current: tuple[Silence, ...], alert: Alert, now: datetime) -> str | None:
    """Which silence keeps this alert from opening an incident, or None."""
    found = holding(current, meant_labels(alert), now)
    if found is None:
        return None
    if alert.labels.get("severity") == "P0" and all(each.name != "severity" for each in found.matchers):
        return None  # the worst is silenced only by name (NOI-08)
    until = f"{found.ends_at:%Y-%m-%d %H:%M} UTC"
    return said(Suppression.SILENCED, f"by {found.by} until {until}: {found.comment} ({found.id})")
