"""What the linter prints: text with the source line and a caret, and JSON."""

import json
from collections import Counter
from collections.abc import Iterable

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.plan.as_json import diagnostic_values


def as_text(diagnostics: Iterable[Diagnostic], source: str, path: str, *, silenced: int = 0) -> str:
    """One block per remark: place, rule, message, the source line with a caret, the hint, the fix; then the counts.

    >>> as_text((), "", "runbook.md")
    'runbook.md: nothing to remark\\n'
    """
    lines = split_lines(source)
    blocks: list[str] = []
    counted: Counter[str] = Counter()
    for diagnostic in diagnostics:
        counted[diagnostic.level.value] += 1
        number = diagnostic.span.first_line
        block = [
            f"{path}:{number}:{diagnostic.column}: {diagnostic.level.value} {diagnostic.rule} {diagnostic.message}"
        ]
        if 1 <= number <= len(lines):
            shown, caret = _excerpt(lines[number - 1], diagnostic.column)
            gutter = f"{number:>5} | "
            block += [gutter + shown, " " * (len(gutter) - 2) + "| " + " " * caret + "^"]
        if diagnostic.hint:
            block.append(f"        {diagnostic.hint}")
        if diagnostic.fix is not None:
            block.append(f"        --fix writes: {_excerpt(diagnostic.fix.text, 1)[0]}")
        blocks.append("\n".join(block))
    kept = f" ({silenced} silenced in the document)" if silenced else ""
    if not blocks:
        return f"{path}: nothing to remark{kept}\n"
    told = ", ".join(
        f"{n} {level}{'s' if n != 1 else ''}"
        for level in ("error", "warning", "note")
        if (n := counted[level])
    )
    return "\n\n".join(blocks) + f"\n\n{path}: {told}{kept}\n"


_WIDTH = 100


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """The part of a line around a column, tabs as one blank, control characters visible, and where the caret goes."""
    clean = "".join(c if c.isprintable() else " " if c == "\t" else "·" for c in line)
    at = max(0, min(column - 1, len(clean)))
    if len(clean) <= _WIDTH:
        return clean, at
    start = max(0, min(at - _WIDTH // 3, len(clean) - _WIDTH))
    head = "…" if start else ""
    tail = "…" if start + _WIDTH < len(clean) else ""
    return f"{head}{clean[start : start + _WIDTH]}{tail}", at - start + len(head)


def as_json(diagnostics: Iterable[Diagnostic], path: str) -> str:
    """A JSON list of {"doc", "line", "column", "severity", "rule", "message", "fix"}."""
    return json.dumps([diagnostic_values(d, path) for d in diagnostics], ensure_ascii=False, indent=2)
