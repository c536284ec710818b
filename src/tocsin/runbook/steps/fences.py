"""A fence to steps: titled by its comments, split by side, each line at the place it is meant for.

Source: docs/reference/runbook-language.md, sections 6 and 7. Alternatives and fallbacks are marked here
(`Unit.link`) and put together in `choices`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tocsin.effects.effect import Effect, Judgement
from tocsin.runbook.book import Context, Hop, Note, StepKind, WaitKind
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.shell.contexts import Move, Place, closes, move, named_by, prompted
from tocsin.runbook.shell.sessions import Entry, in_its_language
from tocsin.runbook.steps.comments import Comment, Says
from tocsin.runbook.steps.drafts import ActionDraft, NodeDraft, StepDraft, Unit
from tocsin.runbook.steps.groups import Group, Statement, covering, group, is_editor
from tocsin.runbook.steps.heads import Head, Lead
from tocsin.runbook.steps.left_open import ENDED, GOES_ON
from tocsin.runbook.steps.placed import placed
from tocsin.runbook.words.expectations import expectation
from tocsin.runbook.words.inline import links
from tocsin.runbook.words.surroundings import surroundings
from tocsin.runbook.words.waits import wait
from tocsin.runbook.words.whereabouts import host_in, host_in_comment

Judge = Callable[[str, str, frozenset[str]], Judgement]
_CONNECTS = re.compile(r"\\c(?:onnect)?\s+([^\s;]+)|USE\s+[`\"]?([\w-]+)[`\"]?\s*;?\s*$", re.I)
_CREATES = re.compile(r"^\s*(?:sudo\s+(?:-u\s+\S+\s+)?)?createdb\s+(?:-\S+\s+)*([\w-]+)\s*$")
_LINKING = (Says.OR, Says.FALLBACK, Says.CONDITION)
_KINDS = {"shell": StepKind.SHELL, "sql": StepKind.SQL, "redis": StepKind.REDIS, "mongo": StepKind.MONGO}


@dataclass(slots=True)
class Outcome:
    """The units of a fence, the place after it, and remarks."""

    units: list[Unit]
    place: Place
    diagnostics: list[tuple[Diagnostic, StepDraft | None]] = field(default_factory=list)


def shell_units(entries: list[Entry], lead: Lead, place: Place, judge: Judge) -> Outcome:
    """The units of a fence of commands, from its entries."""
    walk = _Walk(lead, place, judge)
    for found in group([in_its_language(entry) for entry in entries]):
        walk.group(found)
    return walk.finish(entries)


@dataclass(slots=True)
class _Run:
    """Statements that become one step."""

    statements: list[Statement]
    actions: list[ActionDraft]
    observes: bool
    place: Place


class _Walk:
    """Walks the groups of a fence and keeps the place where lines run."""

    def __init__(self, lead: Lead, place: Place, judge: Judge) -> None:
        self.lead = lead
        self.start = place
        self.place = place
        self.judge = judge
        self.outcome = Outcome([], place)
        self.opened: Entry | None = None  # the opener not yet closed
        self.base: Place | None = None  # where lines ran before a prompt named another place
        self.used = False  # whether anything ran since it opened
        self.facts: frozenset[str] = frozenset()  # what earlier statements of the group have made

    # -- groups -----------------------------------------------------------------------------------

    def group(self, found: Group) -> None:
        """Adds the units of one group."""
        self.facts = frozenset()
        self._told_where(found)
        if not found.statements:
            self._comments_only(found)
            return
        for position, part in enumerate(self._parts(found)):
            self._statements(found if position == 0 else None, part)

    def _told_where(self, found: Group) -> None:
        """Goes where a comment sends its reader: "# on web-b", until another does or the fence ends."""
        if self.opened is not None or any(
            s.entry.hops or s.entry.text.startswith("ssh ") for s in found.statements
        ):
            return  # the lines themselves say where they run
        for comment in found.comments:
            around = surroundings(re.sub(r"^[a-e]\)\s+", "", comment.text))
            if around is not None and around.here:
                self.place = self.start.outermost()
            elif (host := host_in(comment.text) or host_in_comment(comment.text)) is not None:
                self.place = self.start.outermost().enter(Hop("host", host))

    def _parts(self, found: Group) -> list[list[Statement]]:
        """Statements that belong to one unit: cut at a trailing "or", and at a blank line where the side changes."""
        parts: list[list[Statement]] = [[]]
        side: bool | None = None
        for statement in found.statements:
            observes = self._observes(statement.entry)
            alone = bool(statement.trailing) and any(c.says in _LINKING for c in statement.trailing)
            turns = statement.entry.gap and side is not None and observes is not side
            if parts[-1] and (alone or turns):
                parts.append([])
            parts[-1].append(statement)
            side = observes
        return parts

    def _observes(self, entry: Entry) -> bool:
        return self.judge(entry.text, entry.language, frozenset()).effect is Effect.OBSERVE

    def _comments_only(self, found: Group) -> None:
        head = Head(found.comments, self.lead)
        nodes: list[NodeDraft] = list(head.wait_nodes)
        words = [c for c in found.comments if c.says is not Says.WAIT]
        scope_only = len(words) == 1 and words[0].says is Says.CONDITION and not words[0].title
        if words and not scope_only:
            if all(c.says is Says.EXPECTS for c in words):
                nodes.append(Note("prose", "\n".join(c.text for c in words), found.span))
            else:
                nodes.append(self._manual(found, head, words))
        unit = Unit(nodes, found.span, head.label, head.link, head.condition, head.number, gap=found.gap)
        unit.scope = scope_only
        unit.recommended, unit.warned = head.recommended, head.warned
        self.outcome.units.append(unit)

    def _manual(self, found: Group, head: Head, words: list[Comment]) -> StepDraft:
        edits = any(c.says is Says.EDIT for c in words)
        text = "\n".join(found.raw if edits else [c.text for c in words])
        step = StepDraft(
            StepKind.EDIT if edits else StepKind.MANUAL,
            head.title or head.label or words[0].title or words[0].text,
            "comment",
            "text",
            [],
            self.place.context,
            found.span,
            text=text,
            condition=head.step_condition,
            warned=head.warned,
            horizon=head.horizon,
            links=links(text),
        )
        step.expects = [e for c in words if (e := expectation(c.text, "comment", found.span)) is not None]
        step.waits = [w for c in words if (w := wait(c.text, found.span)) is not None]
        if any(c.says is Says.CODE and not c.text.startswith("!") for c in words) and not edits:
            message = "a command stands in a comment: it is neither run nor reviewed; it is offered as a manual step"
            self._remark("TOC113", Level.WARNING, found.span, message, step)
        return step

    # -- statements -------------------------------------------------------------------------------

    def _statements(self, found: Group | None, statements: list[Statement]) -> None:
        comments = list(found.comments) if found is not None else []
        linking = [c for c in statements[0].trailing if c.says in _LINKING]
        head = Head([*comments, *linking], self.lead, acts=True)
        nodes: list[NodeDraft] = list(head.wait_nodes)
        runs = self._runs(statements, nodes)
        waits = [node.span.start for node in head.wait_nodes]
        spans = (
            []
            if found is None
            else [s for s in found.spans if not any(s.start <= at < s.end for at in waits)]
        )
        opened = next((i for i, node in enumerate(nodes) if isinstance(node, Note)), None)
        if (
            opened is not None
            and spans
            and runs
            and nodes[opened].span.start < runs[0].statements[0].span.start
        ):
            # The comment stands above the line that opens a session, so it is kept with that line.
            note = nodes[opened]
            if isinstance(note, Note):
                span = Span(spans[0].start, note.span.end, spans[0].first_line, note.span.last_line)
                nodes[opened] = Note(note.kind, note.text, span)
            spans = []
        for run in runs:
            nodes.append(self._step(run, head, spans))
            spans = []
        span = covering([*(found.spans if found is not None else []), *[s.span for s in statements]])
        gap = found.gap if found is not None else True
        nodes.sort(key=lambda node: node.span.start)
        unit = Unit(nodes, span, head.label, head.link, head.condition, head.number, gap=gap)
        unit.recommended, unit.warned = head.recommended, head.warned
        self.outcome.units.append(unit)

    def _runs(self, statements: list[Statement], nodes: list[NodeDraft]) -> list[_Run]:
        """Statements as runs of the same side at the same place; openers and closers are no steps."""
        runs: list[_Run] = []
        setting: list[tuple[Statement, ActionDraft]] = []
        fresh = True  # nothing joins a run across the opening or closing of a session
        for statement in statements:
            entry = statement.entry
            kind, there, after = self._moved(entry)
            if kind in (Move.OPENS, Move.CLOSES):
                _settle(runs, setting, fresh)
                setting, fresh = [], True
                self._session(kind, entry, after, nodes, statement)
                continue
            action = self._action(entry, there)
            if kind is Move.SETS and action.judgement.effect is Effect.OBSERVE:
                setting.append((statement, action))
            else:
                _add(runs, setting, statement, action, there, fresh or self._alone(statement, there, runs))
                setting, fresh = [], False
            self.place = after
            self.used = True
        _settle(runs, setting, fresh)
        return runs

    def _moved(self, entry: Entry) -> tuple[Move, Place, Place]:
        """What a statement does to the place, where it runs itself, and the place after it."""
        there = self._prompted(entry)
        if entry.language != "shell":
            if entry.hops and there.depth and closes(entry.text):
                return Move.CLOSES, there, there.leave()
            other = _CONNECTS.match(entry.text) if entry.language == "sql" else None
            inner = there.innermost
            if other is None or inner is None or inner.kind != "database":
                return Move.STAYS, there, there
            # `\\c shop` and `USE shop` go on in another database.
            name = next(group for group in other.groups() if group)
            return (
                Move.CLOSES,
                there,
                there.leave().enter(*there.levels[-1][0][:-1], Hop("database", name, inner.detail)),
            )
        inner = there.innermost
        if (
            inner is not None
            and inner.kind in ("database", "repl")
            and not entry.hops
            and not closes(entry.text)
        ):
            # A shell line ends a session in another language.
            there = there.outside_clients()
            self.opened = None
        kind, after = move(entry.text, there)
        return kind, there, after

    def _prompted(self, entry: Entry) -> Place:
        """The place a prompt names: a session already open there, or one that lasts while prompts name it."""
        if not entry.hops:
            if self.base is not None:
                self.place, self.base = self.base, None
            return self.place
        if (there := prompted(self.place, entry.hops)) is not None:
            return there
        if self.base is None:
            self.base = self.place
        return named_by(self.base, entry.hops)

    def _alone(self, statement: Statement, there: Place, runs: list[_Run]) -> bool:
        """Whether a statement is a step of its own: an editor, own words, or something looked at in a session."""
        if is_editor(statement.entry.text) or (runs and is_editor(runs[-1].statements[-1].entry.text)):
            return True
        named = (Says.TITLE, Says.WARNING)
        if any(c.says in named for c in statement.trailing) or (runs and _named(runs[-1].statements[-1])):
            return True
        shown = statement.entry.sample or (runs and runs[-1].statements[-1].entry.sample)
        return (there.depth > 0 or bool(shown)) and self._observes(statement.entry)

    def _session(
        self, kind: Move, entry: Entry, after: Place, nodes: list[NodeDraft], statement: Statement
    ) -> None:
        nodes.append(Note("session", entry.text, statement.span))
        if kind is Move.OPENS:
            self.opened, self.used = entry, False
        else:
            self.opened = None
        self.place = after

    def _action(self, entry: Entry, there: Place) -> ActionDraft:
        context = there.context
        judgement = placed(self.judge(entry.text, entry.language, self.facts), context)
        if (made := _CREATES.match(entry.text)) is not None:
            # If creating it fails, nothing after it in the step starts; so what follows meets a new database.
            self.facts |= {f"created:{made[1]}"}
        elif judgement.effect is Effect.OBSERVE:
            self.facts = frozenset()  # another step begins
        return ActionDraft(entry.text, entry.language, entry.span, context, judgement)

    def _step(self, run: _Run, head: Head, comment_spans: list[Span]) -> StepDraft:
        first = run.statements[0]
        spans = [*comment_spans, *[statement.span for statement in run.statements]]
        about = [c for s in run.statements for c in (*s.trailing, *s.after)]
        own = next((c.title for c in first.trailing if c.says in (Says.TITLE,) and c.title), "")
        title, title_from = head.title_for(own, run.actions[0].text)
        language = run.actions[-1].language
        kind = StepKind.EDIT if is_editor(first.entry.text) else _KINDS.get(language, StepKind.SCRIPT)
        step = StepDraft(
            kind, title, title_from, language, run.actions, run.actions[-1].context,
            covering(spans),
            text="\n".join([c.text for c in (*head.said, *about)]),
            condition=head.step_condition,
            warned=head.warned or (bool(about) and any(c.warned for c in about)),
            horizon=head.horizon,
            sample="\n".join([s.entry.sample for s in run.statements if s.entry.sample]) or None,
            links=links("\n".join([c.text for c in (*head.comments, *about)])),
        )  # fmt: skip
        asked = next((c for c in first.trailing if c.says is Says.CONDITION), None)
        if asked is not None and step.condition is None:
            step.condition = asked.condition
        self._said(step, run, head, about)
        if any(s.entry.mixed for s in run.statements):
            message = "shell lines follow the lines of a session in the same fence; the session was ended before them"
            self._remark("TOC103", Level.ERROR, step.span, message, step)
        return step

    def _said(self, step: StepDraft, run: _Run, head: Head, about: list[Comment]) -> None:
        command = run.statements[-1].entry.text
        for comment in (*head.comments, *about):
            if comment.says is Says.EXPECTS:
                found = expectation(comment.text, "comment", step.span, command=command)
                step.expects.extend([found] if found is not None else [])
            if comment.says in (Says.EXPECTS, Says.WAIT):
                length = wait(comment.text, step.span)
                if length is not None and (
                    comment in about or length.kind in (WaitKind.DEADLINE, WaitKind.POLL)
                ):
                    step.waits.append(length)

    # -- the end ----------------------------------------------------------------------------------

    def finish(self, entries: list[Entry]) -> Outcome:
        """Closes what the fence opened, unless the opener stands alone and holds for the next fences."""
        if self.base is not None:
            self.place = self.base
        if self.place.depth > self.start.depth and self.opened is not None:
            alone = not self.used
            message = GOES_ON if alone else ENDED
            self._remark("TOC104", Level.WARNING, self.opened.span, message, None)
            if not alone:
                self.place = self.place.leave(self.place.depth - self.start.depth)
        elif any(entry.mixed for entry in entries):
            at = next(entry for entry in entries if entry.mixed)
            message = "a session is opened and not closed: it was ended at the first line in another language"
            self._remark("TOC104", Level.WARNING, at.span, message, None)
        if self.opened is None and self.place.depth > self.start.depth:
            # Of several sessions only the inner ones were closed: the fence ends the others, too.
            self.place = self.place.leave(self.place.depth - self.start.depth)
        self.outcome.place = self.place
        return self.outcome

    def _remark(self, rule: str, level: Level, span: Span, message: str, step: StepDraft | None) -> None:
        self.outcome.diagnostics.append((Diagnostic(rule, level, span, 1, message), step))


def _named(statement: Statement) -> bool:
    return any(c.says is Says.TITLE for c in statement.trailing)


def _add(
    runs: list[_Run],
    setting: list[tuple[Statement, ActionDraft]],
    statement: Statement,
    action: ActionDraft,
    there: Place,
    alone: bool,
) -> None:
    observes = action.judgement.effect is Effect.OBSERVE
    last = runs[-1] if runs else None
    same = last is not None and last.observes is observes and last.actions[-1].language == action.language
    same = same and last is not None and _chain(last.place) == _chain(there)
    if alone or not same or last is None:
        last = _Run([], [], observes, there)
        runs.append(last)
    for before, set_before in setting:
        last.statements.append(before)
        last.actions.append(set_before)
    last.statements.append(statement)
    last.actions.append(action)


def _settle(runs: list[_Run], setting: list[tuple[Statement, ActionDraft]], fresh: bool) -> None:
    """Settings that nothing follows go with what stands above them, or are a step of their own."""
    if not setting:
        return
    statements, actions = [s for s, _ in setting], [a for _, a in setting]
    if runs and not fresh:
        runs[-1].statements.extend(statements)
        runs[-1].actions.extend(actions)
    else:
        runs.append(_Run(statements, actions, True, Place()))


def _chain(place: Place) -> tuple[Context, ...]:
    return tuple([hops for hops, _ in place.levels])
