"""The runbook that is in force: its plan, what the linter says, what was used and proven; the rules; a drill's report."""

from datetime import datetime

import msgspec

from tocsin.app.proofs import proven
from tocsin.drill.coverage import Badge
from tocsin.errors import NotFound
from tocsin.kit.ids import sha256
from tocsin.oncall.person import AccessRole
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.pages import page as rule_page
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.plan.as_json import document
from tocsin.runbook.plan.outlook import plan
from tocsin.store import drills, incidents
from tocsin.web.api.drills import DrillView
from tocsin.web.api.drills import view as drill_view
from tocsin.web.api.house import Plan
from tocsin.web.api.logins import number_in
from tocsin.web.api.operation import Call, Operation

_PATH = "/api/v1/runbook"
_LOOKED_BACK = 1_000


class RemarkView(msgspec.Struct):
    """A remark of the linter about one line."""

    rule: str
    level: Level
    line: int
    column: int
    message: str
    hint: str | None


class SectionView(msgspec.Struct):
    """One section: where it is, what drills have proven of it, and how often incidents went by it."""

    anchor: str
    number: str | None
    title: str
    line: int
    steps: int
    badge: Badge | None
    because: str | None
    used: int
    last_used: datetime | None


class RunbookView(msgspec.Struct):
    """The runbook in force, by its text's hash."""

    title: str
    path: str
    sha256: str
    sections: list[SectionView]
    remarks: list[RemarkView]


class Section(msgspec.Struct):
    """One section: its text, its plan (docs/reference/plan-json.md), the remarks on its lines."""

    section: SectionView
    text: str
    plan: Plan
    remarks: list[RemarkView]


class RuleView(msgspec.Struct):
    """A rule of the linter, with its page of documentation in Markdown."""

    rule: str
    level: Level
    finding: str
    text: str


class DrillReport(msgspec.Struct):
    """One drill as it was kept: its verdict and its runs, as `tocsin drill report --json` gives them."""

    drill: DrillView
    verdict: object
    runs: object


def _runbook(call: Call) -> RunbookView:
    book = call.app.library.current
    return RunbookView(
        book.title, book.path, sha256(call.app.library.text), _sections(call), [_remark(each) for each in book.diagnostics]
    )  # fmt: skip


def _sections(call: Call) -> list[SectionView]:
    book = call.app.library.current
    with call.app.database.read() as tx:
        library = proven(tx, call.app.settings.runbook, book, call.now)
        rows = incidents.listing(tx, limit=_LOOKED_BACK)
    covered = {each.anchor: each for each in library.covered}
    uses: dict[str, list[datetime]] = {}
    for row in rows:
        if row.section is not None and not row.drill:
            uses.setdefault(row.section, []).append(row.opened_at)
    found = []
    for each in book.walk():
        if each.is_label:
            continue
        known, used = covered.get(each.anchor), uses.get(each.title, [])
        found.append(
            SectionView(
                each.anchor, each.number, each.title, each.heading_line, len(each.steps()),
                known.badge if known is not None else None, known.because if known is not None else None, len(used),
                max(used, default=None),
            )
        )  # fmt: skip
    return found


def _section(call: Call) -> Section:
    book, anchor = call.app.library.current, call.path["anchor"]
    section = next((each for each in book.walk() if each.anchor == anchor and not each.is_label), None)
    if section is None:
        raise NotFound("The runbook has no such section.")
    last = max(span.last_line for span in [inner.span for inner in section.walk()])
    lines = call.app.library.text.splitlines()[section.heading_line - 1 : last]
    mine = [each for each in book.diagnostics if section.heading_line <= each.span.first_line <= last]
    shown = next(each for each in _sections(call) if each.anchor == anchor)
    return Section(
        shown, "\n".join(lines), Plan(dict(document(plan(book, section)))), [_remark(each) for each in mine]
    )


def _remark(each: Diagnostic) -> RemarkView:
    return RemarkView(each.rule, each.level, each.span.first_line, each.column, each.message, each.hint)


def _rule(call: Call) -> RuleView:
    rule = CATALOGUE.get(call.path["rule"])
    if rule is None:
        raise NotFound("There is no such rule.")
    return RuleView(rule.id, rule.level, rule.finding, rule_page(rule))


def _drill(call: Call) -> DrillReport:
    with call.app.database.read() as tx:
        row = drills.by_id(tx, number_in(call, "drill"))
    if row is None:
        raise NotFound("There is no drill of that number.")
    return DrillReport(
        drill_view(row), msgspec.json.decode(row.verdict), msgspec.json.decode(row.runs or "null")
    )


_VIEWER = AccessRole.VIEWER
OPERATIONS = (
    Operation("GET", _PATH, "get_runbook", "The runbook in force: sections, remarks, what is proven and used.", _VIEWER,
              RunbookView, _runbook, tag="runbooks"),
    Operation("GET", _PATH + "/sections/{anchor}", "get_section", "One section: its text, its plan, its remarks.", _VIEWER,
              Section, _section, tag="runbooks"),
    Operation("GET", "/api/v1/rules/{rule}", "get_rule", "A rule of the linter, explained.", _VIEWER, RuleView, _rule,
              tag="runbooks"),
    Operation("GET", "/api/v1/drills/{drill}", "get_drill", "One drill: its verdict and everything that was seen.", _VIEWER,
              DrillReport, _drill, tag="drills"),
)  # fmt: skip
