"""Paragraphs to paragraphs and labels: a bold lead-in such as `**Symptoms**: …` is a block of its own."""

import re
from collections.abc import Sequence

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Block, Label, Line, Paragraph, span_of, text_of

LABEL = re.compile(
    r"(?P<mark>[^\w\s*`\[<>]{0,4}\s*)(?:\*\*|__)(?P<name>(?:(?!\*\*|__).){1,200})(?:\*\*|__)"
    r"(?P<after>\s*[:：]|\s+[-–—](?=\s)|)\s*(?P<rest>.*)$"
)


def prose(lines: Sequence[Line]) -> list[Block]:
    """A paragraph as paragraphs and labels: a line that starts with `**Label**:` begins a new block."""
    out: list[Block] = []
    pending: list[Line] = []
    label: re.Match[str] | None = None

    def flush() -> None:
        if pending:
            span, text = span_of(pending), text_of(pending)
            if label is None:
                out.append(Paragraph(span, text, tuple(pending)))
            else:
                out.append(_label(label, pending, span, text))

    for line in lines:
        found = LABEL.match(line.text) if ("**" in line.text or "__" in line.text) else None
        if found is not None and _is_label(found, alone=len(lines) == 1):
            flush()
            pending, label = [line], found
        else:
            pending.append(line)
    flush()
    return out


def _is_label(found: re.Match[str], *, alone: bool) -> bool:
    inside = found["name"].rstrip().endswith((":", "："))
    if found["after"].strip() or inside:
        return True
    return not found["rest"].strip() and alone


def _label(found: re.Match[str], lines: list[Line], span: Span, text: str) -> Label:
    inside = found["name"].rstrip().endswith((":", "："))
    after = found["after"].strip()
    separator = ":" if inside or after in (":", "：") else "-" if after else ""
    rest = lines[0].cut(found.start("rest"))
    values = tuple(line for line in (rest, *lines[1:]) if line.text.strip())
    name = found["name"].strip().rstrip(":：").strip()
    return Label(name, text_of(values).strip() or None, separator, span, text, values)
