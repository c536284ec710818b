"""Planned work of the status page: announced, moved, called off; each by the operation of the API that does the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from tocsin.errors import NotFound, TocsinError
from tocsin.oncall.person import AccessRole
from tocsin.store import status as store
from tocsin.store.status import Work
from tocsin.web.api.operation import Call
from tocsin.web.api.serve import status_of
from tocsin.web.api.status import WorkWanted
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page

_PATH = "/status/work"
_SHOWN = timedelta(days=30)
_COMPONENT = "component."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds: of a work that is moved its values, after a refusal what was typed."""

    name: str = ""
    text: str = ""
    start: str = ""
    end: str = ""
    components: frozenset[str] = frozenset()


def _works(visit: Visit) -> tuple[Work, ...]:
    with visit.app.database.read() as tx:
        return store.works(tx, visit.now - _SHOWN)


def _open(work: Work, now: datetime) -> bool:
    return work.over_at is None and work.ends_at > now


def _one(visit: Visit) -> Work:
    wanted = visit.path["work"]
    found = next((each for each in _works(visit) if str(each.id) == wanted), None)
    if found is None or not _open(found, visit.now):
        raise NotFound(f'There is no work "{wanted[:20]}" that is planned or going on.')
    return found


def _local(at: datetime) -> str:
    """As a field for dates and times wants it; in UTC, as its label says."""
    return at.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None).isoformat(timespec="minutes")


def _typed(form: Mapping[str, str]) -> Asked:
    chosen = frozenset(value for name, value in form.items() if name.startswith(_COMPONENT))
    return Asked(
        form.get("name", ""), form.get("text", ""), form.get("start", ""), form.get("end", ""), chosen
    )


def _shown(
    visit: Visit, asked: Asked, moved: Work | None = None, wrong: str = "", status: int = 200
) -> Response:
    settings = visit.app.settings.status
    works = _works(visit)
    return page(
        visit, "status_work.html", "status", status, wanted=settings is not None, asked=asked, moved=moved, wrong=wrong,
        ahead=[each for each in works if _open(each, visit.now)],
        past=[each for each in reversed(works) if not _open(each, visit.now)],
        components=[each.name for each in settings.plan.components] if settings is not None else [],
    )  # fmt: skip


def _list(visit: Visit) -> Response:
    begin = visit.now + timedelta(days=1)
    return _shown(visit, Asked(start=_local(begin), end=_local(begin + timedelta(hours=1))))


def _edit(visit: Visit) -> Response:
    work = _one(visit)
    asked = Asked(
        work.name, work.text, _local(work.starts_at), _local(work.ends_at), frozenset(work.components)
    )
    return _shown(visit, asked, work)


def _announce(visit: Visit, asked: Asked) -> None:
    """Announce it, its times read as UTC: what a field for dates and times gives has no zone."""
    fields = {
        "name": asked.name, "text": asked.text, "starts_at": _utc(asked.start), "ends_at": _utc(asked.end),
        "components": sorted(asked.components),
    }  # fmt: skip
    wanted = act.converted(fields, WorkWanted)
    act.BY_NAME["plan_work"].handle(Call(visit.app, visit.caller, visit.now, {}, {}, wanted))


def _utc(text: str) -> str:
    return (
        text if not text or text.endswith("Z") or "+" in text else f"{text}{':00' * (text.count(':') < 2)}Z"
    )


def _plan(visit: Visit) -> Response:
    asked = _typed(visit.form)
    try:
        _announce(visit, asked)
    except TocsinError as problem:
        return _refused(visit, asked, None, problem)
    return done(visit, "Announced. The public page shows it with its next writing.", _PATH)


def _move(visit: Visit) -> Response:
    """Announced anew first and then called off as it was: at no moment does the page promise nothing."""
    work, asked = _one(visit), _typed(visit.form)
    try:
        _announce(visit, asked)
    except TocsinError as problem:
        return _refused(visit, asked, work, problem)
    act.do(replace(visit, form={"path.work": str(work.id)}), act.BY_NAME["end_work"])
    return done(visit, "Moved. The public page shows it with its next writing.", _PATH)


def _refused(visit: Visit, asked: Asked, work: Work | None, problem: TocsinError) -> Response:
    """An error never looks like a success, and what was typed is still there."""
    if visit.quiet:
        raise problem
    return _shown(visit, asked, work, f"{problem.message} {problem.hint or ''}".strip(), status_of(problem))


PAGES = (
    Page("GET", _PATH, AccessRole.VIEWER, _list),
    Page("POST", _PATH, AccessRole.RESPONDER, _plan),
    Page("GET", _PATH + "/{work}", AccessRole.RESPONDER, _edit),
    Page("POST", _PATH + "/{work}/move", AccessRole.RESPONDER, _move),
)
