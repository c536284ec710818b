"""Shifts as an iCal file, for the calendar of a person or of a team: the same events as `tocsin oncall export` writes."""

from datetime import timedelta

from starlette.responses import Response

from tocsin.errors import NotFound
from tocsin.kit.ids import PersonId
from tocsin.oncall.ical_write import calendar
from tocsin.oncall.person import AccessRole
from tocsin.oncall.schedule import LOOK_BACK, whole_shifts
from tocsin.store import amendments
from tocsin.web.pages.page import Page, Visit

_AHEAD = timedelta(days=90)


def _ical(visit: Visit) -> Response:
    plan = visit.app.settings.oncall
    wanted = visit.query.get("person") or None
    person = plan.person(PersonId(wanted)) if wanted is not None else None
    if wanted is not None and person is None:
        raise NotFound("There is no such person.")
    start = visit.now.replace(microsecond=0)
    with visit.app.database.read() as tx:
        known = amendments.between(tx, start - LOOK_BACK, start + _AHEAD)
    found = [
        shift
        for level in range(1, len(plan.levels) + 1)
        for shift in whole_shifts(plan, known, level, start, start + _AHEAD)
        if shift.people and (person is None or person.id in shift.people)
    ]
    name = person.name if person is not None else visit.app.settings.name
    headers = {
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'attachment; filename="oncall.ics"',
    }
    return Response(calendar(plan, found, f"On call: {name}", start), 200, headers)


PAGES = (Page("GET", "/oncall.ics", AccessRole.VIEWER, _ical),)
