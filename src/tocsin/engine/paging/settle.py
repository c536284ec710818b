"""After an answer: what still rings is stopped, what stands in a chat says who has it; and the chat channel of an incident."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from tocsin.connectors.api import OpensRooms, PageMessage, Settled, Settles
from tocsin.engine.history import load
from tocsin.engine.paging.channels import Channels
from tocsin.errors import Temporary, TocsinError
from tocsin.incident.commands import OpenRoom, SettlePages
from tocsin.incident.events import RoomOpened
from tocsin.incident.incident import Incident
from tocsin.store import deliveries
from tocsin.store.database import Database
from tocsin.store.deliveries import Delivery

logger = logging.getLogger("tocsin.engine")

_TAKEN = ("sent", "delivered", "undelivered")
_OF = {"acknowledged": ("page",), "resolved": ("page", "ask")}


def settle(command: SettlePages, channels: Channels, database: Database) -> timedelta | None:
    """Tell every channel that can use it what became of the messages about an incident. Doing it twice changes nothing.

    Returns:
        how long to wait before trying again what failed for now, or None if all is done.
    """
    again: timedelta | None = None
    for rows in _messages(command, database):
        first = rows[0]
        pager = channels.pagers.get(first.attempt.pager)
        person = channels.roster.person(first.attempt.person)
        methods = person.methods if person is not None else ()
        address = next((each.address for each in methods if each.pager == first.attempt.pager), "")
        if not isinstance(pager, Settles) or first.reference is None:
            continue
        message = PageMessage(
            first.message, first.attempt.person, address, first.attempt.subject, first.attempt.body, None,
            first.attempt.drill, first.attempt.kind, tuple(row.attempt.incident for row in rows), scope=channels.scope,
        )  # fmt: skip
        try:
            pager.settle(message, first.reference, Settled(command.how, command.by))
        except TocsinError as problem:
            logger.warning(
                "%s of %s not told to %s: %s", command.how, first.message, first.attempt.pager, problem
            )
            if isinstance(problem, Temporary):
                again = max(again or timedelta(seconds=2), problem.retry_after or timedelta())
    return again


def _messages(command: SettlePages, database: Database) -> Iterable[tuple[Delivery, ...]]:
    """The messages about this incident that every incident in them is settled of."""
    wanted = _OF.get(command.how, ())
    with database.read() as tx:
        mine = [row for row in deliveries.of_incident(tx, command.incident) if row.state in _TAKEN]
        keys = dict.fromkeys(row.message for row in mine if row.attempt.kind in wanted)
        found = [deliveries.of_message(tx, key) for key in keys]
        others = {row.attempt.incident for rows in found for row in rows} - {command.incident}
        waiting = {incident for incident in others if not _settled(load(tx, incident), command.how)}
    return [rows for rows in found if not {row.attempt.incident for row in rows} & waiting]


def _settled(incident: Incident, how: str) -> bool:
    return not incident.open or (how == "acknowledged" and incident.acknowledged)


def open_rooms(
    command: OpenRoom, channels: Channels, text: tuple[str, str]
) -> tuple[tuple[RoomOpened, ...], timedelta | None]:
    """Open the incident's channel in every chat that wants one.

    Args:
        text: subject and body of what is said first, without secrets.

    Returns:
        what was opened, and how long to wait before trying again what failed for now (None: nothing did).
    """
    opened: list[RoomOpened] = []
    again: timedelta | None = None
    for name, pager in channels.pagers.items():
        if not isinstance(pager, OpensRooms) or not pager.opens_rooms:
            continue
        if command.drill and name not in channels.drill_pagers:
            continue
        members = tuple(
            method.address
            for person in channels.roster.people
            for method in person.methods
            if method.pager == name
        )
        message = PageMessage(
            command.key,
            "",
            "",
            *text,
            None,
            command.drill,
            "inform",
            (command.incident,),
            scope=channels.scope,
        )
        try:
            room = pager.open_room(command.name, message, members)
        except TocsinError as problem:
            logger.warning("%s: no channel for %s: %s", name, command.incident, problem)
            if isinstance(problem, Temporary):
                again = max(again or timedelta(seconds=2), problem.retry_after or timedelta())
        else:
            opened.append(RoomOpened(name, room.name, room.reference))
    return tuple(opened), again
