"""What every command about one incident shares: finding it, handing a person's word to the engine, saying what came of it."""

from dataclasses import fields
from datetime import timedelta

import click

from tocsin.app.database import open_database
from tocsin.app.settings import Settings
from tocsin.cli import views
from tocsin.cli.options import print_json
from tocsin.engine.history import load, records
from tocsin.engine.words import Answer, accept_word, wait_for_answer
from tocsin.errors import NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.kit.redact import Redactor
from tocsin.store import incidents
from tocsin.store.database import Database

_ANSWER_LIMIT = timedelta(seconds=5)
# What people write in words; secrets are hidden in it before it is stored, for logs are pasted into notes.
_WRITTEN = ("text", "because", "anyway", "reason", "note", "said", "what", "cause", "why", "break_glass")


def open_store(found: Settings) -> Database:
    """The database of a tocsin that has been used before."""
    return open_database(found, create=False)


def find(database: Database, name: str) -> tuple[Incident, tuple[ev.Recorded, ...]]:
    """The incident of this name with its log. Raises NotFound, naming the newest."""
    with database.read() as tx:
        identifier = IncidentId(name.upper())
        if incidents.get(tx, identifier) is None:
            known = ", ".join(row.id for row in incidents.listing(tx, limit=5)) or "none yet"
            raise NotFound(f"There is no incident {name}.", hint=f"Newest: {known}.")
        return load(tx, identifier), records(tx, identifier)


def say(found: Settings, name: str, event: ev.Event, by: PersonId, as_json: bool, done: str) -> None:
    """Hand a person's word to the engine and say what became of it. Raises Refused when it was not accepted."""
    clock = SystemClock()
    event = redacted(event, Redactor(found.secrets))
    with open_store(found) as database:
        identifier = find(database, name)[0].id
        signal = accept_word(database, identifier, event, f"person:{by}", clock.now())
        answer = wait_for_answer(database, signal, clock, _ANSWER_LIMIT)
    _tell(answer, found, as_json, done)


def redacted(event: ev.Event, redactor: Redactor) -> ev.Event:
    """The same word with secrets hidden in everything that was written by hand.

    >>> redacted(ev.NoteAdded(PersonId("ana"), "password=hunter22"), Redactor()).text
    'password=[redacted]'
    """
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    for name in _WRITTEN:
        if isinstance(values.get(name), str):
            values[name] = redactor.redact(values[name])
    return type(event)(**values)


def _tell(answer: Answer | None, found: Settings, as_json: bool, done: str) -> None:
    if as_json:
        print_json(
            {
                "schema": views.SCHEMA,
                "accepted": answer.accepted if answer else None,
                "incident": answer.incident if answer else None,
                "refusal": answer.refusal if answer else None,
                "stage": answer.stage if answer else None,
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
        click.echo(done)
