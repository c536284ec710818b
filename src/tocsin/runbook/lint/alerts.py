"""TOC408: checks and sections that do not know each other. Silent for a document without checks of its own."""

from collections.abc import Iterator

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.facts import View
from tocsin.runbook.matching.match import match

_TOP = Span(0, 0, 1, 1)


def unmatched(view: View) -> Iterator[Diagnostic]:
    """TOC408: a check whose section is not there or that leads to none; incidents that nothing raises."""
    watched = view.project.watched
    if not watched:
        return
    raised: set[str] = set()
    for each in watched:
        if each.section is not None:
            named = view.book.section(each.section)
            if named is None:
                message = f'The check {each.name} names the section "{each.section}", and there is none.'
                yield view.remark("TOC408", _TOP, message)
            else:
                raised |= {section.anchor for section in named.walk()}
            continue
        found = match(each, view.book)
        raised |= {section.anchor for one in found.candidates for section in one.section.walk()}
        if not found.candidates:
            message = f"Nothing here speaks about the check {each.name}, unless its message says more than its settings."
            yield view.remark("TOC408", _TOP, message, level=Level.NOTE)
    for section in view.book.incidents():
        inner = any(Role.INCIDENT in below.roles for below in section.walk()[1:])
        if inner or section.alerts or section.anchor in raised or not section.steps():
            continue
        place = Span(section.span.start, section.span.start, section.heading_line, section.heading_line)
        message = f"No check leads to {section.title}: somebody has to notice it."
        yield view.remark("TOC408", place, message, level=Level.NOTE)


RULES = (unmatched,)
