"""A plain outline of a document (headings and bold lines, no steps), for tests of what reads only the outline."""

from dataclasses import replace

from tocsin.runbook.book import Role, Section
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Document, Heading, Label
from tocsin.runbook.markdown.read import read
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import is_catalogue, role_of


def outline(text: str) -> tuple[tuple[Section, ...], Document]:
    """Nested sections with roles by their own titles; children of a catalogue are incidents."""
    document = read(text)
    flat: list[Section] = []
    depth = 0
    for block in document.blocks:
        match block:
            case Heading(level=level, title=title, span=span):
                depth = level
                flat.append(_section(title, level, span))
            case Label(name=name, value=None, span=span):
                flat.append(_section(name, depth + 1, span))
            case _:
                pass
    return _nest(flat, frozenset()), document


def _section(title: str, level: int, span: Span) -> Section:
    role = role_of(title)
    return Section(
        anchor=plain(title).lower(),
        path=(plain(title),),
        title=plain(title),
        number=None,
        level=level,
        roles=frozenset({role or Role.TEXT}),
        span=span,
        heading_line=span.first_line,
        text="",
    )


def _nest(flat: list[Section], roles: frozenset[Role]) -> tuple[Section, ...]:
    found: list[Section] = []
    position = 0
    while position < len(flat):
        section = flat[position]
        end = position + 1
        while end < len(flat) and flat[end].level > section.level:
            end += 1
        own = section.roles if section.roles != {Role.TEXT} else (roles or section.roles)
        below = frozenset({Role.INCIDENT}) if is_catalogue(section.title) else own - {Role.OVERVIEW}
        children = _nest(flat[position + 1 : end], below)
        found.append(replace(section, roles=own, children=children))
        position = end
    return tuple(found)
