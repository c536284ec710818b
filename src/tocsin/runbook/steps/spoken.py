"""Commands in prose: a code span that is a whole command and the only instruction of its sentence.

Source: docs/reference/runbook-language.md, section 6.8. In doubt it is no step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tocsin.runbook.book import Expectation, Hop, StepKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Block, Fence, Label, Line, Paragraph, span_of
from tocsin.runbook.shell.contexts import Move, Place, move
from tocsin.runbook.shell.openers import opener
from tocsin.runbook.shell.starts import sql_start
from tocsin.runbook.steps.comments import understand
from tocsin.runbook.steps.drafts import ActionDraft, StepDraft
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.groups import is_editor
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.placed import placed
from tocsin.runbook.words.expectations import expectation
from tocsin.runbook.words.inline import code_spans, links, plain
from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.programs import first_word, reads_like_command, starts_command
from tocsin.runbook.words.subcommands import is_subcommand
from tocsin.runbook.words.told_only import Told, told_condition, told_only
from tocsin.runbook.words.waits import wait
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command said in a sentence: its line, the words before and after it, the span of the sentence."""

    line: Line
    before: str
    after: str
    span: Span
    text: str


_NEGATIVE = re.compile(
    r"\b(?:never|don[’']?t|do not|avoid|instead of|rather than|not run|without|unlike|nunca|n[aã]o|jamais|ne pas|niemals|nicht|evite)\b",
    re.I,
)
_RUN = re.compile(
    r"\b(?:run(?:ning)?|execute|use|using|with|via|by|command|rode|executar?|execute[rz]?|ejecut(?:a|e|ar)|lancer?|f[uü]hre|ausf[uü]hren|try|then|issue|type|do)\s*:?$",
    re.I,
)
_CHECK = re.compile(
    r"\b(?:(?:check|verify|confirm|ensure|test|validate|make sure|see)(?: (?:that|if|whether))?|pr[uü]f\w*(?: sie)?,? ?(?:dass|ob)?|v[ée]rifie[rz](?: que)?"
    r"|comprueb[ae](?: que)?|verifi(?:que|car)(?: que| se)?)\s*$",
    re.I,
)
_PREPOSITION = re.compile(r"\b(?:with|by|via|using|run|running|use|and|com|avec|mit|con|por|mediante)$", re.I)
# "Run `x` to start it again" asks for one thing; "… to start it, then call" for two.
_PURPOSE = re.compile(
    r"(?:to|in order to|so that|um|damit|pour|afin|para)\b(?!.*(?:\bthen\b|\band (?:then|check|verify|call|wait)\b|;|`))",
    re.I,
)
_NAMES = re.compile(
    r"\b(?:like|such as|called|named|e\.g\.?|for example|output of|same as|similar to|see|in|from|the|a|an|of)\s*$",
    re.I,
)


def inline_command(block: Paragraph | Label) -> Spoken | None:
    """The command of a paragraph or list item whose only instruction it is, or None."""
    spans = code_spans(block.text)
    if not spans or len(block.text) > 400:
        return None
    start, end, code = spans[0]
    if len(spans) > 1:
        # "`systemctl is-active web` should print `active`": the others are what to look for.
        told = _expected(plain(block.text[end:].lstrip("`")).strip(), block.span)
        if told is None or any(starts_command(other) and " " in other for _, _, other in spans[1:]):
            return None
    command = code.strip()
    if "\n" in code or (" " not in command and not re.match(r"(?:\./|/)[\w./-]+$", command)):
        return None
    if not is_sql(command) and (
        first_word(command).isupper() or not (reads_like_command(command) or _surely(command))
    ):
        return None
    before, after = block.text[:start].rstrip("`").strip(), block.text[end:].lstrip("`").strip()
    if _NEGATIVE.search(before) or _NEGATIVE.search(after) or not _alone(plain(before), plain(after)):
        return None
    lines = block.lines if isinstance(block, Paragraph) else _label_lines(block)
    # In a cell of a table a pipe is written `\\|`.
    spelled = next(
        (s for s in (command, command.replace("|", "\\|")) for found in lines if s in found.text), None
    )
    if spelled is None:
        return None
    line = next(found for found in lines if spelled in found.text)
    at = line.text.index(spelled)
    cut = line.cut(at, at + len(spelled))
    return Spoken(
        cut if spelled == command else replace(cut, text=command, raw=spelled),
        plain(before),
        plain(after),
        block.span,
        block.text,
    )


# Where one of these stands the commands may be ways, or the next of one: in doubt they are no steps.
_MAYBE = re.compile(
    r"\b(?:or|if|when|whenever|unless|otherwise|else|instead|alternatively|either|example|oder|wenn|falls|sonst|statt|entweder|si|sino|cuando|ou|sinon|quand|lorsque|se|caso|quando|o)\b"
)
_THEN = re.compile(
    r"^\W*(?:and|then|and then|afterwards|und|dann|und dann|y|luego|et|puis|e|depois)?\W*$", re.I
)
_SENTENCE = re.compile(r"[.!;]\s+(?=[A-ZÄÖÜÀ-Þ`])")
_FEW = 6  # commands of one paragraph


def inline_commands(block: Paragraph | Label) -> list[Spoken]:
    """The commands of a paragraph that asks for several, one after the other; none where that is in doubt.

    "Stop the worker with `systemctl stop worker`, then start it with `systemctl start worker`." Each sentence has to be an
    instruction, and each command has to be asked for; what is only spoken of makes the paragraph one for people.
    """
    spans = code_spans(block.text)
    if not 2 <= len(spans) <= _FEW or len(block.text) > 500 or len(block.text.splitlines()) > 8:
        return []
    told = plain(_CODE.sub("`x`", block.text))
    if _MAYBE.search(fold(told)) or _NEGATIVE.search(told):
        return []
    found: list[Spoken] = []
    end = 0
    for start, stop, code in spans:
        command = " ".join(code.split())
        if "\n" in code or not (" " in command and (reads_like_command(command) or _surely(command))):
            continue  # a name
        *_, said = _SENTENCE.split(block.text[:start].rstrip("`"))
        before = plain(_CODE.sub("`x`", block.text[end:start].rstrip("`").lstrip("`"))).strip(" ,;.")
        asked = (
            _RUN.search(before)
            or _PREPOSITION.search(before)
            or block.text[:start].rstrip("` ").endswith((":", "→"))
        )
        if _NAMES.search(before) or not is_instruction(plain(_CODE.sub("x", said))):
            return []
        if not (asked or (" " in before and is_instruction(before)) or (found and _THEN.match(before))):
            return []
        if (spoken := _cut(block, command, before)) is None:
            return []
        found.append(spoken)
        end = stop
    return found if len(found) > 1 else []


def asked_commands(block: Paragraph | Label) -> list[Spoken]:
    """The command of a paragraph, or several in a row; none where it asks for none."""
    only = inline_command(block)
    return [only] if only is not None else inline_commands(block)


_CODE = re.compile(r"`+[^`]+`+")
_COMMANDLIKE = re.compile(r"[A-Za-z][\w.+-]*(?:\s[\w./:=@-]+)*?\s(?:-{1,2}\w|/[a-z]+\b)")


def speaks_for_itself(block: Paragraph, follows: Block | None = None) -> bool:
    """Whether a sentence holds the command it speaks about, so that it says nothing about the block below it.

    "If it is full, run `x`; otherwise `y`." above a fence is no condition of that fence; before a list no title of it either.
    """
    text = block.text.rstrip("*_ ")
    if "`" not in text or text.endswith((":", "：")):
        return False
    found = [code.strip() for _, _, code in code_spans(text)]
    asks = [
        code
        for code in found
        if " " in code and (reads_like_command(code) or _surely(code) or _COMMANDLIKE.match(code))
    ]
    if not asks:
        return False
    return not isinstance(follows, Fence) or _MAYBE.search(fold(plain(_CODE.sub("`x`", text)))) is not None


def _cut(block: Paragraph | Label, command: str, before: str) -> Spoken | None:
    """A command of a paragraph at the line it stands in."""
    lines = block.lines if isinstance(block, Paragraph) else _label_lines(block)
    line = next((found for found in lines if command in found.text), None)
    if line is None:
        return None
    at = line.text.index(command)
    words = _PREPOSITION.sub(
        "",
        _RUN.sub("", re.sub(r"^(?:and |then |und |dann |y |et |e |luego |puis )+", "", before, flags=re.I)),
    ).strip(" ,;:")
    return Spoken(line.cut(at, at + len(command)), words, "", block.span, block.text)


def commands_in(block: Paragraph | Label) -> list[str]:
    """The commands that a sentence speaks of; none where it forbids them or tells what happened."""
    if _NEGATIVE.search(_DONT_TOUCH.sub("", plain(_CODE.sub("`x`", block.text)))) or _HAPPENED.search(
        fold(block.text)
    ):
        return []
    found = [code.strip() for _, _, code in code_spans(block.text)]
    return [
        code
        for code in found
        if " " in code and (reads_like_command(code) or _surely(code)) and not opener(code)
    ]


_DONT_TOUCH = re.compile(
    r"[—–,-]\s*(?:never both|not both|but never both)|^[^.;]{0,120}[.;](?=\s+(?:only|if|when))", re.I
)
_HAPPENED = re.compile(
    r"\b(?:ran|executed|used to|was run|were run|has been|had been|caused|happens|happened|runs|is what|means|shows|because|we once|last time|the output of|same as|equivalent|instead of|automatic\w*|includes?|included)\b"
)


def spoken_opener(block: Paragraph | Label) -> tuple[Hop, ...]:
    """The session a sentence asks to open ("Connect with `ssh web1`"), or nothing.

    What follows such a sentence is meant for there; running it on the operator's machine would be the worst
    reading, so one opener in a sentence is enough unless the sentence forbids it.
    """
    found = [hops for _, _, code in code_spans(block.text) if (hops := opener(code.strip()))]
    if len(found) != 1 or _NEGATIVE.search(plain(block.text)):
        return ()
    named = next((code.strip() for _, _, code in code_spans(block.text) if opener(code.strip())), "")
    if " " not in named and (not _ENTERS.search(fold(block.text)) or _in_a_row(named, block.text)):
        return ()  # a database is spoken of, not its client: "the custom resource `mariadb`", "`ingest`, `influx`, `panel`"
    return found[0]


def _in_a_row(name: str, text: str) -> bool:
    """Whether a name stands in a row of others: such a row tells the parts of something."""
    code = re.escape(f"`{name}`")
    aside = r"(?: \([^()]*\))?"
    return (
        re.search(rf"`{aside},\s*(?:and |und |y |et )?{code}|{code}{aside},\s*(?:and |und |y |et )?`", text)
        is not None
    )


_ENTERS = re.compile(
    r"\b(?:connect|log ?(?:in|on)|logg|open|enter|start|launch|run|use|attach|shell|session|console|client|prompt|exec|type|call|"
    r"verbind|anmeld|offne|starte|ejecut|conect|abr[ai]|lanc|ouvr)|\b(?:in|inside|into|within|from|via|with|using|at|mit|im|en|dans|avec|no|con)\s+(?:the |a |an |der |dem |la |el |le )?`"
)


def _label_lines(block: Label) -> tuple[Line, ...]:
    return block.value_lines


def _surely(command: str) -> bool:
    if re.match(r"[a-z][\w.+-]*(?:\s[\w./:=@-]+)*?\s-{1,2}\w", command):
        return True  # a program nobody here knows, with options
    if is_subcommand(command):
        return True
    return starts_command(command) and re.search(r"\s-{1,2}\w|[|]|/\w", command) is not None


def _alone(before: str, after: str) -> bool:
    """Whether the words around a command only introduce it and say what to expect."""
    bare = after.strip(" .;,)")
    if not before and (told := _TOLD_BEHIND.match(after)) and len(bare.split()) <= 14:
        # "`kubectl get jobs` - how many run?"; "- evicts the pods" only explains what the command is.
        return bare.endswith("?") or is_instruction(after[told.end() - 1 :])
    if bare and _PURPOSE.match(bare) and _RUN.search(before) and len(bare.split()) <= 14:
        return True
    if bare and not after.startswith("(") and _expected(bare, Span(0, 0, 1, 1)) is None:
        return False
    if not before or before.endswith((":", "：", "→", "->", "?")):
        return True
    if len(before.split()) > 14 or _NAMES.search(before):
        return False
    if not bare and is_instruction(before) and not re.search(r"\b(?:at|to|for|on|into|and|or)$", before):
        return True  # "Stop the workers `systemctl stop worker`"
    return _RUN.search(before) is not None or (
        bool(bare) and (_CHECK.search(before) or _GOOD_WHEN.search(before)) is not None
    )


# "`pg_isready` prints `accepting connections`", "`curl …` answers 200": what it shows where all is well.
_SHOWS = re.compile(
    r"(?:prints?|returns?|shows?|answers?(?: with)?|says|gives|reports?|outputs?|reads|displays?|yields|zeigt|liefert|meldet|gibt|antwortet mit|muestra|devuelve|responde|affiche|renvoie|repond|mostra|retorna) (?=\S)"
)
_TELLS_MORE = re.compile(
    r"\b(?:when|if|unless|otherwise|else|whenever|wenn|falls|sonst|si|sino|sinon|se|senao)\b"
)
_GOOD_WHEN = re.compile(
    r"\b(?:done|finished|over|fixed|fine|ok|good|healthy|well|recovered|resolved|worked|helped|erledigt|fertig|behoben|gut|listo|resuelto|termine|resolu|resolvido|pronto)\W? (?:when|if|once|as soon as|wenn|sobald|cuando|si|quand|quando|se)$",
    re.I,
)


def _expected(after: str, span: Span, command: str = "") -> Expectation | None:
    """What the words behind a command say it should show; what it simply shows counts where it can be measured."""
    found = expectation(after, "prose", span, command=command)
    if found is not None:
        return found
    shown = _SHOWS.match(fold(after))
    if shown is None or _TELLS_MORE.search(fold(after)):
        return None
    found = expectation(f"should show {after[shown.end() :]}", "prose", span, command=command)
    return replace(found, text=after) if found is not None and found.kind != "prose" else None


_TOLD_BEHIND = re.compile(r"\s*(?:[-–—]+|#|//|:|←|<-)\s+\S")
_KINDS = {"shell": StepKind.SHELL, "sql": StepKind.SQL}
_WHOLE_SQL = re.compile(r";\s*$|\b(?:FROM|SET|INTO|TABLE|DATABASE|SYSTEM)\b")


def is_sql(code: str) -> bool:
    """Whether a code span is a whole statement of SQL."""
    return sql_start(code) and first_word(code).isupper() and _WHOLE_SQL.search(code) is not None


def spoken_step(said: Spoken, lead: Lead, place: Place, judge: Judge, title_from: str) -> StepDraft:
    """The step of a command said in prose, titled by the words around it."""
    text = said.line.text
    language = "sql" if is_sql(text) else "shell"
    inner = place.innermost
    if language == "shell":
        place = place.outside_clients()  # no client takes a line of the shell
    elif inner is None or inner.kind != "database":
        place = place.enter(Hop("database", "", None))
    kind = move(text, place)[0] if language == "shell" else Move.STAYS
    judgement = placed(judge(text, language, frozenset()), place.context)
    action = ActionDraft(text, language, span_of([said.line]), place.context, judgement)
    title = said.before.strip().rstrip(":：→( ").strip()
    if not title and _TOLD_BEHIND.match(said.after):
        title = said.after.strip(" -–—#/:←<").rstrip(".")
    if (
        len(title.split()) < 2
        or _CHECK.search(title)
        or _GOOD_WHEN.search(title)
        or _PREPOSITION.search(title)
    ):
        title = plain(said.text.split("\n")[0]).strip() if title else lead.title or text
    step = StepDraft(
        _KINDS[language] if not is_editor(text) else StepKind.EDIT, title, title_from, language, [action], place.context, said.span,
        condition=lead.condition, warned=lead.warned, horizon=lead.horizon, links=links(said.text),
    )  # fmt: skip
    if kind is Move.OPENS:
        # "Connect with `ssh web1`" names a place; nothing is run by it.
        step.kind, step.actions, step.language, step.text = StepKind.MANUAL, [], "text", said.text
    length = wait(said.before, said.span) if said.before else None
    step.waits.extend([length] if length is not None else [])
    told = told_only(f"{said.before} x {said.after}" if said.after else said.before) if said.before else None
    if told is Told.OPTIONAL and step.condition is None:
        step.condition = told_condition(told, plain(said.text), said.span)
    bare = said.after.strip(" .;,()")
    found = _expected(bare, said.span, text) if bare else None
    if found is not None:
        step.expects.append(found)
    elif said.after.startswith("("):
        note = understand(Line(bare, said.line.number, said.line.end, said.line.end))
        step.condition = step.condition or note.condition
        step.warned = step.warned or note.warned
    return step
