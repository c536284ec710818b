"""Drills as one HTML page that stands by itself: no script, no link, no font of somebody else's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from tocsin.drill.coverage import Badge, Covered, share
from tocsin.drill.picture import timeline
from tocsin.drill.record import Kind, Run
from tocsin.drill.result import Result, in_words
from tocsin.drill.verdict import Verdict

_STYLE = """
:root{--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--paper:#fff;--tint:#f6f8fa;--good:#1a7f37;--bad:#b02a27;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--paper:#0d1117;--tint:#151b23;--good:#4ac26b;--bad:#ff8a84;--warn:#e3b341}
svg{background:#f6f8fa;border-radius:6px}}
body{margin:0 auto;max-width:62rem;padding:2rem 1rem 4rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .3rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.3rem 0}.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}code{font:.86em ui-monospace,monospace;background:var(--tint);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
svg{width:100%;min-width:44rem;height:auto;margin:.6rem 0}details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft)}a{color:inherit}
"""


def as_page(
    results: Sequence[Result], covered: Sequence[tuple[str, Sequence[Covered]]], now: datetime
) -> str:
    """The whole page.

    Args:
        covered: per runbook its path and how its sections stand; may be empty.
    """
    good = sum(1 for each in results if each.as_expected)
    proven = sum(1 for each in results if each.verdict.passed)
    body = [
        "<h1>Drills</h1>",
        f'<p class="soft">{now:%Y-%m-%d %H:%M} UTC · {len(results)} drilled · {proven} proven as written · '
        f"{good} of {len(results)} as expected</p>",
        *_overview(results),
        *(line for path, sections in covered for line in _coverage(path, sections)),
        *(line for each in results for line in _drill(each)),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Drills</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _overview(results: Sequence[Result]) -> Iterable[str]:
    yield '<div class="wide"><table><thead><tr><th>Drill</th><th>Section</th><th>Up</th><th>Detected</th><th>Green</th><th>Verdict</th></tr></thead><tbody>'
    for each in results:
        found = each.verdict
        times = "".join(
            f"<td{' class=warn' if one.late else ''}>{escape(one.said)}</td>" for one in each.measured
        )
        yield (
            f'<tr><td><a href="#{escape(each.scenario)}">{escape(each.scenario)}</a></td><td>{escape(each.section)}</td>'
            f"{times or '<td>-</td><td>-</td><td>-</td>'}"
            f'<td class="{_tone(each)}">{escape(in_words(found))}</td></tr>'
        )
    yield "</tbody></table></div>"


def _coverage(path: str, sections: Sequence[Covered]) -> Iterable[str]:
    proven, of = share(tuple(sections))
    yield f"<h2>{escape(path)}</h2><p>{proven} of {of} sections are proven now.</p>"
    yield '<div class="wide"><table><tbody>'
    for each in sections:
        tone = {Badge.DRILLED: "good", Badge.FAILED: "bad"}.get(each.badge, "warn")
        title = f"{each.number}. {each.title}" if each.number else each.title
        yield f'<tr><td>{escape(title)}</td><td class="{tone}">{each.badge.value}</td><td>{escape(each.because)}</td></tr>'
    yield "</tbody></table></div>"


def _drill(each: Result) -> Iterable[str]:
    yield f'<h2 id="{escape(each.scenario)}">{escape(each.title)}</h2>'
    yield f'<p class="{_tone(each)}">{escape(in_words(each.verdict))}</p>'
    yield f'<p class="soft">§ {escape(each.section)} · text {each.verdict.text_sha256[:12]} · {escape(each.verdict.walls)}</p>'
    if each.wrong:
        yield f'<p class="bad">Not as expected: {escape("; ".join(each.wrong))}.</p>'
    if each.slow:
        yield f'<p class="warn">Over budget: {escape("; ".join(each.slow))}.</p>'
    yield from _facts(each.verdict)
    for run in each.runs:
        yield from _run(run)


def _facts(found: Verdict) -> Iterable[str]:
    rows: list[tuple[str, str]] = []
    rows += [(f"without {one.number}", f"{one.need.value}: {one.text}") for one in found.ablations]
    rows += [(one.name, f"{'yes' if one.held else 'NO'}: {one.said}") for one in found.controls]
    if found.not_exercised:
        rows.append(("not exercised", ", ".join(found.not_exercised)))
    if rows:
        yield '<div class="wide"><table><tbody>'
        yield from (f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in rows)
        yield "</tbody></table></div>"


def _run(run: Run) -> Iterable[str]:
    open_it = " open" if run.kind is Kind.TRIAL else ""
    name = {"verbatim": run.kind.value, "corrected": "corrected text"}[run.runbook]
    if run.left_out:
        name += f" {run.left_out}"
    yield f"<details{open_it}><summary>{escape(name)}</summary>"
    if run.broken:
        yield f'<p class="bad">{escape(run.broken)}</p>'
    yield f'<div class="wide">{timeline(run)}</div>'
    if run.differs:
        yield "<h3>What differs afterwards</h3><div class=wide><table><tbody>"
        yield from (
            f"<tr><td>{escape(one.name)}</td><td><code>{escape(one.before)}</code></td><td><code>{escape(one.after)}</code></td></tr>"
            for one in run.differs
        )
        yield "</tbody></table></div>"
    yield "<h3>Steps</h3><div class=wide><table><tbody>"
    for step in run.steps:
        yield (
            f"<tr><td>{escape(step.number)}</td><td><code>{escape(step.text)}</code></td>"
            f"<td>{escape(step.outcome)}</td><td>{escape(step.sentence)}</td></tr>"
        )
    for one in run.turned:
        yield (
            f"<tr><td>{escape(one.number)}</td><td><code>{escape(one.text)}</code></td>"
            f"<td>not run</td><td>{escape(one.by)}: {escape(one.why)}</td></tr>"
        )
    yield "</tbody></table></div></details>"


def _tone(each: Result) -> str:
    if each.verdict.sandbox is not None or each.wrong:
        return "bad"
    return "good" if each.verdict.passed else "warn"
