"""What crosses the wire between the workflow of an incident and the workers that act. Texts are canonical JSON (`kit.codec`)."""

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.incident import codec
from tocsin.incident.events import Recorded

MAIN_QUEUE = "tocsin"


def site_queue(site: str) -> str:
    """The task queue of the workers of one site; "" is the main one."""
    return f"{MAIN_QUEUE}.{site}" if site else MAIN_QUEUE


@dataclass
class Begin:
    """What the workflow of an incident is begun with.

    Attributes:
        incident: "INC-12". text, path, today, waivers: the runbook it is pinned to and how it was judged.
        settings, targets: JSON of ResponseSettings and Targets.
        sites: target name -> site whose workers reach it.
        step_seconds, change_seconds: how long one statement that looks, or changes, may take.
        by_hand: deadlines pass when `until` says so, and nothing is carried out: for stories.
        log: lines of the log (`line_of`), when a long incident is continued as a new run.
    """

    incident: str
    text: str
    path: str
    today: str
    waivers: str
    settings: str
    targets: str
    sites: dict[str, str] = field(default_factory=dict)
    step_seconds: float = 30.0
    change_seconds: float = 900.0
    by_hand: bool = False
    log: list[list[str]] = field(default_factory=list)


@dataclass
class Word:
    """Something that happened outside: an event by its kind and JSON, and who or what brought it."""

    kind: str
    body: str
    actor: str


@dataclass
class Said:
    """What became of a word.

    Attributes:
        accepted: whether it was recorded. refusal: why not. stage: of the incident afterwards.
    """

    accepted: bool
    refusal: str | None
    stage: str


@dataclass
class Around:
    """What a decision looks at beside the incident: JSON of the Roster as of now, and of the identities.

    Attributes:
        texts: scripts that lie where steps run, by path from their root. inside: where steps run, from that root.
    """

    roster: str
    identities: str
    texts: dict[str, str] = field(default_factory=dict)
    inside: str = ""


@dataclass
class Work:
    """One command to be carried out, by its kind and JSON. `change`: it is an approved step and never runs twice."""

    kind: str
    body: str
    change: bool = False


@dataclass
class Entries:
    """Lines for the log (`line_of`); `position` is that of the last one before them."""

    incident: str
    position: int
    events: list[list[str]]


def line_of(record: Recorded) -> list[str]:
    """An event of the log as kind, JSON, actor and time."""
    return [codec.kind_of(record.event), codec.encode(record.event), record.actor, record.at.isoformat()]


def record_of(position: int, line: list[str]) -> Recorded:
    """What `line_of` wrote."""
    kind, body, actor, at = line
    return Recorded(position, datetime.fromisoformat(at), actor, codec.decode_event(kind, body))
