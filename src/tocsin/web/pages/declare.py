"""A person declares an incident: the same alert as any other, and then the room it opened."""

from datetime import timedelta

from starlette.responses import Response

from tocsin.engine.words import wait_for_answer
from tocsin.errors import StoreError
from tocsin.oncall.person import AccessRole
from tocsin.web.api.alerts import Stored
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done

_WITHIN = timedelta(seconds=5)


def _declare(visit: Visit) -> Response:
    stored = act.do(visit, act.BY_NAME["post_alert"])
    assert isinstance(stored, Stored)
    answer = wait_for_answer(visit.app.database, stored.signal, visit.app.clock, _WITHIN)
    if answer is None or answer.incident is None:
        raise StoreError("Stored, but not decided yet.", hint="It appears among the incidents in a moment.")
    return done(visit, f"{answer.incident} is declared.", f"/incidents/{answer.incident}")


PAGES = (Page("POST", "/declare", AccessRole.RESPONDER, _declare),)
