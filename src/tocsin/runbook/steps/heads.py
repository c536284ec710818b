"""What introduces a step: the list item or label above its fence, and the comments above its statements."""

from dataclasses import dataclass

from tocsin.runbook.book import Condition, ConditionKind, Wait, WaitKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.steps.comments import Comment, Says
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.words.roles import condition_kind, remarks
from tocsin.runbook.words.told_only import SET_ASIDE, Told, told_condition, told_only
from tocsin.runbook.words.waits import wait


@dataclass(frozen=True, slots=True)
class Lead:
    """What introduces a fence: list item, label, paragraph or heading."""

    title: str
    title_from: str
    condition: Condition | None = None
    warned: bool = False
    horizon: str | None = None


# A heading that forbids ("Never restart the primary") warns of what is done above it.
_ASIDE = SET_ASIDE - {Told.FORBIDDEN}


def section_lead(draft: Draft) -> Lead:
    """What the heading of a section says about the steps below it."""
    said = remarks(draft.raw)
    heading = Span(draft.start, draft.start, draft.first_line, draft.first_line)
    condition = (
        Condition(said.condition[0], said.condition[1], heading) if said.condition else _condition(draft)
    )
    if condition is None and (told := told_only(draft.title)) in _ASIDE:
        condition = told_condition(told, draft.title, heading)
    # An incident's own name warns of nothing.
    warned = said.warned and draft.parent is not None and not draft.recognised
    return Lead(draft.title, "label" if draft.is_label else "heading", condition, warned, draft.horizon)


def _condition(draft: Draft) -> Condition | None:
    """The condition a heading is ("If the disk is full"), its own or of a heading above it in the same procedure."""
    current: Draft | None = draft
    while current is not None and current.procedure is not current:
        kind = condition_kind(current.title)
        if kind is not None:
            return Condition(
                kind,
                current.title,
                Span(current.start, current.start, current.first_line, current.first_line),
            )
        current = current.parent
    return None


_TITLES = (Says.TITLE, Says.OR, Says.FALLBACK, Says.CONDITION)
_DETAILS = (Says.EDIT, Says.DETAIL, Says.WARNING, Says.HINT)


def _named(comments: list[Comment], kinds: tuple[Says, ...]) -> list[Comment]:
    """The comments of these kinds that have a title."""
    return [comment for comment in comments if comment.says in kinds and comment.title]


class Head:
    """What the comments of a group say about the steps below them."""

    def __init__(self, comments: list[Comment], lead: Lead, *, acts: bool = False) -> None:
        """`acts`: statements stand below, so that "wait until it is ready" is the title of the one that waits."""
        self.comments = comments
        self.lead = lead
        self.wait_nodes: list[Wait] = []
        self.horizon = lead.horizon
        if not comments:
            self.title = self.label = ""
            self.said = comments
            self.condition, self.link, self.number = None, None, None
            self.warned, self.recommended = lead.warned, False
            return
        polls = [c for c in comments if acts and c.says is Says.WAIT and _polls(c)]
        named = _named(comments, _TITLES) or _named(comments, _DETAILS) or polls
        self.title = named[0].title if named else ""
        self.said = [c for c in comments if not named or c is not named[0]]
        linking = next((c for c in comments if c.says in (Says.OR, Says.FALLBACK)), None)
        asking = next((c for c in comments if c.condition is not None), None)
        self.condition = asking.condition if asking is not None else None
        case = self.condition is not None and self.condition.kind is ConditionKind.CASE
        self.link = linking.says if linking is not None else Says.CONDITION if case else None
        self.label = self.title or (self.condition.text if self.condition is not None else "")
        self.number = next((c.number for c in comments if c.number is not None), None)
        self.warned = lead.warned
        self.recommended = False
        horizon: str | None = None
        for comment in comments:
            self.warned = self.warned or comment.warned or comment.says is Says.WARNING
            self.recommended = self.recommended or comment.recommended
            horizon = horizon or comment.horizon
            if comment.says is Says.WAIT and not any(c.says is Says.EDIT for c in comments):
                found = wait(comment.text, _line_span(comment))
                if found is not None and found.kind is not WaitKind.DEADLINE and comment not in polls:
                    self.wait_nodes.append(found)
        self.horizon = horizon or lead.horizon

    @property
    def step_condition(self) -> Condition | None:
        """The condition of each step; a case or fallback is the choice's business and set there."""
        return self.condition if self.link is None and self.condition is not None else self.lead.condition

    def title_for(self, own: str, command: str) -> tuple[str, str]:
        """A step's title and where it is from."""
        if own:
            return own, "comment"
        if self.title:
            return self.title, "comment"
        if self.lead.title:
            return self.lead.title, self.lead.title_from
        words = command.split()
        return " ".join(words[:6]) or "command", "command"


def _polls(comment: Comment) -> bool:
    found = wait(comment.text, _line_span(comment))
    return found is not None and found.kind is WaitKind.POLL


def _line_span(comment: Comment) -> Span:
    return Span(comment.line.start, comment.line.end, comment.line.number, comment.line.number)
