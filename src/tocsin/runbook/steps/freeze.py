"""Drafts to values: roles, ids, placeholders with who can fill them, judgements joined.

Source: docs/reference/runbook-language.md, sections 3.4, 5 (rule 3), 8.3 and 12.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from tocsin.effects.effect import Effect, Flag, Judgement, Undo, Undoable
from tocsin.kit.ids import StepId
from tocsin.runbook.book import Action, Choice, Node, Note, Option, Placeholder, Role, Step, StepKind, Wait
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Document
from tocsin.runbook.steps.drafts import ActionDraft, ChoiceDraft, NodeDraft, StepDraft
from tocsin.runbook.steps.ids import Ids, body_hash, context_key, normal_text, section_key
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.parameters import Hole, bound_in, canonical_name, holes, is_left_out, named, offered
from tocsin.runbook.words.instructions import takes_back_later
from tocsin.runbook.words.roles import is_exact, role_of

_WORST = {Undoable.YES: 0, Undoable.PARTLY: 1, Undoable.NO: 2}
# Where a step stands in such a part, its own words and effect say what it is for.
_TELLING = frozenset({Role.SYMPTOMS, Role.OVERVIEW, Role.IMPACT, Role.TEXT, Role.INCIDENT, Role.MONITORING})
_AS_THEY_ARE = frozenset({Role.TEXT, Role.INCIDENT})


def joined(step: StepDraft) -> Judgement:
    """The judgement of a step: the worst of its actions, flags united, warned if the runbook warns."""
    return join_judgements([action.judgement for action in step.actions], warned=step.warned)


def join_judgements(parts: list[Judgement], *, warned: bool) -> Judgement:
    """The worst of these judgements, flags united, warned if the runbook warns."""
    if len(parts) == 1 and not warned:
        return parts[0]
    flags = frozenset().union(*[part.flags for part in parts], (Flag.WARNED,) if warned else ())
    if len(parts) == 1:
        one = parts[0]
        return replace(one, flags=flags)
    undos = [part.undo for part in parts if part.undo is not None]
    return Judgement(
        Effect.join([part.effect for part in parts]),
        flags,
        tuple([reason for part in parts for reason in part.reasons]),
        _worst_undo(undos),
        tuple([inner for part in parts for inner in part.parts]),
        tuple(dict.fromkeys([target for part in parts for target in part.targets])),
        frozenset().union(*[part.needs for part in parts]),
        # Bounded forms are per action; a step of several has no single text to run instead.
        None,
        tuple(dict.fromkeys([text for part in parts for text in part.read])),
    )


def _worst_undo(undos: list[Undo]) -> Undo | None:
    if not undos:
        return None
    if len(undos) == 1:
        return undos[0]
    worst = max(undos, key=lambda undo: _WORST[undo.undoable])
    lost = "; ".join(dict.fromkeys(undo.lost for undo in undos if undo.lost))
    return Undo(worst.undoable, None, None, lost or None)


def effect_of(step: StepDraft) -> Effect:
    """The effect of a step that is still a draft."""
    return Effect.join([action.judgement.effect for action in step.actions])


def assign_roles(steps: list[tuple[StepDraft, Draft]]) -> None:
    """Gives each step of one procedure its role: the section's, else by what was done before (5, rule 3)."""
    open_steps: list[StepDraft] = []
    for step, draft in steps:
        role = _section_role(draft)
        said = _said_role(step)
        if role is None:
            open_steps.append(step)
            back = takes_back_later(step.title) or _ends_as_the_way_back(step.title)
            step.role = said or (Role.ROLLBACK if back else None)
        elif role is Role.MITIGATION and said is Role.VERIFICATION and _looks(step):
            step.role = said
        elif role is Role.MITIGATION and _names_the_way_back(step):
            step.role = Role.ROLLBACK
        else:
            step.role = role
    changed = False
    for step in open_steps:
        above = bool(step.actions) and not _looks(step)
        manual = not step.actions
        changed = changed or above
        if step.role is None:
            step.role = Role.MITIGATION if changed or manual else Role.INVESTIGATION
    for step in reversed(open_steps):
        if not step.actions or not _looks(step) or not changed:
            break
        if step.role is Role.MITIGATION:
            step.role = Role.VERIFICATION


_BRINGS_BACK = re.compile(
    r"\b(?:brings?|puts?|takes?|gets?) (?:it|them|this|that|the (?:old|former|previous) \w+) back\b",
    re.IGNORECASE,
)


def _names_the_way_back(step: StepDraft) -> bool:
    """Whether an item is headed by nothing but "Rollback:" or "Way back:"; "Roll back to 1.4" is a remedy."""
    heads = (words.split(":", 1)[0] for words in (step.title, step.under) if words)
    if step.title.lower().startswith(
        ("to undo ", "to take back ", "to revert this", "to revert the change", "way back,")
    ):
        return True
    back = takes_back_later(step.title) or _ends_as_the_way_back(step.title)
    return back or any(is_exact(head) and role_of(head) is Role.ROLLBACK for head in heads)


def _ends_as_the_way_back(title: str) -> bool:
    """Whether the words right before a command are nothing but "To undo:": "Good when the queue is empty. To undo"."""
    _, dot, last = title.rstrip(": ").rpartition(". ")
    return bool(dot) and is_exact(last) and role_of(last) is Role.ROLLBACK


def _looks(step: StepDraft) -> bool:
    return bool(step.actions) and effect_of(step) is Effect.OBSERVE


def _section_role(draft: Draft) -> Role | None:
    """The role of a section's steps, or None where each step tells its own."""
    if Role.TOOLBOX in draft.roles:
        return Role.TOOLBOX
    if draft.generic or draft.roles <= _TELLING:
        return None
    if draft.own is not None and draft.own in draft.roles:
        return draft.own
    named = [role for role in draft.roles if role not in _AS_THEY_ARE]
    if draft.parent is not None and draft.parent.own in named and not draft.parent.generic:
        return draft.parent.own
    return min(named, key=lambda role: list(Role).index(role)) if named else None


def _said_role(step: StepDraft) -> Role | None:
    """The role a step's own words name, believed only where nothing is risked by it."""
    for words in (step.title, step.under):
        role = role_of(words) if words else None
        if role is Role.ROLLBACK:
            return role
        if role in (Role.VERIFICATION, Role.INVESTIGATION) and (_looks(step) or not step.actions):
            return role
    return None


class Freezer:
    """Turns the drafts of a document into values; one for the whole document, because ids are unique in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.ids = Ids()
        self.bound = bound_in(document.front_matter)

    def identify(self, step: StepDraft, path: tuple[str, ...]) -> None:
        """Gives a step its id."""
        step.path = path
        shell = step.language == "shell"
        texts = []
        for action in step.actions:
            found = holes(action.text, action.language, action.context)
            texts.append(normal_text(_canonical(action.text, found), shell=shell))
            if any(is_left_out(hole) for hole in found):
                step.kind = StepKind.MANUAL  # nobody can fill what the runbook left out (8.1)
        text = "\n".join(texts) if step.actions else " ".join((step.title, step.text)).lower()
        body = (context_key(step.context), step.kind.value, text if texts else " ".join(text.split()))
        step.body_hash = body_hash(*body)
        step.id = self.ids.take(section_key(path), *body)

    def parameters(self, steps: list[StepDraft]) -> None:
        """Finds the placeholders of one procedure: one for all spellings of a name, with who can offer values."""
        found: dict[int, list[tuple[Hole, Span]]] = {}
        spellings: dict[str, dict[str, None]] = {}
        types: dict[str, str] = {}
        defaults: dict[str, str] = {}
        for step in steps:
            places = list(self._places(step))
            found[id(step)] = places
            for hole, _ in places:
                spellings.setdefault(hole.name, {})[hole.spelling] = None
                if types.get(hole.name, "text") == "text":
                    types[hole.name] = hole.type
                if hole.default is not None:
                    defaults.setdefault(hole.name, hole.default)
        looking: list[StepDraft] = []
        for step in steps:
            names = dict.fromkeys(hole.name for hole, _ in found[id(step)])
            step.placeholders = tuple(
                Placeholder(
                    name, tuple(spellings[name]), types[name], _offered(looking, types[name]),
                    defaults.get(name, self._bound(name, types[name], spellings[name])),
                    tuple(span for hole, span in found[id(step)] if hole.name == name),
                )
                for name in names
            )  # fmt: skip
            if _looks(step):
                looking.append(step)

    def _bound(self, name: str, kind: str, spellings: Iterable[str]) -> str | None:
        """The value the document's own front matter gives; never a secret, nor a variable its shell would fill."""
        if kind == "secret" or any(spelling.startswith("${") for spelling in spellings):
            return None
        return self.bound.get(name)

    def _places(self, step: StepDraft) -> Iterable[tuple[Hole, Span]]:
        for action in step.actions:
            if action.language == "manifest" or (
                step.kind is StepKind.SCRIPT and action.language not in ("powershell", "batch")
            ):
                continue
            for hole in holes(action.text, action.language, action.context):
                yield hole, self._span(action, hole)
            for hop in action.context:
                for hole in (
                    (*holes(hop.name, "shell"), *holes(hop.detail or "", "shell"))
                    if hop.kind != "env"
                    else ()
                ):
                    yield hole, action.span
        if not step.actions:
            for hole in named(step.text):
                yield hole, step.span

    def _span(self, action: ActionDraft, hole: Hole) -> Span:
        """Where a hole stands in the original; the whole action where prompts or indentation were removed."""
        original = self.document.data[action.span.start : action.span.end]
        if original != action.text.encode("utf-8", "replace"):
            return action.span  # also where bytes are no UTF-8: what is shown for them has another length
        before = action.text[: hole.start]
        line = action.span.first_line + before.count("\n")
        start = action.span.start + len(before.encode("utf-8", "replace"))
        return Span(
            start,
            start + len(hole.spelling.encode("utf-8", "replace")),
            line,
            line + hole.spelling.count("\n"),
        )

    def node(self, draft: NodeDraft) -> Node:
        """A draft as a value."""
        match draft:
            case StepDraft():
                return self._step(draft)
            case ChoiceDraft():
                return self._choice(draft)
            case Note() | Wait():
                return draft

    def _step(self, draft: StepDraft) -> Step:
        actions = tuple([Action(a.text, a.language, a.span, a.context, a.judgement) for a in draft.actions])
        return Step(
            StepId(draft.id), draft.number, draft.kind, draft.title, draft.title_from, draft.language, actions,
            draft.role or Role.TEXT, draft.context, joined(draft), (draft.span,), draft.placeholders, draft.condition,
            tuple(draft.expects), tuple(draft.waits), draft.warned, draft.horizon, draft.sample, draft.links, draft.text,
            tuple(StepId(back.id) for back in draft.undone_by), draft.body_hash,
        )  # fmt: skip

    def _choice(self, draft: ChoiceDraft) -> Choice:
        options = tuple(
            Option(o.label, o.condition, o.recommended, o.warned, tuple(self.node(n) for n in o.body), o.span)
            for o in draft.options
        )
        return Choice(StepId(draft.id), draft.number, draft.kind, draft.question, options, draft.span)

    def identify_choice(self, draft: ChoiceDraft, path: tuple[str, ...], inner: list[StepDraft]) -> None:
        """Gives a choice its id, from those of its steps: it is the same choice while they are the same."""
        text = "\n".join(step.id for step in inner)
        draft.id = self.ids.take(section_key(path), "", draft.kind.value, text)


def _canonical(text: str, found: tuple[Hole, ...]) -> str:
    if not found:
        return text
    out: list[str] = []
    position = 0
    for hole in found:
        out.append(text[position : hole.start])
        out.append("{" + canonical_name(hole.name) + "}")
        position = hole.end
    return "".join((*out, text[position:]))


def _offered(looking: list[StepDraft], kind: str) -> tuple[StepId, ...]:
    """Earlier observing steps whose output lists values of this type, nearest first, at most three."""
    near = (
        StepId(step.id)
        for step in reversed(looking[-40:])
        if any(kind in offered(action.text) for action in step.actions)
    )
    return tuple(islice(near, 3))
