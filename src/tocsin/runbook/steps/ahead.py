"""What words say about the block that follows them: its title, its condition, or that it is another way.

Source: docs/reference/runbook-language.md, sections 4 to 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Condition, ConditionKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Item, Line, ListBlock, around, span_of
from tocsin.runbook.steps.choices import both, combine
from tocsin.runbook.steps.comments import Comment, Says, understand
from tocsin.runbook.steps.drafts import StepDraft, Unit, steps_in
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.items import one_unit
from tocsin.runbook.words.expectations import expected_in
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.instructions import PRINTED, SHOWS_OUTPUT, is_instruction
from tocsin.runbook.words.questions import asks_only, behind_question, governing, question
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
        asks: whether it is a question and nothing else: what changes something below it is done only if so.
        held: what a warning forbids or asks before anything below it is changed.
        last: the case that the block above was for. calm: whether that block was the planned or gentle way of two.
        intro: the unit of the words themselves, where they make a way or a case.
    """

    lead: Lead | None = None
    label: str = ""
    link: Says | None = None
    condition: Condition | None = None
    is_output: bool = False
    intro: Unit | None = None
    asks: bool = False
    held: Condition | None = None
    last: Condition | None = None
    calm: bool = False

    def announce(self, line: Line, text: str, lead: Lead, *, warned: bool) -> Comment:
        """Takes what a sentence announces; what it says is returned."""
        said = _heard(line, text)
        title = _AND.sub("", " ".join(text.rstrip(":：").split()), count=1)
        if said.says in (Says.OR, Says.FALLBACK):
            title = said.title or lead.title
        elif said.says is Says.CONDITION and said.condition is not None and said.condition.text.endswith("?"):
            title = said.title or title
        self.asks = asks_only(title)
        self.lead = Lead(title, "paragraph", None, lead.warned, lead.horizon)
        if said.says in LINKING:
            self.link, self.condition = linking(said), said.condition
            self.label = text.rstrip(":：").strip()
        elif (case := coded_case(line.text)) is not None:
            self.link, self.label = Says.CONDITION, case
            self.condition = Condition(ConditionKind.CASE, case, span_of([line]))
        elif self.last is not None and _AND.match(text):
            self.condition = self.last  # "and end it:" goes on in the case above
        elif _FORCED.match(text) and self.calm:
            self.link, self.label = Says.OR, text.rstrip(":：").strip()
        self.calm = _CALM.match(text) is not None
        self.is_output = SHOWS_OUTPUT.search(text) is not None
        return said

    def tries(self, nth: str, intro: Unit) -> None:
        """The words are of a further try, for when those before it did not help."""
        self.link, self.intro = Says.FALLBACK, intro
        self.condition = Condition(ConditionKind.IF_FAILED, nth, intro.span)

    def hold(self, text: str, span: Span) -> bool:
        """Takes from a warning what it forbids ("Do not run this on the primary") or asks ("Only when A is off"); True."""
        for words in _SENTENCES.split(_SIGNS.sub("", plain(text.lstrip("> \n")))):
            if asks_leave(words) or told_only(words) in (Told.FORBIDDEN, Told.FORBIDDEN_IN_A_CASE):
                self.held = self.held or Condition(ConditionKind.IF_SAFE, " ".join(words.split()), span)
        return True

    def shows(self, *, below_a_step: bool) -> bool:
        """Whether the next block is only what is printed: below a step, or said so surely that it needs none."""
        return below_a_step or (self.lead is not None and PRINTED.search(self.lead.title) is not None)

    def give(self, units: list[Unit], before: list[Unit]) -> None:
        """Gives the units of a block what the words before it said: "or", "if that fails", "if X"."""
        if self.asks and self.link is None and self.label == "" and self.lead is not None and changes(units):
            # "kubelet dead?" above what restarts it: only then.
            self.label = self.lead.title
            self.link, self.condition = Says.CONDITION, asked_first(self.lead.title, units[0].span)
        if self.link is not None and units:
            title = self.label
            if len(units) > 1:
                units[:] = [one_unit(combine(units), title)]
            if self.intro is not None and before and before[-1] is self.intro:
                # The words that make it a way or a case stay with it: nothing stands between two cases.
                before.pop()
                units[0].nodes[:0] = self.intro.nodes
                units[0].span = around(self.intro.span, units[0].span)
            if units[0].link is None:
                # What its own steps wait for they know already.
                units[0].link, units[0].condition = self.link, self.condition
            units[0].label = units[0].label or title
        elif self.condition is not None:
            for unit in units:
                for step in steps_in(unit.nodes):
                    step.condition = step.condition or self.condition
        self.last = (
            self.condition
            if self.condition is not None and self.condition.kind is ConditionKind.CASE
            else None
        )
        for unit in units if self.held is not None else ():
            if unit.condition is not None and changes([unit]):
                unit.condition = both(self.held, unit.condition)
            for step in steps_in(unit.nodes):
                if not step.actions or any(a.judgement.effect is not Effect.OBSERVE for a in step.actions):
                    step.condition = both(self.held, step.condition)
        self.clear()

    def clear(self) -> None:
        """Forgets it: it was about one block."""
        self.lead, self.link, self.condition, self.is_output = None, None, None, False
        self.intro, self.label, self.asks, self.held = None, "", False, None


_ONLY = re.compile(
    r"(?:this |das |dies )?(?:only|nur|seulement|uniquement|solo|so|só|sólo) (?:if|when|after|once|with|wenn|falls|nach|mit|si|apr[eè]s|avec|quand|tras|despu[eé]s|cuando|con|se|ap[oó]s|depois|quando|com)\b"
    r"|(?:never|not|nicht|nie|niemals|pas|jamais|nunca|n[ãa]o) (?:without|before|ohne|vor|sans|avant|sin|antes|sem)\b|needs? (?:the |an? )?(?:yes|ok|okay|approval|consent|permission|sign-?off)\b",
    re.IGNORECASE,
)


def asks_leave(words: str) -> bool:
    """Whether a sentence that is no deed says what must be so before what follows: "Only after a yes from the lead."

    >>> asks_leave("Only once the lead has agreed."), asks_leave("Only two replicas are left.")
    (True, False)
    """
    return _ONLY.match(words) is not None and len(words) < 200


def _heard(line: Line, text: str) -> Comment:
    """What a sentence says that announces something: its first line, all of it, or its last sentence.

    "Expected: off. If it is still on, switch it off:" is a condition although other words stand before it.
    """
    if text.count("?") > 1 and (last := governing(" ".join(text.split()))) != " ".join(text.split()):
        return understand(Line(last, line.number, line.start, line.end))
    said = understand(line)
    if said.says in LINKING or not text.endswith((":", "：")):
        return said
    *_, last = first, *_ = _SENTENCES.split(text)
    for words in dict.fromkeys((" ".join(text.split()) if "?" in text else "", " ".join(last.split()))):
        if words and words not in (line.text, first):
            heard = understand(Line(words, line.number, line.start, line.end))
            if heard.says in LINKING and heard.condition is not None:
                return heard
    return said


_SIGNS = re.compile(
    r"^(?:\W|\[!\w+\]|(?:warning|caution|danger|important|attention|achtung|vorsicht|atencion|cuidado)\b\W)+",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[^\W\d_][.!?;`)”\"])\s+(?=[A-ZÀ-Þ\"“(¿])")


def warn_above(units: list[Unit]) -> None:
    """Warns of the last steps that change something: a warning below which nothing follows is about what stands above."""
    for unit in reversed(units):
        acting = [
            step
            for step in steps_in(unit.nodes)
            if any(action.judgement.effect is not Effect.OBSERVE for action in step.actions)
        ]
        for step in acting:
            step.warned = True
        if acting:
            return


def changes(units: list[Unit]) -> bool:
    """Whether a step among these would do more than look."""
    steps = (step for unit in units for step in steps_in(unit.nodes))
    return any(action.judgement.effect is not Effect.OBSERVE for step in steps for action in step.actions)


def only_if_so(question: str, span: Span, units: list[Unit]) -> None:
    """Lets the steps below a heading that is a question wait for its answer, if they would do more than look."""
    for step in (step for unit in units for step in steps_in(unit.nodes)):
        if any(action.judgement.effect is not Effect.OBSERVE for action in step.actions):
            step.condition = step.condition or asked_first(question, span)


_FOR = re.compile(
    r"(?:for|bei|f[uü]r|pour|para|upon|in (?:the )?case of|im fall(?:e)? von|(?:on|with|mit) (?:exit(?: code)?|code|status|error|fehler|http))\s+"
    r"(?!each\b|every\b|all\b|both\b|example\b|instance\b|reference\b|more\b|details?\b|now\b|this\b|that\b|safety\b|jede|alle|cada|todos|tous|chaque)[^:→]{1,80}?\s*(?::|→|->|=>)\s",
    re.IGNORECASE,
)
_ARROW = re.compile(r"(?!.*→.*→)[^→]{3,120}?\s(?:→|->|=>|⇒|➜)\s+\S", re.DOTALL)


def cases_by_title(block: ListBlock, units: list[Unit]) -> list[Unit]:
    """The items of a list that all begin with "for X: …" or "X → …" as cases: nobody has them all.

    A numbered list goes on in order, and where one says nothing of the kind the others are no cases either.
    """
    if block.ordered or len(units) < 2 or len(units) != len(block.items):
        return units
    leads = [" ".join(plain(item.lead).split()) + " " for item in block.items]
    found = next((p for p in (_FOR, _ARROW) if all(p.match(lead) for lead in leads)), None)
    if found is None or any(item.ticked is not None for item in block.items):
        return units
    for unit, lead in zip(units, leads, strict=True):
        if unit.link is None:
            label = re.split(r"\s*(?::\s|→|->|=>|⇒|➜)", lead, maxsplit=1)[0].strip()
            unit.link = Says.CONDITION
            unit.condition = Condition(ConditionKind.CASE, label, unit.span)
    return units


def asked_first(question: str, span: Span) -> Condition:
    """The condition a question is for what stands below it."""
    return Condition(ConditionKind.CASE, question, span)


# "`LOG_BACKUP`: take one." is for where that is what somebody sees.
_CODED = re.compile(r"`([A-Z][A-Z0-9_]{2,40}|[A-Z][a-z]+[A-Z]\w{2,40}|\d{1,5})`\s*(?::|→|->|–|—)\s+\S")
# Nobody does both: the planned failover and the forced one.
_CALM = re.compile(
    r"(?:planned|graceful(?:ly)?|soft|orderly|clean|scheduled|gentle|controlled|geplant\w*|sanft\w*|planifie\w*|planificad\w*|planejad\w*)\b(?=[^.]{0,80}:$)",
    re.IGNORECASE,
)
_FORCED = re.compile(
    r"(?:forced?|unplanned|hard|emergency|brutal|ungeplant\w*|erzwungen\w*|hart\w*|force\w*|forzad\w*|forcad\w*|non planifie\w*)\b(?=[^.]{0,80}:$)",
    re.IGNORECASE,
)


def coded_case(text: str) -> str | None:
    """The state or code by whose sight what follows is done: `CrashLoopBackOff` of "`CrashLoopBackOff`: read its log"."""
    found = _CODED.match(text)
    return found[1] if found is not None else None


def about_fence(line: Line, text: str) -> Line | None:
    """The words of a sentence without a colon, if they are the title or condition of the fence right below it.

    Heard also where nothing says that a section holds steps: what makes two fences ways of which one is taken must not be lost.
    """
    if text.startswith(("{%", "<%")):
        return None
    if coded_case(line.text) is not None and len(text) < 200:
        return line
    if understand(line).says in LINKING and len(text) < 200:
        return line
    if len(text) < 200 and told_only(text) not in (None, Told.EXAMPLE):
        return Line(text, line.number, line.start, line.end)
    if (is_instruction(text) or asks_only(text)) and len(text) < 120:
        return Line(text, line.number, line.start, line.end)
    return None


def only_looked_up(text: str, units: list[Unit]) -> bool:
    """Whether a question is answered by the command behind it: "old files? `ls /backup | wc -l`"."""
    end = question(text)
    if end is None or changes(units):
        return False
    commands = {" ".join(a.text.split()) for unit in units for s in steps_in(unit.nodes) for a in s.actions}
    return " ".join(plain(behind_question(text, end)).split()).rstrip(".") in commands


def linking(said: Comment) -> Says | None:
    """How a comment links what follows it with what stands above; a mere condition links nothing."""
    case = said.condition is not None and said.condition.kind is ConditionKind.CASE
    return said.says if said.says is not Says.CONDITION or case else None


def link_step(unit: Unit, step: StepDraft, said: Comment, label: str) -> None:
    """Gives the unit of one step what the words of its sentence say: another way, a case, a mere condition."""
    unit.link, unit.condition, unit.label = linking(said), said.condition, label
    if unit.link is None:
        step.condition = step.condition or said.condition


def as_item(
    units: list[Unit], item: Item, title: str, said: Comment | None, asked: Remarks, *, ordered: bool
) -> Unit:
    """The units of a list item as one, with what its own words say about it."""
    for unit in units:
        for step in steps_in(unit.nodes):
            step.under = title or step.under
    whole = one_unit(units, title)
    whole.span = item.span
    whole.item = item.number if ordered else None
    linked_item(whole, said, asked, title)
    return whole


def linked_item(whole: Unit, said: Comment | None, asked: Remarks, title: str) -> None:
    """Gives an item of a list what its own words say about it."""
    expected = expected_in(title, whole.span)
    if expected is not None:
        for step in [step for step in steps_in(whole.nodes) if step.actions][-1:]:
            step.expects = step.expects or [expected]
    links = said is not None and said.says in LINKING
    if asks_only(title) and not links and changes([whole]):
        whole.link, whole.condition = Says.CONDITION, asked_first(title, whole.span)
    if links and said is not None and said.says is Says.CONDITION and only_looked_up(said.text, [whole]):
        links = False
    if said is not None and links and asked.condition is None:
        whole.link = linking(said)
        whole.condition = said.condition
        if whole.link is None:
            for step in steps_in(whole.nodes):
                step.condition = step.condition or said.condition
    whole.recommended = asked.recommended
