"""RSS 2.0, Atom and JSON Feed 1.1: one entry per incident, whose id never changes and whose time moves with each update."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

from tocsin.status import words
from tocsin.status.board import Board, PublicIncident
from tocsin.status.pages import rendered

_NEWEST = 50
_ATOM = "http://www.w3.org/2005/Atom"

Xml.register_namespace("atom", _ATOM)


def files(board: Board) -> dict[str, str]:
    """Path below the page -> text."""
    return {"history.rss": rss(board), "history.atom": atom(board), "feed.json": json_feed(board)}


def entry_id(board: Board, incident: PublicIncident) -> str:
    """`tag:HOST,YEAR:incident/ID` (RFC 4151); the year it began in."""
    host = urlsplit(board.url).hostname or "localhost"
    return f"tag:{host},{incident.started_at.year}:incident/{incident.id}"


def body(incident: PublicIncident) -> str:
    """All updates as HTML, the newest first."""
    parts = []
    for each in incident.updates:
        said = f"<p>{words.WITHDRAWN}</p>" if each.withdrawn else rendered(each.text)
        parts.append(
            f"<p><strong>{words.SAID.get(each.state, 'Update')}</strong> · {words.moment(each.at)}</p>{said}"
        )
    return words.clean("".join(parts))


def rss(board: Board) -> str:
    """RSS 2.0."""
    root = Xml.Element("rss", {"version": "2.0"})
    channel = Xml.SubElement(root, "channel")
    _add(channel, "title", f"{board.name} status")
    _add(channel, "link", f"{board.url}/")
    _add(channel, "description", f"Incidents of {board.name}")
    _add(channel, "language", "en")
    _add(channel, "lastBuildDate", _mail_time(board.changed_at))
    own = {"href": f"{board.url}/history.rss", "rel": "self", "type": "application/rss+xml"}
    Xml.SubElement(channel, f"{{{_ATOM}}}link", own)
    for each in board.incidents[:_NEWEST]:
        item = Xml.SubElement(channel, "item")
        _add(item, "title", _title(each))
        _add(item, "link", _link(board, each))
        Xml.SubElement(item, "guid", {"isPermaLink": "false"}).text = entry_id(board, each)
        _add(item, "pubDate", _mail_time(each.updated_at))
        _add(item, "description", body(each))
    return _document(root)


def atom(board: Board) -> str:
    """Atom (RFC 4287)."""
    root = Xml.Element(f"{{{_ATOM}}}feed")

    def add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> None:
        found = Xml.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        if text:
            found.text = words.clean(text)

    host = urlsplit(board.url).hostname or "localhost"
    add(root, "id", f"tag:{host},2005:{board.id}")
    add(root, "title", f"{board.name} status")
    add(root, "updated", _iso(board.changed_at))
    add(root, "link", href=f"{board.url}/")
    add(root, "link", href=f"{board.url}/history.atom", rel="self", type="application/atom+xml")
    author = Xml.SubElement(root, f"{{{_ATOM}}}author")
    add(author, "name", board.name)
    for each in board.incidents[:_NEWEST]:
        entry = Xml.SubElement(root, f"{{{_ATOM}}}entry")
        add(entry, "id", entry_id(board, each))
        add(entry, "title", _title(each))
        add(entry, "published", _iso(each.updates[-1].at))
        add(entry, "updated", _iso(each.updated_at))
        add(entry, "link", href=_link(board, each))
        add(entry, "content", body(each), type="html")
    return _document(root)


def json_feed(board: Board) -> str:
    """JSON Feed 1.1."""
    items = [
        {
            "id": entry_id(board, each),
            "url": _link(board, each),
            "title": _title(each),
            "content_html": body(each),
            "date_published": _iso(each.updates[-1].at),
            "date_modified": _iso(each.updated_at),
        }
        for each in board.incidents[:_NEWEST]
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{board.name} status",
        "home_page_url": f"{board.url}/",
        "feed_url": f"{board.url}/feed.json",
        "language": "en",
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1) + "\n"


def _title(incident: PublicIncident) -> str:
    return words.clean(f"{words.SAID[incident.state]}: {incident.name}")


def _link(board: Board, incident: PublicIncident) -> str:
    return f"{board.url}/incidents/{incident.id}.html"


def _add(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = words.clean(text)


def _document(root: Xml.Element) -> str:
    Xml.indent(root, " ")
    # An element without a prefix in Atom: readers that look for "<feed" find it.
    text = Xml.tostring(root, encoding="unicode")
    if root.tag.startswith("{"):
        text = text.replace("<atom:", "<").replace("</atom:", "</").replace("xmlns:atom=", "xmlns=", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _mail_time(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
