"""What we ask of the world. Imperative; recorded with the events that caused them, carried out afterwards."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.kit.ids import AskId, IncidentId, PersonId, RunId, StepId

NOT_RUN = "not run"  # outcome of an approved step that never began: it may be asked for again


@dataclass(frozen=True, slots=True)
class Page:
    """Wake, ask or tell one person.

    Attributes:
        key: idempotency key, one per meaning: a page handed over twice is shown once.
        kind: "page" wakes, "ask" wants a decision, "inform" only tells.
        subject: at most 160 characters. body: the longer text.
        method: with which of the person's methods to begin; what comes before it was used already.
    """

    key: str
    incident: IncidentId
    person: PersonId
    level: int
    kind: str
    subject: str
    body: str
    drill: bool = False
    method: int = 0


@dataclass(frozen=True, slots=True)
class SettlePages:
    """Let channels that can stop what still rings for this incident, or show that it is answered (PAG-06).

    Attributes:
        how: "acknowledged" or "resolved". by: who did, or None.
    """

    key: str
    incident: IncidentId
    how: str
    by: PersonId | None


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Open a chat channel for this incident, with everybody in it who may be called.

    Attributes:
        name: "incident-20251007-0300", in UTC. subject, body: what is said first.
    """

    key: str
    incident: IncidentId
    name: str
    subject: str
    body: str
    drill: bool = False


@dataclass(frozen=True, slots=True)
class CancelPages:
    """Forget the pages of this incident that nobody has handed over yet."""

    incident: IncidentId


@dataclass(frozen=True, slots=True)
class StepText:
    """One statement of a step, with the place it is meant for.

    Attributes:
        cwd, environment: from the context of the line. target: name of the bound target, "local" if none.
        read: (file, line, SHA-256) of each text of the repository it was judged by; with other content it does not run.
    """

    text: str
    language: str
    target: str
    cwd: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    read: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the runbook says a step should show.

    Attributes:
        kind: http_status, empty, contains, json, number, exit_status, or prose, which only a person can compare.
        value: the status, word, JSON text or "<= 80" style comparison. text: as written.
    """

    kind: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class RunStep:
    """Run the statements of one step, in order; stop at the first that fails.

    Attributes:
        effect: the effect it was queued with; the final text is judged again and may not be worse.
        digest: of text and target; for an approved step it must be the approved one.
        capture: observing command to run before and after a change, or None.
        until: when the yes it was queued with runs out; what has not begun by then does not begin (MIT-05).
        expects: what the runbook says it should show.
        identities: (target, who it has to be); checked before anything changes.
    """

    run: RunId
    incident: IncidentId
    step: StepId
    texts: tuple[StepText, ...]
    effect: str
    purpose: str
    digest: str
    ask: AskId | None = None
    capture: str | None = None
    until: datetime | None = None
    expects: tuple[Expected, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DraftPostmortem:
    """Write the draft of what we learned, from the log."""

    incident: IncidentId


@dataclass(frozen=True, slots=True)
class SendUpdate:
    """Hand an update to the channels of its audience. A person has sent it; this carries it there.

    Attributes:
        update: the idempotency key: handed over twice, it is shown once.
        subject: one line. text: exactly what was read and sent.
    """

    update: str
    incident: IncidentId
    audience: str
    subject: str
    text: str
    drill: bool = False


Command = SendUpdate | Page | CancelPages | RunStep | DraftPostmortem | SettlePages | OpenRoom
