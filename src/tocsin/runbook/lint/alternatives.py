"""TOC106: alternatives that do not say when to take which. Both get pasted."""

import re
from collections.abc import Iterator, Sequence

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.runbook.book import Choice, ChoiceKind, Node, Note, Step
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.words.wording import fold

_BARE_OR = re.compile(
    r"^\W*+(?:alternatively|alternative|alternativ|otherwise|option|ou bien|oder|or|ou|o bien|o)?\W*+[a-z0-9]?+\W*+$", re.IGNORECASE
)  # fmt: skip
_WHEN = re.compile(
    r"\b(?:if|when|unless|while|for|in case|otherwise|depending|prefer\w*|only|first|else|faster|safer|wenn|falls|sonst|si|sinon|quand|se|caso|quando)\b",
    re.I,
)
_TWO = re.compile(r"`([^`]+)`\s*,?\s*(?:\bor\b|\boder\b|\bou\b|\bo\b|/)\s*(?:run\s+|use\s+)?`([^`]+)`", re.I)
_MESSAGE = "Nothing says when to take which of these alternatives."


def unguided_choices(view: View) -> Iterator[Diagnostic]:
    """TOC106: a choice of changes whose options are told apart by nothing."""
    for procedure in view.procedures:
        for choice, lines in procedure.choices():
            if choice.kind is not ChoiceKind.ALTERNATIVES or _told(choice, lines):
                continue
            acting = [other for other in lines if _acts(other.step)]
            if len({other.option for other in acting}) > 1:
                yield view.remark("TOC106", choice.span, _MESSAGE, steps=tuple(o.step.id for o in acting))


_EITHER = re.compile(r"\b(?:either|whichever|the one (?:that|which)|respectively|depending)\b", re.I)


def _told(choice: Choice, lines: list[Line]) -> bool:
    """Whether a condition, a recommendation or a name of its own tells the ways apart; the first may do without."""
    first, *others = choice.options
    if any(option.condition or option.recommended or option.warned for option in choice.options):
        return True
    if any(_EITHER.search(line.words) for line in lines):
        return True
    if any(not _BARE_OR.match(option.label) for option in others) or _WHEN.search(first.label):
        return True
    named = (
        line.step for line in lines if line.option and line.step.title_from not in ("command", "heading")
    )
    return any(not _BARE_OR.match(step.title) for step in named)


def bare_or(view: View) -> Iterator[Diagnostic]:
    """TOC106: two steps with nothing but "or" between them, as in an item of a list."""
    for section in view.book.walk():
        yield from _in_body(view, section.body)


def _in_body(view: View, body: Sequence[Node]) -> Iterator[Diagnostic]:
    said = ""
    for before, between, after in zip(body, body[1:], body[2:], strict=False):
        said = before.text if isinstance(before, Note) else said
        match before, between, after:
            case Step(), Note(text=text), Step() if text.strip() and _BARE_OR.match(text.strip()):
                if _EITHER.search(said):
                    continue  # "if either is down, restart it with"
                if _acts(before) and _acts(after) and not (before.condition or after.condition):
                    yield view.remark("TOC106", between.span, _MESSAGE, steps=(before.id, after.id))
            case _:
                pass


def inline_or(view: View) -> Iterator[Diagnostic]:
    """TOC106: one instruction with two commands in it, "`this` or `that`"."""
    for _, line in view.lines():
        found = _TWO.search(line.step.text)
        if found is None or line.step.actions or _WHEN.search(line.step.text):
            continue
        if all(_changes(found[number]) for number in (1, 2)):
            yield view.on("TOC106", line, _MESSAGE)


def _acts(step: Step) -> bool:
    return step.judgement.effect.value >= Effect.CHANGE.value


def _changes(text: str) -> bool:
    """Whether a text in backquotes is a command that changes something; a mere word is not."""
    return " " in text.strip() and judge(text).effect in (Effect.CHANGE, Effect.DISRUPT, Effect.DESTROY)


_WAYS = re.compile(
    r"\b(?:two|three|several|zwei|drei|mehrere|dos|tres|varias|deux|trois|plusieurs|duas) (?:ways?|options?|possibilities|methods?|choices|wege|moglichkeiten|varianten|opciones|formas|maneras|facons|possibilites|opcoes)\b"
)
# One of these is in every text the pattern finds, accents included.
_SEVERAL = ("two", "three", "several", "zwei", "drei", "mehrere", "dos", "tres", "três", "varias", "várias", "deux", "trois", "plusieurs", "duas")  # fmt: skip
_WAY = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*)?\(?(?P<mark>[a-c]|[1-3]|A|B|C)[).:]\s*(?:\*\*)?\s*(?P<said>\S.*)$"
)
_CHOSEN = re.compile(
    r"\b(?:wenn|falls|sobald|nur|zuerst|bevorzugt|cuando|si|solo|primero|quand|lorsque|seulement)\b"
)
_SPREAD = 25  # lines over which the ways are spread


def announced_ways(view: View) -> Iterator[Diagnostic]:
    """TOC106: "there are two ways", each with its letter, and no word about when to take which."""
    for raw in view.prose_saying(_SEVERAL):
        if not _WAYS.search(fold(raw.text)):
            continue
        ways: list[str] = []
        at = view.place_of(raw.number)
        for other in view.raw[at + 1 : at + _SPREAD]:
            if other.text.startswith("#"):
                break
            found = _WAY.match(other.text) if not other.fenced else None
            if found is not None:
                ways.append(found["said"])
        said = fold(" ".join((raw.text, *ways)))
        if (
            len(ways) >= 2
            and not _WHEN.search(said)
            and not _CHOSEN.search(said)
            and not _EITHER.search(said)
        ):
            yield view.remark("TOC106", raw.span, _MESSAGE)


RULES = (unguided_choices, bare_or, inline_or, announced_ways)
