"""Badges: a small drawing and the JSON that shields.io reads, for the page as a whole and for each component."""

import html
import json

from tocsin.status import words
from tocsin.status.board import Board, State

# White on these has a contrast of more than 4.5.
_GROUND = {"ok": "#18753f", "warn": "#865500", "bad": "#ad2018", "work": "#6639a6", "none": "#646b78"}
_SHIELDS = {
    State.OPERATIONAL: "success",
    State.DEGRADED: "important",
    State.PARTIAL: "critical",
    State.MAJOR: "critical",
    State.MAINTENANCE: "blueviolet",
    State.UNKNOWN: "lightgrey",
}
_CHAR, _PAD = 6.6, 9
_SENT = {
    State.OPERATIONAL: "all operational",
    State.DEGRADED: "degraded",
    State.PARTIAL: "partial outage",
    State.MAJOR: "major outage",
    State.MAINTENANCE: "maintenance",
    State.UNKNOWN: "no data",
}


def files(board: Board) -> dict[str, str]:
    """Path below the page -> text."""
    found = _pair("badges/status", board.name, _SENT[board.state], board.state)
    for each in board.components:
        found |= _pair(f"badges/{each.slug}", each.name, words.STATE[each.state].casefold(), each.state)
    return found


def svg(label: str, message: str, state: State) -> str:
    """The drawing; the text of it stands in `aria-label` and `title` too."""
    left, right = _width(label), _width(message)
    said = html.escape(f"{label}: {message}")
    ground = _GROUND[words.TONE[state]]

    def text(at: float, width: float, value: str) -> str:
        return (
            f'<text x="{at + width / 2:g}" y="14" textLength="{width - 2 * _PAD:g}" '
            f'lengthAdjust="spacingAndGlyphs">{html.escape(value)}</text>'
        )

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:g}" height="20" role="img" aria-label="{said}">'
        f'<title>{said}</title><clipPath id="r"><rect width="{left + right:g}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left:g}" height="20" fill="#3a404c"/>'
        f'<rect x="{left:g}" width="{right:g}" height="20" fill="{ground}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{text(0, left, label)}{text(left, right, message)}</g></svg>\n"
    )


def _pair(path: str, label: str, message: str, state: State) -> dict[str, str]:
    shields = {"schemaVersion": 1, "label": label, "message": message, "color": _SHIELDS[state]}
    return {
        f"{path}.svg": svg(label, message, state),
        f"{path}.json": json.dumps(shields, ensure_ascii=False) + "\n",
    }


def _width(text: str) -> float:
    return round(len(text) * _CHAR + 2 * _PAD, 1)
