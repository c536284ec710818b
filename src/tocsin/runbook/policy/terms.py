"""The terms of a runbook as data: severities, escalation, contacts, clocks, templates, jobs, objectives and review dates."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tocsin.runbook.diagnostic import Span


@dataclass(frozen=True, slots=True)
class SeverityLevel:
    """One severity as the runbook defines it.

    Attributes:
        name: "P0"; rank: 0 is the worst, by definition and order; label: "Critical" or None.
        criteria: one per bullet, used for assessment.
        response: the clock to respond (0 for "immediate"), or None if the runbook does not say.
    """

    name: str
    rank: int
    label: str | None
    criteria: tuple[str, ...]
    response: timedelta | None
    span: Span


@dataclass(frozen=True, slots=True)
class EscalationLevel:
    """A place in the escalation.

    Attributes:
        level: 1 first. who: "On-Call Engineer". duties: as written. after: go on to the next level after this long unresolved, or None.
        severities: names of the severities the `after` clock is stated for; empty means all.
    """

    level: int
    who: str
    duties: tuple[str, ...]
    after: timedelta | None
    severities: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call. `value` is None when the runbook leaves a hole ("[Phone]").

    Attributes:
        kind: mail, phone, channel, schedule, portal, text or hole.
        vendor: whether it is somebody outside.
    """

    role: str
    value: str | None
    kind: str
    vendor: bool
    span: Span


@dataclass(frozen=True, slots=True)
class PhaseClock:
    """A deadline of the process: "Initial Response (< 5 minutes)".

    Attributes:
        name: respond, investigate, initial-response, post-mortem, baseline, watch, update. severities: empty means all.
    """

    name: str
    limit: timedelta
    severities: tuple[str, ...]
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Template:
    """A message template: its text with holes, and its fields."""

    title: str
    text: str
    fields: tuple[tuple[str, str], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class JobPromise:
    """Scheduled work the runbook promises. `cron` is None if only words are given; `due`: by when it must be done."""

    name: str
    cron: str | None
    zone: str | None
    cadence: str | None
    purpose: str | None
    on_miss: str | None
    span: Span
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Slo:
    """An SLO sentence: statistic metric comparison value unit, samples, setting."""

    statistic: str
    metric: str
    comparison: str
    value: float
    unit: str
    samples: int | None
    per: str | None
    setting: str | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ReviewDates:
    """When the text was last touched and when it wants to be read again."""

    last_updated: date | None = None
    next_review: date | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the prose promises, as data."""

    severities: tuple[SeverityLevel, ...] = ()
    escalation: tuple[EscalationLevel, ...] = ()
    contacts: tuple[Contact, ...] = ()
    clocks: tuple[PhaseClock, ...] = ()
    templates: tuple[Template, ...] = ()
    jobs: tuple[JobPromise, ...] = ()
    slos: tuple[Slo, ...] = ()
    review: ReviewDates = field(default_factory=ReviewDates)
    owner: str | None = None
    channels: tuple[str, ...] = ()
    channel_pattern: str | None = None
    post_mortem_parts: tuple[str, ...] = ()
    post_mortem_severities: tuple[str, ...] = ()
    unlisted: str | None = None
