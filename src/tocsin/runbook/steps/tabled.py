"""Tables that say what to do: "symptom | cause | action" is one case per row, "what | command" one step per row.

Source: docs/reference/runbook-language.md, sections 6.7 and 10.8.
"""

from __future__ import annotations

import re

from tocsin.runbook.book import ChoiceKind, Condition, ConditionKind, Hop, Note, Role, StepKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Item, Label, Line, ListBlock, Paragraph, Row, Table
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.ahead import linking
from tocsin.runbook.steps.choices import alternatives
from tocsin.runbook.steps.comments import Says, understand
from tocsin.runbook.steps.drafts import NodeDraft, OptionDraft, StepDraft, Unit
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.spoken import asked_commands, inline_command, spoken_step
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
    r"(?:(?:recommended|immediate|corrective|first|your|suggested|required) )?(?:actions?(?: to take| required)?|fix(?:es)?|resolution|mitigation|remediation|remedy|solutions?|what (?:to|you|we|i|should you|you should|we should) do|what (?:should|do) (?:you|we|i) do|do"
    r"|steps?|how to fix|do this|then|workaround|recovery|response|next steps?|behebung|massnahmen?|maßnahmen?|losung|abhilfe|aktion|was tun|acci(?:on|ones)"
    r"|soluci(?:on|ones)|que hacer|acao|acoes|solucao|correcao|o que fazer|corrections?|remede|que faire|mesures?)"
)
_CASE = re.compile(
    r"(?:symptoms?|alerts?|alert name|problems?|issues?|errors?|error message|conditions?|(?:likely |possible |probable |root )?causes?|scenarios?|situations?|if|when|cases?|signals?|failures?"
    r"|failure mode|(?:what |if |when )?(?:you|we|i) see|what(?: is)? (?:seen|wrong|broken|happening)|observations?|finding|status|state|fehler(?:bild)?|storung|symptome?|ursache|alarme?|wenn|fall|befund|sintomas?|problemas?|alertas?|errore?s?|causas?|si|caso"
    r"|symptomes?|erreurs?|pannes?|problemes?|constat|se|quando)"
)
_COMMAND = re.compile(r"(?:commands?|command to run|run|befehle?|kommando|comandos?|commandes?|query|cli)")
_EXPECTED = re.compile(
    r"(?:expected(?: (?:result|output|value))?|should be|ok if|erwartet|erwartetes ergebnis|attendu|resultat attendu|esperado|resultado esperado)"
)


# Columns that are looked at before the action of a row, and those that say where its command is meant for.
_LOOK = re.compile(
    r"(?:checks?|how to check|check (?:first|with)|diagnos(?:e|is|tics?)|investigat(?:e|ion)|confirm(?: with)?|how to (?:confirm|verify|diagnose)|look(?: at)?|triage|prufung|prufen|diagnose|verificar|comprobar|verifier|diagnostico|diagnostic)"
)
_VERIFY = re.compile(r"(?:verify|verification|validat(?:e|ion)|verify with|confirm fix|how to verify)")
_CLOCK = re.compile(
    r"(?:(?:within|in|under|at most|max\.?|innerhalb(?: von)?|dentro de|sous|em|<|≤|~)\s*)?\d{1,4}\s*(?:s|secs?|seconds?|sekunden?|m|mins?|minut\w*|h|hrs?|hours?|stunden?|horas?|heures?|d|days?|tage?|dias?|jours?|business days?|working days?)\.?"
    r"|at once|immediate(?:ly)?|now|sofort|immediatement|inmediat\w*|imediat\w*|next (?:business |working )?day|best effort|[-–—]",
    re.I,
)
_NAMES_STEP = re.compile(
    r"(?:steps?|what|what it does|description|actions?|tasks?|purpose|name|instruction|schritt|was|beschreibung|paso|descripcion|etape|description|passo|descricao)"
)
_WHERE = (
    (re.compile(r"(?:hosts?|servers?|nodes?|machines?|vms?|on|where|run (?:it )?on|on (?:host|server|node)|box|rechner|servidor|serveur|maquina)"), "host"),
    (re.compile(r"(?:namespaces?|ns)"), "namespace"),
    (re.compile(r"(?:clusters?|contexts?|kube ?context)"), "cluster"),
    (re.compile(r"(?:containers?)"), "container"),
    (re.compile(r"(?:pods?)"), "pod"),
    (re.compile(r"(?:(?:run )?as|users?|as user|benutzer|usuario)"), "user"),
    (re.compile(r"(?:director(?:y|ies)|folders?|cwd|working directory|verzeichnis)"), "cwd"),
)  # fmt: skip
_HERE = re.compile(
    r"(?:\W*|n/?a|none|any(?:where)?|all|local(?:host|ly)?|laptop|workstation|your (?:laptop|machine)|self|same|root)",
    re.I,
)
_NAMES_ITSELF = re.compile(r"\b(?:ssh|exec|rsh|sudo -u|su)\b|\s(?:-n|--namespace|--context)[ =]")


def _placed(table: Table, row: Row, place: Place) -> Place:
    """Where the command of a row is meant to run, by a column that says so: "Host", "Namespace", "As"."""
    for at, name in enumerate(table.header):
        kind = next((kind for pattern, kind in _WHERE if pattern.fullmatch(normal(name))), None)
        said = plain(row.cells[at]).strip("`* ") if kind is not None else ""
        if (
            kind is None
            or _HERE.fullmatch(said)
            or (kind == "host" and normal(name) in ("on", "where") and " " in said)
        ):
            continue
        hop = Hop(kind, said)
        place = place.put(hop) if kind in ("namespace", "cluster", "cwd") else place.enter(hop)
    return place


def table_units(table: Table, lead: Lead, place: Place, judge: Judge, roles: frozenset[Role]) -> list[Unit]:
    """The units of a table: cases, steps, or the table as text."""
    whole = [Unit([Note("table", table.text, table.span)], table.span)]
    header = [normal(cell) for cell in table.header]
    if roles & _NO_STEPS or not table.rows or len(header) < 2:
        return whole
    action = next((i for i, name in enumerate(header) if i and _ACTION.fullmatch(name)), None)
    case = next((i for i, name in enumerate(header[:action]) if _CASE.fullmatch(name)), None)
    if action is not None and all(_CLOCK.fullmatch(plain(row.cells[action]).strip()) for row in table.rows):
        return whole  # "First response: 15 min" is a promise, nothing to do
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
        body = _row_steps(table, row, case, action, lead, _placed(table, row, place), judge)
        options.append(OptionDraft(label, condition, False, False, body, row.span))
    if not options:
        return [_text(row) for row in table.rows]
    return [alternatives(ChoiceKind.CASES, options)]


def _row_steps(
    table: Table, row: Row, case: int, action: int, lead: Lead, place: Place, judge: Judge
) -> list[NodeDraft]:
    """What one row asks for: what to look at, what to do, and how to see that it helped."""
    found: list[tuple[int, StepDraft]] = []
    for at, name in enumerate(table.header):
        cell, head = row.cells[at].strip(), normal(name)
        if at == action:
            found.append((at, _step(row, at, lead, place, judge)))
        elif at == case or not re.search(r"\w", cell):
            continue
        elif _LOOK.fullmatch(head) or (at > action and _VERIFY.fullmatch(head)):
            found.append((at, _step(row, at, lead, place, judge)))
        elif _COMMAND.fullmatch(head) and inline_command(_cell(row, at)) is not None:
            named = next((step for column, step in found if column == action), None)
            if named is None or not named.actions:
                step = _step(row, at, lead, place, judge)
                step.title = named.title if named is not None else step.title
                found = [*((column, one) for column, one in found if column != action), (at, step)]
    if len(found) > 1:
        for at, step in found:
            step.span = _cell_span(row, at)
            step.title = plain(table.header[at]) if step.title == lead.title else step.title
    return [step for _, step in found]


def _cell_span(row: Row, at: int) -> Span:
    """Where one cell stands in its line; the whole row where that cannot be told."""
    position = 0
    for index, cell in enumerate(row.cells[: at + 1]):
        bare = cell.strip()
        for spelled in (bare, bare.replace("|", "\\|")):
            if (start := row.line.text.find(spelled, position)) >= 0:
                break
        else:
            return row.span
        position = start + len(spelled)
        if index == at:
            line = row.line.cut(start, position)
            return Span(line.start, line.end, line.number, line.number)
    return row.span


def _commands(table: Table, command: int, lead: Lead, place: Place, judge: Judge) -> list[Unit]:
    out: list[Unit] = []
    expected = next((i for i, cell in enumerate(table.header) if _EXPECTED.fullmatch(normal(cell))), None)
    for row in table.rows:
        said = inline_command(_cell(row, command))
        if said is None:
            title = _title(table, row, command)
            asks = is_instruction(title) or is_instruction(plain(row.cells[command]))
            by_hand = _by_hand(title, lead, place, row.span) if asks and title else None
            out.append(Unit([by_hand], row.span, title) if by_hand is not None else _text(row))
            continue
        there = place if _NAMES_ITSELF.search(said.line.text) else _placed(table, row, place)
        step = spoken_step(said, lead, there, judge, "item")
        step.title = _title(table, row, command) or step.title
        if expected is not None and (words := plain(row.cells[expected])):
            found = expectation(f"Expected: {words}", "prose", row.span, command=said.line.text)
            step.expects.extend([found] if found is not None else [])
        heard = understand(Line(step.title, row.line.number, row.line.start, row.line.start))
        unit = Unit([step], row.span, step.title)
        if heard.says in (Says.OR, Says.FALLBACK, Says.CONDITION):
            # "If still failing, restore": no next step.
            unit.link = linking(heard)
            unit.condition = heard.condition
            if unit.link is None:
                step.condition = step.condition or heard.condition
        out.append(unit)
    return out


# Who does it is no name of what is done.
_WHO = re.compile(
    r"(?:by )?(?:who|whom|owner|role|team|person|responsible|done by|by|wer|zustandig|quien|responsable|qui|quem|responsavel)"
)


def _title(table: Table, row: Row, command: int) -> str:
    """What a row calls its command: the column of names, else the first words that are no number."""
    cells = [
        (normal(name), plain(cell))
        for i, (name, cell) in enumerate(zip(table.header, row.cells, strict=True))
        if i != command
    ]
    words = [
        (name, cell) for name, cell in cells if re.search(r"[^\W\d]{2}", cell) and not _WHO.fullmatch(name)
    ]
    return next((cell for name, cell in words if _NAMES_STEP.fullmatch(name)), words[0][1] if words else "")


_ARROW = re.compile(r"(.{3,120}?)\s+(?:→|->|=>|⇒|➜)\s+(\S.*)$", re.S)


def case_units(block: ListBlock, lead: Lead, place: Place, judge: Judge) -> list[Unit] | None:
    """A list "cause → what to do", or "`STATE`: what to do", as cases, one per item; None if it is another list."""
    if block.ordered or len(block.items) < 2 or any(item.ticked is not None for item in block.items):
        return None
    cases = [_case_of(item) for item in block.items]
    options: list[OptionDraft] = []
    asking = 0
    for item, case in zip(block.items, cases, strict=True):
        if case is None:
            return None
        label, deed, coded = case
        said = (
            asked_commands(deed) if coded else [found] if (found := inline_command(deed)) is not None else []
        )
        asks = bool(said) or is_instruction(plain(deed.text))
        if not coded and (not asks or _ARROW.match(deed.text)):
            return None
        asking += asks
        steps: list[NodeDraft] = [spoken_step(each, lead, place, judge, "item") for each in said]
        body = steps or [_by_hand(deed.text, lead, place, item.span)]
        condition = Condition(ConditionKind.CASE, label, item.span)
        options.append(OptionDraft(label, condition, False, False, body, item.span))
    if asking * 2 < len(options):
        return None  # terms and what they mean
    return [alternatives(ChoiceKind.CASES, options)]


# A state or code as a program prints it: "`NODE_LEFT` – retry it", "**OOMKilled**: raise the limit".
_STATE = r"[A-Z][A-Z0-9_]{2,40}|[A-Z][a-z]+[A-Z]\w{2,40}|[A-Z]{2,6}[a-z]\w{2,40}|\d{3,5}"
# In bold stand names as well ("PostgreSQL"), so there it has to end like trouble.
_TROUBLE = re.compile(
    r"[A-Z]\w{0,40}(?:Error|Fail(?:ed|ure|ing)?|BackOff|Killed|Timeout|Exceeded|Exception|NotReady|Pressure|Lost|Unavailable|Refused|Denied|Full|Expired|Pending|Evicted|Creating|Unknown)"
    r"|[A-Z][A-Z0-9]*_[A-Z0-9_]+"
)
_CODED = re.compile(rf"[*_]{{0,2}}`(?P<state>{_STATE})`[*_]{{0,2}}\s*(?::|–|—|\s-\s)\s*(?P<deed>\S.*)$", re.S)


def _case_of(item: Item) -> tuple[str, Paragraph, bool] | None:
    """By what an item says it is for, what it asks for, and whether that is a state in code; None where it says nothing of it."""
    match item.blocks:
        case (Paragraph(text=text, lines=lines, span=span),) if found := _CODED.match(text):
            return found["state"], Paragraph(span, found["deed"], lines), True
        case (Label(name=name, value=str() as value, span=span, value_lines=lines),) if _TROUBLE.fullmatch(
            name.strip("`")
        ):
            return name.strip("`"), Paragraph(span, value, lines), True
        case (Paragraph(text=text, lines=lines, span=span),) if found := _ARROW.match(text):
            return plain(found[1]), Paragraph(span, found[2], lines), False
        case _:
            return None


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
