"""What one run of a scenario showed: facts only. What follows from them is in `drill.verdict`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

_AS_IT_STANDS = "may not run as it stands: "


class State(Enum):
    """Where a run is; each is entered once, in this order, except that `restore` follows whatever went wrong."""

    PROVISION = "provision"
    BASELINE = "baseline"
    ARM = "arm"
    INJECT = "inject"
    CONFIRM = "confirm"
    DETECT = "detect"
    MATCH = "match"
    RESPOND = "respond"
    VERIFY = "verify"
    WAY_BACK = "way back"
    RESTORE = "restore"
    VERIFY_AGAIN = "re-verify"
    REPORT = "report"


class Kind(Enum):
    """Why a run is made: to try the runbook, or to show that a green try means something."""

    TRIAL = "trial"
    NO_FAULT = "no fault"
    NO_RUNBOOK = "no runbook"
    WITHOUT_STEP = "without a step"


@dataclass(frozen=True, slots=True)
class Moved:
    """A state was entered."""

    at: datetime
    state: State
    what: str


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One run of one step of the runbook.

    Attributes:
        purpose: investigate, mitigate, follow, verify, undo. outcome: as the log has it. changes: whether it was approved.
        at: when it began; took: how long it ran.
    """

    number: str
    title: str
    text: str
    purpose: str
    effect: str
    outcome: str
    sentence: str
    at: datetime
    took: timedelta
    changes: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """A question that got a no, or a step that tocsin itself would not ask for."""

    number: str
    text: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something was as it was to be, with a sentence about it."""

    about: str
    held: bool
    said: str


@dataclass(frozen=True, slots=True)
class Differs:
    """An oracle that is not what it was before."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Times:
    """When each thing was first true; None for what never was."""

    began: datetime
    up: datetime | None = None
    injected: datetime | None = None
    detected: datetime | None = None
    paged: datetime | None = None
    acknowledged: datetime | None = None
    evidence: datetime | None = None
    approved: datetime | None = None
    mitigated: datetime | None = None
    verified: datetime | None = None
    restored: datetime | None = None
    ended: datetime | None = None

    def since(self, earlier: datetime | None, later: datetime | None) -> timedelta | None:
        """How long from one to the other, or None if one of them never was."""
        return later - earlier if earlier is not None and later is not None else None


@dataclass(frozen=True, slots=True)
class Walls:
    """What stood around the room.

    Attributes:
        kind: "capsule" or "open room". why: why it is no capsule, or what is weaker about it; "" if nothing.
    """

    kind: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """The incident that was opened.

    Attributes:
        checks: those that fired, in order. false_alarms: checks that fired before anything was broken.
        section, anchor: what was matched, or None. right: whether that is the scenario's section.
        page_says_drill: whether every message that went out said so.
    """

    incident: str
    severity: str
    checks: tuple[str, ...]
    section: str | None
    anchor: str | None
    reasons: tuple[str, ...]
    right: bool
    pages: int = 0
    page_says_drill: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a scenario, from nothing to nothing.

    Attributes:
        scenario, kind, left_out: what was run; the number of the step that got a no for the sake of ablation.
        runbook: "verbatim" or "corrected". section: the scenario's. text_sha256: of that section's text; "" if there is none.
        broken: why the *sandbox* failed, or None. A failed drill is something else.
        detection: None if no check noticed.
        shown: each thing the investigation had to bring to light.
        green: whether every check was good again, K times in a row, before the sandbox itself mended anything.
        gone: whether the sandbox's own eyes say that the fault is gone, at the same moment.
        by: the last change before it was green.
        ways_back: each way back that was tried.
        differs: oracles that differ after the response. left: those that differ still after everything was restored.
        residue: what the run left on the machine.
        shims: programs that were not the real thing. stand_ins: services that were not.
        rule: how long the checks' own rule takes at most: as many samples as an alarm needs, and one that hangs; of several
            checks the slowest. None of runs that were kept before it was noted.
    """

    scenario: str
    kind: Kind
    runbook: str
    section: str
    text_sha256: str
    seed: int
    walls: Walls
    times: Times
    states: tuple[Moved, ...] = ()
    left_out: str | None = None
    broken: str | None = None
    false_alarms: tuple[str, ...] = ()
    detection: Detection | None = None
    steps: tuple[StepSeen, ...] = ()
    turned: tuple[Turned, ...] = ()
    shown: tuple[Answer, ...] = ()
    green: bool = False
    gone: bool = False
    by: str | None = None
    ways_back: tuple[Answer, ...] = ()
    differs: tuple[Differs, ...] = ()
    left: tuple[Differs, ...] = ()
    residue: tuple[str, ...] = ()
    shims: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    open_by_hand: tuple[str, ...] = ()
    stopped: str | None = None
    rule: timedelta | None = None

    @property
    def held_back(self) -> tuple[str, ...]:
        """Steps that the person asked for by their numbers and that tocsin refused to ask about, each with its reason."""
        asked = [one for one in self.turned if one.by == "tocsin" and not one.text]
        return tuple(
            dict.fromkeys(f"{one.number}: {one.why.partition(_AS_IT_STANDS)[2] or one.why}" for one in asked)
        )

    @property
    def changes(self) -> tuple[StepSeen, ...]:
        """The steps that changed something, in order."""
        return tuple(step for step in self.steps if step.changes and step.purpose != "undo")
