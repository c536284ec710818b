"""Where outside systems meet us: what a pager, a runner and a prober must be able to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.detection.check import CheckSpec, Sample


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What one person is woken with.

    Attributes:
        key: idempotency key: the same page has the same key however often it is handed over.
        to: the person's id; `address`: where this channel reaches them.
        subject: at most 160 characters: severity, what, where, since, first step (PAG-16).
        body: the longer text.
        link: where to look and acknowledge, or None. A GET of it changes nothing.
        drill: shown as DRILL.
    """

    key: str
    to: str
    address: str
    subject: str
    body: str
    link: str | None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel's own proof that it took the message."""

    reference: str
    at: datetime


class Pager(Protocol):
    """A means that wakes one person."""

    def page(self, message: PageMessage) -> Receipt:
        """Hand the message over. Returns only when the other side has taken it.

        The same key handed over twice is shown once. Raises Temporary or Permanent.
        """
        ...


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One text to run on one target.

    Attributes:
        text: the final text, nothing left to fill.
        language: "shell" or "sql".
        cwd: working directory, or None for the target's own.
        environment: variables added for this run (already redacted nowhere: never log them).
        timeout: after this the whole process group is ended.
        output_limit_bytes: per stream; more is cut and counted.
    """

    text: str
    language: str = "shell"
    cwd: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    timeout: timedelta = timedelta(seconds=30)
    output_limit_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run showed.

    Attributes:
        exit_status: of the text as a whole (128+n for a signal), or None if it never started or timed out.
        statuses: of the parts of the last pipeline, in order (bash PIPESTATUS); empty if unknown.
        stdout, stderr: decoded with replacement, cut at the limit.
        truncated_bytes: how many bytes were cut.
        took: from start to end.
        timed_out: whether the time limit ended it.
        error: why it could not be started at all, or None.
        in_doubt: the runner lost sight of it before the end (a broken connection, a process nothing could end):
            nobody can say whether it took effect. A time limit alone does not set it.
    """

    exit_status: int | None
    statuses: tuple[int, ...]
    stdout: str
    stderr: str
    truncated_bytes: int
    started_at: datetime
    took: timedelta
    timed_out: bool = False
    error: str | None = None
    in_doubt: bool = False


class Runner(Protocol):
    """A place where texts run: this machine, a host by SSH, a database."""

    @property
    def target(self) -> str:
        """The resolved name shown on approvals: "local (web-1)", "ssh deploy@10.0.0.4"."""
        ...

    def run(self, request: RunRequest) -> RunResult:
        """Run the text with stdin closed, in its own process group. Never raises for a failing text."""
        ...


class Prober(Protocol):
    """Takes one sample of one kind of check."""

    def probe(self, spec: CheckSpec) -> Sample:
        """One honest attempt: no hidden retry. Never raises; trouble of our own is Verdict.UNKNOWN."""
        ...
