"""A post-mortem on its way from draft to publication: read, linted, moved on, its action items taken into the log.

The file belongs to people and is only read. What is published is written beside it as HTML, once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from tocsin.engine.words import put_event
from tocsin.errors import InputError, NotFound, Refused
from tocsin.incident.events import ActionOpened, Event, PostmortemMoved
from tocsin.incident.incident import Incident
from tocsin.incident.state import PostmortemState
from tocsin.kit.ids import PersonId, sha256
from tocsin.oncall.person import Person
from tocsin.postmortem.document import Document, parse
from tocsin.postmortem.lint import Finding, known_owner, lint, stops
from tocsin.postmortem.page import page
from tocsin.store.database import Database

# From here on others read it: nothing may be missing.
_COMPLETE_FROM = (PostmortemState.REVIEWED, PostmortemState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Reading:
    """A post-mortem file as it is now."""

    path: Path
    document: Document
    sha256: str
    findings: tuple[Finding, ...]


def read(path: Path, people: Sequence[Person], today: date) -> Reading:
    """Read and lint a file. Raises NotFound or InputError naming the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise NotFound(f"There is no file {path}.", hint="Name the text with --file.") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(
            f"{path} cannot be read: {problem}.", hint="It must be a UTF-8 text file."
        ) from problem
    document = parse(text)
    names = [(str(person.id), person.name) for person in people]
    return Reading(path, document, sha256(text), lint(document, today, names))


def move(
    database: Database,
    incident: Incident,
    reading: Reading,
    state: PostmortemState,
    by: PersonId,
    people: Sequence[Person],
    now: datetime,
    note: str | None = None,
) -> tuple[int, ...]:
    """Hand the next state, and at publication the action items, to the engine; all of it in one transaction.

    Args:
        incident: as it stands. reading: the text that moves on. note: what the reviewer says.

    Returns:
        the numbers of the signals, the state's last.

    Raises:
        Refused: errors in the text stop it from being reviewed or published (each is named), or it speaks of
            another incident.

    """
    named = reading.document.incident
    if named is not None and named != incident.id:
        raise Refused(
            f"{reading.path} is about {named}, not about {incident.id}.", hint="Name the right file."
        )
    if state in _COMPLETE_FROM and stops(reading.findings):
        errors = [finding for finding in reading.findings if finding.weight.value == "error"]
        shown = "; ".join(f"line {finding.line}: {finding.message}" for finding in errors[:3])
        raise Refused(
            f"{reading.path} is not complete: {shown}"
            + (f" … and {len(errors) - 3} more" if len(errors) > 3 else ""),
            hint=f"See all: tocsin postmortem lint {reading.path}.",
        )
    html = None
    if state is PostmortemState.PUBLISHED:
        html = reading.path.with_suffix(".html")
        _write(html, page(reading.document.text, state.value, reading.sha256))
    moved = PostmortemMoved(
        state.value, by, str(reading.path), reading.sha256, note, str(html) if html is not None else None
    )
    opened = _items(incident, reading, by, people) if state is PostmortemState.PUBLISHED else ()
    events: tuple[Event, ...] = (*opened, moved)
    with database.write() as tx:
        return tuple(put_event(tx, incident.id, event, f"person:{by}", now) for event in events)


def _items(
    incident: Incident, reading: Reading, by: PersonId, people: Sequence[Person]
) -> tuple[ActionOpened, ...]:
    """The rows that are no action items of this incident yet."""
    known = {view.opened.what for view in incident.actions.values()}
    names = [(str(person.id), person.name) for person in people]
    number = len(incident.actions)
    items: list[ActionOpened] = []
    for row in reading.document.actions:
        if row.what is None or row.deadline is None or row.what in known:
            continue
        number += 1
        owner = known_owner(row, names) or row.owner or ""
        due = datetime.combine(row.deadline + timedelta(days=1), time(), UTC)
        priority = row.priority or "medium"
        items.append(ActionOpened(f"{incident.id}.t{number}", row.what, PersonId(owner), due, priority, by))
    return tuple(items)


def _write(path: Path, text: str) -> None:
    """All of it or nothing, on disk before we say so."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(partial, path)
