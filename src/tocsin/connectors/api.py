"""Where outside systems meet us: what a pager, a runner and a prober must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from tocsin.detection.check import CheckSpec, Sample


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What one person is woken with.

    Attributes:
        key: idempotency key: the same page has the same key however often it is handed over.
        to: the person's id; `address`: where this channel reaches them.
        subject: at most 160 characters: severity, what, where, since, first step (PAG-16).
        body: the longer text.
        link: where to look and acknowledge, or None. A GET of it changes nothing; a POST acknowledges.
        drill: shown as DRILL.
        kind: "page" wakes, "ask" wants a decision, "inform" only tells, "test" proves that the channel works.
        incidents: what it is about; several in a bundle, none in a test.
        severity: of the worst of them, as the runbook names it; empty in a test.
        rank: of that severity; 0 is the worst.
        token: what a button or a key sends back to name this message, or None if nothing can come back.
        code: the short form of it for people to type; only good together with the address it was sent to.
        callback: where the other side reports what became of it, or None.
        again: whether it was handed over before with an unknown outcome: look first where no key exists (Slack).
        scope: names this installation where several share one account of the channel.
    """

    key: str
    to: str
    address: str
    subject: str
    body: str
    link: str | None
    drill: bool = False
    kind: str = "page"
    incidents: tuple[str, ...] = ()
    severity: str = ""
    rank: int = 0
    token: str | None = None
    code: str | None = None
    callback: str | None = None
    again: bool = False
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel's own proof that it took the message."""

    reference: str
    at: datetime


class Pager(Protocol):
    """A means that wakes one person. What more it can do it says by also being one of the protocols below."""

    def page(self, message: PageMessage) -> Receipt:
        """Hand the message over. Returns only when the other side has taken it.

        The same key handed over twice is shown once, where the vendor permits. Raises Temporary or Permanent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages to one contact within `within`."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Manners:
    """How a channel wants to be used.

    Attributes:
        medium: "sms", "voice", "mail", "chat", "push", or "other" for machines.
        limits: per contact; the first page of an incident is above them (PAG-12, PAG-13).
        bundles: whether several pages to one contact may become one message.
    """

    medium: str = "other"
    limits: tuple[Limit, ...] = ()
    bundles: bool = False


@runtime_checkable
class Mannered(Protocol):
    """A pager whose messages reach a person, who must not be flooded."""

    manners: Manners


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the incidents a message was about: `how` is "acknowledged" or "resolved"."""

    how: str
    by: str | None


@runtime_checkable
class Settles(Protocol):
    """A pager that can take a message back, or show that it is answered (PAG-06)."""

    def settle(self, message: PageMessage, reference: str, settled: Settled) -> None:
        """Stop what still rings of a message it took as `reference`. Raises Temporary or Permanent."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the other side made to us, exactly as it came.

    Attributes:
        url: as the other side knows it, query included: some sign it.
        headers: names in lower case.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """The message named by `token` reached the person's device."""

    token: str
    detail: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The channel had taken the message named by `token`, and could not bring it."""

    token: str
    why: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody answered "I have it" to the message named by `token`.

    Attributes:
        address: of whoever did, as this channel knows them, or None if only the addressee could.
    """

    token: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """Whoever got the message named by `token` wants the next level called."""

    token: str


@dataclass(frozen=True, slots=True)
class Replied:
    """Somebody wrote the reply code of a message back: "I have it".

    Attributes:
        code: as it stood in the message. address: of whoever wrote, as this channel knows them.
    """

    code: str
    address: str


Tiding = Delivered | Undelivered | Pressed | Called | Replied


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wrote to us in a chat ("/tocsin ack INC-3").

    Attributes:
        text: without the name of the command. address: of whoever wrote, as this channel knows them.
    """

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer the other side, and what it told us.

    Attributes:
        asked: what somebody wants to know or do; the answer is then what `Converses.say` makes of ours.
    """

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    tidings: tuple[Tiding, ...] = ()
    asked: Asked | None = None


@runtime_checkable
class Hears(Protocol):
    """A pager whose other side calls back."""

    def hear(self, call: Call) -> Reply:
        """Verify the call and read it. A call that is not proven to come from there is answered 401 or 403 and tells nothing."""
        ...


@runtime_checkable
class Converses(Protocol):
    """A pager whose people may write to us and read our answer at once."""

    def say(self, text: str) -> Reply:
        """The answer to whoever asked, seen by nobody else."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """A channel of a chat that was opened for one incident."""

    reference: str
    name: str


@runtime_checkable
class OpensRooms(Protocol):
    """A pager that can open a chat channel for an incident."""

    opens_rooms: bool

    def open_room(self, name: str, message: PageMessage, members: tuple[str, ...]) -> Room:
        """Open a channel of this name, bring the members (addresses) in and say in it what has happened.

        Opening it again for the same incident gives the same channel. Raises Temporary or Permanent.
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
        bare: of SQL, only the values, "|" between them, as `psql -At` shows them; for captures.
    """

    text: str
    language: str = "shell"
    cwd: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    timeout: timedelta = timedelta(seconds=30)
    output_limit_bytes: int = 256 * 1024
    bare: bool = False


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

    @property
    def local(self) -> bool:
        """Whether its directories are those of this machine."""
        ...

    def identity(self) -> str:
        """Who this place says it is, asked now: a text that stays the same as long as it is the same place.

        Raises:
            TocsinError: it cannot be asked; then nothing may be changed there.
        """
        ...

    def run(self, request: RunRequest) -> RunResult:
        """Run the text with stdin closed, in its own process group. Never raises for a failing text."""
        ...


class Prober(Protocol):
    """Takes one sample of one kind of check."""

    def probe(self, spec: CheckSpec) -> Sample:
        """One honest attempt: no hidden retry. Never raises; trouble of our own is Verdict.UNKNOWN."""
        ...
