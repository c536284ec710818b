"""Who is on call, why, and what people change about it for a while."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from tocsin.app import oncall as plans
from tocsin.errors import InputError, Refused
from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.person import AccessRole
from tocsin.oncall.schedule import on_call, shifts
from tocsin.store import amendments
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty, Name, Words, body, hidden, speaker

_PATH = "/api/v1/oncall"
_LONGEST = timedelta(days=366)

LevelNumber = Annotated[int, msgspec.Meta(ge=1, le=20)]


class LevelView(msgspec.Struct):
    """Who is called at a level now, in order, and the sentences that say why."""

    level: int
    people: list[str]
    because: list[str]


class Now(msgspec.Struct):
    """Every level, as of one moment."""

    at: datetime
    levels: list[LevelView]


class ShiftView(msgspec.Struct):
    """A stretch in which one answer holds; without people it is a gap."""

    level: int
    people: list[str]
    start: datetime
    end: datetime


class Calendar(msgspec.Struct):
    """The shifts of all levels, each cut at both ends of the time asked for."""

    start: datetime
    end: datetime
    shifts: list[ShiftView]


class FindingView(msgspec.Struct):
    """What stands between a page and a person."""

    rule: str
    error: bool
    message: str
    hint: str
    level: int | None
    person: str | None
    start: datetime | None
    end: datetime | None


class Readiness(msgspec.Struct):
    """Errors first; none at all is ready."""

    ready: bool
    findings: list[FindingView]


class AmendmentView(msgspec.Struct):
    """An override, swap or absence, with who wrote it down and why."""

    id: int
    kind: Kind
    person: str
    other: str | None
    level: int | None
    start: datetime
    end: datetime
    reason: str
    by: str
    at: datetime


class Amendments(msgspec.Struct):
    """What stands from now on."""

    amendments: list[AmendmentView]


class AmendmentWanted(msgspec.Struct, forbid_unknown_fields=True):
    """An override (take the pager), a swap (with whom) or an absence; every time carries its offset."""

    kind: Kind
    person: Name
    start: datetime
    end: datetime
    reason: Words
    other: Name | None = None
    level: LevelNumber | None = None


class Withdrawn(msgspec.Struct):
    """It does not hold any more; what was stays known."""

    id: int
    withdrawn: bool


class Ical(msgspec.Struct):
    """Shifts as the text of an iCal file (RFC 5545)."""

    ical: str


def view(each: Amendment) -> AmendmentView:
    """An amendment as it is shown."""
    return AmendmentView(
        each.id,
        each.kind,
        each.person,
        each.other,
        each.level,
        each.start,
        each.end,
        each.reason,
        each.by,
        each.at,
    )


def _now(call: Call) -> Now:
    plan = call.app.settings.oncall
    with call.app.database.read() as tx:
        held = amendments.holding(tx, call.now)
    answers = [(level, on_call(plan, held, level, call.now)) for level in range(1, len(plan.levels) + 1)]
    return Now(
        call.now,
        [LevelView(level, list(found.people), list(found.because)) for level, found in answers],
    )


def _calendar(call: Call) -> Calendar:
    plan = call.app.settings.oncall
    end = call.now + timedelta(days=int(call.query["days"]))
    with call.app.database.read() as tx:
        held = amendments.between(tx, call.now, end)
    found = [
        ShiftView(shift.level, list(shift.people), shift.start, shift.end)
        for level in range(1, len(plan.levels) + 1)
        for shift in shifts(plan, held, level, call.now, end)
    ]
    return Calendar(call.now, end, found)


def _ical(call: Call) -> Ical:
    wanted = call.query["person"] or None
    return Ical(plans.ical(call.app.database, call.app.settings, wanted, call.now, int(call.query["days"])))


def _readiness(call: Call) -> Readiness:
    policy = call.app.library.current.policy
    found = plans.readiness(call.app.database, call.app.settings, policy, call.now, int(call.query["days"]))
    return Readiness(
        not any(each.error for each in found),
        [
            FindingView(
                each.rule, each.error, each.message, each.hint, each.level, each.person, each.start, each.end
            )
            for each in found
        ],
    )


def _amendments(call: Call) -> Amendments:
    with call.app.database.read() as tx:
        return Amendments([view(each) for each in amendments.between(tx, call.now, call.now + _LONGEST)])


def _amend(call: Call) -> AmendmentView:
    wanted = body(call, AmendmentWanted)
    by = speaker(call)
    for name, moment in (("start", wanted.start), ("end", wanted.end)):
        if moment.tzinfo is None:
            raise InputError(f"{name}: a time has an offset, such as 2026-12-31T22:00:00+01:00.")
    if wanted.end > call.now + _LONGEST:
        raise Refused("That ends in more than a year; write it into the plan (tocsin.toml) instead.")
    made = Amendment(
        0,
        wanted.kind,
        PersonId(wanted.person),
        wanted.start.astimezone(UTC),
        wanted.end.astimezone(UTC),
        by,
        call.now,
        PersonId(wanted.other) if wanted.other is not None else None,
        wanted.level,
        hidden(call, wanted.reason) or "",
    )
    return view(plans.amend(call.app.database, call.app.settings.oncall, made))


def _withdraw(call: Call) -> Withdrawn:
    number = call.path["amendment"]
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise InputError("An amendment is named by its number.")
    plans.withdraw(call.app.database, int(number), speaker(call), call.now)
    return Withdrawn(int(number), True)


_VIEWER, _RESPONDER = AccessRole.VIEWER, AccessRole.RESPONDER
_DAYS = Query("days", "how far ahead", "count", "14", 366)
_AHEAD = Query("days", "how far ahead", "count", "90", 366)
_PERSON = Query("person", "only theirs")
OPERATIONS = (
    Operation("GET", _PATH, "get_on_call", "Who is on call now, level by level, and why.", _VIEWER, Now, _now,
              tag="oncall"),
    Operation("GET", _PATH + "/calendar", "get_on_call_calendar", "The shifts of the next days, gaps included.", _VIEWER,
              Calendar, _calendar, query=(_DAYS,), tag="oncall"),
    Operation("GET", _PATH + "/ical", "get_on_call_ical", "The shifts of the next days as an iCal file.", _VIEWER, Ical,
              _ical, query=(_PERSON, _AHEAD), refuses=(404,), tag="oncall"),
    Operation("GET", _PATH + "/readiness", "get_readiness", "What stands between a page and a person.", _VIEWER,
              Readiness, _readiness, query=(_DAYS,), tag="oncall"),
    Operation("GET", _PATH + "/amendments", "list_amendments", "Overrides, swaps and absences that stand.", _VIEWER,
              Amendments, _amendments, tag="oncall"),
    Operation("POST", _PATH + "/amendments", "amend_on_call", "Take the pager, swap, or be away for a while.", _RESPONDER,
              AmendmentView, _amend, AmendmentWanted, status=201, refuses=(409,), tag="oncall"),
    Operation("POST", _PATH + "/amendments/{amendment}/withdraw", "withdraw_amendment", "Take one back.", _RESPONDER,
              Withdrawn, _withdraw, Empty, refuses=(409,), tag="oncall"),
)  # fmt: skip
