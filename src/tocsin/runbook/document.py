"""A runbook's text as it is found, read whole: compiled, with the files around it, linted, its waivers applied."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.run import with_lint
from tocsin.runbook.project import NOTHING_KNOWN, ProjectFacts
from tocsin.runbook.reread import with_files
from tocsin.runbook.waive import Waiver, waive


@dataclass(frozen=True, slots=True)
class Text:
    """A runbook's text as read from its file."""

    path: Path
    text: str


def read(
    text: Text,
    today: date,
    waivers: tuple[Waiver, ...] = (),
    around: Callable[[Runbook], ProjectFacts] | None = None,
) -> Runbook:
    """Compile and lint a text; never fails, problems are diagnostics.

    A waived error becomes a warning that carries the reason, until the waiver's last day.
    `around` tells what lies around the document. The engine passes none: where a step runs nobody has read the
    scripts that lie there, so what they do stays unknown.
    """
    book = compile_runbook(text.text, str(text.path))
    project = around(book) if around is not None else NOTHING_KNOWN
    book = with_lint(with_files(book, project.files), today=today, source=text.text, project=project)
    return waive(book, waivers, today)
