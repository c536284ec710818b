"""What can happen to an incident. Past tense; the incident is the sum of these, and the log holds nothing else.

Every event is a frozen dataclass of plain values, so that `incident.codec` can write it and read it back.
Fields added later need defaults: the log is never rewritten.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.detection.alert import Alert
from tocsin.kit.ids import AskId, EvidenceId, IncidentId, PersonId, RunId, StepId

# -- how it begins ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlertReceived:
    """A claim arrived: something is wrong, or well again."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class IncidentDeclared:
    """We decided to respond.

    Attributes:
        severity, rank: as the runbook names and orders it; 0 is the worst.
        section: anchor of the matched section, or None for "unlisted".
        match_reasons, severity_reasons: sentences a person can check.
        candidates: titles of sections that matched nearly as well (a tie is shown, never decided silently).
        runbook_path, runbook_sha256: the text this incident is pinned to.
    """

    id: IncidentId
    title: str
    severity: str
    rank: int
    severity_reasons: tuple[str, ...]
    section: str | None
    section_title: str | None
    section_line: int | None
    match_reasons: tuple[str, ...]
    candidates: tuple[str, ...]
    runbook_path: str
    runbook_sha256: str
    source: str
    drill: bool = False


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """A person moved the severity. Lowering carries a reason."""

    severity: str
    rank: int
    by: PersonId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """The same trouble came back within a day of being resolved."""

    because: str


# -- people -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageQueued:
    """Somebody is to be woken (urgent), asked, or told (not urgent)."""

    key: str
    level: int
    person: PersonId
    why: str
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class PageSent:
    """The channel took the message; written only after its answer."""

    key: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class PageFailed:
    """The channel did not take the message. `final`: no further try of this method will be made."""

    key: str
    channel: str
    error: str
    final: bool


@dataclass(frozen=True, slots=True)
class PageCancelled:
    """The page was taken out of the queue before any channel had it."""

    key: str
    because: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """ "I have it": stops the paging of this incident."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class RoleTaken:
    """Somebody does something in this incident: commander, deputy, scribe, communications."""

    role: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Escalated:
    """The next level was called."""

    level: int
    because: str


@dataclass(frozen=True, slots=True)
class EscalationExhausted:
    """Every level was paged as often as the policy says, and nobody answered."""

    rounds: int


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A person wrote something down."""

    by: PersonId
    text: str


# -- clocks -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """A deadline began to run. `why` quotes the promise it comes from."""

    name: str
    due: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ClockStopped:
    """A deadline no longer matters, because what it waited for happened."""

    name: str
    because: str


@dataclass(frozen=True, slots=True)
class ClockPassed:
    """A deadline passed."""

    name: str
    due: datetime


# -- steps ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepRefused:
    """A step was passed over, with the reasons: it may not run as it stands, or not by itself."""

    step: StepId
    number: str
    title: str
    text: str
    effect: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskMade:
    """May we? The request for a yes to one exact step.

    Attributes:
        text: the final text; target: the resolved target; digest: of both (an approval binds to it).
        effect, flags, why: what it would do and how we know.
        capture, undo, undoable, lost: how the old state is kept and brought back.
        warnings: what lint says about the step.
        passed_over: numbers of steps before it in the section that did not run.
        approvals_needed: 1, or 2 for what destroys or cannot be read.
        proposed_by: "tocsin" or the person who asked for this step.
    """

    ask: AskId
    step: StepId
    number: str
    title: str
    text: str
    target: str
    digest: str
    effect: str
    flags: tuple[str, ...]
    why: tuple[str, ...]
    capture: str | None
    undo: str | None
    undoable: str
    lost: str | None
    warnings: tuple[str, ...]
    passed_over: tuple[str, ...]
    expires: datetime
    approvals_needed: int
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Approved:
    """A named person's yes to one exact step.

    Attributes:
        digest: what the person saw; must be the ask's.
        confirm: the typed name of the target, required where two people are.
    """

    ask: AskId
    by: PersonId
    digest: str
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A named person's no."""

    ask: AskId
    by: PersonId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AskExpired:
    """Nobody answered in time; a new ask is needed."""

    ask: AskId


@dataclass(frozen=True, slots=True)
class AskWithdrawn:
    """The question lost its point before anybody answered."""

    ask: AskId
    because: str


@dataclass(frozen=True, slots=True)
class StepRequested:
    """A person wants this step to be asked for next, whatever the order of the text."""

    number: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class StepQueued:
    """A step is going to run.

    Attributes:
        purpose: investigate, mitigate or verify.
        ask: the approved ask, or None for a step that only observes.
    """

    run: RunId
    step: StepId
    number: str
    title: str
    text: str
    target: str
    effect: str
    purpose: str
    ask: AskId | None = None


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A run ended.

    Attributes:
        outcome: done, failed, undone, no effect, takes effect later, in doubt, not run.
        sentence: what the result adapter read from it.
        facts: values read out of the output.
        evidence, evidence_sha256: what it showed.
        undo: the exact way back built from the captured state, or None.
        summary: the first lines of the (redacted) output, for timelines.
    """

    run: RunId
    outcome: str
    sentence: str
    exit_status: int | None
    started_at: datetime
    took: timedelta
    evidence: EvidenceId
    evidence_sha256: str
    facts: tuple[tuple[str, str], ...] = ()
    undo: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class StepInterrupted:
    """We stopped while a change was running: nobody can say whether it took effect. Never run again by itself."""

    run: RunId
    because: str


@dataclass(frozen=True, slots=True)
class DoubtSettled:
    """A person looked and says whether the interrupted change took effect."""

    run: RunId
    by: PersonId
    took_effect: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OptionsExhausted:
    """The section has nothing more to offer that may be asked for."""

    section: str | None


# -- proof, end, after ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerificationFailed:
    """The change ran, and the trouble is still there."""

    run: RunId | None
    because: str


@dataclass(frozen=True, slots=True)
class WatchStarted:
    """Everything is good; it must stay so until `until`."""

    until: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Relapsed:
    """Something went bad inside the watch window."""

    because: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Over.

    Attributes:
        by: a person, or None when a good watch window ended it.
        anyway: the reason a person gave for resolving although a check is not good.
    """

    by: PersonId | None
    because: str
    anyway: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateDrafted:
    """A message for an audience is ready; a person sends it."""

    audience: str
    text: str


@dataclass(frozen=True, slots=True)
class PostmortemDrafted:
    """The draft of what we learned exists as a file."""

    path: str
    sha256: str
    due: datetime | None = None


Event = (
    AlertReceived | IncidentDeclared | SeverityChanged | Reopened
    | PageQueued | PageSent | PageFailed | PageCancelled | Acknowledged | RoleTaken | Escalated | EscalationExhausted | NoteAdded
    | ClockStarted | ClockStopped | ClockPassed
    | StepRefused | AskMade | Approved | Rejected | AskExpired | AskWithdrawn | StepRequested
    | StepQueued | StepFinished | StepInterrupted | DoubtSettled | OptionsExhausted
    | VerificationFailed | WatchStarted | Relapsed | Resolved | UpdateDrafted | PostmortemDrafted
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the log: what, when, by whom. `position` counts from 1 within its incident."""

    position: int
    at: datetime
    actor: str
    event: Event = field(repr=True)
