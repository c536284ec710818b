"""Ninety days as bars: one drawing per component, with shape beside colour and a sentence instead of both."""

import html

from tocsin.status import words
from tocsin.status.board import Component, State

_WIDTH, _GAP, _HEIGHT = 4, 2, 30
# The shape alone tells them apart: fine is a bar, degraded a lower one, an outage is broken like an exclamation mark,
# no data is a small outline.
_SHAPES = {"fine": ((0, 30),), "degraded": ((10, 30),), "outage": ((0, 18), (23, 30)), "no data": ((22, 30),)}
_CLASS = {"fine": "b-fine", "degraded": "b-degraded", "outage": "b-outage", "no data": "b-none"}
_PATHS = {
    "ok": "M20 6 9 17l-5-5",
    "warn": "M12 4v9m0 5v.01",
    "bad": "M6 6l12 12M18 6 6 18",
    "work": "M5 19 14 10m0 0a4 4 0 1 1 5-5l-3 3 1 2",
    "none": "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4m0 4v.01",
}


def bars(component: Component) -> str:
    """The drawing; one path per kind of day, so that a hundred components stay a small file."""
    step = _WIDTH + _GAP
    paths: dict[str, list[str]] = {}
    for number, day in enumerate(component.days):
        paths.setdefault(day.word, []).append(_shape(day.word, number * step))
    drawn = "".join(f'<path class="{_CLASS[word]}" d="{"".join(parts)}"/>' for word, parts in paths.items())
    width = len(component.days) * step - _GAP
    return (
        f'<svg class="bars" viewBox="0 0 {width} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{html.escape(words.bars(component))}">{drawn}</svg>'
    )


def key() -> str:
    """What the bars mean."""
    said = {"fine": "no trouble", "degraded": "degraded", "outage": "outage", "no data": "no data"}
    items = "".join(
        f'<li><svg class="bars" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="{_CLASS[word]}" d="{_shape(word, 0)}"/></svg>{text}</li>'
        for word, text in said.items()
    )
    return f'<ul class="key">{items}</ul>'


def _shape(word: str, left: int) -> str:
    return "".join(f"M{left} {top}h{_WIDTH}V{end}h-{_WIDTH}z" for top, end in _SHAPES[word])


def icon(state: State) -> str:
    """A sign for a state, drawn in its colour."""
    return (
        '<svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.5" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{_PATHS[words.TONE[state]]}"/></svg>'
    )
