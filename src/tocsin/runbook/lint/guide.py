"""Whether a document is for operating something at all: a guide to building or installing is not held to a runbook's rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tocsin.runbook.book import Role, Runbook
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.words.wording import fold

# What a guide may leave out: verification of each change, a command for each manifest, second runs, repeated answers.
_OF_RUNBOOKS = frozenset(
    {
        "TOC105",
        "TOC111",
        "TOC114",
        "TOC208",
        "TOC213",
        "TOC301",
        "TOC307",
        "TOC316",
        "TOC401",
        "TOC402",
        "TOC404",
        "TOC412",
        "TOC414",
    }
)
_NAMED = re.compile(
    r"runbook|playbook|incident|outage|emergenc|on.?call|operation|operating|procedure|troubleshoot|alert|recover|failover|disaster|maintenance|escalat|\bsop\b|\bnoc\b|"
    r"checklist|handbook|bereitschaft|betrieb|notfall|storung|guardia|operacion|incidente|astreinte|exploitation|plantao|manual|what to do|response"
)
# What a repository says about itself.
_OF_A_REPOSITORY = re.compile(
    r"(?:^|/)(?:readme|agents|claude|contributing|changelog|security|license)\.\w+$", re.IGNORECASE
)
_OPERATING = frozenset({Role.INCIDENT, Role.SYMPTOMS, Role.ESCALATION, Role.SEVERITY, Role.ROLLBACK})


def operates(book: Runbook) -> bool:
    """Whether a document says in its name, its parts or its promises that it is for operating something."""
    policy = book.policy
    if _OF_A_REPOSITORY.search(book.path) and not (policy.severities or policy.escalation or policy.contacts):
        return any(Role.SYMPTOMS in section.roles for section in book.walk())
    if (
        book.genre != "text"
        or policy.severities
        or policy.escalation
        or policy.owner
        or policy.review.next_review
    ):
        return True
    if _NAMED.search(fold(f"{book.path} {book.title}")):
        return True
    return any(section.roles & _OPERATING for section in book.walk())


def milder_in_guides(found: Iterable[Diagnostic], book: Runbook) -> Iterator[Diagnostic]:
    """The same remarks; in a guide those about a runbook's duties are notes."""
    strict = operates(book)
    for diagnostic in found:
        if strict or diagnostic.rule not in _OF_RUNBOOKS or diagnostic.level is Level.NOTE:
            yield diagnostic
        else:
            yield replace(diagnostic, level=Level.NOTE)
