"""The status page from inside: what the public sees now, whether its files are fresh, and the next word to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from tocsin.app import status_page as pages
from tocsin.app.settings_status import StatusSettings
from tocsin.errors import InputError, NotFound
from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.status import words
from tocsin.status.board import Board, Component, State
from tocsin.status.pages import rendered
from tocsin.store import incidents
from tocsin.web.pages import act, steps
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page, say

_OPEN_MAX = 50
_TEXT_CHARS = 4_000
_BAR, _STEP = 5, 7


@dataclass(frozen=True, slots=True)
class Part:
    """A component with its badge and its days as bars: (x, class, what is said of the day)."""

    component: Component
    badge: steps.Badge
    bars: tuple[tuple[int, str, str], ...]
    width: int
    label: str
    uptime: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the page. written_at: None where there are none yet. stale: older than the page may be."""

    folder: Path
    written_at: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Open:
    """An incident that is not over, and what the public was told of it."""

    incident: Incident
    title: str
    draft: str
    draft_id: str
    told: int


def state_badge(state: State) -> steps.Badge:
    """A state as colour, icon and word."""
    tone, sign = {
        "ok": ("ok", "circle-check"), "warn": ("change", "triangle-alert"), "bad": ("danger", "circle-x"),
        "work": ("read", "clock"), "none": ("", "circle-help"),
    }[words.TONE[state]]  # fmt: skip
    return steps.Badge(words.STATE[state], sign, tone)


def _part(component: Component) -> Part:
    bars = tuple(
        (
            number * _STEP,
            each.word.replace(" ", "-"),
            words.day(each) if each.known else f"{each.date}: no data",
        )
        for number, each in enumerate(component.days)
    )
    return Part(
        component, state_badge(component.state), bars, len(bars) * _STEP - (_STEP - _BAR), words.bars(component),
        words.uptime(component),
    )  # fmt: skip


def files(status: StatusSettings, now: datetime) -> Files:
    """Whether the files of the page are there and fresh."""
    index = status.places.public / "index.html"
    try:
        written = datetime.fromtimestamp(index.stat().st_mtime, UTC)
    except OSError:
        return Files(status.places.public, None, stale=True)
    return Files(
        status.places.public, written, now - written > status.plan.stale_after + timedelta(minutes=1)
    )


def _open(visit: Visit) -> list[Open]:
    found = []
    with visit.app.database.read() as tx:
        for row in incidents.listing(tx, open_only=True, limit=_OPEN_MAX):
            if row.drill:
                continue
            incident = visit.live.rooms.room(tx, row.id).incident
            draft = incident.said.draft(PUBLIC)
            found.append(
                Open(
                    incident, row.title, draft.drafted.text if draft is not None else "",
                    draft.drafted.update if draft is not None else "", len(incident.said.sent_to(PUBLIC)),
                )
            )  # fmt: skip
    return found


def _show(visit: Visit) -> Response:
    app = visit.app
    status = app.settings.status
    board: Board | None = None
    if status is not None:
        board = pages.look(app.database, app.settings, app.clock, count=False)
    opened = _open(visit)
    return page(
        visit, "status.html", "status", status=status, board=board, parts=[_part(each) for each in board.components] if board else [],
        files=files(status, visit.now) if status is not None else None, opened=opened, words=words, rendered=_rendered,
        chosen=_chosen(visit, opened), badge=state_badge, most=_TEXT_CHARS,
    )  # fmt: skip


def _chosen(visit: Visit, opened: Sequence[Open]) -> Open | None:
    wanted = visit.query.get("incident", "").upper()
    return next((each for each in opened if each.incident.id == wanted), opened[0] if opened else None)


def _rendered(text: str) -> Markup:
    """A text as the public page shows it, by the function that writes that page."""
    return Markup(rendered(text))  # noqa: S704 -- the renderer escapes HTML and takes no pictures


def _wanted(visit: Visit) -> tuple[Incident, str]:
    identifier = IncidentId(act.incident_of(replace(visit, path={"incident": visit.text("incident")})))
    text = visit.text("text")
    if len(text) > _TEXT_CHARS:
        raise InputError(f"A word to the public has at most {_TEXT_CHARS} characters; this has {len(text)}.")
    with visit.app.database.read() as tx:
        incident = visit.live.rooms.room(tx, identifier).incident
    if incident.resolved_at is not None:
        raise NotFound(f"{identifier} is over.", hint="Open its room to see what was told.")
    return incident, text


def _preview(visit: Visit) -> Response:
    """The text as people will read it. Nothing is kept by this."""
    incident, text = _wanted(visit)
    shown = visit.app.redactor.redact(text)
    return page(
        visit, "status_preview.html", "status", incident=incident, text=shown, html=_rendered(shown), hidden=shown != text,
    )  # fmt: skip


def _draft(visit: Visit) -> Response:
    """Keep it as the draft for the public; it goes out from the page that shows the kept text."""
    incident, text = _wanted(visit)
    form = {"audience": PUBLIC, "text": text}
    act.do(replace(visit, form=form), act.BY_NAME["draft_update"], incident.id)
    with visit.app.database.read() as tx:
        after = visit.live.rooms.room(tx, incident.id).incident
    # The engine may have drafted a newer one meanwhile: it is one's own that is read once more.
    mine = [each for each in after.said.for_audience(PUBLIC) if each.drafted.by == visit.me.person]
    where = f"/incidents/{incident.id}" + (f"/updates/{mine[-1].drafted.update}" if mine else "")
    answer = RedirectResponse(where, 303)
    say(visit, answer, "The draft is kept. Read it once more, then send it.")
    return answer


PAGES = (
    Page("GET", "/status", AccessRole.VIEWER, _show),
    Page("POST", "/status/preview", AccessRole.RESPONDER, _preview),
    Page("POST", "/status/draft", AccessRole.RESPONDER, _draft),
)
