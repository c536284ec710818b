"""Drills: what each section of the runbook has proven, the last verdict of each scenario, every drill with its picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response

from tocsin.app.proofs import proven
from tocsin.app.settings import Settings
from tocsin.drill.coverage import share
from tocsin.drill.picture import timeline
from tocsin.drill.record import Kind, Run
from tocsin.drill.result import Result, in_words, spent
from tocsin.errors import InputError, NotFound
from tocsin.kit import codec
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.runbook.book import Runbook
from tocsin.store import drills
from tocsin.store.drills import DrillRow
from tocsin.store.tx import Tx
from tocsin.web.pages import runbooks, steps
from tocsin.web.pages.live import Live, Snapshot
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page, text
from tocsin.web.pages.streams import streamed

_SHOWN = 50
_NUMBER_CHARS = 9
_SOON = timedelta(0)  # at every turn of those who tell


@dataclass(frozen=True, slots=True)
class Drilled:
    """One drill on record. result: None where another version wrote it and this one cannot read it."""

    row: DrillRow
    result: Result | None
    badge: steps.Badge
    words: str


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a drill, as the history of drills keeps them."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One run of a drill, and its picture."""

    run: Run
    name: str
    picture: Markup
    trial: bool


def verdict_badge(row: DrillRow, result: Result | None) -> steps.Badge:
    """How a drill went. A sandbox that failed says nothing about the runbook: another colour, another word."""
    if result is not None and result.verdict.sandbox is not None:
        return steps.Badge("Sandbox failed", "life-buoy", "human")
    if row.passed:
        return steps.Badge("Proven", "shield-check", "ok")
    if row.expected:
        return steps.Badge("Not proven, as expected", "shield-alert", "change")
    return steps.Badge("Not as expected", "circle-x", "danger")


def _drilled(row: DrillRow) -> Drilled:
    try:
        result = codec.decode(row.verdict, Result)
    except InputError:
        return Drilled(row, None, verdict_badge(row, None), "written by another version of tocsin")
    return Drilled(row, result, verdict_badge(row, result), in_words(result.verdict))


def _anchor(book: Runbook, title: str) -> str | None:
    """Where a section is in the library, or None if the runbook has it no more."""
    return next(
        (each.anchor for each in book.walk() if each.title.casefold() == title.casefold() and not each.is_label), None
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario. last: its newest drill. here: whether it can be started from the page."""

    name: str
    last: Drilled | None
    here: bool


def _values(live: Live, tx: Tx, now: datetime) -> dict[str, object]:
    """Everything the blocks of the page read. Nothing in it is about who looks."""
    app, book = live.app, live.app.library.current
    here = app.settings.runbook.resolve()
    library = proven(tx, app.settings.runbook, book, now)
    kept = [row for row in drills.history(tx) if Path(row.runbook).resolve() == here]
    newest: dict[str, Drilled] = {}
    for row in kept:
        if row.scenario not in newest:
            newest[row.scenario] = _drilled(row)
    offer = app.drilling.offer() if app.drilling is not None else None
    startable = offer.scenarios if offer is not None and not offer.why_not else ()
    known = offer.scenarios if offer is not None else _beside(app.settings)
    rows = [Row(name, newest.get(name), name in startable) for name in sorted({*newest, *known})]
    drilled, of = share(library.covered)
    return {
        "book": book, "covered": library.covered, "badge": runbooks.badge, "drilled": drilled, "of": of, "spent": spent,
        "rows": rows, "offer": offer, "never": steps.Badge("Never drilled", "shield-off", ""),
        "history": [_drilled(row) for row in kept[:_SHOWN]], "more": max(len(kept) - _SHOWN, 0),
        **_running(live),
    }  # fmt: skip


def _running(live: Live) -> dict[str, object]:
    """The drill that was started here, and by whom."""
    attempt = live.app.drilling.current() if live.app.drilling is not None else None
    roster = live.app.settings.roster

    def named(by: str | None) -> str:
        known = roster.person(PersonId(by.removeprefix("person:"))) if by is not None else None
        return known.name if known is not None else by or ""

    return {
        "attempt": attempt, "busy": attempt is not None and attempt.running,
        "started_by": named(attempt.by) if attempt is not None else "",
        "stopped_by": named(attempt.stopped_by) if attempt is not None else "",
    }  # fmt: skip


def _list(visit: Visit) -> Response:
    with visit.app.database.read() as tx:
        found = _values(visit.live, tx, visit.now)
    return page(visit, "drills.html", "drills", schedule=visit.app.settings.drills, **found)


def source(live: Live, tx: Tx, name: str, before: Snapshot | None) -> Snapshot | None:
    """The drill that runs and what is on record, rendered once for everybody who looks."""
    drilling = live.app.drilling
    position = drilling.heard() if drilling is not None else 0
    if before is not None and before.position == position:
        return before
    found = {"now": live.app.clock.now(), "csrf": live.mark, **_values(live, tx, live.app.clock.now())}
    regions = {
        "running": text("drills/running.html", **found),
        "lists": text("drills/lists.html", **found),
        "proven-region": text("drills/proven.html", **found),
    }
    return Snapshot(position, regions, again=_SOON)


def _stream(visit: Visit) -> Response:
    return streamed(visit, source, "drills")


def _beside(settings: Settings) -> list[str]:
    """Scenarios beside the settings: a file is named after its scenario."""
    folder = settings.drills_at.folder
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def _scene(run: Run) -> Scene:
    name = {
        Kind.TRIAL: "The drill", Kind.NO_FAULT: "Control: nothing was broken",
        Kind.NO_RUNBOOK: "Control: nobody followed the runbook", Kind.WITHOUT_STEP: f"Without step {run.left_out}",
    }[run.kind]  # fmt: skip
    if run.runbook == "corrected":
        name = f"{name}, with the corrected text"
    return Scene(run, name, Markup(timeline(run)), run.kind is Kind.TRIAL)  # noqa: S704 -- drawn by us, every text in it escaped


def _one(visit: Visit) -> Response:
    number = visit.path["drill"]
    if not (number.isascii() and number.isdigit()) or len(number) > _NUMBER_CHARS:
        raise NotFound("A drill is named by its number.")
    with visit.app.database.read() as tx:
        row = drills.by_id(tx, int(number))
    if row is None:
        raise NotFound(f"There is no drill {number}.")
    found = _drilled(row)
    return page(
        visit, "drill.html", "drills", drill=found, scenes=_scenes(row), anchor=_anchor(visit.app.library.current, row.section),
        spent=spent, took=_took(found),
    )  # fmt: skip


def _scenes(row: DrillRow) -> Sequence[Scene] | None:
    """The runs with their pictures, or None where they cannot be read any more."""
    try:
        runs = codec.decode(row.runs, Runs).runs
    except InputError:
        return None
    return [_scene(run) for run in runs]


def _took(found: Drilled) -> tuple[tuple[str, timedelta | None], ...]:
    if found.result is None:
        return ()
    verdict = found.result.verdict
    return (("Detected in", verdict.detected_in), ("Green again in", verdict.mitigated_in))


PAGES = (
    Page("GET", "/drills", AccessRole.VIEWER, _list),
    Page("GET", "/drills/stream", AccessRole.VIEWER, _stream),
    Page("GET", "/drills/{drill}", AccessRole.VIEWER, _one),
)
