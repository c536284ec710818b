"""The blocks of a section to units: paragraphs, fields, list items and fences, each with what introduces it.

Source: docs/reference/runbook-language.md, sections 4 to 6. "Which item owns a fence": the nearest preceding
of list item, label, paragraph that ends with a colon, heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tocsin.runbook.book import (
    Condition,
    ConditionKind,
    Diagnostic,
    Level,
    Note,
    Role,
    Span,
    WaitKind,
)
from tocsin.runbook.markdown.blocks import (
    Block,
    Fence,
    Heading,
    Hidden,
    Item,
    Label,
    Line,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Table,
    around,
)  # fmt: skip
from tocsin.runbook.markdown.tabs import beside, is_pane
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.choices import combine
from tocsin.runbook.steps.code import fence_units
from tocsin.runbook.steps.comments import Says, understand
from tocsin.runbook.steps.drafts import StepDraft, Unit, steps_in
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.heads import Lead, section_lead
from tocsin.runbook.steps.items import (
    LOOKS,
    SILENT,
    STEPPING,
    has_parts,
    is_steps,
    item_text,
    item_title,
    led,
    one_unit,
)
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.panes import pane_units
from tocsin.runbook.steps.spoken import Spoken, inline_command, inline_commands, spoken_opener, spoken_step
from tocsin.runbook.steps.tabled import case_units, table_units
from tocsin.runbook.steps.told import in_words, told
from tocsin.runbook.words.expectations import expectation, expected_in
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.instructions import (
    SHOWS_OUTPUT,
    WARNING_TEXT,
    WARNINGS,
    WAY_BACK_FOR,
    first_sentence,
    is_instruction,
)
from tocsin.runbook.words.roles import is_exact, remarks, role_of, speaks_of_next
from tocsin.runbook.words.waits import is_only_waiting, wait
from tocsin.runbook.words.ways import announces_ways, lettered_way

# Sections that look at things, and those that change them.
_SHOWING = frozenset({Role.INVESTIGATION, Role.VERIFICATION, *SILENT})
_ACTING = frozenset({Role.MITIGATION, Role.ROLLBACK, Role.PREVENTION, Role.PREREQUISITES})
_DOING = frozenset({Role.INVESTIGATION, Role.MITIGATION, Role.VERIFICATION, Role.ROLLBACK})


@dataclass(slots=True)
class Reader:
    """Reads the sections of one procedure, in order; keeps where lines run."""

    judge: Judge
    place: Place = field(default_factory=Place)
    diagnostics: list[tuple[Diagnostic, StepDraft | None]] = field(default_factory=list)

    def section(self, draft: Draft) -> list[Unit]:
        """The units of a section's own blocks."""
        if Role.TOOLBOX in draft.roles:
            self.place = Place()  # never a procedure: nothing persists
        self.place = self.place.outermost()  # a heading ends what was open
        lead = section_lead(draft)
        return combine(_Flow(self, draft, lead).read(draft.blocks))


@dataclass(slots=True)
class _Flow:
    """Reads one sequence of blocks."""

    reader: Reader
    draft: Draft
    lead: Lead
    depth: int = 0
    units: list[Unit] = field(default_factory=list)
    # What the paragraph or label just read says about the next fence or list.
    next_lead: Lead | None = None
    next_label: str = ""
    next_link: Says | None = None
    next_condition: Condition | None = None
    next_is_output: bool = False
    next_intro: Unit | None = None
    follows: Block | None = None
    warned: bool = False
    ways: bool = False  # several are announced; what is lettered from here on is one of them

    @property
    def stepping(self) -> bool:
        """Whether lists and prose here are things to do."""
        roles = self.draft.roles
        if roles & STEPPING:
            return True
        procedure = self.draft.procedure
        return not roles & SILENT and procedure is not None and procedure.recognised

    def read(self, blocks: list[Block] | tuple[Block, ...]) -> list[Unit]:
        for run, follows in beside(blocks):
            self.follows = follows
            try:
                if is_pane(run[0]):
                    self._panes(run)
                else:
                    self._block(run[0])
            except Exception as failure:  # one unreadable block must not cost the rest of the runbook
                for block in run:
                    self._failed(block, failure)
        return self.units

    def _failed(self, block: Block, failure: Exception) -> None:
        message = f"this block could not be read ({type(failure).__name__}); it is kept as text"
        self.reader.diagnostics.append((Diagnostic("TOC199", Level.NOTE, block.span, 1, message), None))
        self.units.append(Unit([Note("text", getattr(block, "text", ""), block.span)], block.span))

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._paragraph(block)
            case Label():
                self._label(block)
            case Fence():
                self._fence(block)
            case ListBlock():
                self._list(block)
            case Quote(kind=kind, text=text, span=span, blocks=inner):
                warns = kind in WARNINGS or WARNING_TEXT.match(text.lstrip("> ")) is not None
                self._note("warning" if warns else "note", text, span, inner)
            case Table():
                lead = self.next_lead or self.lead
                units = table_units(block, lead, self.reader.place, self.reader.judge, self.draft.roles)
                self._linked(units)
                self.units.extend(units)
            case Hidden(text=text, span=span):
                self._add(Note("hidden", text, span))
            case Heading() | Rule():
                pass

    def _add(self, note: Note) -> None:
        self.units.append(Unit([note], note.span))

    # -- prose ------------------------------------------------------------------------------------

    def _paragraph(self, block: Paragraph) -> None:
        text = plain(block.text)
        line = block.lines[0].stripped()
        self._opens(block)
        valued = (
            self.draft.is_label
            and self.draft.blocks[:1] == [block]
            and block.span.first_line == self.draft.first_line
        )
        spoken = inline_command(block) if valued and self.stepping and self.depth == 0 else None
        if spoken is not None:
            self._spoken(spoken, block.span)
            return
        if valued and self.stepping and self.depth == 0:
            self._manual(block.text, block.span, text.rstrip("."), "label")
            return
        self.ways = self.ways or announces_ways(text)
        if text.endswith((":", "：")):
            self._introduces(line, text, block)
            return
        if isinstance(self.follows, Fence) and len(text) < 80 and understand(line).says is Says.OR:
            self._introduces(line, text, block)  # two ways, in a list item and wherever else: never both
            return
        if self.ways and isinstance(self.follows, Fence | ListBlock) and (way := lettered_way(text)):
            self._introduces(line, text, block)
            self.next_link = Says.OR if way != "a" else None
            return
        if isinstance(self.follows, Fence) and WAY_BACK_FOR.match(text):
            self.next_lead = Lead(text.split(":")[0], "paragraph", None, self.lead.warned, self.lead.horizon)
        if len(block.lines) == 1 and self._says_more(text, block.span):
            return
        if WARNING_TEXT.match(text):
            self._add(Note("warning", block.text, block.span))
            self.warned = True
            return
        commands = self._commands(block) if self.stepping else []
        if commands:
            for command in commands:
                self._spoken(command, block.span)
            return
        if not (self.stepping and self.depth == 0 and self._instructs(block, text, line)):
            self._add(Note("prose", block.text, block.span))

    def _instructs(self, block: Paragraph, text: str, line: Line) -> bool:
        """Prose that asks for something: the title or condition of the fence below it, else a step by hand."""
        said = understand(line)
        linked = said.says in (Says.OR, Says.FALLBACK, Says.CONDITION)
        if isinstance(self.follows, Fence | ListBlock):
            if linked and len(text) < 200:
                self._introduces(line, text.rstrip("."), block)
                return True
            if is_instruction(text) and len(text) < 120 and isinstance(self.follows, Fence):
                self._introduces(Line(text, line.number, line.start, line.end), text.rstrip("."), block)
                return True
            return False
        acts = bool(self.draft.roles & _DOING)
        expected = expectation(text, "prose", block.span) if Role.VERIFICATION in self.draft.roles else None
        if not acts or not (is_instruction(text) or (expected is not None and len(text) < 200)):
            return False
        step = self._manual(block.text, block.span, first_sentence(text).rstrip("."), "paragraph")
        step.expects.extend([expected] if expected is not None else [])
        if linked:
            case = said.condition is not None and said.condition.kind is ConditionKind.CASE
            unit = self.units[-1]
            unit.link = said.says if said.says is not Says.CONDITION or case else None
            unit.condition, unit.label = said.condition, text.rstrip(".")
            if unit.link is None:
                step.condition = step.condition or said.condition
        return True

    @staticmethod
    def _commands(block: Paragraph | Label) -> list[Spoken]:
        """The command of a paragraph, or several in a row."""
        only = inline_command(block)
        return [only] if only is not None else inline_commands(block)

    def _spoken(self, command: Spoken, span: Span) -> None:
        """A command that is the only instruction of its paragraph."""
        step = spoken_step(command, self.lead, self.reader.place, self.reader.judge, "paragraph")
        self.units.append(Unit([step], span))

    def _opens(self, block: Paragraph | Label) -> None:
        """Follows a sentence into the session it asks to open."""
        hops = spoken_opener(block) if self.stepping and "`" in block.text else ()
        if hops:
            self.reader.place = self.reader.place.enter(*hops)
            message = (
                "a sentence opens a session: following steps of this section are read as meant for there"
            )
            self.reader.diagnostics.append(
                (Diagnostic("TOC104", Level.WARNING, block.span, 1, message), None)
            )

    def _introduces(self, line: Line, text: str, block: Paragraph) -> None:
        """A paragraph that ends with a colon: a title, a condition or another way for what follows."""
        said = understand(line)
        title = " ".join(text.rstrip(":：").split())
        if said.says in (Says.OR, Says.FALLBACK):
            title = said.title or self.lead.title
        self.next_lead = Lead(title, "paragraph", None, self.lead.warned, self.lead.horizon)
        if said.says in (Says.OR, Says.FALLBACK, Says.CONDITION):
            case = said.condition is not None and said.condition.kind is ConditionKind.CASE
            self.next_link = said.says if said.says is not Says.CONDITION or case else None
            self.next_condition = said.condition
            self.next_label = text.rstrip(":：").strip()
        self.next_is_output = SHOWS_OUTPUT.search(text) is not None
        self.warned = self.warned or said.warned
        self._add(Note("prose", block.text, block.span))
        self.next_intro = self.units[-1] if self.next_link is not None else None

    def _last_step(self) -> StepDraft | None:
        """The step just above, if there is one near enough to be spoken of."""
        for unit in reversed(self.units[-6:]):
            if steps := steps_in(unit.nodes):
                return steps[-1]
        return None

    def _says_more(self, text: str, span: Span) -> bool:
        """A sentence that states a wait, or what the step above should show."""
        length = wait(text, span)
        waits = length is not None and length.kind is not WaitKind.DEADLINE and is_only_waiting(text)
        if length is not None and waits and self.stepping and len(text) < 120:
            self.units.append(Unit([length], span))
            return True
        last = self._last_step()
        found = expectation(text, "prose", span) if last is not None and len(text) < 200 else None
        if found is None or last is None or not last.actions:
            return False
        last.expects.append(found)
        if length is not None:
            last.waits.append(length)
        self._add(Note("prose", text, span))
        return True

    def _label(self, block: Label) -> None:
        role = role_of(block.name)
        if block.value is None and speaks_of_next(plain(block.name)):
            words = Line(plain(block.name), block.span.first_line, block.span.start, block.span.start)
            self._introduces(words, plain(block.name), Paragraph(block.span, block.text, ()))
            return
        if block.value is None:
            self.next_lead = Lead(plain(block.name), "label", None, self.lead.warned, self.lead.horizon)
            self.next_is_output = SHOWS_OUTPUT.search(block.name) is not None
            self.warned = self.warned or WARNING_TEXT.match(plain(block.name)) is not None
            self._add(Note("prose", block.text, block.span))
            return
        warns = WARNING_TEXT.match(plain(block.text)) is not None
        self.warned = self.warned or warns
        kind = "warning" if warns else "symptoms" if role is Role.SYMPTOMS else "field"
        if SHOWS_OUTPUT.search(block.name) and self._says_more(f"Expected: {block.value}", block.span):
            return
        self._add(Note(kind, block.text, block.span))
        if isinstance(self.follows, Fence) and kind == "field" and len(block.value) < 200:
            # "**Act**: add capacity" is what a reader is told about the fence below it.
            title = first_sentence(plain(block.value)).rstrip(".:")
            self.next_lead = Lead(title, "label", None, self.lead.warned, self.lead.horizon)

    def _note(self, kind: str, text: str, span: Span, inner: tuple[Block, ...]) -> None:
        """A quote or admonition: its words are kept; fences in it are steps, warned if it warns."""
        fences = [block for block in inner if isinstance(block, Fence)]
        if not fences:
            self._add(Note(kind, text, span))
            self.warned = self.warned or kind == "warning"
            return
        self.warned = kind == "warning"
        for block in inner:
            self._block(block)

    def _manual(self, text: str, span: Span, title: str, title_from: str) -> StepDraft:
        condition = self.lead.condition if self.depth else None
        lead = Lead(title, title_from, condition, self.warned, self.lead.horizon)
        step = in_words(text, span, lead, self.reader.place.context)
        self.warned = False
        self.units.append(Unit([step], span, title))
        return step

    # -- panes and fences -------------------------------------------------------------------------

    def _panes(self, run: Sequence[Block]) -> None:
        """Panes beside each other; each begins where the choice stands, and so does what follows."""
        place = self.reader.place
        lead = replace(self.next_lead or self.lead, warned=self.lead.warned or self.warned)

        def read(blocks: Sequence[Block], lead: Lead) -> list[Unit]:
            self.reader.place = place
            return combine(_Flow(self.reader, self.draft, lead, self.depth + 1).read(tuple(blocks)))

        units, choice = pane_units(run, lead, read)
        self.reader.place = place
        self._linked([choice] if choice is not None else units)
        self.units.extend(units)

    def _fence(self, block: Fence) -> None:
        last = self._last_step()
        if self.next_is_output and last is not None:
            self.next_is_output = False
            self.next_lead = None
            last.sample = last.sample or block.text
            self._add(Note("sample", block.text, block.span))
            return
        lead = self.next_lead or self.lead
        if self.warned:
            lead = replace(lead, warned=True)
        shows = bool(self.draft.roles & _SHOWING) and not self.draft.roles & _ACTING
        outcome = fence_units(
            block, lead, self.reader.place, self.reader.judge, steps=self.stepping, shows=shows
        )
        self.reader.place = outcome.place
        self.reader.diagnostics.extend(outcome.diagnostics)
        self._linked(outcome.units)
        self.units.extend(outcome.units)
        self.warned = False

    def _linked(self, units: list[Unit]) -> None:
        """Gives the units of a block what the paragraph before it said: "or", "if that fails", "if X"."""
        if self.next_link is not None and units:
            title = self.next_label
            if len(units) > 1:
                units[:] = [one_unit(combine(units), title)]
            if self.next_intro is not None and self.units and self.units[-1] is self.next_intro:
                # The words that make it a way or a case stay with it: nothing stands between two cases.
                self.units.pop()
                units[0].nodes[:0] = self.next_intro.nodes
                units[0].span = around(self.next_intro.span, units[0].span)
            units[0].link = units[0].link or self.next_link
            units[0].condition = units[0].condition or self.next_condition
            units[0].label = units[0].label or title
        elif self.next_condition is not None:
            for unit in units:
                for step in steps_in(unit.nodes):
                    step.condition = step.condition or self.next_condition
        self._clear()

    # -- lists ------------------------------------------------------------------------------------

    def _list(self, block: ListBlock) -> None:
        cases = case_units(block, self.lead, self.reader.place, self.reader.judge) if self.stepping else None
        if cases is not None:
            self._linked(cases)
            self.units.extend(cases)
            return
        looks_next = self.next_lead is not None and LOOKS.match(self.next_lead.title) is not None
        if not is_steps(block, self.draft.roles, stepping=self.stepping, announced=looks_next):
            for piece in block.pieces:
                self._add(Note("list", "", piece))
            self._clear()
            return
        # The items among themselves first; what the words above say is about all of them.
        units = combine([self._item(item, block.ordered) for item in block.items])
        self._linked(units)
        self.units.extend(units)

    def _clear(self) -> None:
        self.next_lead, self.next_link, self.next_condition, self.next_is_output = None, None, None, False
        self.next_intro = None

    def _item(self, item: Item, ordered: bool) -> Unit:
        lead_block = item.blocks[0] if item.blocks and isinstance(item.blocks[0], Paragraph | Label) else None
        rest = item.blocks[1:] if lead_block is not None else item.blocks
        if lead_block is not None:
            self._opens(lead_block)
        title, words = item_title(lead_block)
        if title and is_exact(title) and role_of(title) in SILENT:
            return Unit([Note("field", item_text(item), item.span)], item.span, title)
        said = understand(words) if words is not None else None
        asked = remarks(title)
        condition = Condition(asked.condition[0], asked.condition[1], item.span) if asked.condition else None
        warned = asked.warned or (said is not None and said.warned) or self.warned
        self.warned = False
        lead = Lead(
            title, "item", condition or self.lead.condition, warned or self.lead.warned, self.lead.horizon
        )
        inner = _Flow(self.reader, self.draft, lead, self.depth + 1)
        spoken = self._commands(lead_block) if lead_block is not None else []
        for each in spoken:
            step = spoken_step(each, lead, self.reader.place, self.reader.judge, "item")
            inner.units.append(Unit([step], lead_block.span if lead_block is not None else item.span, title))
        if not spoken and lead_block is not None and title and has_parts(rest, self.depth):
            inner._add(Note("title", lead_block.text, lead_block.span))
        if spoken or has_parts(rest, self.depth):
            inner.read(rest)
        units = led(combine(inner.units), lead_block, title)
        if not any(steps_in(unit.nodes) for unit in units):
            units = [told(item, lead, title, self.reader.place.context, self.draft.roles)]
        said_in_title = expected_in(title, item.span)
        if said_in_title is not None:
            for step in [s for unit in units for s in steps_in(unit.nodes) if s.actions][-1:]:
                step.expects = step.expects or [said_in_title]
        for unit in units:
            for step in steps_in(unit.nodes):
                step.under = title or step.under
        whole = one_unit(units, title)
        whole.span = item.span
        whole.item = item.number if ordered else None
        if (
            said is not None
            and said.says in (Says.OR, Says.FALLBACK, Says.CONDITION)
            and asked.condition is None
        ):
            case = said.condition is not None and said.condition.kind is ConditionKind.CASE
            whole.link = said.says if said.says is not Says.CONDITION or case else None
            whole.condition = said.condition
            if whole.link is None:
                for step in steps_in(whole.nodes):
                    step.condition = step.condition or said.condition
        whole.recommended = asked.recommended
        return whole
