"""One line of a timeline."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline.

    Attributes:
        at: when. mark: one word for the kind of line: alert, page, look, ask, run, verify, clock, note, end.
        text: one sentence. detail: more lines (output, reasons), possibly empty. evidence: id, or None.
        loud: whether it belongs into a short version. position: of its event in the incident's log; 0 before it is known.
    """

    at: datetime
    mark: str
    text: str
    detail: tuple[str, ...] = ()
    evidence: str | None = None
    loud: bool = True
    position: int = 0
