"""What the rules look at: procedures, their steps in order, their commands and SQL statements, computed once."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from tocsin.kit.ids import StepId
from tocsin.runbook.book import Action, Choice, ChoiceKind, Node, Role, Runbook, Section, Step, StepKind
from tocsin.runbook.diagnostic import Diagnostic, Fix, Level, Span
from tocsin.runbook.lint.command import Command
from tocsin.runbook.lint.lookup import Lookup, ProseLookup
from tocsin.runbook.lint.native import LABELS, native_text
from tocsin.runbook.lint.outline import Outline, outline
from tocsin.runbook.lint.raw import RawLine, raw_lines, split_lines
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.lint.shell import Reading, read
from tocsin.runbook.lint.sqltext import SQL_TOOLS, split_sql, sql_of
from tocsin.runbook.lint.tables import Rows, tables
from tocsin.runbook.lint.told_rows import Told, rows_of_commands
from tocsin.runbook.project import NOTHING_KNOWN, ProjectFacts

REACH = 200  # lines; a procedure nobody could carry out must not take time that grows with its square


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with the command that sends it (None for SQL of its own)."""

    text: str
    command: Command | None
    action: Action
    offset: int


@dataclass(slots=True)
class Line:
    """One step with what is in it, and where it stands.

    Attributes:
        choice, option: the outermost choice and the place of its option, if any.
        above: the prose above its fence, once told.above() has looked.
        text: its statements. words: its title, text and question, for reading what people are told about it.
    """

    step: Step
    section: Section
    order: int
    choice: Choice | None = None
    option: int = 0
    commands: list[tuple[Action, Command]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    readings: list[tuple[Action, Reading]] = field(default_factory=list)
    text: str = field(init=False)
    words: str = field(init=False)
    pipelines: dict[tuple[int, int, bool], list[Command]] | None = None
    above: str | None = None

    def __post_init__(self) -> None:
        question = self.choice.question if self.choice else ""
        self.text = "\n".join([action.text for action in self.step.actions])
        self.words = f"{self.step.title} {question} {self.step.text}"

    def stages(self, action: Action, command: Command) -> list[Command]:
        """Every command of the same pipeline, what wrappers hold included, in reading order."""
        if self.pipelines is None:
            self.pipelines = {}
            for a, c in self.commands:
                self.pipelines.setdefault((id(a), c.pipeline, c.inner), []).append(c)
        return self.pipelines.get((id(action), command.pipeline, command.inner), [])

    def fed_by(self, action: Action, command: Command) -> list[Command]:
        """The commands of earlier stages of its pipeline."""
        return [c for c in self.stages(action, command) if c.stage < command.stage]

    def named(self, *names: str) -> Iterator[tuple[Action, Command]]:
        """Its commands of these programs."""
        return ((action, command) for action, command in self.commands if command.name in names)


_NOT_FORWARD = frozenset({Role.ROLLBACK, Role.TOOLBOX, Role.POST_INCIDENT, Role.PREVENTION})


@dataclass(slots=True)
class Procedure:
    """Steps that are carried out together: an incident, or a top-level section that is none."""

    section: Section
    lines: list[Line]
    incident: bool
    whole: str | None = None
    restarted: bool | None = None

    @property
    def text(self) -> str:
        """The text of its sections."""
        if self.whole is None:
            self.whole = "\n".join(inner.text for inner in self.section.walk())
        return self.whole

    @property
    def supervised(self) -> bool:
        """Whether a supervisor restarts something in it."""
        if self.restarted is None:
            self.restarted = any(
                command.name in ("pm2", "docker") and "restart" in command.plain[:2]
                for line in self.lines
                for _, command in line.commands
            )
        return self.restarted

    def exclusive(self, one: Line, other: Line) -> bool:
        """Whether two steps are ways of one choice that never both run."""
        same = one.choice is not None and other.choice is not None and one.choice.id == other.choice.id
        return (
            same
            and one.option != other.option
            and one.choice is not None
            and one.choice.kind is not ChoiceKind.FALLBACK
        )

    def after(self, line: Line) -> list[Line]:
        """The lines that may be carried out after this one, at most REACH of them."""
        near = self.lines[line.order + 1 : line.order + 1 + REACH]
        return [other for other in near if not self.exclusive(line, other)]

    def before(self, line: Line) -> list[Line]:
        """The lines that may be carried out before this one, at most REACH of them."""
        near = self.lines[max(0, line.order - REACH) : line.order]
        return [other for other in near if not self.exclusive(line, other)]

    def choices(self) -> list[tuple[Choice, list[Line]]]:
        """Its choices with their lines, in document order."""
        found: dict[str, tuple[Choice, list[Line]]] = {}
        for line in self.lines:
            if line.choice is not None:
                found.setdefault(line.choice.id, (line.choice, []))[1].append(line)
        return list(found.values())

    @property
    def mitigating(self) -> list[Line]:
        """Its lines without those of a way back, the toolbox and the aftermath."""
        return [line for line in self.lines if line.step.role not in _NOT_FORWARD]


@dataclass(slots=True)
class View:
    """A runbook as the rules see it. `sections` is every section, in document order."""

    book: Runbook
    today: date
    procedures: list[Procedure]
    raw: tuple[RawLine, ...]
    sections: tuple[Section, ...]
    source: tuple[str, ...] | None = None
    project: ProjectFacts = NOTHING_KNOWN
    by_name: dict[str, list[tuple[Procedure, Line, Action, Command]]] | None = None
    flat: list[tuple[Procedure, Line]] | None = None
    outside: tuple[RawLine, ...] | None = None
    joined: str | None = None
    folded: str | None = None
    written: str | None = None
    parts: Outline | None = None
    rows: tuple[Rows, ...] | None = None
    told: tuple[list[Told], ...] | None = None
    lookups: dict[str, Lookup] = field(default_factory=dict)
    looked: ProseLookup | None = None
    numbers: list[int] = field(default_factory=list)  # of the raw lines
    beside: dict[tuple[int, int], str] = field(default_factory=dict)  # see told.py

    @property
    def whole(self) -> str:
        """The raw lines as one text."""
        if self.joined is None:
            self.joined = "\n".join([raw.text for raw in self.raw])
        return self.joined

    def says(self, words: Iterable[str]) -> bool:
        """Whether one of these stands somewhere in the document, in whatever case; they are given casefolded.

        Asked once by rules that look for a pattern in every line: where none of its words is, no line has it.
        """
        if self.folded is None:
            self.folded = self.whole.casefold()
        return any(map(self.folded.__contains__, words))

    @property
    def prose(self) -> tuple[RawLine, ...]:
        """The raw lines outside fences that say something."""
        if self.outside is None:
            self.outside = tuple([raw for raw in self.raw if not raw.fenced and raw.text.strip()])
        return self.outside

    @property
    def outline(self) -> Outline:
        """Its headings with what they hold."""
        if self.parts is None:
            self.parts = outline(self.raw)
        return self.parts

    @property
    def tables(self) -> tuple[Rows, ...]:
        """Its tables, cell by cell."""
        if self.rows is None:
            self.rows = tuple(tables(self.raw)) if "|" in self.whole else ()
        return self.rows

    @property
    def told_rows(self) -> tuple[list[Told], ...]:
        """Its commands as they stand below each other, each with what is told of it."""
        if self.told is None:
            self.told = tuple(rows_of_commands(self.raw))
        return self.told

    def raw_with(self, words: Iterable[str]) -> list[RawLine]:
        """The raw lines, fenced or not, in which one of these words stands, written so."""
        if "raw" not in self.lookups:
            self.lookups["raw"] = Lookup([raw.text for raw in self.raw])
        return [self.raw[place] for place in self.lookups["raw"].places(words)]

    def prose_with(self, words: Iterable[str]) -> list[RawLine]:
        """Those of `prose` in which one of these words stands, written so."""
        self.looked = self.looked or ProseLookup([raw.text for raw in self.prose])
        return [self.prose[place] for place in self.looked.written(words)]

    def prose_saying(self, words: Iterable[str]) -> list[RawLine]:
        """Those of `prose` in which one of these words stands, in whatever case; they are given casefolded."""
        self.looked = self.looked or ProseLookup([raw.text for raw in self.prose])
        return [self.prose[place] for place in self.looked.said(words)]

    def steps_with(self, words: Iterable[str]) -> list[tuple[Procedure, Line]]:
        """Those of `lines()` in whose commands one of these words stands, written so."""
        if "steps" not in self.lookups:
            self.lookups["steps"] = Lookup([line.text for _, line in self.lines()])
        return [self.lines()[place] for place in self.lookups["steps"].places(words)]

    @property
    def text(self) -> str:
        """The text of every step, one below the other: what is not in it is in none."""
        if self.written is None:
            self.written = "\n".join([line.text for _, line in self.lines()])
        return self.written

    def lines(self) -> list[tuple[Procedure, Line]]:
        """Every step with the procedure it belongs to, in document order."""
        if self.flat is None:
            self.flat = [(procedure, line) for procedure in self.procedures for line in procedure.lines]
        return self.flat

    def commands(self, *names: str) -> list[tuple[Procedure, Line, Action, Command]]:
        """Every command, or those of these programs only, in document order."""
        if self.by_name is None:
            self.by_name = {}
            for procedure, line in self.lines():
                for action, command in line.commands:
                    found = (procedure, line, action, command)
                    self.by_name.setdefault("", []).append(found)
                    self.by_name.setdefault(command.name, []).append(found)
        if len(names) <= 1:
            return self.by_name.get(names[0] if names else "", [])
        return [found for name in names for found in self.by_name.get(name, [])]

    def raw_of(self, section: Section) -> tuple[RawLine, ...]:
        """The raw lines of a section."""
        return self.lines_of(section.span.first_line, section.span.last_line)

    def lines_of(self, first: int, last: int) -> tuple[RawLine, ...]:
        """The raw lines from one number to another, both included."""
        return self.raw[self.place_of(first) : bisect_right(self.numbers, last)]

    def place_of(self, number: int) -> int:
        """Where the raw line of this number stands in `raw`, or would stand."""
        if len(self.numbers) != len(self.raw):
            self.numbers = [raw.number for raw in self.raw]
        return bisect_left(self.numbers, number)

    def statements(self) -> Iterator[tuple[Procedure, Line, Statement]]:
        return ((p, line, statement) for p, line in self.lines() for statement in line.statements)

    def remark(
        self,
        rule: str,
        span: Span,
        message: str,
        *,
        steps: Iterable[StepId] = (),
        level: Level | None = None,
        hint: str | None = None,
        column: int = 1,
        fix: Fix | None = None,
    ) -> Diagnostic:
        """A diagnostic of this rule at a place; level and hint are the catalogue's unless given."""
        known = CATALOGUE[rule]
        return Diagnostic(
            rule, level or known.level, span, column, message, hint or known.hint, fix, tuple(steps)
        )

    def at(
        self,
        rule: str,
        line: Line,
        action: Action,
        offset: int,
        message: str,
        *,
        level: Level | None = None,
        hint: str | None = None,
        blocks: bool = True,
        steps: tuple[StepId, ...] | None = None,
    ) -> Diagnostic:
        """A diagnostic at an offset of an action's text; an error blocks its step unless told otherwise."""
        before = action.text[: max(0, offset)]
        number = min(
            action.span.first_line + before.count("\n"), max(action.span.last_line, action.span.first_line)
        )
        column = len(before) - (before.rfind("\n") + 1)
        if self.source is not None and number <= len(self.source):
            wanted = action.text.split("\n")[before.count("\n")]
            found = self.source[number - 1].find(wanted) if wanted else -1
            column += max(found, 0)
        span = Span(action.span.start, action.span.end, number, number)
        known = steps if steps is not None else ((line.step.id,) if blocks else ())
        return self.remark(rule, span, message, steps=known, level=level, hint=hint, column=column + 1)

    def on(
        self, rule: str, line: Line, message: str, *, level: Level | None = None, hint: str | None = None
    ) -> Diagnostic:
        """A diagnostic at a step as a whole."""
        action = line.step.actions[0] if line.step.actions else None
        if action is not None:
            return self.at(rule, line, action, 0, message, level=level, hint=hint)
        return self.remark(rule, line.step.span, message, steps=(line.step.id,), level=level, hint=hint)


def view(
    book: Runbook, today: date, source: str | None = None, project: ProjectFacts = NOTHING_KNOWN
) -> View:
    """The facts of a book. `source` is the original text; with it columns are exact. `project`: what lies around it."""
    procedures: list[Procedure] = []
    for section in book.sections:
        _collect(section, procedures)
    lines = split_lines(source) if source is not None else None
    sections = book.walk()
    lined = [procedure for procedure in procedures if procedure.lines]
    return View(book, today, lined, raw_lines(sections, lines), sections, lines, project)


def _collect(section: Section, out: list[Procedure]) -> None:
    holds_incidents = any(Role.INCIDENT in inner.roles for inner in section.walk()[1:])
    incident = Role.INCIDENT in section.roles and (
        bool(section.symptoms or section.alerts) or not holds_incidents
    )
    top = section.level <= 1 or holds_incidents
    if incident or not top:
        out.append(Procedure(section, _lines(section.walk()), incident))
        return
    if section.body:
        out.append(Procedure(section, _lines((section,)), False))
    for child in section.children:
        _collect(child, out)


def _lines(sections: tuple[Section, ...]) -> list[Line]:
    out: list[Line] = []
    for section in sections:
        for node in section.body:
            _node(node, section, None, 0, out)
    return out


def _node(node: Node, section: Section, choice: Choice | None, option: int, out: list[Line]) -> None:
    match node:
        case Step():
            out.append(_line(node, section, len(out), choice, option))
        case Choice(options=options):
            for place, one in enumerate(options):
                for inner in one.body:
                    _node(inner, section, choice or node, option if choice else place, out)
        case _:
            pass


def _line(step: Step, section: Section, order: int, choice: Choice | None, option: int) -> Line:
    line = Line(step, section, order, choice, option)
    for action in step.actions:
        if action.language == "sql" or step.kind is StepKind.SQL:
            line.statements.extend([Statement(s, None, action, at) for at, s in split_sql(action.text)])
        elif action.language in ("shell", "bash", "sh", "zsh") or action.language in LABELS:
            reading = read(native_text(action.text) if action.language in LABELS else action.text)
            line.readings.append((action, reading))
            for command in reading.commands:
                line.commands.append((action, command))
                for sql in sql_of(command, reading.commands) if command.name in SQL_TOOLS else ():
                    at = max(action.text.find(sql[:40]), command.start) if sql else command.start
                    line.statements.extend(Statement(s, command, action, at) for _, s in split_sql(sql))
    return line
