"""What one incident's event means for another: a merge moves alerts, a declaration is compared with what is open."""

from datetime import datetime

from tocsin.engine.decisions import Decisions
from tocsin.incident.events import Absorbed, Event, IncidentDeclared, Linked, Merged, RelationSuggested
from tocsin.incident.related import WITHIN, related
from tocsin.kit.ids import IncidentId
from tocsin.response.decide import Decision
from tocsin.store import incidents
from tocsin.store.tx import Tx

_COMPARED = 20  # newest open incidents; a burst must not make every declaration slower


class Kinship:
    """Follows decisions that concern a second incident, in the transaction of the first."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    def after(self, tx: Tx, decision: Decision, now: datetime) -> tuple[Decision, ...]:
        """What else is decided because of this decision."""
        if decision.refusal is not None or not decision.events:
            return ()
        match decision.events[0][0]:
            case Merged(into, by):
                # Whatever rings for either stops or goes on there: the alerts belong to the other from now on.
                alerts = tuple(decision.incident.alerts.values())
                absorbed = Absorbed(decision.incident.id, alerts, by)
                return (self._absorbed(tx, into, absorbed, f"person:{by}", now),)
            case _ if any(isinstance(event, IncidentDeclared) for event, _ in decision.events):
                return self._suggest(tx, decision, now)
            case _:
                return ()

    def objection(self, tx: Tx, event: Event) -> str | None:
        """Why a word about another incident cannot hold, or None."""
        match event:
            case Merged(other) | Linked(other):
                if not incidents.exists(tx, other):
                    return f"There is no incident {other}."
                if isinstance(event, Merged) and not self._decisions.incident(tx, other).open:
                    return f"{other} is resolved."
                return None
            case _:
                return None

    def ended_elsewhere(self, tx: Tx, identifier: IncidentId) -> bool:
        """Whether this incident goes on as another one."""
        return self._decisions.incident(tx, identifier).kin.merged_into is not None

    def _suggest(self, tx: Tx, decision: Decision, now: datetime) -> tuple[Decision, ...]:
        others = [
            self._decisions.incident(tx, name, position)
            for name, opened_at, position in incidents.newest_open(tx, _COMPARED)
            if name != decision.incident.id and opened_at >= now - WITHIN
        ]
        found = related(decision.incident, others)
        if not found:
            return ()
        suggested = [RelationSuggested(each.other, each.reasons) for each in found]
        decided = self._decisions.happen_all(tx, decision.incident.id, suggested, "tocsin", now)
        self._decisions.keep(decided)
        return (decided,)

    def _absorbed(
        self, tx: Tx, identifier: IncidentId, event: Absorbed, actor: str, now: datetime
    ) -> Decision:
        decided = self._decisions.happen(tx, identifier, event, actor, now)
        self._decisions.keep(decided)
        return decided
