"""What people do about an alert in another tool, as an event of ours: who acknowledges there has it here as well."""

from dataclasses import dataclass

from tocsin.connectors.alert_source import Act, Told
from tocsin.engine.intake import kept_key
from tocsin.incident.events import Acknowledged, Event, Resolved
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.oncall.escalation import Roster
from tocsin.store import incidents
from tocsin.store.tx import Tx

ELSEWHERE = "ToldElsewhere"  # a signal kind of its own: it has to find its incident first
_OURS = "tocsin/"


@dataclass(frozen=True, slots=True)
class Acted:
    """What was done, as it waits to be decided.

    Attributes:
        where: the integration. acts_as: in whose name somebody we do not know acts, or None.
    """

    told: Told
    where: str
    acts_as: str | None = None


def meant(tx: Tx, acted: Acted, roster: Roster) -> tuple[IncidentId, Event] | str:
    """The incident and what happens to it, or why nothing does."""
    told = acted.told
    incident = _incident(tx, told.about)
    if incident is None:
        return f"No open incident is about {told.about[:200]}."
    by = _person(roster, told.who) or (PersonId(acted.acts_as) if acted.acts_as else None)
    if by is None:
        return (
            f'Nobody among the people of tocsin.toml is called "{told.who[:80]}", and integration {acted.where} '
            "names nobody to act as (acts_as)."
        )
    match told.act:
        case Act.ACKNOWLEDGE:
            return incident, Acknowledged(by)
        case Act.RESOLVE:
            said = f"resolved in {acted.where} by {told.who or by}"
            return incident, Resolved(by, said, anyway=said)
        case Act.UNACKNOWLEDGE:
            return "An acknowledgement is taken back here, by handing it over or by escalating."


def _incident(tx: Tx, about: str) -> IncidentId | None:
    if about.startswith(_OURS):
        name = IncidentId(about.rpartition("/")[2].partition(".")[0])
        return name if incidents.exists(tx, name) else None
    found = incidents.open_by_fingerprint(tx, kept_key(about))
    return found[0][0] if found else None


def _person(roster: Roster, who: str) -> PersonId | None:
    """By id, name or address."""
    wanted = who.strip().casefold()
    if not wanted:
        return None
    for person in roster.people:
        names = {
            person.id.casefold(),
            person.name.casefold(),
            *(method.address.casefold() for method in person.methods),
        }
        if wanted in names:
            return person.id
    return None
