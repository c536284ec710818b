"""What can be done about an incident now, for people who look from outside the engine."""

from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.engine import identities
from tocsin.engine.library import Library
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.kit.clock import Clock
from tocsin.response.options import Option, ranked
from tocsin.runbook.document import Text
from tocsin.store.database import Database


def options(database: Database, settings: Settings, incident: Incident, clock: Clock) -> tuple[Option, ...]:
    """The options of an incident in the order they are offered, each with its reasons; empty before it is declared."""
    declared = incident.declared
    if declared is None:
        return ()
    now = clock.now()
    library = Library(
        Text(settings.runbook, read_runbook(settings.runbook)), today=now.date(), waivers=settings.waivers
    )
    with database.read() as tx:
        book = library.book(tx, declared.runbook_sha256, declared.runbook_path)
        seen = identities.known(tx, settings.targets.pins)
    return ranked(
        incident,
        Situation(now, incident.id, book, settings.roster, settings.targets, settings.response, seen),
    )
