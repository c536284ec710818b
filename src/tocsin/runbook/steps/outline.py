"""Blocks to a tree of sections: headings by relative depth, bold labels one below their heading.

Decides what is a section, what each is for (roles are inherited) and which sections are one procedure. Source:
docs/reference/runbook-language.md, sections 3.4, 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.blocks import (
    Block,
    Document,
    Heading,
    Item,
    Label,
    ListBlock,
    Paragraph,
    Rule,
    span_of,
    text_of,
)
from tocsin.runbook.steps.ids import slug
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import (
    HORIZON_WORD,
    case_mark,
    is_catalogue,
    is_exact,
    is_generic,
    option_mark,
    role_of,
    speaks_of_next,
    split_number,
    surely,
)

# Labels of these roles hold steps; the others are fields that describe the section around them.
PROCEDURAL = frozenset(
    {
        Role.INVESTIGATION, Role.MITIGATION, Role.VERIFICATION, Role.ROLLBACK, Role.POST_INCIDENT,
        Role.PREVENTION, Role.COMMUNICATION, Role.PROCESS, Role.TOOLBOX, Role.PREREQUISITES,
    }
)  # fmt: skip
_DESCRIBING = frozenset(
    {
        Role.SEVERITY, Role.CONTACTS, Role.ESCALATION, Role.OVERVIEW, Role.JOBS, Role.MONITORING,
        Role.REFERENCES, Role.IMPACT, Role.SYMPTOMS, Role.TOOLBOX,
    }
)  # fmt: skip
# What holds for everything below: steps there are never an incident's own.
_DOMINANT = frozenset({Role.PROCESS, Role.POST_INCIDENT, Role.PREVENTION})
_ASIDE = re.compile(
    r"^(?:note|notes|warning|important|tip|caution|danger|example|examples|expected(?: output| result| response)?"
    r"|output|sample output|remember|info|disclaimer|nota|aviso|attention|achtung|hinweis|beispiel|exemple|ejemplo"
    r"|last updated|next review|version|status|author|owner|date)\b",
    re.I,
)


@dataclass(slots=True)
class Draft:
    """A section while it is being read.

    Attributes:
        raw: the label as written, inline markup included. printed: the number in it.
        level: 0 for a document without title. is_label: a bold line, no heading.
        own: the role its own label names. roles: with what it inherits.
        procedure: the section whose steps these belong to (itself or an ancestor).
    """

    raw: str
    title: str
    printed: str | None
    level: int
    start: int
    first_line: int
    is_label: bool = False
    own: Role | None = None
    generic: bool = False
    horizon: str | None = None
    roles: frozenset[Role] = frozenset({Role.TEXT})
    parent: Draft | None = None
    blocks: list[Block] = field(default_factory=list)
    children: list[Draft] = field(default_factory=list)
    end: int = 0
    last_line: int = 0
    heading_line: int = 1
    anchor: str = ""
    path: tuple[str, ...] = ()
    recognised: bool = False
    procedure: Draft | None = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end, self.first_line, self.last_line)

    def walk(self) -> list[Draft]:
        """This section and everything below it, in document order."""
        found: list[Draft] = []
        todo = [self]
        while todo:
            draft = todo.pop()
            found.append(draft)
            if draft.children:
                todo.extend(reversed(draft.children))
        return found


def outline(document: Document, name: str) -> tuple[Draft, tuple[Diagnostic, ...]]:
    """The tree of sections of a document; `name` is the title if the document has none."""
    root = _root(document, name)
    _grow(root, document)
    _finish(root, document)
    _assign_roles(root)
    _recognise(root)
    _assign_procedures(root)
    return root, _anchors(root)


def _root(document: Document, name: str) -> Draft:
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    tops = [heading for heading in headings if heading.level == 1]
    front = dict(document.front_matter)
    whole = document.whole()
    if len(tops) == 1 and headings[0] is tops[0]:
        number, title = _title(tops[0].title)
        root = Draft(tops[0].title, title, number, 1, whole.start, 1)
        root.heading_line = tops[0].span.first_line
    else:
        title = front.get("title") or name
        root = Draft(title, title, None, 0, whole.start, 1)
    root.end, root.last_line = whole.end, whole.last_line
    return root


def _title(raw: str) -> tuple[str | None, str]:
    number, title = split_number(plain(raw))
    bare = title.rstrip(":： ").strip()
    return number, bare or title or raw.strip()


def _grow(root: Draft, document: Document) -> None:
    stack = [root]
    titled = root.level == 1
    for block in (part for whole in document.blocks for part in _parted(whole)):
        match block:
            case Heading(level=1) if titled:
                titled = False  # the document's own title
                while len(stack) > 1:
                    _close(stack, _line_start(document, block.span))
            case Heading(level=level, title=raw, span=span):
                while len(stack) > 1 and (stack[-1].is_label or stack[-1].level >= level):
                    _close(stack, _line_start(document, span))
                _open(stack, raw, level, _line_start(document, span), is_label=False)
            case Rule(span=span):
                if stack[-1].is_label:
                    where = _line_start(document, span)
                    while stack[-1].is_label:
                        _close(stack, where)
                stack[-1].blocks.append(block)
            case Label():
                _label(stack, block, document)
            case Paragraph() if not _heads_a_way(stack[-1]) and (label := _bare_label(block)) is not None:
                _label(stack, label, document)
            case _:
                stack[-1].blocks.append(block)


def _heads_a_way(current: Draft) -> bool:
    """Whether nothing stands yet below an option or a case: "Roll back:" there is what to do in it."""
    if current.blocks or current.children:
        return False
    return option_mark(current.raw) is not None or case_mark(current.raw) is not None


def _label(stack: list[Draft], label: Label, document: Document) -> None:
    if not _opens(stack[-1], label):
        stack[-1].blocks.append(label)
        return
    where = _line_start(document, label.span)
    role = role_of(label.name)
    nested = role is None or option_mark(label.name) is not None or split_number(label.name)[0] is not None
    while stack[-1].is_label:
        if (
            nested
            and role_of(stack[-1].raw) in PROCEDURAL
            and Role.TOOLBOX is not role_of(_heading(stack[-1]).raw)
        ):
            break
        _close(stack, where)
    draft = _open(stack, label.name, stack[-1].level + 1, where, is_label=True)
    if label.value is not None:
        draft.blocks.append(Paragraph(label.span, label.value, label.value_lines))


def _opens(current: Draft, label: Label) -> bool:
    """Whether a label begins a section of its own, rather than being a field or an aside."""
    name = plain(label.name)
    heading = _heading(current)
    role = role_of(label.name)
    if _ASIDE.match(name) or name.endswith((".", "!", "?")) or len(name) > 100:
        return False
    if label.value is None:
        # "**Alternatively:**" and "**If that fails:**" say something about the next block, not about a section.
        return not speaks_of_next(name)
    if heading.parent is not None and role_of(heading.raw) in _DESCRIBING:
        return False
    return label.separator == ":" and (
        role in PROCEDURAL - {Role.PREREQUISITES} or HORIZON_WORD.match(name) is not None
    )


def _heading(draft: Draft) -> Draft:
    """The heading a label stands under (itself if it is one)."""
    while draft.is_label and draft.parent is not None:
        draft = draft.parent
    return draft


_BARE = re.compile(r"([^\W\d_][^:：.\n`*]{1,40})[:：]\s*(.*)$")
# "*Did it help?*", alone or before what it is about; and a line that is nothing but "Undo".
_SLANTED = re.compile(r"[*_](?![*_\s])([^*_`\n]{2,40})[*_](?:\s*[:：–—-])?\s*(.*)$")
_ALONE = re.compile(r"([^\W\d_][^:：.\n`*_,;!?]{1,30})()$")


def _parted(block: Block) -> Sequence[Block]:
    """A paragraph cut before each line that begins as a section of its own would: "Verify: …", below it "Rollback: …"."""
    if not isinstance(block, Paragraph) or len(block.lines) < 2 or ":" not in block.text:
        return (block,)
    begins = [
        at
        for at, line in enumerate(block.lines)
        if at
        and (found := _BARE.match(line.text)) is not None
        and is_exact(found[1])
        and role_of(found[1]) in _BELOW_EACH_OTHER
    ]
    if not begins:
        return (block,)
    cuts = zip([0, *begins], [*begins, len(block.lines)], strict=True)
    pieces = [block.lines[first:last] for first, last in cuts]
    return [Paragraph(span_of(lines), text_of(lines), lines) for lines in pieces]


_BELOW_EACH_OTHER = frozenset(
    {Role.INVESTIGATION, Role.MITIGATION, Role.VERIFICATION, Role.ROLLBACK, Role.ESCALATION, Role.PREVENTION}
)


def _bare_label(paragraph: Paragraph) -> Label | None:
    """A paragraph "Symptoms: 502 errors" without bold, if it begins with nothing but a known role."""
    first = paragraph.lines[0]
    found = _BARE.match(first.text) or _SLANTED.match(first.text)
    if found is None and len(paragraph.lines) == 1:
        found = _ALONE.match(first.text)
    if found is None or not is_exact(found[1]):
        return None
    rest = first.cut(found.start(2))
    values = tuple(line for line in (rest, *paragraph.lines[1:]) if line.text.strip())
    return Label(found[1], text_of(values).strip() or None, ":", paragraph.span, paragraph.text, values)


def _open(stack: list[Draft], raw: str, level: int, where: tuple[int, int], *, is_label: bool) -> Draft:
    number, title = _title(raw)
    parent = stack[-1]
    draft = Draft(raw, title, number, level, where[0], where[1], is_label=is_label, parent=parent)
    draft.heading_line = where[1]
    parent.children.append(draft)
    stack.append(draft)
    return draft


def _close(stack: list[Draft], where: tuple[int, int]) -> None:
    draft = stack.pop()
    draft.end, draft.last_line = where[0], max(draft.first_line, where[1] - 1)


def _line_start(document: Document, span: Span) -> tuple[int, int]:
    return document.lines[span.first_line - 1].start, span.first_line


def _finish(root: Draft, document: Document) -> None:
    """Closes what is open at the end and names the path of each section."""
    for draft in root.walk():
        if draft.end == 0 and draft is not root:
            draft.end, draft.last_line = len(document.data), root.last_line
        above = draft.parent.path if draft.parent is not None else ()
        draft.path = () if draft is root else (*above, draft.title)


def _assign_roles(root: Draft) -> None:
    for draft in root.walk():
        if draft.parent is None:
            continue
        inherited = draft.parent.roles - {Role.INCIDENT, Role.TEXT}
        exact_only = is_catalogue(draft.parent.raw) and not draft.is_label
        draft.own = surely(draft.raw) if exact_only else role_of(draft.raw)
        if draft.own is Role.SYMPTOMS and Role.PROCESS in inherited:
            draft.own = None  # "Phase 1: Detection" is a part of the process, not a sign of a trouble
        if found := HORIZON_WORD.match(draft.title):
            draft.horizon = {"mid": "medium"}.get(found[1].lower(), found[1].lower())
            if not inherited & {
                Role.IMPACT,
                Role.OVERVIEW,
                Role.SYMPTOMS,
            }:  # there it tells what follows, not what to do
                draft.own = draft.own or Role.POST_INCIDENT
        draft.generic = draft.own is Role.MITIGATION and is_generic(draft.raw)
        if Role.TOOLBOX in inherited:
            draft.roles = frozenset({Role.TOOLBOX})
        elif draft.own is not None:
            draft.roles = frozenset({draft.own}) | (inherited & _DOMINANT)
        elif inherited:
            draft.roles, draft.generic = frozenset(inherited), draft.parent.generic
        else:
            draft.roles = frozenset({Role.TEXT})


def _recognise(root: Draft) -> None:
    """Marks the sections that say by what their trouble is recognised."""
    below: set[int] = set()  # sections with a recognised section below them
    drafts = root.walk()
    for draft in reversed(drafts):
        direct = any(child.own is Role.SYMPTOMS for child in draft.children) or any(
            map(_is_symptom_field, draft.blocks)
        )
        # The shape of an alert runbook: Meaning or Impact beside Diagnosis or Mitigation.
        own = {child.own for child in draft.children}
        shape = bool(own & {Role.OVERVIEW, Role.IMPACT}) and bool(own & {Role.INVESTIGATION, Role.MITIGATION})
        kept_out = bool(draft.roles & (_DOMINANT | {Role.TOOLBOX, Role.SYMPTOMS}))
        draft.recognised = not kept_out and (direct or (shape and id(draft) not in below))
        if (draft.recognised or id(draft) in below) and draft.parent is not None:
            below.add(id(draft.parent))
    for draft in drafts:
        if draft.recognised and draft.is_label and draft.parent is not None and draft.parent.recognised:
            draft.recognised = False


def _is_symptom_field(block: Block) -> bool:
    match block:
        case Label(name=name):
            return role_of(name) is Role.SYMPTOMS
        case ListBlock(items=items):
            return any(_is_symptom_item(item) for item in items)
        case _:
            return False


def _is_symptom_item(item: Item) -> bool:
    match item.blocks:
        case (Label(name=name, value=str()), *_):
            return role_of(name) is Role.SYMPTOMS
        case _:
            return False


def _assign_procedures(root: Draft) -> None:
    """Which section's procedure each belongs to: an incident with all below it, or a part of a container."""
    containers: set[int] = set()
    drafts = root.walk()
    for draft in reversed(drafts):
        holds = any(child.recognised or id(child) in containers for child in draft.children)
        listed = is_catalogue(draft.raw) or bool({Role.PROCESS, Role.POST_INCIDENT} & {draft.own})
        if not draft.recognised and (holds or listed or draft is root):
            containers.add(id(draft))
    for draft in drafts:
        parent = draft.parent
        if parent is None or (not draft.is_label and (draft.recognised or id(parent) in containers)):
            draft.procedure = draft
        else:
            draft.procedure = parent.procedure


def _anchors(root: Draft) -> tuple[Diagnostic, ...]:
    """Unique anchors, those of headings first, as a Git hosting site counts them."""
    used: dict[str, int] = {}
    diagnostics: list[Diagnostic] = []
    everything = root.walk()
    for draft in (*(d for d in everything if not d.is_label), *(d for d in everything if d.is_label)):
        base = slug(plain(draft.raw))
        count = used.get(base, -1) + 1
        anchor = base if count == 0 else f"{base}-{count}"
        while count and anchor in used:
            count += 1
            anchor = f"{base}-{count}"
        used[base] = count
        used.setdefault(anchor, 0)
        draft.anchor = anchor
        if count and not draft.is_label:
            message = (
                f'another heading is also "{draft.title}": links to it are ambiguous, this one is #{anchor}'
            )
            span = Span(draft.start, draft.start, draft.first_line, draft.first_line)
            diagnostics.append(Diagnostic("TOC116", Level.NOTE, span, 1, message))
    return tuple(diagnostics)
