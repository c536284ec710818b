"""The general ways of a document: what its process offers for any incident, when an incident's own ways did not help.

Source: docs/reference/runbook-language.md, section 5, rule 6. A person asks for them; nothing here is offered by itself.
"""

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Choice, Node, Role, Runbook, Section, Step


def general_ways(book: Runbook) -> tuple[Choice, ...]:
    """The choices of the process sections that change something ("Option A: roll back"), in document order."""
    return tuple(
        node
        for section in book.walk()
        if Role.PROCESS in section.roles and Role.INCIDENT not in section.roles
        for node in section.body
        if isinstance(node, Choice)
        and any(_changes(inner) for option in node.options for inner in option.body)
    )


def falls_back(book: Runbook, section: Section) -> tuple[Choice, ...]:
    """The general ways a section can fall back on: those of its document, for an incident section; else none."""
    return general_ways(book) if Role.INCIDENT in section.roles else ()


def _changes(node: Node) -> bool:
    match node:
        case Step(judgement=judgement, actions=actions):
            return bool(actions) and judgement.effect is not Effect.OBSERVE
        case Choice(options=options):
            return any(_changes(inner) for option in options for inner in option.body)
        case _:
            return False
