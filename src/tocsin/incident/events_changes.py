"""What was changed on purpose before an incident, as it was looked at. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change as it was known then.

    Attributes:
        key: of the change, the same however often it is told. source: the integration that told it.
        fit: "same thing", "near in time" or "elsewhere". reasons: what speaks for that, as sentences.
        link: where more of it is to be seen, or "".
    """

    key: str
    title: str
    source: str
    at: datetime
    fit: str
    reasons: tuple[str, ...]
    who: str = ""
    state: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ChangesSeen:
    """The recent changes were looked at, those that fit first.

    Attributes:
        since: from when on. line: of the runbook that asks for this, or None if nothing does.
        more: how many further changes there were.
    """

    since: datetime
    changes: tuple[SeenChange, ...]
    line: int | None = None
    more: int = 0
