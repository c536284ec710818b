"""On-call: who is on now and why, the days ahead with gaps in red, overrides, swaps, absences, test pages."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from starlette.responses import Response

from tocsin.app import oncall as plans
from tocsin.oncall.person import AccessRole
from tocsin.oncall.schedule import Shift, on_call, shifts
from tocsin.store import amendments, deliveries
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page

_DAYS = 14
_WIDE, _ROW = 840, 34
_PAGES_SHOWN = 12
_COLOURS = 6


@dataclass(frozen=True, slots=True)
class Level:
    """Who is called at a level now, in order, why, and until when."""

    level: int
    names: tuple[str, ...]
    because: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One shift in the calendar. tone: a number that stays the same for the same people; "gap" for nobody."""

    x: str
    y: int
    width: str
    tone: str
    words: str
    title: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days ahead as a picture. days: (x, word) of each midnight in UTC."""

    bars: tuple[Bar, ...]
    days: tuple[tuple[str, str], ...]
    width: int
    height: int


def _levels(visit: Visit, found: tuple[tuple[Shift, ...], ...]) -> tuple[Level, ...]:
    plan = visit.app.settings.oncall
    with visit.app.database.read() as tx:
        held = amendments.holding(tx, visit.now)
    levels = []
    for number, own in enumerate(found, 1):
        answer = on_call(plan, held, number, visit.now)
        first = own[0] if own else None
        ends = first.end if first is not None and first.end < visit.now + timedelta(days=_DAYS) else None
        levels.append(Level(number, tuple(visit.name(each) for each in answer.people), answer.because, ends))
    return tuple(levels)


def _calendar(visit: Visit, found: tuple[tuple[Shift, ...], ...]) -> Calendar:
    span = timedelta(days=_DAYS)
    teams = list(dict.fromkeys(shift.people for own in found for shift in own if shift.people))
    bars = []
    for row, own in enumerate(found):
        for shift in own:
            x = _WIDE * ((shift.start - visit.now) / span)
            width = _WIDE * ((shift.end - shift.start) / span)
            names = ", ".join(visit.name(each) for each in shift.people)
            title = f"Level {shift.level}: {names or 'nobody'}, {shift.start:%a %d %b %H:%M} to {shift.end:%a %d %b %H:%M} UTC"
            tone = f"t{teams.index(shift.people) % _COLOURS}" if shift.people else "gap"
            words = (names or "nobody") if width > 7 * len(names or "nobody") else ""
            bars.append(Bar(f"{x:.1f}", 18 + row * _ROW, f"{max(width - 1, 1):.1f}", tone, words, title))
    midnight = datetime.combine(visit.now.astimezone(UTC).date(), time(), UTC)
    days = []
    for number in range(1, _DAYS + 1):
        at = midnight + timedelta(days=number)
        days.append((f"{_WIDE * ((at - visit.now) / span):.1f}", f"{at:%a %d}"))
    return Calendar(tuple(bars), tuple(days), _WIDE, 18 + len(found) * _ROW)


def _show(visit: Visit) -> Response:
    plan = visit.app.settings.oncall
    end = visit.now + timedelta(days=_DAYS)
    with visit.app.database.read() as tx:
        held = amendments.between(tx, visit.now, end)
        standing = amendments.between(tx, visit.now, visit.now + timedelta(days=366))
        pages = deliveries.listing(tx, _PAGES_SHOWN)
    found = tuple(shifts(plan, held, level, visit.now, end) for level in range(1, len(plan.levels) + 1))
    policy = visit.app.library.current.policy
    findings = plans.readiness(visit.app.database, visit.app.settings, policy, visit.now, _DAYS)
    gaps = [shift for own in found for shift in own if not shift.people]
    return page(
        visit, "oncall.html", "oncall", levels=_levels(visit, found), calendar=_calendar(visit, found), gaps=gaps,
        findings=findings, standing=standing, pages=pages, people=plan.people, shifts=found,
        start=visit.now.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None).isoformat(timespec="minutes"),
    )  # fmt: skip


def _amend(visit: Visit) -> Response:
    """A change of the plan, its times read as UTC: what a field for dates and times gives has no zone."""
    form = dict(visit.form)
    for name in ("start", "end"):
        if form.get(name) and not form[name].endswith("Z") and "+" not in form[name]:
            form[name] += "Z" if form[name].count(":") > 1 else ":00Z"
    act.do(replace(visit, form=form), act.BY_NAME["amend_on_call"])
    return done(visit, "It holds from now on, without a restart.", "/oncall")


PAGES = (
    Page("GET", "/oncall", AccessRole.VIEWER, _show),
    Page("POST", "/oncall/amend", AccessRole.RESPONDER, _amend),
)
