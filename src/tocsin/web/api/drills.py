"""What drills have proven: how each section stands, and every drill on record."""

from datetime import datetime
from pathlib import Path

import msgspec

from tocsin.app.proofs import proven
from tocsin.drill.coverage import Badge
from tocsin.drill.result import Result, in_words
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.oncall.person import AccessRole
from tocsin.store import drills
from tocsin.store.drills import DrillRow
from tocsin.web.api.operation import Call, Operation, Query


class CoveredView(msgspec.Struct):
    """One incident section of the runbook, its badge and why it has it; `drill` is the newest of it."""

    number: str | None
    title: str
    anchor: str
    badge: Badge
    because: str
    drill: int | None


class DrillView(msgspec.Struct):
    """One drill. `expected`: whether it ended as its scenario says; `verdict`: in words."""

    drill: int
    at: datetime
    scenario: str
    section: str
    passed: bool
    expected: bool
    verdict: str
    by: str


class Drills(msgspec.Struct):
    """Sections in the order of the runbook; drills of it, the newest first."""

    sections: list[CoveredView]
    drills: list[DrillView]


def _drills(call: Call) -> Drills:
    settings = call.app.settings
    here = settings.runbook.resolve()
    with call.app.database.read() as tx:
        library = proven(tx, settings.runbook, call.app.library.current, call.now)
        rows = [row for row in drills.history(tx) if Path(row.runbook).resolve() == here]
    sections = [
        CoveredView(
            each.number, each.title, each.anchor, each.badge, each.because,
            each.proof.id if each.proof is not None else None,
        )
        for each in library.covered
    ]  # fmt: skip
    return Drills(sections, [_view(row) for row in rows[: int(call.query["limit"])]])


def _view(row: DrillRow) -> DrillView:
    try:
        said = in_words(codec.decode(row.verdict, Result).verdict)
    except InputError:
        said = "written by another version of tocsin"
    return DrillView(row.id, row.at, row.scenario, row.section, row.passed, row.expected, said, row.by)


_LIMIT = Query("limit", "how many drills at most", "count", "50")
OPERATIONS = (
    Operation("GET", "/api/v1/drills", "list_drills", "What drills have proven of each section, and every drill on record.",
              AccessRole.VIEWER, Drills, _drills, query=(_LIMIT,), tag="drills"),
)  # fmt: skip
