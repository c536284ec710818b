"""What drills have proven, every drill on record, and the one that somebody runs here."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from tocsin.app.drilling import Attempt, Drilling
from tocsin.app.proofs import proven
from tocsin.drill.coverage import Badge
from tocsin.drill.result import Result, in_words
from tocsin.errors import InputError, Refused
from tocsin.kit import codec
from tocsin.oncall.person import AccessRole
from tocsin.store import drills
from tocsin.store.drills import DrillRow
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty, body


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


class DrillWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Which scenario is to be drilled, by its name."""

    scenario: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class StateView(msgspec.Struct):
    """A state that a run of the drill entered, and how long after its beginning."""

    run: str
    state: str
    what: str
    after_seconds: float


class DrillRunning(msgspec.Struct):
    """The drill that runs here, or the last one that did; `ended` is null while it runs, `drill` once it is on record."""

    scenario: str
    by: str
    began: datetime
    ended: datetime | None
    said: str
    proven: bool | None
    drill: int | None
    stopped_by: str | None
    states: list[StateView]


class DrillDesk(msgspec.Struct):
    """What can be drilled here; `why_not` is empty where it can, `current` is null before the first."""

    scenarios: list[str]
    why_not: str
    note: str
    current: DrillRunning | None


def _desk(call: Call) -> DrillDesk:
    drilling = call.app.drilling
    if drilling is None:
        return DrillDesk([], "This tocsin carries out no drills.", "", None)
    offer, current = drilling.offer(), drilling.current()
    return DrillDesk(
        list(offer.scenarios), offer.why_not, offer.note, _running(current) if current is not None else None
    )


def _run(call: Call) -> DrillRunning:
    wanted = body(call, DrillWanted)
    return _running(_drilling(call).start(wanted.scenario, _by(call)))


def _stop(call: Call) -> DrillRunning:
    return _running(_drilling(call).stop(_by(call)))


def _drilling(call: Call) -> Drilling:
    if call.app.drilling is None:
        raise Refused(
            "This tocsin carries out no drills.", hint="Run tocsin drill run NAME where the sandbox is."
        )
    return call.app.drilling


def _by(call: Call) -> str:
    return f"person:{call.caller.person}" if call.caller.person is not None else call.caller.via


def _running(attempt: Attempt) -> DrillRunning:
    states = [
        StateView(each.run, each.state, each.what, each.after.total_seconds()) for each in attempt.entered
    ]
    return DrillRunning(
        attempt.scenario, attempt.by, attempt.began, attempt.ended, attempt.said, attempt.proven, attempt.drill,
        attempt.stopped_by, states,
    )  # fmt: skip


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
    return Drills(sections, [view(row) for row in rows[: int(call.query["limit"])]])


def view(row: DrillRow) -> DrillView:
    """A drill on record as it is shown."""
    try:
        said = in_words(codec.decode(row.verdict, Result).verdict)
    except InputError:
        said = "written by another version of tocsin"
    return DrillView(row.id, row.at, row.scenario, row.section, row.passed, row.expected, said, row.by)


_LIMIT = Query("limit", "how many drills at most", "count", "50")
OPERATIONS = (
    Operation("GET", "/api/v1/drills", "list_drills", "What drills have proven of each section, and every drill on record.",
              AccessRole.VIEWER, Drills, _drills, query=(_LIMIT,), tag="drills"),
    Operation("GET", "/api/v1/drills/current", "show_drill_running", "What can be drilled here, and the drill that runs or ran last.",
              AccessRole.VIEWER, DrillDesk, _desk, tag="drills"),
    Operation("POST", "/api/v1/drills/current", "run_drill", "Break a copy in a sandbox and see whether the runbook mends it.",
              AccessRole.RESPONDER, DrillRunning, _run, DrillWanted, status=202, refuses=(404, 409), tag="drills"),
    Operation("POST", "/api/v1/drills/current/stop", "stop_drill", "End the drill that runs, with all of its sandbox.",
              AccessRole.RESPONDER, DrillRunning, _stop, Empty, refuses=(404, 409), tag="drills"),
)  # fmt: skip
