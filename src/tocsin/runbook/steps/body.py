"""The blocks of a section to units: paragraphs, fields, list items and fences, each with what introduces it.

Source: docs/reference/runbook-language.md, sections 4 to 6. "Which item owns a fence": the nearest preceding
of list item, label, paragraph that ends with a colon, heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tocsin.runbook.book import Condition, Note, Role
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
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
)
from tocsin.runbook.markdown.tabs import beside, is_pane
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps import items as listed
from tocsin.runbook.steps.ahead import (
    LINKING,
    Ahead,
    about_fence,
    as_item,
    asks_leave,
    cases_by_title,
    link_step,
    warn_above,
)
from tocsin.runbook.steps.asking import ACTING, DOING, SHOWING, is_value, speaks, stepping
from tocsin.runbook.steps.bare import with_bare
from tocsin.runbook.steps.choices import combine, one_of
from tocsin.runbook.steps.code import fence_units
from tocsin.runbook.steps.comments import Says, understand
from tocsin.runbook.steps.drafts import StepDraft, Unit, last_step, steps_in
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.panes import pane_units
from tocsin.runbook.steps.sent import LastHost, commands_of
from tocsin.runbook.steps.sentences import in_doubt, spoken_unit
from tocsin.runbook.steps.spoken import (
    Spoken,
    asked_commands,
    inline_command,
    speaks_for_itself,
    spoken_step,
)
from tocsin.runbook.steps.tabled import case_units, table_units
from tocsin.runbook.steps.told import in_words, states, told
from tocsin.runbook.words import instructions as phrases
from tocsin.runbook.words.expectations import expectation
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.questions import asks_only
from tocsin.runbook.words.roles import is_exact, option_mark, remarks, role_of, speaks_of_next
from tocsin.runbook.words.ways import announces_ways, begins_tries, lettered_way, next_try, picks_one


@dataclass(slots=True)
class Reader:
    """What is kept while the sections of one procedure are read, in order: where lines run, and remarks."""

    judge: Judge
    place: Place = field(default_factory=Place)
    diagnostics: list[tuple[Diagnostic, StepDraft | None]] = field(default_factory=list)
    host: LastHost = field(default_factory=LastHost)


@dataclass(slots=True)
class Flow:
    """Reads one sequence of blocks."""

    reader: Reader
    draft: Draft
    lead: Lead
    depth: int = 0
    units: list[Unit] = field(default_factory=list)
    ahead: Ahead = field(default_factory=Ahead)
    follows: Block | None = None
    warned: bool = False
    before: Place | None = None  # where the reader stood before a sentence sent to a host
    ways: bool = False  # several are announced; what is lettered from here on is one of them
    tries: bool = False  # the first of several was told
    parted: Place | None = None  # where the case of a list just read began
    otherwise: Condition | None = None  # what the last words of an item say about the next
    said: str = ""  # the words right above, for what they say about the list below them

    @property
    def stepping(self) -> bool:
        """Whether lists and prose here are things to do."""
        return stepping(self.draft)

    def read(self, blocks: list[Block] | tuple[Block, ...]) -> list[Unit]:
        for run, follows in beside(with_bare(blocks, stepping=not self.draft.roles & listed.SILENT)):
            self.follows = follows
            try:
                if (there := self.reader.host.again(run[0], self.reader.place)) is not None:
                    self.before, self.reader.place = self.reader.place, there
                if is_pane(run[0]):
                    self._panes(run)
                else:
                    self._block(run[0])
                if isinstance(run[0], Fence | ListBlock | Table):
                    self._returns()
            except Exception as failure:  # one unreadable block must not cost the rest of the runbook
                for block in run:
                    self._failed(block, failure)
        self._returns()
        if self.warned:
            warn_above(self.units)  # nothing followed the warning
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
                warns = kind in phrases.WARNINGS or phrases.WARNING_TEXT.match(text.lstrip("> ")) is not None
                self._note("warning" if warns else "note", text, span, inner)
            case Table():
                lead = self.ahead.lead or self.lead
                units = table_units(block, lead, self.reader.place, self.reader.judge, self.draft.roles)
                self._take(units)
            case Hidden(text=text, span=span):
                self._add(Note("hidden", text, span))
            case Heading() | Rule():
                pass

    def _take(self, units: list[Unit]) -> None:
        """Adds the units of a block, with what the words above it said."""
        self.ahead.give(units, self.units)
        self.units.extend(units)

    def _add(self, note: Note) -> None:
        self.units.append(Unit([note], note.span))

    def _paragraph(self, block: Paragraph) -> None:
        text = plain(block.text)
        line = block.lines[0].stripped()
        self._opens(block, self.follows)
        if self.stepping and self.depth == 0 and is_value(self.draft, block):
            if (spoken := inline_command(block)) is not None:
                self._spoken([spoken], block.span)
            else:
                self._manual(block.text, block.span, text.rstrip("."), "label")
            return
        self.said = text
        self.ways = self.ways or announces_ways(text)
        self.tries = self.tries or begins_tries(text)
        if self.tries and isinstance(self.follows, Fence | ListBlock) and (nth := next_try(text)):
            self._introduces(line, text, block)
            self.ahead.tries(nth, self.units[-1])
            return
        if text.endswith((":", "：")):
            self._introduces(line, text, block)
            return
        fenced = isinstance(self.follows, Fence) and not speaks_for_itself(block, self.follows)
        if fenced and len(text) < 80 and (option_mark(text) is not None or understand(line).says is Says.OR):
            self._introduces(line, text, block)  # two ways, in a list item and wherever else: never both
            return
        if self.ways and isinstance(self.follows, Fence | ListBlock) and (way := lettered_way(text)):
            self._introduces(line, text, block)
            self.ahead.link = Says.OR if way != "a" else None
            return
        if isinstance(self.follows, Fence) and phrases.WAY_BACK_FOR.match(text):
            self.ahead.lead = Lead(text.split(":")[0], "paragraph", None, self.lead.warned, self.lead.horizon)
        asks_first = block.text.startswith("`") and speaks(self.draft) and inline_command(block) is not None
        if len(block.lines) == 1 and not asks_first and self._says_more(text, block.span):
            return
        if phrases.WARNING_TEXT.match(text) or (
            asks_leave(text) and isinstance(self.follows, Fence | ListBlock)
        ):
            self._add(Note("warning", block.text, block.span))
            self.warned = self.ahead.hold(text, block.span)
            return
        commands = asked_commands(block) if "`" in block.text and speaks(self.draft) else []
        if commands:
            self._spoken(commands, block.span)
            self._returns()
            return
        silent = self.draft.roles & listed.SILENT
        if fenced and not silent and (words := about_fence(line, text)) is not None:
            self._introduces(words, text.rstrip("."), block)
        elif not (self.stepping and self.depth == 0 and self._instructs(block, text, line)):
            if "`" in block.text and speaks(self.draft) and in_doubt(block, self.reader.judge):
                self._manual(block.text, block.span, phrases.first_sentence(text).rstrip("."), "paragraph")
            else:
                self._add(Note("prose", block.text, block.span))

    def _instructs(self, block: Paragraph, text: str, line: Line) -> bool:
        """Prose that asks for something: the condition of the list below it, else a step by hand."""
        said = understand(line)
        linked = said.says in LINKING
        if isinstance(self.follows, Fence | ListBlock) and not speaks_for_itself(block, self.follows):
            if linked and len(text) < 200 and isinstance(self.follows, ListBlock):
                self._introduces(line, text.rstrip("."), block)
                return True
            return False
        acts = bool(self.draft.roles & DOING)
        expected = expectation(text, "prose", block.span) if Role.VERIFICATION in self.draft.roles else None
        if not acts or not (phrases.is_instruction(text) or (expected is not None and len(text) < 200)):
            return False
        step = self._manual(block.text, block.span, phrases.first_sentence(text).rstrip("."), "paragraph")
        step.expects.extend([expected] if expected is not None else [])
        if linked:
            link_step(self.units[-1], step, said, text.rstrip("."))
        return True

    def _spoken(self, commands: list[Spoken], span: Span) -> None:
        """The commands that a paragraph asks for."""
        place, judge = self.reader.place, self.reader.judge
        self.units.extend(spoken_unit(command, self.lead, place, judge, span) for command in commands)

    def _opens(self, block: Paragraph | Label, below: Block | None) -> None:
        """Follows a sentence to where it sends its reader."""
        found = self.reader.host.sent(block, self.reader.place, commands_of(block, below))
        if found is None:
            return
        self.reader.diagnostics.extend([(found.told, None)] if found.told is not None else [])
        self.before = self.before if found.lasts else self.before or self.reader.place
        self.reader.place, self.reader.host.place = found.place, None

    def _returns(self) -> None:
        """Back from the host that a sentence sent to for what came next."""
        if self.before is not None:
            self.reader.host.left(self.reader.place)
            self.reader.place, self.before = self.before, None

    def _introduces(self, line: Line, text: str, block: Paragraph) -> None:
        """A paragraph that ends with a colon: a title, a condition or another way for what follows."""
        said = self.ahead.announce(line, text, self.lead, warned=self.warned)
        self.warned = self.warned or said.warned
        self._add(Note("prose", block.text, block.span))
        self.ahead.intro = self.units[-1] if self.ahead.link is not None else None

    def _says_more(self, text: str, span: Span) -> bool:
        """A sentence that states a wait, or what the step above should show."""
        node = states(text, span, last_step(self.units), stepping=self.stepping)
        self.units.extend([Unit([node], span)] if node is not None else [])
        return node is not None

    def _label(self, block: Label) -> None:
        role = role_of(block.name)
        if block.value is None and speaks_of_next(plain(block.name)):
            words = Line(plain(block.name), block.span.first_line, block.span.start, block.span.start)
            self._introduces(words, plain(block.name), Paragraph(block.span, block.text, ()))
            return
        if block.value is None:
            self.ahead.lead = Lead(plain(block.name), "label", None, self.lead.warned, self.lead.horizon)
            self.ahead.is_output = phrases.SHOWS_OUTPUT.search(block.name) is not None
            self.ahead.asks = asks_only(plain(block.name))
            self.warned = self.warned or phrases.WARNING_TEXT.match(plain(block.name)) is not None
            self._add(Note("prose", block.text, block.span))
            return
        self.warned = (warns := phrases.WARNING_TEXT.match(plain(block.text)) is not None) or self.warned
        kind = "warning" if warns else "symptoms" if role is Role.SYMPTOMS else "field"
        if phrases.SHOWS_OUTPUT.search(block.name) and self._says_more(
            f"Expected: {block.value}", block.span
        ):
            return
        self._add(Note(kind, block.text, block.span))
        if isinstance(self.follows, Fence) and kind == "field" and len(block.value) < 200:
            # "**Act**: add capacity" is what a reader is told about the fence below it.
            title = phrases.first_sentence(plain(block.value)).rstrip(".:")
            self.ahead.lead = Lead(title, "label", None, self.lead.warned, self.lead.horizon)

    def _note(self, kind: str, text: str, span: Span, inner: tuple[Block, ...]) -> None:
        """A quote or admonition: its words are kept; fences in it are steps, warned if it warns."""
        fences = [block for block in inner if isinstance(block, Fence)]
        if not fences:
            self._add(Note(kind, text, span))
            self.warned = (kind == "warning" and self.ahead.hold(text, span)) or self.warned
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

    def _panes(self, run: Sequence[Block]) -> None:
        """Panes beside each other; each begins where the choice stands, and so does what follows."""
        place = self.reader.place
        lead = replace(self.ahead.lead or self.lead, warned=self.lead.warned or self.warned)

        def read(blocks: Sequence[Block], lead: Lead) -> list[Unit]:
            self.reader.place = place
            return combine(Flow(self.reader, self.draft, lead, self.depth + 1).read(tuple(blocks)))

        units, choice = pane_units(run, lead, read)
        self.reader.place = place
        self.ahead.give([choice] if choice is not None else units, self.units)
        self.units.extend(units)

    def _fence(self, block: Fence) -> None:
        last = last_step(self.units)
        if self.ahead.is_output and self.ahead.shows(below_a_step=last is not None):
            self.ahead.clear()
            if last is not None:
                last.sample = last.sample or block.text
            self._add(Note("sample", block.text, block.span))
            return
        lead = self.ahead.lead or self.lead
        lead = replace(lead, warned=True) if self.warned else lead
        shows = bool(self.draft.roles & SHOWING) and not self.draft.roles & ACTING
        outcome = fence_units(
            block, lead, self.reader.place, self.reader.judge, steps=self.stepping, shows=shows
        )
        self.reader.place = outcome.place
        self.reader.diagnostics.extend(outcome.diagnostics)
        self._take(outcome.units)
        self.warned = False

    def _list(self, block: ListBlock) -> None:
        said, self.said = self.said, ""
        reader = self.reader
        if speaks(self.draft) and (cases := case_units(block, self.lead, reader.place, reader.judge)):
            self._take(cases)
            return
        looks = self.ahead.lead is not None and listed.LOOKS.match(self.ahead.lead.title) is not None
        if not listed.is_steps(block, self.draft.roles, stepping=self.stepping, announced=looks):
            for piece in block.pieces:
                self._add(Note("list", "", piece))
            self.ahead.clear()
            return
        before, self.before = self.before, None  # "On `web1`:" is said about all of them
        # The items among themselves first; what the words above say is about all of them.
        units = cases_by_title(block, [self._item(item, block.ordered) for item in block.items])
        self.otherwise = self.parted = None
        units = one_of(units) if picks_one(said, len(units)) else combine(units)
        self.before = before
        self._take(units)

    def _item(self, item: Item, ordered: bool) -> Unit:
        blocks = tuple(with_bare(item.blocks, stepping=not self.draft.roles & listed.SILENT))
        lead_block = blocks[0] if blocks and isinstance(blocks[0], Paragraph | Label) else None
        rest = blocks[1:] if lead_block is not None else blocks
        title, words = listed.item_title(lead_block)
        said = understand(words) if words is not None else None
        case = said is not None and said.says is Says.CONDITION
        if case and self.parted is not None:
            self.reader.place = self.parted  # each case begins where the cases stand
        self.parted = self.reader.place if case else None
        if lead_block is not None:
            self._opens(lead_block, rest[0] if rest else None)
        if title and is_exact(title) and role_of(title) in listed.SILENT:
            self._returns()
            return Unit([Note("field", listed.item_text(item), item.span)], item.span, title)
        asked = remarks(title)
        condition = Condition(*asked.condition, item.span) if asked.condition else None
        warned = asked.warned or (said is not None and said.warned) or self.warned
        self.warned = False
        lead = Lead(
            title, "item", condition or self.lead.condition, warned or self.lead.warned, self.lead.horizon
        )
        inner = Flow(self.reader, self.draft, lead, self.depth + 1, said=title)
        spoken = asked_commands(lead_block) if lead_block is not None else []
        for each in spoken:
            step = spoken_step(each, lead, self.reader.place, self.reader.judge, "item")
            inner.units.append(Unit([step], lead_block.span if lead_block is not None else item.span, title))
        if not spoken and lead_block is not None and title and listed.has_parts(rest, self.depth):
            inner._add(Note("title", lead_block.text, lead_block.span))
        if spoken or listed.has_parts(rest, self.depth):
            inner.read(rest)
        units = listed.led(combine(inner.units), lead_block, title)
        if not any(steps_in(unit.nodes) for unit in units):
            units = [told(item, lead, title, self.reader.place.context, self.draft.roles)]
        whole = as_item(units, item, title, said, asked, ordered=ordered)
        if self.otherwise is not None and whole.link is None:
            whole.link, whole.condition = Says.CONDITION, self.otherwise
        self.otherwise = inner.ahead.condition
        self._returns()
        return whole
