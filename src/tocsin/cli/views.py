"""Incidents as plain documents, for --json and for the terminal. The shape is that of `app.views`, as in the HTTP API."""

from collections.abc import Sequence

import msgspec

from tocsin.app import document, views
from tocsin.detection.suspect import Suspect
from tocsin.incident.events import Recorded
from tocsin.incident.incident import Incident
from tocsin.incident.state import AskState
from tocsin.response.options import Option
from tocsin.store.incidents import IncidentRow

SCHEMA = document.SCHEMA

Document = document.Document


def row(found: IncidentRow) -> Document:
    """An incident as a list shows it."""
    return plain(views.row(found))


def incident(found: Incident, records: Sequence[Recorded], changes: Sequence[Suspect] = ()) -> Document:
    """A whole incident."""
    return plain(views.incident(found, records, changes))


def option(found: Option) -> views.OptionView:
    """One thing that can be done."""
    return views.option(found)


def plain(view: msgspec.Struct) -> Document:
    """A view as JSON values."""
    made = msgspec.to_builtins(view)
    assert isinstance(made, dict)
    return made


def decision_wanted(found: Incident) -> str | None:
    """What waits for a person now, as one phrase, or None."""
    if found.in_doubt:
        return f"in doubt: {found.in_doubt[0].queued.text}"
    open_ask = found.open_ask
    if open_ask is not None and open_ask.state is AskState.OPEN:
        return f"approve? {open_ask.made.number} {open_ask.made.text}"
    return None if found.acknowledged or not found.open else "acknowledge"


def late_joiner(found: Incident) -> tuple[tuple[str, str], ...]:
    """What somebody who joins late has to know beside stage, severity and commander, as (name, sentence) (ROL-09)."""
    lines: list[tuple[str, str]] = []
    others = [f"{role} {person}" for role, person in found.roles.items() if role != "commander"]
    if others:
        lines.append(("roles", ", ".join(others)))
    cause = found.team.cause
    if cause is not None:
        lines.append(("cause", f"{cause.cause}{'' if cause.certain else ' (a guess)'}, says {cause.by}"))
    tried = [f"{run.queued.number} {run.state.value}" for run in found.runs.values() if run.changes]
    if tried:
        lines.append(("tried", ", ".join(tried)))
    tasks = [f"{task.given.task} {task.given.to}: {task.given.what}" for task in found.team.open_tasks]
    if tasks:
        lines.append(("tasks", "; ".join(tasks)))
    update = found.clocks.get("public update")
    if update is not None and update.state == "running":
        lines.append(("next word", f"to the public by {update.started.due:%H:%M} UTC"))
    if found.kin.suggested or found.kin.linked:
        known = [*found.kin.linked, *(name for name in found.kin.suggested if name not in found.kin.linked)]
        lines.append(("see also", ", ".join(known)))
    return tuple(lines)
