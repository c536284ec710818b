"""What people write to us in a chat: list, ack and declare. Answered at once, for chats do not wait longer than three seconds."""

import re
from datetime import timedelta

from tocsin.connectors.api import Asked
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.engine.paging.tidings import whose
from tocsin.engine.words import accept_word, wait_for_answer
from tocsin.incident.events import Acknowledged
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId, sha256
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import Person
from tocsin.store import incidents
from tocsin.store.database import Database

_HELP = (
    "list: what is open. ack INC-3: you have it. declare WORDS: something is wrong, in your own words; "
    "whoever is on call is woken."
)
_INCIDENT = re.compile(r"(?:INC-)?([0-9]{1,9})", re.IGNORECASE)
_WITHIN = timedelta(seconds=2)
_SHOWN = 20
_NOTED = "Noted; it counts as soon as the engine has read it."


def answer(database: Database, roster: Roster, clock: Clock, pager: str, asked: Asked) -> str:
    """The answer to whoever asked. Raises StoreError if a word of theirs could not be stored.

    Args:
        pager: the channel it came by: whoever writes must be one of its addresses in tocsin.toml.
    """
    name = whose(roster, pager, asked.address)
    person = None if name is None else roster.person(name)
    if person is None:
        return f'{asked.address or "You"}: nobody of tocsin.toml has this address. Whoever keeps it can add it: page = ["{pager}:{asked.address}"].'
    word, _, rest = asked.text.partition(" ")
    match word.casefold():
        case "" | "list":
            return _listed(database)
        case "ack" | "acknowledge":
            return _acknowledged(database, person, clock, rest.strip())
        case "declare":
            return _declared(database, person, clock, rest.strip())
        case _:
            return _HELP


def _listed(database: Database) -> str:
    with database.read() as tx:
        rows = incidents.listing(tx, open_only=True, limit=_SHOWN)
    if not rows:
        return "Nothing is open."
    return "\n".join(
        f"{row.id} {row.severity or ''} {row.title}: {row.stage}, since {row.opened_at:%H:%M} UTC"
        + (" (drill)" if row.drill else "")
        for row in rows
    )


def _acknowledged(database: Database, person: Person, clock: Clock, said: str) -> str:
    found = _INCIDENT.fullmatch(said)
    if found is None:
        return 'Which one? Write "ack INC-3".'
    if not person.access.may_act:
        return "You may look, and not act."
    incident = IncidentId(f"INC-{int(found[1])}")
    with database.read() as tx:
        if not incidents.exists(tx, incident):
            return f"There is no incident {incident}."
    now = clock.now()
    number = accept_word(database, incident, Acknowledged(person.id), f"person:{person.id}", now)
    heard = wait_for_answer(database, number, clock, _WITHIN)
    if heard is None:
        return _NOTED
    return heard.refusal or f"{incident} is yours."


def _declared(database: Database, person: Person, clock: Clock, said: str) -> str:
    if not said:
        return 'What is wrong? Write "declare checkout fails for everybody".'
    if not person.access.may_act:
        return "You may look, and not act."
    now = clock.now()
    alert = Alert(
        fingerprint=f"person:{sha256(said.casefold())[:16]}",
        state=AlertState.FIRING,
        title=said,
        source=f"person:{person.id}",
        at=now,
        labels={"way": "user"},
        impact=said,
    )
    heard = wait_for_answer(database, accept_alert(database, alert, "", now), clock, _WITHIN)
    if heard is None:
        return _NOTED
    return heard.refusal or f"{heard.incident}: {said}"
