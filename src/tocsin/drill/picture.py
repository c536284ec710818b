"""The timeline of a run as a picture: SVG without a script, a font or a link, so that it can be put anywhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from tocsin.drill.record import Run, State

_WIDTH, _LEFT, _RIGHT = 960, 24, 24
_BAR, _TOP = 26, 46
_ROW = 17
# What each state says about the world: quiet, broken, being mended, mended, put back.
_COLOUR = {
    State.PROVISION: "#c9ced6", State.BASELINE: "#7fb77e", State.ARM: "#7fb77e", State.INJECT: "#d9534f",
    State.CONFIRM: "#d9534f", State.DETECT: "#d9534f", State.MATCH: "#e8964d", State.RESPOND: "#e8964d",
    State.VERIFY: "#7fb77e", State.WAY_BACK: "#8f7fc4", State.RESTORE: "#8aa4c4", State.VERIFY_AGAIN: "#8aa4c4",
    State.REPORT: "#c9ced6",
}  # fmt: skip
_KNOWN = (
    ("injected", "injected"), ("detected", "detected"), ("paged", "paged"), ("acknowledged", "acknowledged"),
    ("evidence", "first evidence"), ("approved", "first yes"), ("mitigated", "green"), ("verified", "verified"),
    ("restored", "restored"),
)  # fmt: skip


def timeline(run: Run) -> str:
    """One picture: the states as a band, the moments above it, the steps that ran below it."""
    end = run.times.ended or (run.states[-1].at if run.states else run.times.began)
    scale = _Scale(run.times.began, max(end - run.times.began, timedelta(seconds=1)))
    steps = [step for step in run.steps if step.changes]
    height = _TOP + _BAR + 12 + _ROW * len(steps) + 26
    body = [*_band(run, end, scale), *_moments(run, scale), *_steps(run, scale), *_axis(scale, height)]
    title = escape(f"{run.scenario}: what happened when")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="11">'
        f"<title>{title}</title>{''.join(body)}</svg>"
    )


class _Scale:
    """From a moment to a place on the picture."""

    def __init__(self, began: datetime, length: timedelta) -> None:
        self.began = began
        self.length = length

    def x(self, at: datetime) -> float:
        share = (at - self.began) / self.length
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT)

    def seconds(self, at: datetime) -> str:
        return f"{(at - self.began).total_seconds():.1f} s"


def _band(run: Run, end: datetime, scale: _Scale) -> Iterable[str]:
    moved = run.states
    for here, after in zip(moved, [*(each.at for each in moved[1:]), end], strict=False):
        x, width = scale.x(here.at), max(scale.x(after) - scale.x(here.at), 1.0)
        told = escape(f"{here.state.value}: {here.what} ({scale.seconds(here.at)})")
        yield (
            f'<rect x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{_BAR}" fill="{_COLOUR[here.state]}">'
            f"<title>{told}</title></rect>"
        )
        if width > 7 * len(here.state.value):
            yield f'<text x="{x + 4:.1f}" y="{_TOP + 17}" fill="#1b1f24">{escape(here.state.value)}</text>'


def _moments(run: Run, scale: _Scale) -> Iterable[str]:
    """Labels in three rows, so that what happened at nearly the same time can still be read."""
    row, last = 0, [-1.0e9, -1.0e9, -1.0e9]
    for name, said in _KNOWN:
        at = getattr(run.times, name)
        if at is None:
            continue
        x, wide = scale.x(at), 6.2 * len(said) + 8
        free = [number for number in range(3) if x - last[number] > 0]
        row = free[0] if free else (row + 1) % 3
        last[row] = x + wide
        y = 12 + 13 * row
        anchor = "end" if x + wide > _WIDTH else "start"
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 8}" y2="{_TOP + _BAR}" stroke="#57606a" stroke-width="0.7"/>'
        shift = -3 if anchor == "end" else 3
        yield f'<text x="{x + shift:.1f}" y="{y}" text-anchor="{anchor}" fill="#24292f">{said}</text>'


def _steps(run: Run, scale: _Scale) -> Iterable[str]:
    for number, step in enumerate(each for each in run.steps if each.changes):
        y = _TOP + _BAR + 14 + _ROW * number
        x, width = scale.x(step.at), max(scale.x(step.at + step.took) - scale.x(step.at), 2.0)
        colour = "#2f7d32" if step.outcome in ("done", "takes effect later") else "#b02a27"
        yield f'<rect x="{x:.1f}" y="{y - 9}" width="{width:.1f}" height="10" fill="{colour}"/>'
        text = escape(f"{step.number} {' ⏎ '.join(step.text.splitlines())[:90]}")
        anchor, place = ("end", x - 4) if x > _WIDTH * 0.6 else ("start", x + width + 4)
        yield f'<text x="{place:.1f}" y="{y}" text-anchor="{anchor}" fill="#24292f">{text}</text>'


def _axis(scale: _Scale, height: int) -> Iterable[str]:
    seconds = scale.length.total_seconds()
    step = next((each for each in (1, 2, 5, 10, 20, 30, 60, 120) if seconds / each <= 12), 300)
    for mark in range(0, int(seconds) + 1, step):
        x = scale.x(scale.began + timedelta(seconds=mark))
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{height - 20}" y2="{height - 15}" stroke="#8c959f"/>'
        yield f'<text x="{x:.1f}" y="{height - 4}" text-anchor="middle" fill="#57606a">{mark} s</text>'
