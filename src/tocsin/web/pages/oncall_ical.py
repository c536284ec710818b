"""Shifts as an iCal file, for the calendar of a person or of a team: the same events as `tocsin oncall export` writes."""

from starlette.responses import Response

from tocsin.app.oncall import ical
from tocsin.oncall.person import AccessRole
from tocsin.web.pages.page import Page, Visit

_DAYS = 90


def _ical(visit: Visit) -> Response:
    text = ical(visit.app.database, visit.app.settings, visit.query.get("person") or None, visit.now, _DAYS)
    headers = {
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'attachment; filename="oncall.ics"',
    }
    return Response(text, 200, headers)


PAGES = (Page("GET", "/oncall.ics", AccessRole.VIEWER, _ical),)
