"""Small builders of compiled runbooks, for tests of what stands on top of the compiler."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tocsin.detection.alert import Alert, AlertState
from tocsin.effects.effect import Effect, Flag, Judgement, Reason
from tocsin.kit.ids import StepId, sha256
from tocsin.runbook.book import (
    Action,
    Choice,
    ChoiceKind,
    Condition,
    Context,
    Expectation,
    Node,
    Option,
    Placeholder,
    Role,
    Runbook,
    Section,
    Step,
    StepKind,
)
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.terms import Policy

NOWHERE = Span(0, 0, 1, 1)


def at(line: int, end: int | None = None) -> Span:
    return Span(0, 0, line, end or line)


def judged(effect: Effect = Effect.OBSERVE, *flags: Flag, why: str | None = None) -> Judgement:
    reasons = (Reason("test", 0, 1, why),) if why else ()
    return Judgement(effect, frozenset(flags), reasons)


def step(
    text: str,
    effect: Effect = Effect.OBSERVE,
    *,
    title: str = "",
    line: int = 1,
    kind: StepKind = StepKind.SHELL,
    number: str = "1.1",
    role: Role = Role.MITIGATION,
    language: str | None = None,
    context: Context = (),
    placeholders: tuple[Placeholder, ...] = (),
    condition: Condition | None = None,
    expects: tuple[Expectation, ...] = (),
    warned: bool = False,
    title_from: str = "comment",
    flags: tuple[Flag, ...] = (),
) -> Step:
    """One step whose only action is `text` (none for manual kinds)."""
    judgement = judged(effect, *flags, why="says the test" if effect is not Effect.OBSERVE else None)
    spoken = language or ("sql" if kind is StepKind.SQL else "shell")
    manual = kind in (StepKind.MANUAL, StepKind.EDIT, StepKind.MESSAGE)
    actions = () if manual else (Action(text, spoken, at(line, line + text.count("\n")), context, judgement),)
    return Step(
        id=StepId(sha256(f"{number} {line} {text}")[:12]),
        number=number,
        kind=kind,
        title=title or text.split("\n")[0],
        title_from=title_from if title else "command",
        language=spoken,
        actions=actions,
        role=role,
        context=context,
        judgement=judgement,
        spans=(at(line, line + text.count("\n")),),
        placeholders=placeholders,
        condition=condition,
        expects=expects,
        warned=warned,
        text=text,
    )


def choice(
    *options: tuple[str, tuple[Node, ...]], kind: ChoiceKind = ChoiceKind.ALTERNATIVES, number: str = "1.2"
) -> Choice:
    made = tuple(Option(label, None, False, False, body, NOWHERE) for label, body in options)
    return Choice(StepId(sha256(number)[:12]), number, kind, "which", made, NOWHERE)


def section(
    title: str,
    *body: Node,
    symptoms: Iterable[str] = (),
    alerts: Iterable[str] = (),
    roles: Iterable[Role] = (Role.INCIDENT,),
    number: str | None = None,
    line: int = 1,
    text: str = "",
    children: tuple[Section, ...] = (),
) -> Section:
    anchor = "".join(c if c.isalnum() else "-" for c in title.lower())
    return Section(
        anchor=anchor,
        path=(title,),
        title=title,
        number=number,
        level=3,
        roles=frozenset(roles),
        span=at(line),
        heading_line=line,
        text=text,
        symptoms=tuple(symptoms),
        alerts=tuple(alerts),
        body=tuple(body),
        children=children,
    )


def book(*sections: Section, policy: Policy | None = None) -> Runbook:
    return Runbook("runbook.md", "0" * 64, "Runbook", "app-team", tuple(sections), policy or Policy())


def alert(title: str, *, impact: str | None = None, runbook_url: str | None = None, **labels: str) -> Alert:
    return Alert(
        fingerprint="f",
        state=AlertState.FIRING,
        title=title,
        source="test",
        at=datetime(2025, 10, 7, 3, 0, tzinfo=UTC),
        labels=labels,
        impact=impact,
        runbook_url=runbook_url,
    )
