"""A fence of any kind to units: commands, SQL, manifests, proposed content, templates, prose, samples.

Source: docs/reference/runbook-language.md, sections 3.2 and 6.1.
"""

from __future__ import annotations

import re

from tocsin.effects.effect import Effect, Judgement, Reason
from tocsin.runbook.book import Hop, Note, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.blocks import Fence, Line, span_of
from tocsin.runbook.shell.batch import from_batch
from tocsin.runbook.shell.classify import Form, Kind, classify
from tocsin.runbook.shell.cmdlets import from_powershell
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.shell.sessions import from_language, from_lines, from_typed
from tocsin.runbook.steps.comments import understand
from tocsin.runbook.steps.drafts import ActionDraft, StepDraft, Unit
from tocsin.runbook.steps.fences import Judge, Outcome, shell_units
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.placed import placed
from tocsin.runbook.words.inline import links, plain
from tocsin.runbook.words.programs import reads_like_command
from tocsin.runbook.words.told_only import Told, told_condition, told_only
from tocsin.runbook.words.waits import wait

# A fence longer than this is kept as text: no runbook step is, and every reader below stays quick.
_MOST_CHARACTERS = 100_000
_LONGEST_LINE = 5_000
_READ_ONLY_QUERIES = frozenset({"promql", "logql", "traceql"})
_DATABASES = {"redis": "redis", "mongo": "mongo"}


def fence_units(
    fence: Fence, lead: Lead, place: Place, judge: Judge, *, steps: bool, shows: bool = False
) -> Outcome:
    """The units of a fence.

    Args:
        lead: what introduces it. place: where lines run before it.
        steps: whether prose in it is something to do (in a section with steps) or only text.
        shows: whether the section only looks at things, so that a manifest is an example unless its words say "apply".
    """
    if told_only(lead.title) in (Told.FORBIDDEN, Told.OTHERS):
        return _note("warning", fence, place)
    size = len(fence.text)
    if size > _MOST_CHARACTERS or (
        size > _LONGEST_LINE and any(len(line.text) > _LONGEST_LINE for line in fence.lines)
    ):
        message = "this block is too long to be steps; it is kept as text"
        return _note("text", fence, place, Diagnostic("TOC109", Level.NOTE, fence.span, 1, message))
    kind = classify(fence)
    match kind.form:
        case Form.SHELL:
            if kind.typed is not None:
                outcome = shell_units(from_typed(kind.typed), lead, place, judge)
            else:
                outcome = shell_units(from_lines(fence.lines, place.innermost), lead, place, judge)
        case Form.SQL | Form.REDIS | Form.MONGO:
            outcome = _database(fence, kind, lead, place, judge)
        case Form.CMDLETS if (cmdlets := from_powershell(fence.lines)) is not None:
            outcome = shell_units(cmdlets, lead, place, judge)
        case Form.BATCH if (commands := from_batch(fence.lines)) is not None:
            outcome = shell_units(commands, lead, place, judge)
        case Form.QUERY | Form.SCRIPT | Form.CMDLETS | Form.BATCH:
            outcome = _whole(fence, kind, lead, place, judge)
        case Form.MANIFEST if _PRINTED_OBJECT.search(fence.text) or (
            shows and not _APPLIES.search(lead.title)
        ):
            outcome = _note("sample", fence, place)
        case Form.MANIFEST if _LEFT_OUT.search(fence.text):
            outcome = _edit(fence, lead, place)  # a fragment: a person merges it into what is there
        case Form.MANIFEST:
            outcome = _manifest(fence, lead, place, judge)
        case Form.CONFIG if _EDITING.search(lead.title):
            outcome = _edit(fence, lead, place)
        case Form.TEMPLATE:
            outcome = _message(fence, lead, place)
        case Form.TEXT if steps and kind.doubt is not None and _begins_as_command(fence):
            outcome = _by_hand(fence, lead, place)
        case Form.PROSE if steps:
            outcome = _prose(fence, lead, place)
        case _:
            outcome = _note(kind.form.value, fence, place)
    _told(outcome, lead)
    if kind.doubt is not None:
        level = Level.NOTE
        message = f"{kind.doubt}: label the fence with its language"
        outcome.diagnostics.append((Diagnostic("TOC109", level, fence.span, 1, message), None))
    return outcome


def _told(outcome: Outcome, lead: Lead) -> None:
    """Steps whose titles say that nobody is to run them are words; those meant for one case wait for it.

    What the words above a fence say holds for all of it, also where a comment in it gives a step another title.
    """
    above = told_only(lead.title) if lead.title_from in ("paragraph", "label", "item") else None
    for unit in outcome.units:
        for index, node in enumerate(unit.nodes):
            if not isinstance(node, StepDraft):
                continue
            told, words = (own, node.title) if (own := told_only(node.title)) else (above, lead.title)
            if told is None:
                continue
            looks = all(a.judgement.effect is Effect.OBSERVE for a in node.actions)
            if told is Told.EXAMPLE and (looks or node.title_from not in ("paragraph", "label")):
                continue
            if told is Told.WARNED_OFF and looks:
                continue
            condition = told_condition(told, words, node.span)
            if condition is not None:
                node.condition = node.condition or condition
            elif node.actions:
                unit.nodes[index] = Note("warning", "\n".join(a.text for a in node.actions), node.span)


# Fields only the server writes: an object somebody printed, not one to apply.
_PRINTED_OBJECT = re.compile(
    r"^(?:status:|  (?:creationTimestamp: ['\"]?\d|resourceVersion:|uid:|selfLink:|managedFields:))", re.M
)
_LEFT_OUT = re.compile(r"^[ \t]*(?:#[ \t]*)?(?:- )?(?:\.{3,}|…|\[\.{3}\]|<(?:snip|omitted)>)[ \t]*$", re.M)
_APPLIES = re.compile(
    r"\b(?:appl(?:y|ies|ying)|create|add|deploy|install|patch|replace|update|set|change|edit|modify|use|enable|configure|run|save|submit"
    r"|aplique|cri(?:e|ar)|applique[rz]?|cr[ée]e[rz]?|aplica[r]?|crea[r]?|anwenden|erstell\w*)\b", re.I,
)  # fmt: skip


def _note(kind: str, fence: Fence, place: Place, remark: Diagnostic | None = None) -> Outcome:
    unit = Unit([Note(kind, fence.text, fence.span)], fence.span)
    return Outcome([unit], place, [] if remark is None else [(remark, None)])


def _database(fence: Fence, kind: Kind, lead: Lead, place: Place, judge: Judge) -> Outcome:
    inner = place.innermost
    there = place
    if inner is None or inner.kind != "database":
        detail = _DATABASES.get(kind.language) or (
            fence.language if fence.language not in ("", "sql", "bash", "sh") else None
        )
        there = place.enter(Hop("database", "", detail))
    outcome = shell_units(from_language(fence.lines, kind.language), lead, there, judge)
    outcome.place = place
    return outcome


def _whole(fence: Fence, kind: Kind, lead: Lead, place: Place, judge: Judge) -> Outcome:
    """A query or script: one action, never split."""
    lines, title, title_from = _titled(fence, lead)
    if "PS" in fence.text and any(_PROMPT.match(line.text) for line in lines):
        # A transcript: what stands behind a prompt is typed, all else is printed.
        lines = [line.cut(found.end()) for line in lines if (found := _PROMPT.match(line.text))]
    text = "\n".join(line.text for line in lines)
    if not text.strip():
        return _note("text", fence, place)
    step_kind = StepKind.QUERY if kind.form is Form.QUERY else StepKind.SCRIPT
    if kind.form is Form.QUERY and kind.language in _READ_ONLY_QUERIES:
        judgement = Judgement(Effect.OBSERVE, targets=(f"query:{kind.language}",))
    elif kind.form in (Form.QUERY, Form.CMDLETS, Form.BATCH):
        judgement = judge(text, kind.language, frozenset())
    else:
        sentence = f"a {kind.language} program that nobody here can read"
        judgement = Judgement(Effect.UNKNOWN, reasons=(Reason("script.unread", 0, len(text), sentence),))
    judgement = placed(judgement, place.context)
    action = ActionDraft(text, kind.language, span_of(lines), place.context, judgement)
    step = StepDraft(
        step_kind, title, title_from, kind.language, [action], place.context, fence.span,
        condition=lead.condition, warned=lead.warned, horizon=lead.horizon,
    )  # fmt: skip
    return Outcome([Unit([step], fence.span, title)], place)


_PROMPT = re.compile(r"PS(?: [A-Za-z]:[^>\n]{0,120}| [~/][^>\n]{0,120})?>+ ?|>> ")


def _manifest(fence: Fence, lead: Lead, place: Place, judge: Judge) -> Outcome:
    lines, title, title_from = _titled(fence, lead)
    text = "\n".join(line.text for line in lines)
    if not text.strip():
        return _note("text", fence, place)
    # What it would do is what applying it does; the text itself is data.
    judgement = placed(judge("kubectl apply -f -", "shell", frozenset()), place.context)
    action = ActionDraft(text, "manifest", span_of(lines), place.context, judgement)
    step = StepDraft(
        StepKind.MANIFEST, title, title_from, "manifest", [action], place.context, fence.span,
        condition=lead.condition, warned=lead.warned, horizon=lead.horizon,
    )  # fmt: skip
    return Outcome([Unit([step], fence.span, title)], place)


def _titled(fence: Fence, lead: Lead) -> tuple[list[Line], str, str]:
    """The lines without comments and blank lines at the start, and the title: the first comment, else the lead."""
    lines = list(fence.lines)
    title, title_from = lead.title, lead.title_from
    while lines and (not lines[0].text.strip() or re.match(r"\s*(?:#(?!!)|//|--)", lines[0].text)):
        line = lines.pop(0)
        words = line.text.strip().lstrip("#/-").strip()
        if words and title_from != "comment":
            cut = line.cut(line.text.index(words[0]) if words[0] in line.text else 0)
            title, title_from = understand(cut).title or words, "comment"
    while lines and not lines[-1].text.strip():
        lines.pop()
    if not title and lines:
        title, title_from = lines[0].text.strip()[:60], "command"
    return lines, title, title_from


_EDITING = re.compile(
    r"\b(?:add|edit|change|update|set|append|create|put|replace|modify|configure|paste|insert|uncomment|adicione|edite|altere|ajoutez|"
    r"modifiez|agregue|anade|hinzufugen|andern|bearbeiten)\b.*(?:/[\w.-]+/|\.(?:conf|ya?ml|toml|ini|env|json|cfg|service|tf)\b|\bconfig|\bfile\b|\.env)",
    re.I,
)


def _edit(fence: Fence, lead: Lead, place: Place) -> Outcome:
    step = StepDraft(
        StepKind.EDIT, lead.title, lead.title_from, "text", [], place.context, fence.span,
        text=fence.text, condition=lead.condition, warned=lead.warned, horizon=lead.horizon,
    )  # fmt: skip
    return Outcome([Unit([step], fence.span, lead.title)], place)


def _begins_as_command(fence: Fence) -> bool:
    first = next(
        (line.text for line in fence.lines if line.text.strip() and line.text.lstrip()[0] != "#"), ""
    )
    return reads_like_command(first)


def _by_hand(fence: Fence, lead: Lead, place: Place) -> Outcome:
    """What may be commands or not is read by a person: a step that shows it, never one that is dropped."""
    step = StepDraft(
        StepKind.MANUAL, lead.title or "Read this", lead.title_from, "text", [], place.context, fence.span,
        text=fence.text, condition=lead.condition, warned=lead.warned, horizon=lead.horizon,
    )  # fmt: skip
    return Outcome([Unit([step], fence.span, step.title)], place)


def _message(fence: Fence, lead: Lead, place: Place) -> Outcome:
    step = StepDraft(
        StepKind.MESSAGE, lead.title or "Message", lead.title_from, "text", [], place.context, fence.span,
        text=fence.text, condition=lead.condition,
    )  # fmt: skip
    return Outcome([Unit([step], fence.span, step.title)], place)


_SIGN = re.compile(r"^(?:\s*(?:✅|✔|✓|☑|☐|□|→|➜|➡|•|❌|⚠️?|[-*]\s|\d{1,2}[.)]\s|\[[ xX]\]\s)\s*){1,2}")


def _prose(fence: Fence, lead: Lead, place: Place) -> Outcome:
    """A fence of instructions: each one at the outermost indentation is a manual step."""
    outcome = Outcome([], place)
    blocks: list[list[Line]] = []
    margin = min(
        (len(line.text) - len(line.text.lstrip()) for line in fence.lines if line.text.strip()), default=0
    )
    for line in fence.lines:
        if not line.text.strip():
            continue
        inner = len(line.text) - len(line.text.lstrip()) > margin
        listed = (
            blocks
            and blocks[-1][0].text.rstrip().endswith(":")
            and re.match(r"\s*(?:\d{1,2}[.)]|[-*•])\s", line.text)
        )
        if blocks and (inner or listed):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    for lines in blocks:
        span = span_of(lines)
        text = "\n".join(line.text for line in lines)
        title = plain(_SIGN.sub("", lines[0].text)).rstrip(":").strip()
        found = wait(title, span)
        if not title:
            outcome.units.append(Unit([Note("prose", text, span)], span))
            continue
        step = StepDraft(
            StepKind.MANUAL, title, "item", "text", [], place.context, Span(lines[0].start, span.end, span.first_line, span.last_line),
            text=text, condition=lead.condition, warned=lead.warned, horizon=lead.horizon, links=links(text),
        )  # fmt: skip
        step.waits.extend([found] if found is not None else [])
        outcome.units.append(Unit([step], span, title))
    return outcome
