"""What the readiness check found: one sentence, what to do, and when it would matter."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands between a page and a person.

    Attributes:
        rule: stable name such as "gap"; docs/how-to/plan-on-call.md tells each.
        error: whether somebody would not be woken; else it is a warning.
        hint: the next step. start, end: when it would matter; None: at all times.
    """

    rule: str
    error: bool
    message: str
    hint: str
    level: int | None = None
    person: PersonId | None = None
    start: datetime | None = None
    end: datetime | None = None
