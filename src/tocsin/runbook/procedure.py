"""A section as something to carry out: what may be looked at first, what can be done, in which order, and never together.

Pure reading of a compiled section; which remedy is offered when is decided in `response.mitigate`.
"""

from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Choice, ChoiceKind, Condition, Node, Option, Role, Section, Step, StepKind

_NOT_A_REMEDY = frozenset(
    {
        Role.ROLLBACK, Role.VERIFICATION, Role.POST_INCIDENT, Role.PREVENTION, Role.TOOLBOX,
        Role.ESCALATION, Role.COMMUNICATION, Role.CONTACTS, Role.REFERENCES, Role.PREREQUISITES,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that can be done about the trouble.

    Attributes:
        number: of its first step. title: of its choice option, else of the step.
        steps: what it consists of, in order; each is asked for on its own.
        group: the choice it belongs to, or None. Of one group at most one remedy runs, unless it is a
            fallback whose predecessor failed.
        kind: "step", or the kind of the choice.
        order: place within its group, 0 first.
        condition: what the text makes it depend on; asked, not assumed.
    """

    number: str
    title: str
    steps: tuple[Step, ...]
    group: str | None = None
    kind: str = "step"
    order: int = 0
    condition: Condition | None = None

    @property
    def effect(self) -> Effect:
        """The worst effect of its steps."""
        return Effect.join(step.judgement.effect for step in self.steps)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A section, put in order.

    Attributes:
        opening: steps that only look, to be run before anything is done.
        remedies: what can be done, in the order of the text (the recommended option of a choice first).
        following: observing steps that come after a remedy, by the number of that remedy.
        verification: steps that ask whether it worked.
        by_hand: steps only a person can do.
    """

    opening: tuple[Step, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    following: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    verification: tuple[Step, ...] = ()
    by_hand: tuple[Step, ...] = ()

    def after(self, number: str) -> tuple[Step, ...]:
        """The observing steps that follow this remedy."""
        return next((steps for remedy, steps in self.following if remedy == number), ())

    def remedy(self, number: str) -> Remedy | None:
        """The remedy with this number, or the one that holds a step of this number."""
        for remedy in self.remedies:
            if remedy.number == number or any(step.number == number for step in remedy.steps):
                return remedy
        return None


def by_hand(step: Step) -> bool:
    """Whether only a person can do it."""
    return step.kind in (StepKind.MANUAL, StepKind.EDIT, StepKind.MESSAGE) or not step.actions


def looks_only(step: Step) -> bool:
    """Whether the step only observes (it may still have to be asked for, when it is sensitive or heavy)."""
    return not by_hand(step) and step.judgement.effect is Effect.OBSERVE


def procedure(section: Section) -> Procedure:
    """What a section offers, in order.

    Observing steps before the first remedy open the investigation; those after one are run when it is done.
    A section whose own role is investigation contributes all its observing steps to the opening.
    """
    opening: list[Step] = []
    remedies: list[Remedy] = []
    following: dict[str, list[Step]] = {}
    verification: list[Step] = []
    hand: list[Step] = []
    for inner in section.walk():
        for node in inner.body:
            for step in _plain_steps(node):
                if by_hand(step):
                    hand.append(step)
                elif step.role is Role.VERIFICATION and looks_only(step):
                    verification.append(step)
                elif step.role in _NOT_A_REMEDY:
                    continue
                elif not looks_only(step):
                    remedies.append(Remedy(step.number, step.title, (step,), condition=step.condition))
                elif step.role is Role.INVESTIGATION or not remedies:
                    opening.append(step)
                else:
                    # After a choice, whichever of its ways was taken.
                    for remedy in remedies:
                        if remedy is remedies[-1] or (remedy.group and remedy.group == remedies[-1].group):
                            following.setdefault(remedy.number, []).append(step)
            if isinstance(node, Choice):
                remedies.extend(_options(node))
    return Procedure(
        tuple(opening),
        tuple(remedies),
        tuple((number, tuple(steps)) for number, steps in following.items()),
        tuple(verification),
        tuple(hand),
    )


def _plain_steps(node: Node) -> tuple[Step, ...]:
    return (node,) if isinstance(node, Step) else ()


def _options(choice: Choice) -> list[Remedy]:
    """The ways of a choice; the recommended one first, otherwise in the order of the text."""
    found: list[Remedy] = []
    ordered = sorted(choice.options, key=lambda option: not option.recommended)
    if choice.kind is ChoiceKind.FALLBACK:
        ordered = list(choice.options)
    for order, option in enumerate(ordered):
        steps = _of_remedy(tuple(step for step in _all_steps(option) if not by_hand(step)))
        if not steps:
            continue
        title = option.label if len(steps) > 1 else steps[0].title
        found.append(
            Remedy(
                steps[0].number,
                title,
                steps,
                group=choice.id,
                kind=choice.kind.value,
                order=order,
                condition=option.condition,
            )
        )
    return found


def _of_remedy(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Without what is written below the way for another moment: a way back that ran as its next step would take it back.

    A way that consists of nothing else is meant: "Option A: Rollback".
    """
    looking = _NOT_A_REMEDY - {Role.VERIFICATION}
    kept = tuple(step for step in steps if step.role not in (looking if looks_only(step) else _NOT_A_REMEDY))
    return kept or steps


def _all_steps(option: Option) -> tuple[Step, ...]:
    found: list[Step] = []
    for node in option.body:
        if isinstance(node, Step):
            found.append(node)
        elif isinstance(node, Choice) and node.kind is not ChoiceKind.CASES:
            # Ways inside a way are no sequence either: the first counts, a person asks for another by its number.
            chosen = sorted(node.options, key=lambda inner: not inner.recommended)[:1]
            found.extend(step for inner in chosen for step in _all_steps(inner))
    return tuple(found)
