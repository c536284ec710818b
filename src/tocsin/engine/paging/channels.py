"""Whom pages reach and by what: the channels of an installation, and a page as it waits in the outbox."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tocsin.connectors.api import Mannered, Manners, Pager
from tocsin.engine.paging.links import Links
from tocsin.errors import StoreError
from tocsin.incident import codec
from tocsin.incident.commands import Page
from tocsin.kit.redact import Redactor
from tocsin.oncall.escalation import Roster
from tocsin.oncall.paging import Paging
from tocsin.oncall.person import Method
from tocsin.store import outbox


@dataclass(frozen=True, slots=True)
class Channels:
    """Whom pages reach, and by what.

    Attributes:
        pagers: by name. drill_pagers: those that rehearsals may use. links: None if pages carry none.
        scope: names this installation to vendors that several share.
    """

    pagers: Mapping[str, Pager]
    drill_pagers: frozenset[str]
    roster: Roster
    redactor: Redactor
    paging: Paging = field(default_factory=Paging)
    links: Links | None = None
    scope: str = ""


def usable(channels: Channels, page: Page) -> list[tuple[int, Method]]:
    """The person's methods from the one the page begins with, with their places; a test tries only that one."""
    person = channels.roster.person(page.person)
    methods = person.methods if person is not None else ()
    found = [
        (index, method)
        for index, method in enumerate(methods)
        if index >= page.method and (not page.drill or method.pager in channels.drill_pagers)
    ]
    return found[:1] if page.kind == "test" else found


class _Envelope(msgspec.Struct):
    command: str
    value: msgspec.Raw


def page_of(body: str) -> Page:
    """The page an outbox row of these kinds holds."""
    envelope = msgspec.json.decode(body, type=_Envelope)
    command = codec.decode_command(envelope.command, bytes(envelope.value).decode())
    if not isinstance(command, Page):
        raise StoreError(f"The outbox holds {envelope.command} among the pages.")
    return command


def queued(page: Page, kind: str, priority: int, at: datetime, key: str | None = None) -> outbox.OutboxRow:
    """The outbox row of a page, not to leave before a time."""
    body = f'{{"command":"Page","value":{codec.encode(page)}}}'
    return outbox.OutboxRow(key or page.key, page.incident, kind, body, priority, at, page.person)


def manners_of(pager: Pager) -> Manners:
    """How a pager wants to be used."""
    return pager.manners if isinstance(pager, Mannered) else Manners()


def contact_of(method: Method) -> str:
    """A digest of where a method reaches somebody: numbers and addresses are not kept twice."""
    return hashlib.sha256(f"{method.pager}:{method.address}".encode()).hexdigest()[:32]
