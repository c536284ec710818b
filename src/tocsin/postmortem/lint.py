"""What a post-mortem still lacks before others may read it. Errors stop its publication; warnings are for the review.

CookCam "Post-Mortem (Within 48 hours)", PrepChef "Post-Incident Review"; rules PM-03, PM-06, PM-08, PM-10, PM-13.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from tocsin.kit.redact import Redactor
from tocsin.postmortem.document import ActionRow, Document, Part, filled
from tocsin.postmortem.prompts import LINES

PRIORITIES = ("high", "medium", "low")


class Weight(Enum):
    """Whether a finding stops the publication."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to be mended.

    Attributes:
        rule: "PML03", stable. line: from 1. column: from 1. fix: what to do, in one sentence.
    """

    rule: str
    weight: Weight
    line: int
    column: int
    message: str
    fix: str


# rule -> (weight, what it finds): the reference page is written from this table.
RULES: dict[str, tuple[Weight, str]] = {
    "PML01": (Weight.ERROR, "one of the six parts is missing"),
    "PML02": (Weight.ERROR, "a part or an answer that the draft asked for is not written yet"),
    "PML03": (Weight.ERROR, "an action item without an owner that tocsin knows"),
    "PML04": (Weight.ERROR, "an action item without a readable deadline, or with one that has passed"),
    "PML05": (Weight.WARNING, "an action item without a priority"),
    "PML06": (Weight.WARNING, "fewer than two contributing factors"),
    "PML07": (Weight.WARNING, "words that blame a person"),
    "PML08": (Weight.WARNING, "an impact without a single number"),
    "PML09": (Weight.ERROR, "nobody owns the document"),
    "PML10": (Weight.ERROR, "the timeline has no entry with a time"),
    "PML11": (Weight.WARNING, "an action item that nobody can tick off"),
    "PML12": (Weight.ERROR, "something that looks like a secret"),
    "PML13": (Weight.WARNING, "no action item at all"),
}

_PARTS = {
    "a timeline": ("timeline", "chronology", "zeitlicher"),
    "the cause": ("cause", "factor", "why"),
    "the impact": ("impact", "effect on", "auswirkung"),
    "what went well": ("well", "gut lief"),
    "what went poorly": ("poor", "wrong", "badly", "improve", "better", "schlecht"),
    "action items": ("action", "follow-up", "next steps", "maßnahmen"),
}
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\S")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d\b")
_DIGIT = re.compile(r"\d")
_VAGUE = re.compile(
    r"\b(?:be more careful|pay more attention|try harder|improve (?:monitoring|communication|testing|documentation)"
    r"|investigate further|look into it|be aware|remember to|make sure everyone)\b",
    re.IGNORECASE,
)
_BLAME = re.compile(
    r"\b(?:human error|operator error|user error|should(?:n't| not)? have|ought to have|careless(?:ly|ness)?|negligen(?:t|ce|tly)"
    r"|incompeten(?:t|ce)|sloppy|lazy|stupid(?:ly)?|to blame|at fault|(?:his|her|their) fault|failed to (?:notice|check|follow|read|think)"
    r"|forgot to|didn't bother|menschliches versagen|hätte(?:n)? .{0,40}(?:sollen|müssen))\b",
    re.IGNORECASE,
)
_FAULT_VERBS = r"(?:broke|caused|crashed|destroyed|messed|screwed|ruined|took down|deleted|forgot|ignored|neglected|missed|mistyped)"


def lint(document: Document, today: date, people: Sequence[tuple[str, str]] = ()) -> tuple[Finding, ...]:
    """Everything to be mended, in the order of the text.

    Args:
        today: deadlines before it have passed.
        people: (id, name) of everybody who can own something; empty if tocsin knows nobody.
    """
    found = [
        *_missing(document),
        *_empty(document),
        *_owner(document),
        *_timeline(document),
        *_factors(document),
        *_impact(document),
        *_actions(document, today, {name for person in people for name in _names(person)}),
        *_blame(document, people),
        *_secrets(document),
    ]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column, finding.rule)))


def stops(findings: Sequence[Finding]) -> bool:
    """Whether the document may not be published as it stands."""
    return any(finding.weight is Weight.ERROR for finding in findings)


def _names(person: tuple[str, str]) -> Iterator[str]:
    yield from (person[0].casefold(), person[1].casefold())


def _finding(rule: str, line: int, message: str, fix: str, column: int = 1) -> Finding:
    return Finding(rule, RULES[rule][0], line, column, message, fix)


def _missing(document: Document) -> Iterator[Finding]:
    for name, words in _PARTS.items():
        if document.part(*words) is None:
            yield _finding(
                "PML01",
                1,
                f"There is no part about {name}.",
                f'Add a heading such as "## {words[0].capitalize()}".',
            )


def _empty(document: Document) -> Iterator[Finding]:
    for part in document.parts:
        if not part.text:
            yield _finding(
                "PML02",
                part.line,
                f'"{part.title}" says nothing yet.',
                'Write it, or write "nothing" if that is what you found.',
            )
    for number, line in enumerate(document.text.splitlines(), start=1):
        if line.strip() in LINES:
            yield _finding(
                "PML02", number, f"Still to be answered: {line.strip(' _')}", "Write the answer in its place."
            )


def _owner(document: Document) -> Iterator[Finding]:
    if document.owner is None:
        yield _finding(
            "PML09",
            1,
            "Nobody owns this document.",
            "Name one person in the row Owner of the table at the top.",
        )


def _timeline(document: Document) -> Iterator[Finding]:
    part = document.part(*_PARTS["a timeline"])
    if part is not None and not _CLOCK.search(part.text):
        yield _finding(
            "PML10", part.line, "The timeline has no entry with a time.", "Give each entry a time in UTC."
        )


def _factors(document: Document) -> Iterator[Finding]:
    part = document.part(*_PARTS["the cause"])
    if part is None or not part.text:
        return
    if len(factors(part)) < 2:
        yield _finding(
            "PML06",
            part.line,
            "Fewer than two contributing factors are named.",
            "Ask what else had to be true for this to happen, and add a list item for each.",
        )


def factors(part: Part) -> tuple[str, ...]:
    """The contributing factors people named: list items before what the draft says the investigation showed."""
    own = part.text.split("What the investigation showed:", 1)[0]
    return tuple(line.strip() for line in own.splitlines() if _ITEM.match(line))


def _impact(document: Document) -> Iterator[Finding]:
    part = document.part(*_PARTS["the impact"])
    if part is not None and part.text and not _DIGIT.search(part.text):
        yield _finding(
            "PML08",
            part.line,
            "The impact names no number.",
            "Say how long, how many users, how many requests; write unknown where nobody knows.",
        )


def _actions(document: Document, today: date, known: set[str]) -> Iterator[Finding]:
    part = document.part(*_PARTS["action items"])
    if (
        part is not None
        and part.text
        and not document.actions
        and not re.search(r"\bnothing\b|\bnone\b", part.text)
    ):
        yield _finding(
            "PML13",
            part.line,
            "There is no action item that can be tracked.",
            "Use the table What | Owner | Deadline | Priority.",
        )
    for row in document.actions:
        yield from _action(row, today, known)


def _action(row: ActionRow, today: date, known: set[str]) -> Iterator[Finding]:
    name = f'"{row.what}"' if row.what else "This action item"
    if row.what is None:
        yield _finding("PML02", row.line, "This action item has no words.", "Say what is to be done.")
    elif _VAGUE.search(row.what):
        yield _finding(
            "PML11",
            row.line,
            f"{name} can never be ticked off.",
            "Name the thing that will be different, and how one sees that it is.",
        )
    if row.owner is None:
        yield _finding("PML03", row.line, f"{name} has no owner.", "Name one person.")
    elif known and row.owner.casefold().lstrip("@") not in known:
        yield _finding(
            "PML03",
            row.line,
            f'{name}: nobody knows "{row.owner}".',
            "Use the id or the name of tocsin.toml.",
        )
    if row.deadline is None:
        said = f' ("{row.deadline_text}" is no date)' if row.deadline_text else ""
        yield _finding("PML04", row.line, f"{name} has no deadline{said}.", "Write a day as 2026-01-31.")
    elif row.deadline < today:
        yield _finding(
            "PML04",
            row.line,
            f"{name} was due on {row.deadline}.",
            "Choose a day to come, or say that it is done.",
        )
    if row.priority not in PRIORITIES:
        yield _finding("PML05", row.line, f"{name} has no priority.", f"One of {', '.join(PRIORITIES)}.")


def _blame(document: Document, people: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    names = sorted({part for _, name in people for part in (name, name.split()[0]) if part.strip()}, key=len)
    person = (
        re.compile(rf"\b(?:{'|'.join(map(re.escape, reversed(names)))})\s+{_FAULT_VERBS}\b", re.IGNORECASE)
        if names
        else None
    )
    quoted = document.part(*_PARTS["a timeline"])
    for number, line in enumerate(document.text.splitlines(), start=1):
        if (
            quoted is not None
            and line.startswith("|")
            and quoted.line < number <= quoted.line + quoted.text.count("\n") + 2
        ):
            continue  # the log's own words, kept as they were said
        for pattern in (_BLAME, person):
            for found in pattern.finditer(line) if pattern else ():
                yield _finding(
                    "PML07",
                    number,
                    f'"{found.group()}" blames a person.',
                    "Say what the system let happen, and what would have shown it.",
                    found.start() + 1,
                )


def _secrets(document: Document) -> Iterator[Finding]:
    redactor = Redactor()
    for number, line in enumerate(document.text.splitlines(), start=1):
        if redactor.redact(line) != line:
            yield _finding(
                "PML12",
                number,
                "This looks like a secret.",
                "Take it out here, and change it where it is used: others may have read this file.",
            )


def known_owner(row: ActionRow, people: Sequence[tuple[str, str]]) -> str | None:
    """The id of the person a row names by id or by name, or None."""
    owner = (filled(row.owner) or "").casefold().lstrip("@")
    return next((person for person, name in people if owner in (person.casefold(), name.casefold())), None)
