"""What the editor shows of a document: findings, effects beside the steps, what is known of a step, what can be done."""

import re

from tocsin.app.linting import Linted
from tocsin.cli.lsp.places import Places, Position, Range
from tocsin.runbook.book import Section, Step
from tocsin.runbook.diagnostic import Diagnostic, Fix, Level
from tocsin.runbook.lint.sarif import help_uri
from tocsin.runbook.markdown.ignore import fenced
from tocsin.runbook.plan.outlook import plan as make_plan

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_SEVERITY = {Level.ERROR: 1, Level.WARNING: 2, Level.NOTE: 3}
_SECTION, _STEP = 3, 12  # SymbolKind: Namespace, Function


def range_json(where: Range) -> Json:
    """A range as the protocol writes it."""
    return {
        "start": {"line": where.start.line, "character": where.start.character},
        "end": {"line": where.end.line, "character": where.end.character},
    }


def diagnostics(linted: Linted, places: Places, pages: str | None) -> list[Json]:
    """Every finding shown, as the protocol has it."""
    return [_diagnostic(found, places, pages) for found in linted.outcome.shown]


def _diagnostic(found: Diagnostic, places: Places, pages: str | None) -> dict[str, Json]:
    said = f"{found.message}\n{found.hint}" if found.hint else found.message
    out: dict[str, Json] = {
        "range": range_json(_place(found, places)),
        "severity": _SEVERITY[found.level],
        "code": found.rule,
        "source": "tocsin",
        "message": said,
    }
    if pages:
        out["codeDescription"] = {"href": help_uri(found.rule, pages)}
    return out


def _place(found: Diagnostic, places: Places) -> Range:
    """From a finding's column to the end of its line, blanks left out."""
    line = found.span.first_line - 1
    text = places.line(line)
    start = min(found.column - 1, len(text))
    return Range(places.position(line, start), places.position(line, max(start, len(text.rstrip()))))


# -- hover ------------------------------------------------------------------------------------------------------------


def hover(linted: Linted, places: Places, at: Position) -> Json:
    """What is known of the step a place stands in, or null."""
    planned = {
        each.step.id: each for section in make_plan(linted.book, None).sections for each in section.steps
    }
    step = _step_at(linted, at.line + 1)
    if step is None:
        return None
    judgement = step.judgement
    flags = ", ".join(sorted(flag.value for flag in judgement.flags))
    out = [f"**{judgement.effect.word}** {_escaped(step.title)}" + (f" ({flags})" if flags else "")]
    out += [f"- {_escaped(reason)}" for reason in dict.fromkeys(r.sentence for r in judgement.reasons)]
    known = planned.get(step.id)
    if known is not None and known.target:
        out.append(f"- where: {_escaped(known.target)}")
    if step.placeholders:
        out.append(f"- open: {_escaped(', '.join(hole.name for hole in step.placeholders))}")
    undo = judgement.undo
    if undo is not None:
        out.append(f"- undo: {undo.undoable.value}" + (f"; lost: {_escaped(undo.lost)}" if undo.lost else ""))
        if undo.capture:
            out.append(f"- capture first: {_code(undo.capture)}")
        if undo.reverse:
            out.append(f"- way back: {_code(undo.reverse)}")
    blocking = linted.book.blocking(step.id)
    out += [f"- blocked by {found.rule}: {_escaped(found.message)}" for found in blocking]
    lines = [span for span in step.spans if span.first_line <= at.line + 1 <= span.last_line]
    where = places.whole_lines(lines[0].first_line - 1, lines[0].last_line - 1)
    return {"contents": {"kind": "markdown", "value": "\n".join(out)}, "range": range_json(where)}


def _step_at(linted: Linted, line: int) -> Step | None:
    """The step with the shortest piece of text over a line: an item inside an item is the inner one."""
    found = [
        (span.last_line - span.first_line, step.number, step)
        for step in _steps(linted)
        for span in step.spans
        if span.first_line <= line <= span.last_line
    ]
    return min(found, key=lambda each: each[:2])[2] if found else None


def _steps(linted: Linted) -> list[Step]:
    return [step for section in linted.book.sections for step in section.steps()]


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    bare = " ".join(text.split())
    mark = "`" * (1 + max((len(run) for run in re.findall("`+", bare)), default=0))
    return f"{mark} {bare} {mark}" if "`" in bare else f"{mark}{bare}{mark}"


# -- hints and symbols ------------------------------------------------------------------------------------------------


def hints(linted: Linted, places: Places, where: Range) -> list[Json]:
    """The effect at the end of each step's first line of command."""
    out: list[Json] = []
    for step in _steps(linted):
        if not step.actions:
            continue
        line = step.actions[0].span.first_line - 1
        if not where.start.line <= line <= where.end.line:
            continue
        flags = sorted(flag.value for flag in step.judgement.flags)
        at = places.whole_lines(line, line).end
        out.append(
            {
                "position": {"line": at.line, "character": at.character},
                "label": " · ".join([step.judgement.effect.word, *flags]),
                "paddingLeft": True,
                "tooltip": "\n".join(dict.fromkeys(r.sentence for r in step.judgement.reasons)),
            }
        )
    return out


def symbols(linted: Linted, places: Places) -> list[Json]:
    """The sections and their steps as a tree."""
    return [_section(section, places) for section in linted.book.sections]


def _section(section: Section, places: Places) -> Json:
    first = section.heading_line - 1
    own = Section.steps(_without_children(section))
    children: list[Json] = [
        _symbol(
            f"{step.number} {' '.join(step.title.split())}".strip(),
            step.judgement.effect.word,
            _STEP,
            places.whole_lines(step.span.first_line - 1, step.span.last_line - 1),
            places.whole_lines(step.span.first_line - 1, step.span.first_line - 1),
            [],
        )
        for step in own
    ]
    children += [_section(child, places) for child in section.children]
    return _symbol(
        section.title.strip() or "(no title)",
        ", ".join(sorted(role.value for role in section.roles)),
        _SECTION,
        places.whole_lines(min(first, section.span.first_line - 1), section.span.last_line - 1),
        places.whole_lines(first, first),
        children,
    )


def _without_children(section: Section) -> Section:
    return Section(
        section.anchor, section.path, section.title, section.number, section.level, section.roles, section.span,
        section.heading_line, section.text, body=section.body,
    )  # fmt: skip


def _symbol(name: str, detail: str, kind: int, whole: Range, head: Range, children: list[Json]) -> Json:
    # An editor refuses a head outside its whole.
    start = min(whole.start, head.start, key=lambda p: (p.line, p.character))
    end = max(whole.end, head.end, key=lambda p: (p.line, p.character))
    return {
        "name": name, "detail": detail, "kind": kind, "range": range_json(Range(start, end)),
        "selectionRange": range_json(head), "children": children,
    }  # fmt: skip


# -- actions ----------------------------------------------------------------------------------------------------------


def actions(linted: Linted, places: Places, uri: str, where: Range, pages: str | None) -> list[Json]:
    """For each finding on these lines: its fix if it is certain, and a comment that waits for a reason."""
    out: list[Json] = []
    for found in linted.outcome.shown:
        line = found.span.first_line - 1
        if not where.start.line <= line <= where.end.line:
            continue
        shown = _diagnostic(found, places, pages)
        if found.fix is not None:
            title = f"Mend {found.rule}: {' '.join(found.fix.text.split())[:60]}"
            out.append(_action(title, shown, uri, _fix(found.fix, places), preferred=True))
        if found.rule not in ("TOC123", "TOC124"):
            title = f"Silence {found.rule} here, with a reason"
            out.append(_action(title, shown, uri, _comment(found, places), preferred=False))
    return out


def replace_all(places: Places, text: str, uri: str) -> Json:
    """Everything that is certain, mended at once."""
    where = places.whole_lines(0, len(places.starts) - 1)
    edit: Json = {"range": range_json(where), "newText": text}
    return {
        "title": "Mend everything that is certain",
        "kind": "source.fixAll.tocsin",
        "edit": {"changes": {uri: [edit]}},
    }


def _action(title: str, shown: Json, uri: str, edit: Json, *, preferred: bool) -> Json:
    return {
        "title": title, "kind": "quickfix", "diagnostics": [shown], "isPreferred": preferred,
        "edit": {"changes": {uri: [edit]}},
    }  # fmt: skip


def _fix(fix: Fix, places: Places) -> Json:
    where = Range(places.at_byte(fix.span.start), places.at_byte(fix.span.end))
    return {"range": range_json(where), "newText": fix.text}


def _comment(found: Diagnostic, places: Places) -> Json:
    """A comment above the finding's line, or above the fence it stands in. Its reason is still to be written."""
    inside = fenced(places.line(number) for number in range(len(places.starts)))
    line = min(found.span.first_line - 1, len(places.starts) - 1)
    while line > 0 and inside[line]:
        line -= 1
    indent = re.match(r"\s*", places.line(line))
    at = Position(line, 0)
    text = f"{indent[0] if indent else ''}<!-- tocsin: ignore {found.rule} because … -->\n"
    return {"range": range_json(Range(at, at)), "newText": text}
