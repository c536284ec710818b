"""Places in a runbook's text, and what is remarked about them."""

from dataclasses import dataclass
from enum import Enum

from tocsin.kit.ids import StepId


@dataclass(slots=True, unsafe_hash=True)  # a frozen one costs three times as much; nothing changes it
class Span:
    """A place in the original document: byte offsets (half open) and 1-based line numbers (inclusive)."""

    start: int
    end: int
    first_line: int
    last_line: int


class Level(Enum):
    """How much a diagnostic matters."""

    ERROR = "error"  # the step is blocked until fixed or waived
    WARNING = "warning"  # shown on the approval
    NOTE = "note"  # shown in lint only


@dataclass(frozen=True, slots=True)
class Fix:
    """A certain machine fix: replace the text at `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A remark of the compiler or the linter about one place of the runbook.

    Attributes:
        rule: stable id such as "TOC204".
        level: error, warning or note.
        span: where.
        column: 1-based column of the first character, in characters.
        message: one sentence of what was read and why it matters.
        hint: what to do about it, or None.
        fix: a certain machine fix, or None.
        steps: ids of the steps it is about; an error blocks exactly these.
    """

    rule: str
    level: Level
    span: Span
    column: int
    message: str
    hint: str | None = None
    fix: Fix | None = None
    steps: tuple[StepId, ...] = ()
