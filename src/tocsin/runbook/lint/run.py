"""The linter's only door: a compiled runbook in, its defects out."""

from bisect import bisect_right
from dataclasses import replace
from datetime import date

from tocsin.effects.tools.table import table_problems
from tocsin.effects.tools.when import EXAMPLE
from tocsin.runbook.book import Runbook
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint import (
    against,
    age,
    alerts,
    alternatives,
    ambient,
    amounts,
    bounds,
    checked,
    claims,
    clocks,
    cloud,
    cmdlets,
    consoles,
    contradicted,
    copies,
    counts,
    deferred,
    directions,
    drills,
    elsewhere,
    ended_early,
    fewer,
    files,
    frozen,
    given_away,
    gone,
    half_back,
    ignored,
    inlined,
    keyboards,
    leftover,
    levels,
    likes,
    locked,
    lookalikes,
    loops,
    manifests,
    meaning,
    namesakes,
    nows,
    only_place,
    opened,
    options,
    order,
    orders_told,
    ordinals,
    out_of_order,
    pairs,
    places,
    places_odd,
    powershell,
    previewed,
    processes,
    programs,
    prose,
    rehearsed,
    replaced,
    replacing,
    replicas,
    results,
    revealed,
    revoked,
    rows,
    saved,
    secrets,
    sentences,
    sequence,
    sessions_ended,
    shown,
    silenced,
    spans_said,
    spoken,
    staged,
    stated,
    statuses,
    strangers,
    structure,
    successors,
    swallowed,
    targets,
    together,
    toggles,
    unattended,
    undone,
    unheard,
    units,
    unlabelled,
    unread,
    verified,
    wider,
    written,
)
from tocsin.runbook.lint.facts import view
from tocsin.runbook.lint.fixes import with_fixes
from tocsin.runbook.lint.guide import milder_in_guides
from tocsin.runbook.markdown.ignore import blanked_text
from tocsin.runbook.project import NOTHING_KNOWN, ProjectFacts

_FAMILIES = (
    structure,
    verified,
    alternatives,
    written,
    unattended,
    prose,
    powershell,
    cmdlets,
    bounds,
    secrets,
    replacing,
    claims,
    cloud,
    targets,
    replicas,
    ambient,
    elsewhere,
    saved,
    order,
    places,
    places_odd,
    programs,
    replaced,
    statuses,
    ignored,
    files,
    results,
    meaning,
    age,
    clocks,
    unlabelled,
    wider,
    copies,
    alerts,
    drills,
    sentences,
    counts,
    rows,
    gone,
    pairs,
    options,
    sequence,
    nows,
    frozen,
    spoken,
    shown,
    inlined,
    leftover,
    toggles,
    consoles,
    levels,
    directions,
    units,
    stated,
    undone,
    unheard,
    unread,
    rehearsed,
    namesakes,
    ordinals,
    lookalikes,
    opened,
    checked,
    together,
    revoked,
    given_away,
    against,
    deferred,
    keyboards,
    locked,
    sessions_ended,
    processes,
    staged,
    silenced,
    successors,
    ended_early,
    revealed,
    strangers,
    loops,
    orders_told,
    previewed,
    spans_said,
    swallowed,
    amounts,
    manifests,
    half_back,
    fewer,
    likes,
    out_of_order,
    only_place,
    contradicted,
)
_TOP = Span(0, 0, 1, 1)
_RANK = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


def lint(
    book: Runbook, *, today: date, source: str | None = None, project: ProjectFacts = NOTHING_KNOWN
) -> tuple[Diagnostic, ...]:
    """Every remark about a runbook, sorted by line; what the compiler remarked is among them, once.

    Args:
        today: for dates of review.
        source: the document's text. With it columns are exact, rules about raw lines see every line, and findings
            carry a fix where one is certain; without it they see the text the sections keep.
        project: what is known around the document; rules that need facts nobody gathered say nothing.
    """
    facts = view(book, today, source if source is None else blanked_text(source), project)
    found = [
        *book.diagnostics,
        *(
            facts.remark("TOC199", _TOP, f"{told} Its tools stay unknown.", level=Level.WARNING, hint=EXAMPLE)
            for told in table_problems()
        ),
    ]
    for family in _FAMILIES:
        for rule in family.RULES:
            found.extend(rule(facts))
    unique = _unique(list(milder_in_guides(found, book)))
    fixed = with_fixes(unique, book, source) if source is not None else tuple(unique)
    return tuple(sorted(fixed, key=lambda d: (d.span.first_line, _RANK[d.level], d.rule, d.column)))


def with_lint(
    book: Runbook, *, today: date, source: str | None = None, project: ProjectFacts = NOTHING_KNOWN
) -> Runbook:
    """The book with the linter's remarks as its diagnostics, so that `book.blocking(step)` knows them."""
    return replace(book, diagnostics=lint(book, today=today, source=source, project=project))


# Rules both the compiler and the linter may report for one line; their remarks are joined.
_ONCE_PER_LINE = frozenset(
    {"TOC101", "TOC103", "TOC104", "TOC107", "TOC109", "TOC111", "TOC112", "TOC113", "TOC115", "TOC116", "TOC117", "TOC207",
     "TOC220"}
)  # fmt: skip


def _unique(found: list[Diagnostic]) -> list[Diagnostic]:
    """One remark per rule and line for the rules above, one per rule, line and message for the others."""
    kept: dict[tuple[str, int, str], Diagnostic] = {}
    for diagnostic in found:
        message = "" if diagnostic.rule in _ONCE_PER_LINE else diagnostic.message
        key = (diagnostic.rule, diagnostic.span.first_line, message)
        known = kept.setdefault(key, diagnostic)
        if known is not diagnostic:
            worse = min(known, diagnostic, key=lambda d: _RANK[d.level])
            kept[key] = replace(worse, steps=tuple(dict.fromkeys((*known.steps, *diagnostic.steps))))
    return _narrowed(list(kept.values()))


def _narrowed(found: list[Diagnostic]) -> list[Diagnostic]:
    """Of two remarks of one such rule, one inside the other, the narrower place with the steps of both."""
    lines: dict[str, list[tuple[int, int]]] = {}  # of each such rule: line and place of its remarks, by line
    for place, diagnostic in enumerate(found):
        if diagnostic.rule in _ONCE_PER_LINE:
            lines.setdefault(diagnostic.rule, []).append((diagnostic.span.first_line, place))
    for known in lines.values():
        known.sort()
    wide: set[int] = set()
    for place, diagnostic in enumerate(found):
        span = diagnostic.span
        if diagnostic.rule not in _ONCE_PER_LINE or span.last_line <= span.first_line:
            continue
        known = lines[diagnostic.rule]
        first = bisect_right(known, (span.first_line, len(found)))
        inside = known[first : bisect_right(known, (span.last_line, len(found)))]
        if inside:
            wide.add(place)
            narrow = min(at for _, at in inside)
            steps = dict.fromkeys((*found[narrow].steps, *diagnostic.steps))
            if diagnostic.steps:
                found[narrow] = replace(found[narrow], steps=tuple(steps))
    return [diagnostic for place, diagnostic in enumerate(found) if place not in wide]
