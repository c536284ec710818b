"""A Markdown runbook to a `Runbook`. Pure and total: any text gives one, problems are diagnostics.

The order of work: blocks (`markdown`), sections (`outline`), steps of each (`body`), choices made by headings,
numbers, roles, ids and placeholders (`numbers`, `freeze`), policy in prose (`policy`). Source:
docs/reference/runbook-language.md, sections 1 to 9.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import lru_cache

from tocsin.effects.effect import Effect, Judgement, Reason
from tocsin.effects.judge import judge as judge_text
from tocsin.kit.ids import StepId
from tocsin.runbook.book import ChoiceKind, Condition, ConditionKind, Note, Role, Runbook, Section
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.blocks import Document
from tocsin.runbook.markdown.read import read
from tocsin.runbook.policy.read import read_policy
from tocsin.runbook.policy.terms import Policy
from tocsin.runbook.steps.body import Reader
from tocsin.runbook.steps.choices import alternatives, combine, option_of, settle
from tocsin.runbook.steps.drafts import ChoiceDraft, NodeDraft, OptionDraft, StepDraft, Unit, steps_in
from tocsin.runbook.steps.freeze import Freezer, assign_roles
from tocsin.runbook.steps.labels import unveiled
from tocsin.runbook.steps.numbers import number_all, sibling_ordinals
from tocsin.runbook.steps.outline import Draft, outline
from tocsin.runbook.steps.sections import section_units
from tocsin.runbook.steps.stops import hold_back
from tocsin.runbook.steps.symptoms import alert_names, owner_of, symptoms_of
from tocsin.runbook.steps.ways import option_groups
from tocsin.runbook.wayback import bind_ways_back
from tocsin.runbook.words.roles import condition_kind, is_catalogue, remarks


def compile(text: str | bytes, path: str = "runbook.md") -> Runbook:
    """The runbook a Markdown text is.

    Args:
        text: the whole document; bytes are read as UTF-8, with U+FFFD for what is not.
        path: for messages and, without a title in the text, for the title.

    Never raises for any text; takes time in proportion to it. What is beyond 16 MB is kept as text (TOC120).
    """
    document = read(text)
    try:
        return _Compiler(document, path).runbook()
    except Exception as failure:  # a defect of ours must not cost the people on call the document itself
        return _as_text(document, path, failure)


def _as_text(document: Document, path: str, failure: Exception) -> Runbook:
    """A document we failed to read, kept whole as text: nothing in it can be run, everything can be read."""
    whole = document.whole()
    text = document.slice(whole)
    message = f"this document could not be read ({type(failure).__name__}); it is kept as text"
    title = re.split(r"[\\/]", path)[-1].rsplit(".", 1)[0] or path
    section = Section(
        "", (), title, None, 0, frozenset({Role.TEXT}), whole, 1, text, (), (), None, None,
        (Note("text", text, whole),), (),
    )  # fmt: skip
    remarks_ = (*document.diagnostics, Diagnostic("TOC199", Level.ERROR, whole, 1, message))
    sha256 = hashlib.sha256(document.data).hexdigest()
    return Runbook(path, sha256, title, "text", (section,), Policy(), remarks_, document.front_matter)


@lru_cache(maxsize=8192)
def _judged(text: str, language: str, facts: frozenset[str]) -> Judgement:
    try:
        if "abels." in text and language == "shell":
            return unveiled(text, lambda veiled: judge_text(veiled, language, facts=facts))
        return judge_text(text, language, facts=facts)
    except (
        Exception
    ) as failure:  # an unreadable command is unknown, and the rest of the runbook still compiles
        sentence = f"the judge failed ({type(failure).__name__})"
        return Judgement(Effect.UNKNOWN, reasons=(Reason("judge.failed", 0, len(text), sentence),))


class _Compiler:
    """Compiles one document."""

    def __init__(self, document: Document, path: str) -> None:
        self.document = document
        self.path = path
        name = re.split(r"[\\/]", path)[-1].rsplit(".", 1)[0] or path
        self.root, remarks_ = outline(document, name)
        self.drafts = self.root.walk()
        self.diagnostics: list[Diagnostic] = [*document.diagnostics, *remarks_]
        self.pending: list[tuple[Diagnostic, StepDraft | None]] = []
        self.units: dict[int, list[Unit]] = {}
        self.paths: dict[int, tuple[str, ...]] = {}  # of steps, by identity: where their own section stands
        self.owners: dict[int, Draft] = {}
        self.freezer = Freezer(document)
        self.ordinals = sibling_ordinals(self.drafts)

    def runbook(self) -> Runbook:
        """The whole document as a value."""
        self._read_sections()
        incidents = self._incidents()
        number_all(self.root, self.units, incidents)
        self._finish_steps()
        sections = (self._section(self.root, incidents),)
        policy, remarks_ = self._policy(sections)
        self.diagnostics.extend(remarks_)
        for diagnostic, step in self.pending:
            about = (StepId(step.id),) if step is not None and step.id else ()
            self.diagnostics.append(replace(diagnostic, steps=about))
        self.diagnostics.sort(key=lambda d: (d.span.start, d.rule))
        return Runbook(
            self.path,
            hashlib.sha256(self.document.data).hexdigest(),
            self.root.title,
            self._genre(incidents),
            sections,
            policy,
            tuple(self.diagnostics),
            self.document.front_matter,
        )

    def _policy(self, sections: tuple[Section, ...]) -> tuple[Policy, tuple[Diagnostic, ...]]:
        try:
            return read_policy(sections, self.document)
        except Exception as failure:  # promises that cannot be read must not cost the steps
            message = f"the policy of this document could not be read ({type(failure).__name__})"
            return Policy(), (Diagnostic("TOC199", Level.NOTE, self.document.whole(), 1, message),)

    # -- sections ---------------------------------------------------------------------------------

    def _read_sections(self) -> None:
        readers: dict[int, Reader] = {}
        held: dict[int, Condition | None] = {}  # what a finding of each procedure forbids
        option_children: set[int] = set()
        waiting: dict[int, tuple[ChoiceKind, list[Draft]]] = {}
        for draft in self.drafts:
            procedure = draft.procedure or self.root
            reader = readers.setdefault(id(procedure), Reader(_judged))
            if id(draft) in waiting:
                # What stands above the ways was read first, so they begin where it left off.
                self.units[id(draft)] = settle([self._heading_choice(*waiting[id(draft)], reader)])
            if id(draft) in option_children:
                continue
            units = section_units(reader, draft)
            held[id(procedure)] = hold_back(units, draft, held.get(id(procedure)))
            self._own(units, draft)
            for kind, children in option_groups(draft):
                option_children.update(id(inner) for child in children for inner in child.walk())
                if children[0] is draft.children[0]:
                    units.append(self._heading_choice(kind, children, reader))
                else:
                    waiting[id(children[0])] = (kind, children)
            self.units[id(draft)] = settle(combine(units))
        for reader in readers.values():
            self.pending.extend(reader.diagnostics)

    def _own(self, units: list[Unit], draft: Draft) -> None:
        for unit in units:
            for step in steps_in(unit.nodes):
                self.owners.setdefault(id(step), draft)

    def _heading_choice(self, kind: ChoiceKind, children: list[Draft], reader: Reader) -> Unit:
        """Headings "Option A", "Option B" as one choice; each way starts where the choice stands."""
        options: list[OptionDraft] = []
        start = reader.place
        for child in children:
            reader.place = start
            body: list[NodeDraft] = []
            for inner in child.walk():
                units = settle(section_units(reader, inner))
                self._own(units, inner)
                body.extend(node for unit in units for node in unit.nodes)
            said = remarks(child.raw)
            heading = Span(child.start, child.start, child.first_line, child.first_line)
            condition = Condition(said.condition[0], said.condition[1], heading) if said.condition else None
            if condition is None and kind is ChoiceKind.CASES:
                condition = Condition(ConditionKind.CASE, child.title, heading)
            if condition is None and options and condition_kind(child.title) is ConditionKind.IF_FAILED:
                condition = Condition(ConditionKind.IF_FAILED, child.title, heading)
            unit = Unit(body, child.span, child.title, recommended=said.recommended, warned=said.warned)
            options.append(option_of(unit, condition))
        reader.place = start
        return alternatives(kind, options)

    # -- incidents --------------------------------------------------------------------------------

    def _incidents(self) -> frozenset[int]:
        """Sections that say how to recognise a trouble and hold something to do about it."""
        out: set[int] = set()
        for draft in self.drafts:
            listed = (
                draft.parent is not None
                and is_catalogue(draft.parent.raw)
                and not draft.parent.recognised
                and not draft.is_label
                and draft.own is None
                and Role.TOOLBOX not in draft.roles
                and not draft.roles & {Role.PROCESS, Role.POST_INCIDENT}
            )
            if (draft.recognised or listed) and self._does_something(draft):
                out.add(id(draft))
        return frozenset(out)

    def _does_something(self, draft: Draft) -> bool:
        return any(steps_in(unit.nodes) for inner in draft.walk() for unit in self.units.get(id(inner), []))

    def _genre(self, incidents: frozenset[int]) -> str:
        if id(self.root) in incidents:
            return "alert"
        return "app-team" if incidents else "text"

    # -- steps ------------------------------------------------------------------------------------

    def _finish_steps(self) -> None:
        """Roles, ids and placeholders: by procedure, in document order."""
        procedures: dict[int, list[StepDraft]] = {}
        for draft in self.drafts:
            nodes = [node for unit in self.units.get(id(draft), []) for node in unit.nodes]
            found = steps_in(nodes)
            for step in found:
                self.freezer.identify(step, self.owners.get(id(step), draft).path)
            self._identify_choices(nodes, draft)
            procedures.setdefault(id(draft.procedure or self.root), []).extend(found)
        for steps in procedures.values():
            assign_roles([(step, self.owners.get(id(step), self.root)) for step in steps])
            self.freezer.parameters(steps)
        bind_ways_back(
            [unit for draft in self.drafts for unit in self.units.get(id(draft), [])],
            {key: id(draft.procedure or self.root) for key, draft in self.owners.items()},
        )

    def _identify_choices(self, nodes: list[NodeDraft], draft: Draft) -> None:
        for node in nodes:
            if isinstance(node, ChoiceDraft):
                self.freezer.identify_choice(node, draft.path, steps_in([node]))
                for option in node.options:
                    self._identify_choices(option.body, draft)

    # -- values -----------------------------------------------------------------------------------

    def _section(self, draft: Draft, incidents: frozenset[int]) -> Section:
        children = tuple(self._section(child, incidents) for child in draft.children)
        roles = draft.roles
        if id(draft) in incidents:
            roles = (roles - {Role.TEXT}) | {Role.INCIDENT}
        body = tuple(self.freezer.node(node) for unit in self.units.get(id(draft), []) for node in unit.nodes)
        said = remarks(draft.raw)
        heading = Span(draft.start, draft.start, draft.first_line, draft.first_line)
        condition = Condition(said.condition[0], said.condition[1], heading) if said.condition else None
        return Section(
            draft.anchor, draft.path, draft.title, draft.printed or (self.ordinals.get(id(draft)) if id(draft) in incidents else None), draft.level, roles, draft.span,
            draft.heading_line, self._text(draft), symptoms_of(draft), alert_names(draft, self.document), owner_of(draft),
            condition, body, children, draft.is_label,
        )  # fmt: skip

    def _text(self, draft: Draft) -> str:
        out: list[str] = []
        position = draft.start
        for child in draft.children:
            out.append(self.document.slice(Span(position, child.start, 1, 1)))
            position = child.end
        out.append(self.document.slice(Span(position, draft.end, 1, 1)))
        return "".join(out)
