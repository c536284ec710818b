"""The runbook library: text and compiled plan side by side, lint in place, what drills have proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from starlette.responses import Response

from tocsin.app.proofs import proven
from tocsin.drill.coverage import Badge as Drilled
from tocsin.drill.coverage import Covered, share
from tocsin.errors import NotFound
from tocsin.oncall.person import AccessRole
from tocsin.runbook.book import Choice, Role, Runbook, Section, Step, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.pages import page as rule_page
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.plan.as_json import step_text
from tocsin.runbook.plan.outlook import PlannedStep, plan
from tocsin.store import incidents
from tocsin.web.pages import steps as step_view
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page

_LOOKED_BACK = 1_000
# Nothing of a runbook is fetched from elsewhere or obeyed: no images, no HTML; the parser itself refuses "javascript:".
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One section in the list. used: how many incidents went by it, and when last."""

    section: Section
    covered: Covered | None
    steps: int
    errors: int
    warnings: int
    used: int
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Planned:
    """One step beside the text it comes from."""

    step: PlannedStep
    badge: step_view.Badge
    text: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A piece of the text with the steps and the remarks that belong to its lines."""

    line: int
    html: Markup
    planned: tuple[Planned, ...]
    remarks: tuple[Diagnostic, ...]


def badge(found: Covered | None) -> step_view.Badge:
    """What drills have proven, as colour, icon and word."""
    match found.badge if found is not None else Drilled.NEVER:
        case Drilled.DRILLED:
            return step_view.Badge("Drilled", "shield-check", "ok")
        case Drilled.FAILED:
            return step_view.Badge("Drill failed", "shield-alert", "danger")
        case Drilled.OUT_OF_DATE:
            return step_view.Badge("Drill out of date", "shield-alert", "change")
        case Drilled.BY_HAND:
            return step_view.Badge("Cannot be drilled", "hand", "")
        case _:
            return step_view.Badge("Never drilled", "shield-off", "")


def _list(visit: Visit) -> Response:
    book = visit.app.library.current
    with visit.app.database.read() as tx:
        library = proven(tx, visit.app.settings.runbook, book, visit.now)
        rows = incidents.listing(tx, limit=_LOOKED_BACK)
    covered = {each.anchor: each for each in library.covered}
    uses: dict[str, list[datetime]] = {}
    for row in rows:
        if row.section is not None and not row.drill:
            uses.setdefault(row.section, []).append(row.opened_at)

    def entry(section: Section) -> Entry:
        found = _within(book, section)
        used = uses.get(section.title, [])
        return Entry(
            section, covered.get(section.anchor), len(section.steps()), _count(found, Level.ERROR),
            _count(found, Level.WARNING), len(used), max(used, default=None),
        )  # fmt: skip

    matched = book.incidents()
    known = {each.anchor for section in matched for each in section.walk()}
    others = [
        each
        for each in book.walk()
        if not each.is_label and each.anchor not in known and each.steps() and not _only_holds_others(each)
    ]
    drilled, of = share(library.covered)
    return page(
        visit, "runbooks.html", "runbooks", book=book, entries=[entry(each) for each in matched],
        others=[entry(each) for each in others], drilled=drilled, of=of, badge=badge,
        errors=_count(book.diagnostics, Level.ERROR), warnings=_count(book.diagnostics, Level.WARNING),
    )  # fmt: skip


def _only_holds_others(section: Section) -> bool:
    """Whether all of its steps stand under headings of their own."""
    own = [*section.body, *(node for child in section.children if child.is_label for node in child.nodes())]
    return not any(isinstance(node, Step | Choice) for node in own)


def _section(visit: Visit) -> Response:
    book = visit.app.library.current
    section = next((each for each in book.walk() if each.anchor == visit.path["anchor"]), None)
    if section is None:
        raise NotFound(
            "The runbook has no such section.", hint="It may have been renamed; look into the list."
        )
    with visit.app.database.read() as tx:
        library = proven(tx, visit.app.settings.runbook, book, visit.now)
        used = [row for row in incidents.listing(tx, limit=_LOOKED_BACK) if row.section == section.title]
    covered = next((each for each in library.covered if each.anchor == section.anchor), None)
    mine = [each for each in library.proofs if each.section.casefold() == section.title.casefold()]
    return page(
        visit, "runbook.html", "runbooks", book=book, section=section, rows=side_by_side(book, section, visit.app.library.text),
        covered=covered, drilled=badge(covered), proofs=sorted(mine, key=lambda each: each.at, reverse=True)[:20],
        used=used[:10], is_incident=Role.INCIDENT in section.roles,
    )  # fmt: skip


def side_by_side(book: Runbook, section: Section, text: str) -> tuple[Row, ...]:
    """The text of a section piece by piece, each with what was compiled from its lines."""
    lines = text.splitlines()
    last = max(span.last_line for span in [inner.span for inner in section.walk()])
    first = section.heading_line
    tokens = _MARKDOWN.parse("\n".join(lines[first - 1 : last]))
    pieces = _pieces(tokens)
    planned = [step for part in plan(book, section).sections for step in part.steps]
    remarks = _within(book, section)
    rows = []
    for at, (start, piece) in enumerate(pieces):
        begin = first + start
        end = first + pieces[at + 1][0] if at + 1 < len(pieces) else last + 1
        html = Markup(_MARKDOWN.renderer.render(piece, _MARKDOWN.options, {}))  # noqa: S704 -- escaped by the renderer
        rows.append(
            Row(
                begin,
                html,
                tuple(_planned(each) for each in planned if begin <= each.step.span.first_line < end),
                tuple(each for each in remarks if begin <= each.span.first_line < end),
            )
        )
    return tuple(rows)


def _pieces(tokens: Sequence[Token]) -> list[tuple[int, list[Token]]]:
    """The top-level blocks of a text, each with its first line from 0."""
    found: list[tuple[int, list[Token]]] = []
    depth = 0
    for token in tokens:
        if depth == 0 and token.nesting >= 0:
            found.append((token.map[0] if token.map else 0, []))
        depth += token.nesting
        found[-1][1].append(token)
    return found


def _planned(each: PlannedStep) -> Planned:
    step = each.step
    judged = step.judgement
    undoable = judged.undo.undoable.value if judged.undo is not None else "no"
    manual = step.kind is StepKind.MANUAL
    why = tuple(dict.fromkeys(reason.sentence for reason in judged.reasons))
    return Planned(each, step_view.badge(judged.effect.word, undoable, manual=manual), step_text(step), why)


def _within(book: Runbook, section: Section) -> tuple[Diagnostic, ...]:
    last = max(inner.span.last_line for inner in section.walk())
    return tuple(each for each in book.diagnostics if section.heading_line <= each.span.first_line <= last)


def _count(found: Sequence[Diagnostic], level: Level) -> int:
    return sum(1 for each in found if each.level is level)


def _rule(visit: Visit) -> Response:
    rule = CATALOGUE.get(visit.path["rule"])
    if rule is None:
        raise NotFound("There is no such rule.")
    html = Markup(_MARKDOWN.render(rule_page(rule).replace("\n[All rules](../lint-rules.md)\n", "")))  # noqa: S704 -- escaped by the renderer
    found = [each for each in visit.app.library.current.diagnostics if each.rule == rule.id]
    return page(visit, "rule.html", "runbooks", rule=rule, html=html, found=found)


PAGES = (
    Page("GET", "/runbooks", AccessRole.VIEWER, _list),
    Page("GET", "/runbooks/rules/{rule}", AccessRole.VIEWER, _rule),
    Page("GET", "/runbooks/{anchor}", AccessRole.VIEWER, _section),
)
