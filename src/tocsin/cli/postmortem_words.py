"""What the commands about post-mortems share: the store, an incident by name, handing a word over, one shape of JSON."""

from datetime import datetime, timedelta

import click

from tocsin.app.database import open_database
from tocsin.app.settings import Settings
from tocsin.cli.options import print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.history import load
from tocsin.engine.words import Answer, accept_word, wait_for_answer
from tocsin.errors import NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import ActionView
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import incidents
from tocsin.store.database import Database

ANSWER_LIMIT = timedelta(seconds=5)
_ALL = 10_000


def opened(found: Settings) -> Database:
    """The store of an installation, which must be there."""
    return open_database(found, create=False)


def everything(database: Database) -> list[Incident]:
    """Every incident but rehearsals, the newest first."""
    with database.read() as tx:
        return [load(tx, row.id) for row in incidents.listing(tx, limit=_ALL) if not row.drill]


def incident_of(database: Database, name: str) -> Incident:
    """An incident by its name. Raises NotFound with the newest names."""
    with database.read() as tx:
        identifier = IncidentId(name.upper())
        if not incidents.exists(tx, identifier):
            known = ", ".join(row.id for row in incidents.listing(tx, limit=5)) or "none yet"
            raise NotFound(f"There is no incident {name}.", hint=f"Newest: {known}.")
        return load(tx, identifier)


def say(found: Settings, name: str, event: ev.Event, by: PersonId, as_json: bool, text: str) -> None:
    """Hand a word to the engine and tell what became of it."""
    clock = SystemClock()
    with opened(found) as database:
        identifier = incident_of(database, name).id
        signal = accept_word(database, identifier, event, f"person:{by}", clock.now())
        answer = wait_for_answer(database, signal, clock, ANSWER_LIMIT)
        shown = view(incident_of(database, name))
    tell(answer, found, as_json, text, shown)


def tell(answer: Answer | None, found: Settings, as_json: bool, text: str, shown: Document) -> None:
    """What became of a word, on the terminal or as JSON. Raises Refused for a refusal."""
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "accepted": answer.accepted if answer else None,
                "refusal": answer.refusal if answer else None,
                "postmortem": shown,
            }
        )
    if answer is None:
        raise Refused(
            "Stored, but no engine has taken it up yet.",
            hint=f"Start one: tocsin serve --config {found.file}. It will be taken up then.",
        )
    if not answer.accepted:
        raise Refused(answer.refusal or "Refused.", hint=None)
    if not as_json:
        click.echo(text)


def view(incident: Incident) -> Document:
    """A post-mortem as a document."""
    draft = incident.postmortem
    return {
        "incident": incident.id,
        "severity": incident.severity,
        "state": incident.postmortem_state.value if draft else None,
        "owner": incident.postmortem_owner,
        "due": draft.due.isoformat() if draft and draft.due else None,
        "published_at": incident.postmortem_published_at.isoformat()
        if incident.postmortem_published_at
        else None,
        "path": draft.path if draft else None,
        "actions": [action(incident, view, None) for view in incident.actions.values()],
    }


def action(incident: Incident, view: ActionView, now: datetime | None) -> Document:
    """An action item as a document; with `now` it says whether it is late."""
    opened, closed = view.opened, view.closed
    document: Document = {
        "item": opened.item,
        "incident": incident.id,
        "what": opened.what,
        "owner": opened.owner,
        "due": opened.due.isoformat(),
        "priority": opened.priority,
        "state": "open" if closed is None else "done" if closed.done else "dropped",
        "note": closed.note if closed else None,
    }
    if now is not None:
        document["overdue"] = is_late(view, now)
    return document


def is_late(view: ActionView, now: datetime) -> bool:
    """Whether it should have been done by now."""
    return view.closed is None and view.opened.due <= now
