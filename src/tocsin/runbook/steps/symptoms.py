"""By what a section's trouble is recognised, which alerts it names, and whose it is.

Source: docs/reference/runbook-language.md, sections 5 (rule 2) and 10.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.runbook.book import Role
from tocsin.runbook.markdown.blocks import Block, Document, Item, Label, ListBlock, Paragraph, Table
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.words.inline import code_spans, plain
from tocsin.runbook.words.roles import fold, role_of

_SEPARATOR = re.compile(r"\s*[;\n]\s*|\s*,\s+(?:or\s+|and\s+|ou\s+|o\s+|oder\s+)?(?![^()]*\))|\s+\|\s+")
_CAMEL = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,}\b|\b[A-Z]{2,}[a-z]+(?:[A-Z][a-z0-9]+)+\b")
_ALERT_LABEL = re.compile(r"^(?:alert(?:s| name| names)?|alarm|alerta|alerte|monitor(?: name)?)$")
_OWNER_LABEL = re.compile(
    r"^(?:owner|owners|owned by|team|owning team|service owner|responsavel|responsable|verantwortlich)$"
)


def symptoms_of(draft: Draft) -> tuple[str, ...]:
    """The phrases by which a section's trouble is recognised: its fields, and sections below it of that role."""
    out: list[str] = []
    for block in draft.blocks:
        out.extend(_field(block))
    if draft.own is Role.SYMPTOMS:
        out.extend(_contents(draft.blocks))
    for child in draft.children:
        if child.own is Role.SYMPTOMS:
            for inner in child.walk():
                for block in inner.blocks:
                    out.extend(_field(block))
                out.extend(_contents(inner.blocks))
    return tuple(dict.fromkeys(out))


_ENCLOSED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|`[^`\n]{1,200}`|\([^()\n]{1,200}\)")
_ENCLOSING = re.compile(r"[\"“`(]")
_KEPT = re.compile(r"\x00(\d+)\x00")


def phrases(text: str) -> tuple[str, ...]:
    """A symptom text split to phrases; commas inside quotes and parentheses do not split.

    >>> phrases('"Too many connections", timeout errors')
    ('"Too many connections"', 'timeout errors')
    """
    if _ENCLOSING.search(text) is None:
        parts: Iterable[str] = _SEPARATOR.split(text.replace("\x00", " "))
        return tuple([bare for part in parts if (bare := plain(part).strip(" .;-"))])
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    hidden = _ENCLOSED.sub(hide, text.replace("\x00", " "))
    parts = (_KEPT.sub(lambda m: kept[int(m[1])], part) for part in _SEPARATOR.split(hidden))
    return tuple(bare for part in parts if (bare := plain(part).strip(" .;-")))


def _field(block: Block) -> list[str]:
    match block:
        case Label(name=name, value=str(value)) if role_of(name) is Role.SYMPTOMS:
            return list(phrases(value))
        case ListBlock(items=items):
            return [phrase for item in items for phrase in _item_field(item)]
        case _:
            return []


def _item_field(item: Item) -> list[str]:
    match item.blocks:
        case (Label(name=name, value=value), *rest) if role_of(name) is Role.SYMPTOMS:
            found = list(phrases(value)) if value else []
            return [*found, *_contents(rest)]
        case _:
            return []


def _contents(blocks: list[Block] | tuple[Block, ...]) -> list[str]:
    """Everything a section of symptoms lists: items are phrases as they stand, sentences are split."""
    out: list[str] = []
    for block in blocks:
        match block:
            case ListBlock(items=items):
                for item in items:
                    words = plain(" ".join(item.lead.split())).strip(" .;")
                    if words:
                        out.append(words)
            case Paragraph(text=text) if not text.rstrip().endswith(":"):
                out.extend(phrases(text))
            case Table(rows=rows):
                out.extend(plain(row.cells[0]) for row in rows if row.cells and row.cells[0].strip())
            case _:
                pass
    return out


def alert_names(draft: Draft, document: Document) -> tuple[str, ...]:
    """The names of alerts a section states: its fields, an alert-like title, the front matter of the document."""
    out: list[str] = []
    for block in draft.blocks:
        match block:
            case Label(name=name, value=str(value)) if _ALERT_LABEL.match(fold(plain(name))):
                out.extend(_names(value))
            case ListBlock(items=items):
                for item in items:
                    match item.blocks:
                        case (Label(name=name, value=str(value)), *_) if _ALERT_LABEL.match(
                            fold(plain(name))
                        ):
                            out.extend(_names(value))
                        case _:
                            pass
            case _:
                pass
    if draft.recognised:
        bare = draft.title.strip("` ")
        if _CAMEL.fullmatch(bare):
            out.append(bare)
        if draft.parent is None:
            out.extend(
                value for key, value in document.front_matter if key in ("alert", "alertname") and value
            )
        for block in draft.blocks:
            if isinstance(block, Label) and block.value and role_of(block.name) is Role.SYMPTOMS:
                out.extend(code for _, _, code in code_spans(block.value) if _CAMEL.fullmatch(code))
    return tuple(dict.fromkeys(out))


def _names(value: str) -> list[str]:
    coded = [code for _, _, code in code_spans(value)]
    return coded or _CAMEL.findall(value) or list(phrases(value))


def owner_of(draft: Draft) -> str | None:
    """Whose a section is, if a field says so."""
    for block in draft.blocks:
        match block:
            case Label(name=name, value=str(value)) if _OWNER_LABEL.match(fold(plain(name))):
                return plain(value)
            case _:
                pass
    return None
