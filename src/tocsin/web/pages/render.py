"""Templates with the few words they share: moments, durations, effects, icons. Everything is escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import jinja2
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tocsin.kit import duration
from tocsin.kit.printable import printable
from tocsin.store import incidents
from tocsin.web.pages.assets import Assets
from tocsin.web.pages.gaps import next_gap
from tocsin.web.pages.page import Visit

ASSETS = Assets()
FLASH = "tocsin_said"
# Key, word, icon, path of each door of the rail, and the letter that opens it after "g".
NAV: tuple[tuple[str, str, str, str], ...] = (
    ("incidents", "Incidents", "siren", "/incidents"),
    ("runbooks", "Runbooks", "book-open-check", "/runbooks"),
    ("drills", "Drills", "flame", "/drills"),
    ("oncall", "On-call", "calendar-clock", "/oncall"),
    ("checks", "Checks and jobs", "activity", "/checks"),
    ("status", "Status page", "radio-tower", "/status"),
    ("postmortems", "Post-mortems", "file-text", "/postmortems"),
    ("insights", "Insights", "chart-line", "/insights"),
    ("settings", "Settings", "settings", "/settings"),
)
GO = {"incidents": "i", "runbooks": "r", "drills": "d", "oncall": "o", "status": "s", "checks": "c"}
_FOLDER = Path(__file__).parent.parent / "templates"
_NAV_MAX = 100


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["when"] = when
    made.filters["day"] = day
    made.filters["spell"] = duration.spell
    made.filters["iso"] = iso
    made.filters["clock"] = took
    made.filters["short"] = short
    made.filters["printable"] = printable
    made.filters["sentence"] = sentence
    made.globals["icon"] = icon
    made.globals["asset"] = ASSETS.url
    return made


@lru_cache(maxsize=256)
def icon(name: str) -> Markup:
    """A picture beside a word; it says nothing by itself."""
    return Markup('<svg class="i" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
        ASSETS.url("icons.svg"), name
    )


def iso(at: datetime) -> str:
    """A moment for machines."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sentence(text: str) -> str:
    """A phrase that stands alone begins like a sentence. What is not prose (a target, a command) stays as it is."""
    return text[:1].upper() + text[1:]


def when(at: datetime) -> Markup:
    """A moment of today as a person reads it; the day and the zone are told on hover."""
    at = at.astimezone(UTC)
    return _time(at, f"{at:%H:%M:%S}")


def day(at: datetime) -> Markup:
    """A moment with its day."""
    at = at.astimezone(UTC)
    return _time(at, f"{at:%Y-%m-%d %H:%M}")


@lru_cache(maxsize=4096)
def _time(at: datetime, shown: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        iso(at), f"{at:%Y-%m-%d %H:%M:%S} UTC", shown
    )


def short(identifier: str) -> str:
    """The name of a part inside of its incident: "r7" of "INC-12.r7.e"."""
    return identifier.partition(".")[2].removesuffix(".e") or identifier


def took(value: timedelta) -> str:
    """A running time as a clock shows it: 4:16, 1:02:03."""
    seconds = max(int(value.total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


_TEMPLATES = _environment()
# What somebody who was woken opens first.
_FIRST = ("login.html", "incidents.html", "room.html", "review.html", "answer.html")


def prepare() -> None:
    """Read the templates of the first pages and of the room's parts, so that whoever was woken does not wait for it.

    A template is compiled when it is first asked for: a tenth of a second for the room. Others wait for their visitor,
    for each takes memory.
    """
    parts = sorted(name for name in _TEMPLATES.list_templates() if name.startswith("room/"))
    for name in ("_m.html", "base.html", *_FIRST, *parts):
        _TEMPLATES.get_template(name)


@dataclass(frozen=True, slots=True)
class Nav:
    """What the frame of a page shows: the doors, which one is open, and how many incidents are."""

    pages: tuple[tuple[str, str, str, str], ...]
    keys: Mapping[str, str]
    here: str
    open: int
    urgent: bool


def text(template: str, **values: object) -> str:
    """A template as text. What the page shows at first and what the stream sends later is the same template."""
    return _TEMPLATES.get_template(template).render(**values)


def page(visit: Visit, template: str, tab: str, status: int = 200, /, **values: object) -> Response:
    """A whole page, or its inside alone when a dialog asked for it."""
    with visit.app.database.read() as tx:
        rows = incidents.listing(tx, open_only=True, limit=_NAV_MAX)
        gap = next_gap(tx, visit.app.settings.oncall, visit.now) if visit.who is not None else None
    nav = Nav(NAV, GO, tab, len(rows), any(row.stage == "detected" for row in rows))
    frame = {
        "visit": visit,
        "me": visit.who,
        "my_name": visit.name(visit.who.person) or visit.who.account.login if visit.who else "",
        "csrf": visit.csrf,
        "now": visit.now,
        "team": visit.app.settings.name,
        "nav": nav,
        "gap": gap,
        "held": visit.app.reload.standing,
        "said": _said(visit),
    }
    made = HTMLResponse(text(template, **frame, **values), status)
    if visit.cookies.get(FLASH):
        made.delete_cookie(FLASH)
    return made


def done(visit: Visit, said: str, default: str = "/incidents") -> Response:
    """What a form did: back to where it came from, with one sentence; or the sentence alone for a script."""
    if visit.quiet:
        return JSONResponse({"said": said})
    answer = RedirectResponse(safe_path(visit.form.get("next"), default), 303)
    say(visit, answer, said)
    return answer


def say(visit: Visit, answer: Response, said: str) -> None:
    """Have the next page say this once."""
    signed = str(URLSafeSerializer(visit.cookie, salt=FLASH).dumps(said[:300]))
    answer.set_cookie(FLASH, signed, max_age=60, httponly=True, samesite="lax", secure=visit.secure)


def safe_path(wanted: str | None, default: str) -> str:
    """A path of ours, or the default: a link must not lead people elsewhere through us."""
    if not wanted or len(wanted) > 500 or not wanted.startswith("/") or wanted.startswith("//"):
        return default
    if "\\" in wanted or any(ord(each) < 33 or ord(each) == 127 for each in wanted):
        return default
    return wanted


def _said(visit: Visit) -> str:
    signed = visit.cookies.get(FLASH)
    if not signed or not visit.cookie:
        return ""
    try:
        return str(URLSafeSerializer(visit.cookie, salt=FLASH).loads(signed))
    except BadSignature:
        return ""
