"""Something we watch: its settings, its samples and its state. Late or skipped is unknown, never down."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from tocsin.detection.burn import BurnRule
from tocsin.detection.maintenance import Window
from tocsin.kit.ids import CheckName


class Verdict(Enum):
    """What one sample, or a check as a whole, says."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """How a check is made.

    Attributes:
        name: unique in an installation.
        kind: "http", "tcp", "redis" …: which prober takes the sample (docs/reference/checks.md has them all).
        settings: the prober's own settings, as written in tocsin.toml (text, numbers, lists).
        interval: time between planned starts.
        timeout: counted from the moment the attempt starts, never from when it was planned.
        failures: how many bad samples in a row make it bad, or among the last `of` if that is set.
        successes: how many good samples in a row make it good again (recovery is slower than failure).
        impact: what it means for users when it is down, in the runbook's words; decides the severity.
        impact_degraded: what it means when it is degraded; None: then nobody is told.
        section: anchor or title of the runbook section to use, or None to match by symptoms.
        title: what an alert of this check is called; None: made from name and message.
        of: judge `failures` among the last so many measured samples instead of in a row; None: in a row.
        hold: how long it must have been good without a break before its alert resolves.
        burn: judge by how fast an error budget is spent, instead of by `failures`.
        depends_on: while one of these checks is bad, this one opens no alert.
        maintenance: while one of these windows is open, this check opens no alert.
    """

    name: CheckName
    kind: str
    settings: dict[str, object]
    interval: timedelta = timedelta(seconds=30)
    timeout: timedelta = timedelta(seconds=5)
    failures: int = 3
    successes: int = 2
    impact: str | None = None
    section: str | None = None
    title: str | None = None
    of: int | None = None
    hold: timedelta = timedelta()
    burn: BurnRule | None = None
    depends_on: tuple[CheckName, ...] = ()
    maintenance: tuple[Window, ...] = ()
    impact_degraded: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One observation of a check.

    Attributes:
        check: whose.
        at: when the attempt started (UTC).
        verdict: what this sample alone says.
        took: how long the attempt lasted, or None if there was none.
        message: one line with the numbers: "HTTP 502 in 12 ms".
        facts: small measured values: {"status": "502"}; they become labels of the alert.
    """

    check: CheckName
    at: datetime
    verdict: Verdict
    took: timedelta | None
    message: str
    facts: dict[str, str] = field(default_factory=dict)
