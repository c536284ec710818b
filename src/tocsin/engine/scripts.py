"""The scripts and recipes that lie where steps run, read anew each time somebody asks: what a step runs is judged by them.

Nothing is kept between two looks but the text itself, so that the same text is the same value. Where no directory is
set, or the step runs on another target, nothing is held and whatever it runs of a repository is unknown.
Source: docs/reference/effects.md, section on texts of the repository.
"""

import threading
from collections.abc import Collection
from pathlib import Path, PurePath

from tocsin.effects.repository.held import NOTHING_HELD, Repository
from tocsin.engine.looking import Looking, repository_of
from tocsin.incident.commands import StepText
from tocsin.runbook.book import Runbook
from tocsin.runbook.project import Files, named_in
from tocsin.runbook.reread import with_files

_Wanted = frozenset[tuple[str, str]]  # (name, folder it is seen from, relative to where steps run)


class Scripts:
    """What lies in the directory of the steps, of all that a runbook's commands may run."""

    def __init__(self, cwd: str | None = None) -> None:
        self._cwd = Path(cwd) if cwd is not None else None
        self._lock = threading.Lock()
        self._wanted: dict[str, _Wanted] = {}
        self._last: dict[str, tuple[Files, Runbook]] = {}

    def reread(self, book: Runbook) -> tuple[Runbook, Repository]:
        """The book judged by what lies there now, and that, seen from where steps run. The same values for the same files."""
        with self._lock:
            wanted = self._wanted.get(book.sha256)
        if wanted is None:
            wanted = _wanted_by(book)
            with self._lock:
                self._wanted[book.sha256] = wanted
        files = self._files(wanted) if wanted else None
        if files is None or not files.repository.texts:
            return book, NOTHING_HELD
        with self._lock:
            known = self._last.get(book.sha256)
        if (
            known is not None
            and known[0].repository.texts == files.repository.texts
            and known[0].cwd == files.cwd
        ):
            return known[1], _seen(known[0])
        judged = with_files(book, files)
        with self._lock:
            self._last[book.sha256] = (files, judged)
        return judged, _seen(files)

    def around(self, book: Runbook) -> Files | None:
        """What lies there now of all that a book may run; None if there is nothing."""
        wanted = _wanted_by(book)
        return self._files(wanted) if wanted else None

    def held(self, text: StepText) -> Repository:
        """What this statement may run of all that lies there now, seen from where it runs."""
        folder = text.cwd or ""
        if PurePath(folder).is_absolute():
            return NOTHING_HELD
        names = {(name, folder) for name in named_in(text.text)}
        # Found by the names of other statements, perhaps.
        files = self._files(frozenset(names), [file for file, _, _ in text.read])
        return (_seen(files).at(folder or ".") or NOTHING_HELD) if files is not None else NOTHING_HELD

    def _files(self, wanted: _Wanted, more: Collection[str] = ()) -> Files | None:
        """What lies there of these; None where there is no such directory."""
        if self._cwd is None:
            return None
        try:
            folder = self._cwd.resolve(strict=True)
            root = repository_of(folder) or folder
        except (OSError, RuntimeError):
            return None
        inside = folder.relative_to(root).as_posix().removeprefix(".")
        looking = Looking(root)
        for name, seen_from in sorted(wanted):
            looking.look((name,), f"{inside}/{seen_from}" if seen_from else inside)
        looking.look(more, "")
        return Files(Repository(looking.texts), inside, cwd=inside)


def _seen(files: Files) -> Repository:
    return files.repository.at(files.cwd or ".") or NOTHING_HELD


def _wanted_by(book: Runbook) -> _Wanted:
    """Every name that a shell text of the book may run, with the folder its place says."""
    found: set[tuple[str, str]] = set()
    for section in book.sections:
        for step in section.steps():
            for action in step.actions:
                if action.language == "shell":
                    folder = "/".join(hop.name for hop in action.context if hop.kind == "cwd")
                    if not PurePath(folder).is_absolute():
                        found |= {(name, folder) for name in named_in(action.text)}
    return frozenset(found)
