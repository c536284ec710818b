"""The compiled form of a team's Markdown runbook. Every element knows where it came from; see docs/reference/runbook-language.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from tocsin.effects.effect import Judgement
from tocsin.kit.ids import StepId
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.policy.terms import Policy


class Role(Enum):
    """What a part of a runbook is for."""

    SYMPTOMS = "symptoms"
    OVERVIEW = "overview"
    IMPACT = "impact"
    INVESTIGATION = "investigation"
    MITIGATION = "mitigation"
    VERIFICATION = "verification"
    ROLLBACK = "rollback"
    ESCALATION = "escalation"
    COMMUNICATION = "communication"
    CONTACTS = "contacts"
    SEVERITY = "severity"
    PROCESS = "process"
    POST_INCIDENT = "post-incident"
    PREVENTION = "prevention"
    PREREQUISITES = "prerequisites"
    JOBS = "jobs"
    MONITORING = "monitoring"
    TOOLBOX = "toolbox"
    REFERENCES = "references"
    INCIDENT = "incident"
    TEXT = "text"

    # Members are equal only to themselves; the inherited hash is Python code and roles are asked for all the time.
    __hash__ = object.__hash__


class StepKind(Enum):
    """What carries a step out."""

    SHELL = "shell"
    SQL = "sql"
    REDIS = "redis"
    MONGO = "mongo"
    QUERY = "query"
    MANIFEST = "manifest"
    EDIT = "edit"
    SCRIPT = "script"
    MESSAGE = "message"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop from the operator's side to where a line is meant to run.

    Attributes:
        kind: host, container, pod, database, repl, user, cwd, env, cluster, identity. name: as written.
        detail: user of a host, value of a variable, kind of a database; or None.
    """

    kind: str
    name: str
    detail: str | None = None


Context = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One statement: what is judged, approved, run and recorded.

    `text` is verbatim after removing prompts and indentation only; its bounded form is `judgement.bounded`.
    """

    text: str
    language: str
    span: Span
    context: Context
    judgement: Judgement


class ConditionKind(Enum):
    """What a step or an option is made to depend on."""

    IF_FAILED = "if-failed"
    IF_NEEDED = "if-needed"
    IF_OBSERVED = "if-observed"
    IF_SAFE = "if-safe"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a step, group or option applies; asked, not assumed."""

    kind: ConditionKind
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Expectation:
    """What should be seen.

    Attributes:
        kind: http_status, empty, not_empty, contains, absent, json, number, range, exit_status, samples, baseline, prose.
            Prose never passes by itself.
        value: the status, word, JSON text or "<= 80" style comparison.
        text: as written. source: comment, prose or template.
        unit: of a number, as a short word ("%", "ms", "GB", "replicas"), or None.
        within: the deadline the same sentence states, or None.
    """

    kind: str
    value: str
    text: str
    source: str
    span: Span
    unit: str | None = None
    within: timedelta | None = None


class WaitKind(Enum):
    """What kind of waiting the text asks for."""

    DELAY = "delay"
    POLL = "poll"
    DEADLINE = "deadline"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait the text asks for: a delay, a poll until something, a deadline, or a watch window."""

    kind: WaitKind
    duration: timedelta | None
    until: str | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A hole in the text of a step.

    Attributes:
        name: canonical, one for all spellings: ("<namespace>", "$NAMESPACE") are "namespace".
        type: commit, ref, date, integer, host, secret, text … (8.3).
        offered_by: ids of earlier observing steps whose output can fill it.
        default: the runbook's own default, or None.
    """

    name: str
    spellings: tuple[str, ...]
    type: str
    offered_by: tuple[StepId, ...] = ()
    default: str | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Text that is kept and shown: prose, warning, sample output, diagram, template."""

    kind: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to run, or to do by hand.

    Attributes:
        id: stable while other parts of the document move (3.4).
        number: for people: "5.4", "1.3.2", "5.2a".
        title: the words of the runbook; `title_from`: comment, item, label, paragraph, heading or command.
        language: of its actions.
        actions: the statements, in order; empty for manual steps.
        warned: the runbook itself warns about it. horizon: "short", "medium", "long" or None.
        sample: example output printed in the runbook, or None.
        judgement: the join over the actions (observe for manual steps).
        undone_by: the steps the runbook itself gives as the way back, in order (9.3).
        body_hash: the id without the section's titles: knows a step that only moved (3.4).
    """

    id: StepId
    number: str
    kind: StepKind
    title: str
    title_from: str
    language: str
    actions: tuple[Action, ...]
    role: Role
    context: Context
    judgement: Judgement
    spans: tuple[Span, ...]
    placeholders: tuple[Placeholder, ...] = ()
    condition: Condition | None = None
    expects: tuple[Expectation, ...] = ()
    waits: tuple[Wait, ...] = ()
    warned: bool = False
    horizon: str | None = None
    sample: str | None = None
    links: tuple[str, ...] = ()
    text: str = ""
    undone_by: tuple[StepId, ...] = ()
    body_hash: str = ""

    @property
    def span(self) -> Span:
        return self.spans[0]


class ChoiceKind(Enum):
    """How the ways of a choice relate: any one, the next after a failure, or one for each case."""

    ALTERNATIVES = "alternatives"
    FALLBACK = "fallback"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class Option:
    """One way of a choice."""

    label: str
    condition: Condition | None
    recommended: bool
    warned: bool
    body: tuple[Step | Choice | Note | Wait, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives a runbook offers. Never run together."""

    id: StepId
    number: str
    kind: ChoiceKind
    question: str
    options: tuple[Option, ...]
    span: Span


Node = Step | Choice | Note | Wait


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (or a bold line that acts as one) with what belongs to it.

    Attributes:
        anchor: the slug a Git hosting site gives the heading; made unique with -1, -2.
        path: titles from below the document title down to this one.
        number: printed in the heading ("5" of "### 5. Redis Memory Full"), else its ordinal, or None.
        level: 1 to 6 for headings; labels are one below the enclosing heading.
        roles: at least one; incident sections carry Role.INCIDENT beside what else they are.
        text: verbatim, without the children.
        symptoms: phrases by which the trouble is recognised.
        body: steps, choices, notes and waits in document order, without those of the children.
        is_label: a bold line that acts as a heading.
    """

    anchor: str
    path: tuple[str, ...]
    title: str
    number: str | None
    level: int
    roles: frozenset[Role]
    span: Span
    heading_line: int
    text: str
    symptoms: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    owner: str | None = None
    condition: Condition | None = None
    body: tuple[Node, ...] = ()
    children: tuple[Section, ...] = ()
    is_label: bool = False

    def walk(self) -> tuple[Section, ...]:
        """This section and everything below it, in document order."""
        if not self.children:
            return (self,)
        found: list[Section] = []
        todo = [self]
        while todo:
            found.append(section := todo.pop())
            todo.extend(reversed(section.children))
        return tuple(found)

    def nodes(self) -> tuple[Node, ...]:
        """The body of this section and of everything below it, in document order."""
        return tuple([node for section in self.walk() for node in section.body])

    def steps(self) -> tuple[Step, ...]:
        """Every step in it, those inside choices included, in document order."""
        found: list[Step] = []
        for section in self.walk():
            _steps(section.body, found)
        return tuple(found)


def _steps(nodes: tuple[Node, ...], found: list[Step]) -> None:
    """Adds every step of these nodes, those inside choices included."""
    for node in nodes:
        match node:
            case Step():
                found.append(node)
            case Choice(options=options):
                for option in options:
                    _steps(option.body, found)


@dataclass(frozen=True, slots=True)
class Runbook:
    """A whole document.

    Attributes:
        path: as given by the caller, for messages. sha256: of the original bytes.
        title: of the document, or the path's last part. genre: "app-team", "alert" or "text".
        sections: the outline; sections of one document nest.
    """

    path: str
    sha256: str
    title: str
    genre: str
    sections: tuple[Section, ...]
    policy: Policy = field(default_factory=Policy)
    diagnostics: tuple[Diagnostic, ...] = ()
    front_matter: tuple[tuple[str, str], ...] = ()

    def walk(self) -> tuple[Section, ...]:
        """Every section, in document order."""
        return tuple([inner for section in self.sections for inner in section.walk()])

    def incidents(self) -> tuple[Section, ...]:
        """The sections an alert is matched against."""
        return tuple(section for section in self.walk() if Role.INCIDENT in section.roles)

    def section(self, name: str) -> Section | None:
        """The section with this anchor, number or title (case and numbering of the heading ignored), or None."""
        wanted = name.strip().lstrip("#").casefold()
        sections = self.walk()
        for section in sections:
            if section.anchor == wanted:
                return section
        for section in sections:
            if section.anchor.lstrip("0123456789.-") == wanted:
                return section
        for section in sections:
            if (
                section.title.casefold() == wanted
                or f"{section.number}. {section.title}".casefold() == wanted
            ):
                return section
        return next((s for s in self.incidents() if s.number == wanted), None)

    def step(self, key: str) -> Step | None:
        """The step with this id or number, or None."""
        for section in self.sections:
            for step in section.steps():
                if key in (step.id, step.number):
                    return step
        return None

    def blocking(self, step: StepId) -> tuple[Diagnostic, ...]:
        """The errors that block this step."""
        return tuple(d for d in self.diagnostics if d.level is Level.ERROR and step in d.steps)
