"""The post-mortem draft as a file. What a person has written is never overwritten (PM-15)."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from tocsin.engine.history import load, records
from tocsin.engine.library import Library
from tocsin.engine.measured import measured
from tocsin.incident.commands import DraftPostmortem
from tocsin.incident.events import PostmortemDrafted
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.situation import Situation
from tocsin.kit.ids import CheckName, sha256
from tocsin.postmortem.draft import draft
from tocsin.response import promises
from tocsin.store.database import Database


def writer(
    database: Database,
    library: Library,
    directory: Path,
    settings: ResponseSettings,
    subjects: Mapping[CheckName, str],
) -> Callable[[DraftPostmortem, datetime], PostmortemDrafted]:
    """A function that writes drafts into a directory, one file per incident and end.

    Args:
        subjects: what each check looks at, for the numbers of the impact.
    """

    def write(command: DraftPostmortem, now: datetime) -> PostmortemDrafted:
        with database.read() as tx:
            log = records(tx, command.incident)
            incident = load(tx, command.incident)
            begun = incident.begun_at or now
            counted = measured(tx, subjects, begun, incident.resolved_at or now)
            declared = incident.declared
            book = (
                library.book(tx, declared.runbook_sha256, declared.runbook_path)
                if declared
                else library.current
            )
        within = promises.post_mortem_within(
            incident, Situation(now, command.incident, book, settings=settings)
        )
        text = draft(incident, log, book, within, counted)
        path = _free(directory, command.incident, text)
        _write(path, text)
        due = incident.resolved_at + within if incident.resolved_at and within else None
        return PostmortemDrafted(str(path), sha256(text), due)

    return write


def _free(directory: Path, name: str, text: str) -> Path:
    """The first file name that is not taken by another text."""
    directory.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = directory / (f"{name}.md" if number == 1 else f"{name}.{number}.md")
        if not path.exists() or path.read_text(encoding="utf-8") == text:
            return path
        number += 1


def _write(path: Path, text: str) -> None:
    """All of it or nothing, and on disk before we say so."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(partial, path)
