"""What words say about the block that follows them: its title, its condition, or that it is another way.

Source: docs/reference/runbook-language.md, sections 4 to 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.runbook.book import Condition, ConditionKind
from tocsin.runbook.markdown.blocks import Line, around
from tocsin.runbook.steps.choices import combine
from tocsin.runbook.steps.comments import Comment, Says, understand
from tocsin.runbook.steps.drafts import Unit, steps_in
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.items import one_unit
from tocsin.runbook.words.expectations import expected_in
from tocsin.runbook.words.instructions import SHOWS_OUTPUT, is_instruction
from tocsin.runbook.words.roles import Remarks
from tocsin.runbook.words.told_only import Told, told_only

LINKING = frozenset({Says.OR, Says.FALLBACK, Says.CONDITION})
# "and restart the workers" goes on from the fence above.
_AND = re.compile(r"^(?:and|und|y|et|e) (?=\w)", re.IGNORECASE)


@dataclass(slots=True)
class Ahead:
    """What the paragraph or label just read says about the next fence or list.

    Attributes:
        link: whether it is another way or a case. is_output: whether it is what is printed, and nothing to run.
        intro: the unit of the words themselves, where they make a way or a case.
    """

    lead: Lead | None = None
    label: str = ""
    link: Says | None = None
    condition: Condition | None = None
    is_output: bool = False
    intro: Unit | None = None

    def announce(self, line: Line, text: str, lead: Lead, *, warned: bool) -> Comment:
        """Takes what a sentence announces; what it says is returned."""
        said = understand(line)
        title = _AND.sub("", " ".join(text.rstrip(":：").split()), count=1)
        if said.says in (Says.OR, Says.FALLBACK):
            title = said.title or lead.title
        self.lead = Lead(title, "paragraph", None, lead.warned, lead.horizon)
        if said.says in LINKING:
            self.link, self.condition = linking(said), said.condition
            self.label = text.rstrip(":：").strip()
        self.is_output = SHOWS_OUTPUT.search(text) is not None
        return said

    def give(self, units: list[Unit], before: list[Unit]) -> None:
        """Gives the units of a block what the words before it said: "or", "if that fails", "if X"."""
        if self.link is not None and units:
            title = self.label
            if len(units) > 1:
                units[:] = [one_unit(combine(units), title)]
            if self.intro is not None and before and before[-1] is self.intro:
                # The words that make it a way or a case stay with it: nothing stands between two cases.
                before.pop()
                units[0].nodes[:0] = self.intro.nodes
                units[0].span = around(self.intro.span, units[0].span)
            units[0].link = units[0].link or self.link
            units[0].condition = units[0].condition or self.condition
            units[0].label = units[0].label or title
        elif self.condition is not None:
            for unit in units:
                for step in steps_in(unit.nodes):
                    step.condition = step.condition or self.condition
        self.clear()

    def clear(self) -> None:
        """Forgets it: it was about one block."""
        self.lead, self.link, self.condition, self.is_output = None, None, None, False
        self.intro = None


def about_fence(line: Line, text: str) -> Line | None:
    """The words of a sentence without a colon, if they are the title or condition of the fence right below it.

    Heard also where nothing says that a section holds steps: what makes two fences ways of which one is taken must not be lost.
    """
    if text.startswith(("{%", "<%")):
        return None
    if understand(line).says in LINKING and len(text) < 200:
        return line
    if len(text) < 200 and told_only(text) not in (None, Told.EXAMPLE):
        return Line(text, line.number, line.start, line.end)
    if is_instruction(text) and len(text) < 120:
        return Line(text, line.number, line.start, line.end)
    return None


def linking(said: Comment) -> Says | None:
    """How a comment links what follows it with what stands above; a mere condition links nothing."""
    case = said.condition is not None and said.condition.kind is ConditionKind.CASE
    return said.says if said.says is not Says.CONDITION or case else None


def linked_item(whole: Unit, said: Comment | None, asked: Remarks, title: str) -> None:
    """Gives an item of a list what its own words say about it."""
    expected = expected_in(title, whole.span)
    if expected is not None:
        for step in [step for step in steps_in(whole.nodes) if step.actions][-1:]:
            step.expects = step.expects or [expected]
    links = said is not None and said.says in LINKING
    if said is not None and links and asked.condition is None:
        whole.link = linking(said)
        whole.condition = said.condition
        if whole.link is None:
            for step in steps_in(whole.nodes):
                step.condition = step.condition or said.condition
    whole.recommended = asked.recommended
