"""Tables that say what to do: "symptom | cause | action" is one case per row, "what | command" one step per row.

Source: docs/reference/runbook-language.md, sections 6.7 and 10.8.
"""

from __future__ import annotations

import re

from tocsin.runbook.book import ChoiceKind, Condition, ConditionKind, Note, Role, Span, StepKind
from tocsin.runbook.markdown.blocks import ListBlock, Paragraph, Row, Table
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.choices import alternatives
from tocsin.runbook.steps.drafts import OptionDraft, StepDraft, Unit
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.spoken import inline_command, spoken_step
from tocsin.runbook.words.expectations import expectation
from tocsin.runbook.words.inline import links, plain
from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.roles import normal

_NO_STEPS = frozenset(
    {
        Role.SEVERITY, Role.CONTACTS, Role.ESCALATION, Role.COMMUNICATION, Role.JOBS, Role.REFERENCES, Role.IMPACT,
        Role.PREREQUISITES, Role.POST_INCIDENT, Role.PREVENTION,
    }
)  # fmt: skip
_ACTION = re.compile(
    r"(?:(?:recommended|immediate|corrective|first|your|suggested|required) )?(?:actions?(?: to take| required)?|fix(?:es)?|resolution|mitigation|remediation|remedy|solutions?|what to do"
    r"|steps?|how to fix|do this|then|workaround|recovery|response|next steps?|behebung|massnahmen?|maßnahmen?|losung|abhilfe|aktion|was tun|acci(?:on|ones)"
    r"|soluci(?:on|ones)|que hacer|acao|acoes|solucao|correcao|o que fazer|corrections?|remede|que faire|mesures?)"
)
_CASE = re.compile(
    r"(?:symptoms?|alerts?|alert name|problems?|issues?|errors?|error message|conditions?|(?:likely |possible |probable |root )?causes?|scenarios?|situations?|if|when|cases?|signals?|failures?"
    r"|failure mode|what you see|observation|finding|status|state|fehler(?:bild)?|storung|symptome?|ursache|alarme?|wenn|fall|befund|sintomas?|problemas?|alertas?|errore?s?|causas?|si|caso"
    r"|symptomes?|erreurs?|pannes?|problemes?|constat|se|quando)"
)
_COMMAND = re.compile(r"(?:commands?|command to run|run|befehle?|kommando|comandos?|commandes?|query|cli)")
_EXPECTED = re.compile(
    r"(?:expected(?: (?:result|output|value))?|should be|ok if|erwartet|erwartetes ergebnis|attendu|resultat attendu|esperado|resultado esperado)"
)


def table_units(table: Table, lead: Lead, place: Place, judge: Judge, roles: frozenset[Role]) -> list[Unit]:
    """The units of a table: cases, steps, or the table as text."""
    whole = [Unit([Note("table", table.text, table.span)], table.span)]
    header = [normal(cell) for cell in table.header]
    if roles & _NO_STEPS or not table.rows or len(header) < 2:
        return whole
    action = next((i for i, name in enumerate(header) if i and _ACTION.fullmatch(name)), None)
    case = next((i for i, name in enumerate(header[:action]) if _CASE.fullmatch(name)), None)
    if action is not None and case is not None:
        return [_head(table), *_cases(table, case, action, lead, place, judge)]
    command = next((i for i, name in enumerate(header) if _COMMAND.fullmatch(name)), None)
    if command is None:
        return whole
    return [_head(table), *_commands(table, command, lead, place, judge)]


def _head(table: Table) -> Unit:
    first = table.rows[0].span
    span = Span(
        table.span.start, first.start, table.span.first_line, max(table.span.first_line, first.first_line - 1)
    )
    return Unit([Note("table", "\n".join(table.text.split("\n")[:2]), span)], span)


def _cases(table: Table, case: int, action: int, lead: Lead, place: Place, judge: Judge) -> list[Unit]:
    options: list[OptionDraft] = []
    for row in table.rows:
        label = plain(row.cells[case]) or plain(row.cells[0])
        if not label or not row.cells[action].strip():
            continue
        condition = Condition(ConditionKind.CASE, label, row.span)
        step = _step(row, action, lead, place, judge)
        options.append(OptionDraft(label, condition, False, False, [step], row.span))
    if not options:
        return [_text(row) for row in table.rows]
    return [alternatives(ChoiceKind.CASES, options)]


def _commands(table: Table, command: int, lead: Lead, place: Place, judge: Judge) -> list[Unit]:
    out: list[Unit] = []
    expected = next((i for i, cell in enumerate(table.header) if _EXPECTED.fullmatch(normal(cell))), None)
    for row in table.rows:
        said = inline_command(_cell(row, command))
        if said is None:
            out.append(_text(row))
            continue
        step = spoken_step(said, lead, place, judge, "item")
        other = next((plain(cell) for i, cell in enumerate(row.cells) if i != command and cell.strip()), "")
        step.title = other or step.title
        if expected is not None and (words := plain(row.cells[expected])):
            found = expectation(f"Expected: {words}", "prose", row.span, command=said.line.text)
            step.expects.extend([found] if found is not None else [])
        out.append(Unit([step], row.span, step.title))
    return out


_ARROW = re.compile(r"(.{3,120}?)\s+(?:→|->|=>|⇒|➜)\s+(\S.*)$", re.S)


def case_units(block: ListBlock, lead: Lead, place: Place, judge: Judge) -> list[Unit] | None:
    """A list "cause → what to do" as cases, one per item; None if it is another list."""
    if block.ordered or len(block.items) < 2:
        return None
    options: list[OptionDraft] = []
    for item in block.items:
        match item.blocks:
            case (Paragraph(text=text, lines=lines, span=span),) if found := _ARROW.match(text):
                said = inline_command(Paragraph(span, found[2], lines))
                label = plain(found[1])
                if (
                    _ARROW.match(found[2])
                    or item.ticked is not None
                    or not (said or is_instruction(plain(found[2])))
                ):
                    return None
                step = (
                    spoken_step(said, lead, place, judge, "item")
                    if said is not None
                    else _by_hand(found[2], lead, place, item.span)
                )
                options.append(
                    OptionDraft(
                        label,
                        Condition(ConditionKind.CASE, label, item.span),
                        False,
                        False,
                        [step],
                        item.span,
                    )
                )
            case _:
                return None
    return [alternatives(ChoiceKind.CASES, options)]


def _step(row: Row, at: int, lead: Lead, place: Place, judge: Judge) -> StepDraft:
    said = inline_command(_cell(row, at))
    if said is not None:
        step = spoken_step(said, lead, place, judge, "item")
        step.condition = None  # the case of its row, asked by the choice
        return step
    return _by_hand(row.cells[at].strip(), lead, place, row.span)


def _by_hand(text: str, lead: Lead, place: Place, span: Span) -> StepDraft:
    return StepDraft(
        StepKind.MANUAL, plain(text), "item", "text", [], place.context, span, text=text, warned=lead.warned,
        horizon=lead.horizon, links=links(text),
    )  # fmt: skip


def _cell(row: Row, at: int) -> Paragraph:
    return Paragraph(row.span, row.cells[at].strip(), (row.line,))


def _text(row: Row) -> Unit:
    return Unit([Note("table", row.line.text, row.span)], row.span)
