"""A section to units: where its lines run by its heading, and its blocks read in order.

Source: docs/reference/runbook-language.md, sections 4 to 7.
"""

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.ahead import only_if_so
from tocsin.runbook.steps.body import Flow, Reader
from tocsin.runbook.steps.choices import combine
from tocsin.runbook.steps.drafts import Unit
from tocsin.runbook.steps.heads import section_lead
from tocsin.runbook.steps.left_open import perhaps_there, still_inside
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.sent import headed
from tocsin.runbook.steps.unlabelled import typed_by_hand
from tocsin.runbook.words.questions import asks_only


def section_units(reader: Reader, draft: Draft) -> list[Unit]:
    """The units of a section's own blocks; `reader` goes on from where the section before it ended."""
    if Role.TOOLBOX in draft.roles:
        reader.place = Place()  # never a procedure: nothing persists
    reader.place = headed(draft, reader.place.outermost())  # a heading ends what was open
    told = len(reader.diagnostics)
    units = combine(Flow(reader, draft, section_lead(draft)).read(draft.blocks))
    typed_by_hand(units, draft)
    still_inside(units, [remark for remark, _ in reader.diagnostics[told:]])
    reader.diagnostics += perhaps_there(units, reader.host.unsaid)
    reader.host.unsaid.clear()
    if draft.procedure is not draft and asks_only(draft.title):
        only_if_so(draft.title, Span(draft.start, draft.start, draft.first_line, draft.first_line), units)
    return units
