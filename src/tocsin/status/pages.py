"""The pages people read: valid HTML without script, one file each that needs nothing else."""

import html
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from markdown_it import MarkdownIt

from tocsin.status import look, words
from tocsin.status.bars import bars, icon, key
from tocsin.status.board import Board, Component, Maintenance, PublicIncident

_RECENT_DAYS = 15
_TONE = {"investigating": "bad", "identified": "warn", "monitoring": "work", "resolved": "ok"}
# Text of people: emphasis, lists, links; no HTML, no pictures that a reader's browser would fetch from elsewhere.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False}).disable(
    ["image", "heading", "lheading"]
)

escape = html.escape


@lru_cache(maxsize=2_000)
def rendered(text: str) -> str:
    """A text of people as HTML, as the pages and feeds show it; it stands in several files, and every minute again."""
    found: str = _MARKDOWN.render(text)
    return found


def files(board: Board) -> dict[str, str]:
    """Path below the page -> text; the incidents first, so that no link leads to a file not written yet."""
    found = {f"incidents/{each.id}.html": incident(board, each) for each in board.incidents}
    found["history.html"] = history(board)
    found["index.html"] = index(board)
    return found


def index(board: Board) -> str:
    """The page itself."""
    tone = words.TONE[board.state]
    about = f'<p class="soft">{escape(board.about)}</p>' if board.about else ""
    parts = [
        f'<p class="sum {tone}">{icon(board.state)}<span>{escape(words.sentence(board))}</span></p>',
        _built(board),
        about,
        _now(board),
        _components(board),
        _planned(board),
        _recent(board),
        _subscribe(board),
    ]
    return _page(board, board.name, "".join(parts), "", live=True)


def history(board: Board) -> str:
    """Every incident the public was told of, by month."""
    months = []
    for month, of_month in groupby(board.incidents, key=lambda each: f"{each.started_at:%B %Y}"):
        listed = "".join(f'<li class="card">{_short(each)}</li>' for each in of_month)
        months.append(f'<section><h2>{month}</h2><ul class="plain">{listed}</ul></section>')
    inner = "".join(months) or '<p class="soft">No incidents so far.</p>'
    work = board.maintenance("completed")
    if work:
        listed = "".join(f"<li>{_work(board, each, 3)}</li>" for each in reversed(work))
        inner += f'<section><h2>Planned work that is over</h2><ul class="plain">{listed}</ul></section>'
    return _page(board, f"History - {board.name}", f"<h2>History</h2>{inner}", "")


def incident(board: Board, found: PublicIncident) -> str:
    """All that was said about one incident; it changes only when something more is said."""
    return _page(board, f"{found.name} - {board.name}", _incident(board, found, 2), "../")


# -- parts of the page -----------------------------------------------------------------------------


def _page(board: Board, title: str, inner: str, up: str, live: bool = False) -> str:
    data, script = "", ""
    if live:
        seconds = int(board.stale_after.total_seconds())
        data = f' data-built="{board.at.isoformat(timespec="seconds")}" data-stale="{seconds}"'
        script = f"<script>{look.SCRIPT}</script>\n"
    feeds = "".join(
        f'<link rel="alternate" type="{kind}" title="{name}" href="{up}{path}">\n'
        for path, kind, name in (
            ("history.atom", "application/atom+xml", "Atom"),
            ("history.rss", "application/rss+xml", "RSS"),
            ("feed.json", "application/feed+json", "JSON Feed"),
        )
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"{data}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(look.POLICY)}">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{escape(title)}</title>\n{feeds}'
        f"<style>{look.STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the content</a>\n'
        f'<header><h1><a href="{up}index.html">{escape(board.name)} status</a></h1></header>\n'
        f'<main id="main">{inner}</main>\n'
        f'<footer><nav aria-label="Other forms of this page"><ul class="links">'
        f'<li><a href="{up}history.html">History</a></li><li><a href="{up}history.rss">RSS</a></li>'
        f'<li><a href="{up}history.atom">Atom</a></li><li><a href="{up}feed.json">JSON feed</a></li>'
        f'<li><a href="{up}api/v2/summary.json">JSON</a></li></ul></nav>'
        f"<p>All times are UTC. Written by tocsin as plain files.</p></footer>\n{script}</body>\n</html>\n"
    )


def _built(board: Board) -> str:
    """How old it is, and how a reader can judge that without script."""
    limit = words.spell(board.stale_after)
    return (
        '<p class="late" id="late" role="alert" hidden>This page is <span id="age">too</span> old: what writes it is '
        "silent. Things may have changed since.</p>"
        f'<p class="soft small">As of {_time(board.at)}. If that is more than {limit} ago after a reload, what '
        "writes this page is silent, and things may have changed.</p>"
    )


def _now(board: Board) -> str:
    parts = []
    if board.open_incidents:
        listed = "".join(
            f'<div class="card">{_incident(board, each, 3)}</div>' for each in board.open_incidents
        )
        parts.append(f'<section aria-labelledby="now"><h2 id="now">Happening now</h2>{listed}</section>')
    active = board.maintenance("in_progress")
    if active:
        listed = "".join(_work(board, each, 3) for each in active)
        parts.append(
            f'<section aria-labelledby="work"><h2 id="work">Planned work going on</h2>{listed}</section>'
        )
    return "".join(parts)


def _incident(board: Board, found: PublicIncident, level: int) -> str:
    affected = ", ".join(escape(each.name) for each in board.named(found.components))
    return (
        f"<h{level}>{_heading(found, level)}</h{level}>"
        f'<p class="small"><span class="tag {_TONE[found.state]}">{words.SAID[found.state]}</span> '
        f"{_promise(board, found)}</p>"
        + (f'<p class="small soft">Affected: {affected}</p>' if affected else "")
        + f'<p class="small soft">Began {_time(found.started_at)}{_lasted(found)}</p>'
        + _remediations(board, found)
        + "".join(
            _update(each.state, each.at, each.text, each.withdrawn, level + 1) for each in found.updates
        )
    )


def _remediations(board: Board, found: PublicIncident) -> str:
    """Where the runbook speaks about it, if readers may go there."""
    if not board.leads_to_runbook(found):
        return ""
    title = escape(found.section) if found.section else "the runbook"
    links = ", ".join(f'<a href="{escape(url)}">{title}</a>' for url in found.remediations)
    return f'<p class="small soft">What we do about it: {links}</p>'


def _heading(found: PublicIncident, level: int) -> str:
    """The name; a link to the page of its own, unless this is it."""
    name = escape(found.name)
    return name if level == 2 else f'<a href="incidents/{found.id}.html">{name}</a>'


def _promise(board: Board, found: PublicIncident) -> str:
    said = words.promise(found, board.at)
    if said is None or found.next_by is None:
        return ""
    due = found.next_by.isoformat(timespec="seconds")
    hidden = "" if found.overdue(board.at) else " hidden"
    return (
        f'<span data-due="{due}">{said}<strong class="over bad"{hidden}>, '
        f"{words.overdue(found, board.at)}</strong></span>"
    )


def _lasted(found: PublicIncident) -> str:
    if found.resolved_at is None:
        return ""
    return f", over {_time(found.resolved_at)} ({words.spell(found.resolved_at - found.started_at)})"


def _update(state: str, at: datetime, text: str, withdrawn: bool, level: int) -> str:
    body = f'<p class="soft">{words.WITHDRAWN}</p>' if withdrawn else rendered(text)
    level = min(level, 6)
    return f'<div class="up"><h{level} class="small">{words.SAID.get(state, "Update")} · {_time(at)}</h{level}>{body}</div>'


def _components(board: Board) -> str:
    groups = list(dict.fromkeys(each.group for each in board.components))
    parts = []
    for group in groups:
        listed = "".join(
            f"<li>{_component(each, 3 if group is None else 4)}</li>"
            for each in board.components
            if each.group == group
        )
        head = f'<h3 class="group">{escape(group)}</h3>' if group is not None else ""
        parts.append(f'<div class="card">{head}<ul class="plain parts">{listed}</ul></div>')
    return f'<section aria-labelledby="parts"><h2 id="parts">Components</h2>{"".join(parts)}{key()}</section>'


def _component(each: Component, level: int) -> str:
    tone = words.TONE[each.state]
    about = f'<p class="small soft">{escape(each.about)}</p>' if each.about else ""
    return (
        f'<div class="head"><h{level}>{escape(each.name)}</h{level}>'
        f'<span class="tag {tone}">{words.STATE[each.state]}</span></div>{about}'
        f"{bars(each)}"
        f'<p class="axis"><span>{len(each.days)} days ago</span><span>{words.uptime(each)}</span><span>today</span></p>'
        f"{_bad_days(each)}"
    )


def _bad_days(each: Component) -> str:
    bad = [day for day in reversed(each.days) if day.word in ("outage", "degraded")]
    if not bad:
        return ""
    listed = "".join(f"<li>{words.day(day)}</li>" for day in bad)
    name = escape(each.name)
    count = f"{len(bad)} {'day' if len(bad) == 1 else 'days'} with trouble"
    return f"<details><summary>{name}: {count}</summary><ul>{listed}</ul></details>"


def _planned(board: Board) -> str:
    coming = board.maintenance("scheduled")
    if not coming:
        return ""
    listed = "".join(_work(board, each, 3) for each in coming)
    return f'<section aria-labelledby="planned"><h2 id="planned">Planned work</h2>{listed}</section>'


def _work(board: Board, work: Maintenance, level: int) -> str:
    affected = ", ".join(escape(each.name) for each in board.named(work.components))
    tone = "work" if work.status(board.at) == "in_progress" else "none"
    return (
        f'<div class="card" id="work-{work.id}"><h{level}>{escape(work.name)}</h{level}>'
        f'<p class="small"><span class="tag {tone}">{words.SAID[work.status(board.at)]}</span> '
        f"{_time(work.starts_at)} to {_time(work.ends_at)}</p>"
        + (f'<p class="small soft">Affects: {affected}</p>' if affected else "")
        + (f'<div class="up">{rendered(work.text)}</div>' if work.text else "")
        + "</div>"
    )


def _recent(board: Board) -> str:
    today = board.at.date()
    days = [today - timedelta(days=back) for back in range(_RECENT_DAYS)]
    by_day: dict[date, list[PublicIncident]] = {}
    for each in board.incidents:
        if not each.open:
            by_day.setdefault(each.started_at.date(), []).append(each)
    if not any(each in by_day for each in days):
        inner = f'<p class="soft">No incidents in the last {_RECENT_DAYS} days.</p>'
    else:
        inner = "".join(_of_day(each, by_day[each]) for each in days if each in by_day)
        inner += f'<p class="soft small">No incidents on the other of the last {_RECENT_DAYS} days.</p>'
    more = '<p><a href="history.html">All incidents</a></p>'
    return f'<section aria-labelledby="past"><h2 id="past">Past incidents</h2>{inner}{more}</section>'


def _of_day(when: date, found: Sequence[PublicIncident]) -> str:
    listed = "".join(f"<li>{_short(each, 4)}</li>" for each in found)
    return f'<div class="card"><h3>{when.day} {when:%B %Y}</h3><ul class="plain parts">{listed}</ul></div>'


def _short(found: PublicIncident, level: int = 3) -> str:
    newest = next((each for each in found.updates if not each.withdrawn), None)
    said = f'<div class="up">{rendered(newest.text)}</div>' if newest else ""
    return (
        f'<h{level}><a href="incidents/{found.id}.html">{escape(found.name)}</a></h{level}>'
        f'<p class="small"><span class="tag {_TONE[found.state]}">{words.SAID[found.state]}</span> '
        f'<span class="soft">Began {_time(found.started_at)}{_lasted(found)}</span></p>{said}'
    )


def _subscribe(board: Board) -> str:
    mail = (
        f'<li><a href="{escape(board.subscribe_url)}">By e-mail</a></li>'
        if board.subscribe_url is not None
        else ""
    )
    return (
        '<section class="subscribe" aria-labelledby="hear"><h2 id="hear">Hear of changes</h2><ul class="links">'
        f'{mail}<li><a href="history.rss">By RSS</a></li><li><a href="history.atom">By Atom</a></li>'
        '<li><a href="api/v2/summary.json">By JSON</a></li></ul></section>'
    )


def _time(at: datetime) -> str:
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{words.moment(at)}</time>'
