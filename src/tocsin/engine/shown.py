"""What one run showed: evidence, redacted, immutable, hashed; and the first lines of it for people."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.connectors.api import RunResult
from tocsin.effects.results import Finding
from tocsin.incident.commands import StepText
from tocsin.incident.events import StepFinished
from tocsin.kit import codec
from tocsin.kit.ids import EvidenceId
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.store.evidence import seal

_SUMMARY_LINES = 6
_SUMMARY_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement that ran. Its output stands in the evidence, `stdout_chars` and `stderr_chars` long, in order."""

    text: str
    target: str
    exit_status: int | None
    statuses: tuple[int, ...]
    stdout_chars: int
    stderr_chars: int
    truncated_bytes: int
    took: timedelta
    outcome: str
    sentence: str


@dataclass(frozen=True, slots=True)
class About:
    """What evidence says beside the output itself: what ran, and the state captured around a change."""

    ran: tuple[Ran, ...]
    captured_before: str | None
    captured_after: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one run showed, redacted; immutable, hashed."""

    id: EvidenceId
    stdout: str
    stderr: str
    about: About

    @property
    def meta(self) -> str:
        """The canonical JSON of `about`."""
        return codec.encode(self.about)

    @property
    def sha256(self) -> str:
        return seal(self.stdout, self.stderr, self.meta)


@dataclass(frozen=True, slots=True)
class Performed:
    """The event to report, and the evidence it cites."""

    finished: StepFinished
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement with its redacted output, and what became of it."""

    ran: Ran
    stdout: str
    stderr: str
    exit_status: int | None
    finding: Finding


def shown(text: StepText, result: RunResult, finding: Finding, redactor: Redactor) -> Shown:
    """What one statement showed, secrets hidden."""
    redact = redactor.redact
    stdout, stderr = redact(result.stdout), redact(result.stderr)
    ran = Ran(
        redact(text.text), text.target, result.exit_status, result.statuses, len(stdout), len(stderr),
        result.truncated_bytes, result.took, finding.outcome.value, redact(finding.sentence),
    )  # fmt: skip
    return Shown(ran, stdout, stderr, result.exit_status, finding)


def summary(evidence: Evidence) -> str:
    """The first lines of what was shown, for timelines; the evidence holds all of it."""
    text = printable(f"{evidence.stdout.rstrip()}\n{evidence.stderr.rstrip()}")
    lines = [line[:_SUMMARY_WIDTH].rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:_SUMMARY_LINES] + (["…"] if len(lines) > _SUMMARY_LINES else []))
