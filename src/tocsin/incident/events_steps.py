"""Steps: refused, asked for, approved, run, in doubt. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.incident.commands import StepText
from tocsin.kit.ids import AskId, EvidenceId, PersonId, RunId, StepId


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
        reasons: why this option and not another.
        texts: the statements as they would run, each with its place.
        undoes: the run whose way back this is, or None for a step of the runbook.
        identities: (target, who it said it was when this was asked); checked again before anything changes.
        read: (file, line, SHA-256 of the file) of each text of the repository it was judged by. Part of the digest, and
            read again before it runs: with other content the yes is void.
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
    reasons: tuple[str, ...] = ()
    texts: tuple[StepText, ...] = ()
    undoes: RunId | None = None
    identities: tuple[tuple[str, str], ...] = ()
    read: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Approved:
    """A named person's yes to one exact step.

    Attributes:
        digest: what the person saw; must be the ask's.
        confirm: the typed name of the target, required where two people are.
        break_glass: the reason for doing without the second person; told to everybody above, or None.
    """

    ask: AskId
    by: PersonId
    digest: str
    confirm: str | None = None
    break_glass: str | None = None


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
        purpose: investigate, look first, dry run, mitigate, follow, verify or undo.
        ask: the approved ask, or None for a step that only observes.
        undoes: the run it takes back, or None.
        previews: the ask it is the dry run of, or None.
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
    undoes: RunId | None = None
    previews: AskId | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the runbook says should be seen, beside what was seen.

    Attributes:
        text: as written. state: met, not met or unknown. seen: what was compared, for people.
    """

    text: str
    state: str
    seen: str = ""

    @property
    def missed(self) -> bool:
        """Whether the result contradicts the runbook."""
        return self.state == "not met"


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
        expectations: what the runbook said should be seen, each with its answer.
        statements, ended_well: how many statements the step has, and how many of them did what they should.
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
    expectations: tuple[Expectation, ...] = ()
    statements: int = 1
    ended_well: int = 0


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
