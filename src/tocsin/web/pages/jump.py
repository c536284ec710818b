"""The palette: every page and everything that can be done here, by a few letters; and the map of keys."""

from dataclasses import dataclass

from starlette.responses import Response

from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import NAV, page

_INCIDENTS_MAX = 30
KEYS = (
    ("Ctrl K", "jump to or run"),
    ("?", "these keys"),
    ("g i r d o s c", "go to incidents, runbooks, drills, on-call, status page, checks"),
    ("j k Enter", "move in a list, open"),
    ("/", "filter"),
    ("c", "declare an incident…"),
    ("a", "open the review of what waits; never approves"),
    ("x", "open the review at Reject"),
    ("u", "write the next update"),
    ("t", "note on the timeline"),
    ("e", "escalate…"),
    ("h", "hand over…"),
    ("m", "mute the sound of this page for 10 min; paging goes on"),
    ("Esc", "back, close, leave the field"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to go."""

    word: str
    path: str
    icon: str
    note: str = ""
    sheet: bool = False

    @property
    def words(self) -> str:
        """What it is found by."""
        return f"{self.word} {self.note}".casefold()


def _jump(visit: Visit) -> Response:
    q = visit.query.get("q", "")[:200]
    with visit.app.database.read() as tx:
        rows = incidents.listing(tx, limit=_INCIDENTS_MAX)
    opened = [row for row in rows if row.resolved_at is None]
    found = [Target(f"{row.id} {row.title}", f"/incidents/{row.id}", "siren", row.stage) for row in opened]
    found += [Target(word, path, sign, "page") for _, word, sign, path in NAV]
    for row in opened[:3]:
        for word, what, sign in (
            ("Escalate", "escalate", "arrow-up-right"), ("Page someone for", "call", "bell-ring"),
            ("Roles of", "role", "users"), ("Severity of", "severity", "gauge"), ("Resolve", "resolve", "circle-check"),
        ):  # fmt: skip
            found.append(Target(f"{word} {row.id}", f"/incidents/{row.id}/ask/{what}", sign, "form", True))
    found.append(Target("Declare an incident", "/declare", "siren", "form", True))
    found.append(Target("You and where you are logged in", "/me", "user", "page"))
    found.append(Target("Keys", "/keys", "info", "help", True))
    found += [
        Target(f"{row.id} {row.title}", f"/incidents/{row.id}", "circle-check", row.stage)
        for row in rows
        if row.resolved_at is not None
    ]
    words = q.casefold().split()
    return page(
        visit,
        "jump.html",
        "",
        q=q,
        targets=[each for each in found if all(word in each.words for word in words)],
    )


def _keys(visit: Visit) -> Response:
    return page(visit, "keys.html", "", keys=KEYS)


PAGES = (
    Page("GET", "/jump", AccessRole.VIEWER, _jump),
    Page("GET", "/keys", AccessRole.VIEWER, _keys),
)
