"""Carrying an update to the channels of its audience. A person sent it; every channel is told once, each by its own key."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.connectors.api import PageMessage, Pager
from tocsin.errors import Temporary, TocsinError
from tocsin.incident.commands import SendUpdate
from tocsin.incident.events import UpdateDelivered, UpdateUndelivered
from tocsin.kit.redact import Redactor
from tocsin.oncall.person import Method

logger = logging.getLogger("tocsin.engine")

# The channels of each audience, from [updates] of tocsin.toml.
Outlets = Mapping[str, tuple[Method, ...]]


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of one try.

    Attributes:
        events: one per channel. again: how long to wait before trying again, or None if nothing is left to try.
    """

    events: tuple[UpdateDelivered | UpdateUndelivered, ...]
    again: timedelta | None


def send_update(
    command: SendUpdate,
    outlets: Outlets,
    pagers: Mapping[str, Pager],
    drill_pagers: frozenset[str],
    redactor: Redactor,
    last_try: bool,
) -> Handed:
    """Hand an update to every channel of its audience.

    A channel that took it gets the same key again when another one failed and all is tried anew: it shows it once. A
    rehearsal reaches only pagers that allow it (DEC-09).
    """
    wanted = outlets.get(command.audience, ())
    reached = tuple(each for each in wanted if not command.drill or each.pager in drill_pagers)
    if not reached:
        return Handed(
            (UpdateUndelivered(command.update, command.audience, _nowhere(command, wanted), True),), None
        )
    events: list[UpdateDelivered | UpdateUndelivered] = []
    waits: list[timedelta] = []
    for outlet in reached:
        message = PageMessage(
            f"{command.update}.{outlet.pager}",
            command.audience,
            outlet.address,
            redactor.redact(command.subject),
            redactor.redact(command.text),
            None,
            command.drill,
            kind="inform",
            incidents=(command.incident,),
        )
        try:
            receipt = pagers[outlet.pager].page(message)
        except TocsinError as problem:
            logger.warning("update %s by %s failed: %s", command.update, outlet.pager, problem)
            later = isinstance(problem, Temporary) and not last_try
            if later:
                waits.append(
                    (problem.retry_after if isinstance(problem, Temporary) else None) or timedelta(0)
                )
            events.append(UpdateUndelivered(command.update, outlet.pager, problem.message, not later))
        else:
            events.append(UpdateDelivered(command.update, outlet.pager, receipt.reference))
    return Handed(tuple(events), max(waits, default=None))


def _nowhere(command: SendUpdate, wanted: tuple[Method, ...]) -> str:
    if wanted:
        return "a rehearsal reaches only pagers with drill = true"
    return f"tocsin.toml names no channel for this audience (updates.{command.audience}); copy it where it belongs"
