"""What the API takes and gives.

Made by scripts/api.py from the table of the API; not edited by hand.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

AccessRole: TypeAlias = Literal["admin", "commander", "responder", "viewer"]
"""What an account may do in tocsin."""


class AccountView(msgspec.Struct, kw_only=True):
    """Somebody who may log in; `person` is in whose name they act, null for one who only looks and administrates."""

    login: str
    person: str | None
    role: str
    made_by: str
    made_at: datetime
    closed_at: datetime | None
    passkeys: list[PasskeyView]


class Accounts(msgspec.Struct, kw_only=True):
    """Every account by name, closed ones too: who approved last year stays known."""

    accounts: list[AccountView]


class Agreed(msgspec.Struct, kw_only=True):
    """A yes to exactly the text the digest names."""

    digest: str


class AlertBody(msgspec.Struct, kw_only=True):
    """What is wrong, or well again. Only the title is required; the same fingerprint is the same trouble."""

    title: str
    state: AlertState = "firing"
    fingerprint: str | None = None
    labels: dict[str, str] = {}
    impact: str | None = None
    runbook_url: str | None = None
    drill: bool = False


AlertState: TypeAlias = Literal["firing", "resolved"]
"""Whether something is wrong, or well again."""


class AlertView(msgspec.Struct, kw_only=True):
    """The last claim of one fingerprint."""

    fingerprint: str
    state: AlertState
    title: str
    labels: dict[str, str]


class AmendmentView(msgspec.Struct, kw_only=True):
    """An override, swap or absence, with who wrote it down and why."""

    id: int
    kind: Kind
    person: str
    other: str | None
    level: int | None
    start: datetime
    end: datetime
    reason: str
    by: str
    at: datetime


class AmendmentWanted(msgspec.Struct, kw_only=True):
    """An override (take the pager), a swap (with whom) or an absence; every time carries its offset."""

    kind: Kind
    person: str
    start: datetime
    end: datetime
    reason: str
    other: str | None = None
    level: int | None = None


class Amendments(msgspec.Struct, kw_only=True):
    """What stands from now on."""

    amendments: list[AmendmentView]


class Answered(msgspec.Struct, kw_only=True):
    """What became of a word: accepted, and where the incident stands now."""

    accepted: bool
    incident: str
    stage: str | None


class Approval(msgspec.Struct, kw_only=True):
    """A yes to exactly the text and target that the digest names; `confirm` is the typed target of what destroys."""

    digest: str
    confirm: str | None = None
    break_glass: str | None = None


AskState: TypeAlias = Literal["approved", "expired", "open", "rejected", "withdrawn"]
"""What became of a question."""


class AskView(msgspec.Struct, kw_only=True):
    """A question that waits for a person, or waited: the whole text, where it runs, what it would do, the way back.

    `no_dry_run` says why it cannot be tried; where it can, the run whose `previews` names this ask shows what it would do."""

    id: str
    state: AskState
    number: str
    title: str
    text: str
    target: str
    effect: str
    flags: list[str]
    why: list[str]
    undo: str | None
    undoable: str
    lost: str | None
    warnings: list[str]
    passed_over: list[str]
    digest: str
    expires: datetime
    approvals_needed: int
    approved_by: list[str]
    proposed_by: str
    reasons: list[str] = []
    undoes: str | None = None
    identities: dict[str, str] = {}
    break_glass: str | None = None
    read: list[ReadView] = []
    no_dry_run: str | None = None


Badge: TypeAlias = Literal["cannot be drilled", "drilled", "failed", "never", "out of date"]
"""How a section stands."""

BoardState: TypeAlias = Literal[
    "degraded_performance", "major_outage", "operational", "partial_outage", "under_maintenance", "unknown"
]
"""How a component is. No data is a state of its own, never "operational"."""


class Cadence(msgspec.Struct, kw_only=True):
    """The time between public updates of a long incident."""

    minutes: int


class Calendar(msgspec.Struct, kw_only=True):
    """The shifts of all levels, each cut at both ends of the time asked for."""

    start: datetime
    end: datetime
    shifts: list[ShiftView]


class Called(msgspec.Struct, kw_only=True):
    """Who is paged by name, and what for."""

    person: str
    why: str


class Cause(msgspec.Struct, kw_only=True):
    """The cause, or the best guess."""

    cause: str
    certain: bool = True


class ChangeView(msgspec.Struct, kw_only=True):
    """Something that was changed on purpose, as another tool told it."""

    key: str
    title: str
    source: str
    at: datetime
    state: str
    who: str
    links: list[LinkView]
    labels: dict[str, str]
    fit: str | None = None
    reasons: list[str] = []


class Changes(msgspec.Struct, kw_only=True):
    """Changes, the newest first."""

    changes: list[ChangeView]


class ChannelView(msgspec.Struct, kw_only=True):
    """One pager; `people` are those it reaches, the times are of its last try, failing means that the last one failed."""

    channel: str
    kind: str
    drill: bool
    people: list[str]
    sent_at: datetime | None
    failed_at: datetime | None
    failed_why: str | None
    failing: bool


class Channels(msgspec.Struct, kw_only=True):
    """Every channel in the order of the settings."""

    channels: list[ChannelView]


class Checklist(msgspec.Struct, kw_only=True):
    """What has to be told or written down, as the runbook lists it."""

    checklist: list[UpdatesItemView]


class Checks(msgspec.Struct, kw_only=True):
    """Every check with its last sample of the last hour; unknown where there is none."""

    checks: list[SampleView]


class ClockView(msgspec.Struct, kw_only=True):
    """One deadline and the promise it comes from."""

    name: str
    state: str
    due: datetime
    why: str


class CommandText(msgspec.Struct, kw_only=True):
    """A command to be judged. Nothing is run."""

    text: str
    language: Language = "bash"


class ComponentView(msgspec.Struct, kw_only=True):
    """A component as the public sees it; `uptime` in the words of the page."""

    name: str
    state: BoardState
    uptime: str


class CoveredView(msgspec.Struct, kw_only=True):
    """One incident section of the runbook, its badge and why it has it; `drill` is the newest of it."""

    number: str | None
    title: str
    anchor: str
    badge: Badge
    because: str
    drill: int | None


class Declined(msgspec.Struct, kw_only=True):
    """An offered role is not taken."""

    role: str
    reason: str | None = None


class DoingDone(msgspec.Struct, kw_only=True):
    """A step only a person can do was done; `note` says what was seen."""

    number: str
    note: str | None = None


class DrillDesk(msgspec.Struct, kw_only=True):
    """What can be drilled here; `why_not` is empty where it can, `current` is null before the first."""

    scenarios: list[str]
    why_not: str
    note: str
    current: DrillRunning | None


class DrillReport(msgspec.Struct, kw_only=True):
    """One drill as it was kept: its verdict and its runs, as `tocsin drill report --json` gives them."""

    drill: DrillView
    verdict: object
    runs: object


class DrillRunning(msgspec.Struct, kw_only=True):
    """The drill that runs here, or the last one that did; `ended` is null while it runs, `drill` once it is on record."""

    scenario: str
    by: str
    began: datetime
    ended: datetime | None
    said: str
    proven: bool | None
    drill: int | None
    stopped_by: str | None
    states: list[StateView]


class DrillView(msgspec.Struct, kw_only=True):
    """One drill. `expected`: whether it ended as its scenario says; `verdict`: in words."""

    drill: int
    at: datetime
    scenario: str
    section: str
    passed: bool
    expected: bool
    verdict: str
    by: str


class DrillWanted(msgspec.Struct, kw_only=True):
    """Which scenario is to be drilled, by its name."""

    scenario: str


class Drills(msgspec.Struct, kw_only=True):
    """Sections in the order of the runbook; drills of it, the newest first."""

    sections: list[CoveredView]
    drills: list[DrillView]


class Drop(msgspec.Struct, kw_only=True):
    """A way back that waits is not wanted any more."""

    because: str


class Empty(msgspec.Struct, kw_only=True):
    """Nothing but the word itself."""


class Ended(msgspec.Struct, kw_only=True):
    """The session is taken no more."""

    id: int
    ended: bool


class EventView(msgspec.Struct, kw_only=True):
    """Something that happened (docs/reference/events.md); `seq` is its place in the whole log, `position` in its incident."""

    seq: int
    position: int
    incident: str
    kind: str
    actor: str
    at: datetime
    body: object


class Events(msgspec.Struct, kw_only=True):
    """Events, oldest first; `next` is the `after` of the next page, also when there is none yet."""

    events: list[EventView]
    next: int


class Evidence(msgspec.Struct, kw_only=True):
    """What a step showed, already redacted, and its seal."""

    id: str
    incident: str
    run: str
    stdout: str
    stderr: str
    meta: dict[str, object]
    sha256: str
    at: datetime


class ExpectationView(msgspec.Struct, kw_only=True):
    """What the runbook says should be seen, and whether it was: met, not met or unknown."""

    text: str
    state: str
    seen: str


class FateView(msgspec.Struct, kw_only=True):
    """What became of one alert of a request: an incident, or why it was suppressed; neither yet while it waits."""

    alert: str
    incident: str | None
    suppressed: str | None


class Given(msgspec.Struct, kw_only=True):
    """One thing for one named person, within a time box if one is given."""

    to: str
    what: str
    minutes: int | None = None


class Handover(msgspec.Struct, kw_only=True):
    """Who is to have a role; it stays where it is until they take it."""

    to: str
    role: str = "commander"


class Health(msgspec.Struct, kw_only=True):
    """Whether the engine turns; an open port is not health."""

    ok: bool
    why: str


class Heartbeat(msgspec.Struct, kw_only=True):
    """One job with what it missed and its newest pings."""

    heartbeat: HeartbeatView
    misses: list[MissView]
    pings: list[PingView]


class HeartbeatView(msgspec.Struct, kw_only=True):
    """One job: its plan, how it stands, when it was last well, and until when it has to report. Times in seconds."""

    name: str
    state: Standing
    status: str
    schedule: str
    grace_seconds: float
    limit_seconds: float
    in_settings: bool
    section: str | None
    owner: str | None
    last_success: datetime | None
    last_heard: datetime | None
    expected_at: datetime | None
    deadline_at: datetime | None
    since: datetime | None
    exit: int | None
    running: list[datetime]
    pings: int
    misses: int
    hint: str | None


class HeartbeatWanted(msgspec.Struct, kw_only=True):
    """A job without an entry in tocsin.toml: five fields of cron in a time zone, or an interval; durations as in "30 min"."""

    name: str
    schedule: str | None = None
    every: str | None = None
    zone: str = "UTC"
    grace: str = "30 min"
    limit: str | None = None


class Heartbeats(msgspec.Struct, kw_only=True):
    """Every job that reports by name, and the newest runs of those that tocsin starts."""

    heartbeats: list[HeartbeatView]
    started: list[StartedView]


class HousePageView(msgspec.Struct, kw_only=True):
    """A page on a channel: sent, delivered and failed are three things."""

    page: str
    incident: str
    person: str
    pager: str
    state: str
    subject: str
    detail: str | None
    begun_at: datetime
    sent_at: datetime | None
    told_at: datetime | None


class Ical(msgspec.Struct, kw_only=True):
    """Shifts as the text of an iCal file (RFC 5545)."""

    ical: str


class IncidentView(msgspec.Struct, kw_only=True):
    """A whole incident."""

    schema: int
    id: str
    title: str | None
    severity: str
    severity_reasons: list[str]
    stage: Stage
    section: str | None
    match_reasons: list[str]
    candidates: list[str]
    runbook: ViewsRunbookView | None
    declared_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    commander: str | None
    resolved_at: datetime | None
    alerts: list[AlertView]
    clocks: list[ClockView]
    pages: list[ViewsPageView]
    open_ask: AskView | None
    asks: list[AskView]
    in_doubt: list[RunView]
    runs: list[RunView]
    refused: list[RefusedView]
    postmortem: str | None
    timeline: list[LineView]
    manual: list[ManualView] = []
    parameters: dict[str, str] = {}
    undo_due: dict[str, str] = {}
    waiting: dict[str, str] = {}
    changes: list[ChangeView] = []


class Incidents(msgspec.Struct, kw_only=True):
    """Incidents, the newest first; `next` is the `before` of the next page, null on the last."""

    schema: int
    incidents: list[RowView]
    next: int | None = None


class Insights(msgspec.Struct, kw_only=True):
    """How well it went; `measures` names the two events that each time lies between."""

    since: datetime
    incidents: int
    measures: dict[str, str]
    by_severity: dict[str, dict[str, Spread]]
    missed_clocks: dict[str, int]
    load: list[LoadView]
    repeated_sections: dict[str, int]
    open_actions: int
    overdue_actions: int


class Invitation(msgspec.Struct, kw_only=True):
    """The only time the link is shown; it works once. `path` is behind the address of the pages."""

    login: str
    path: str
    expires_at: datetime


class InvitationWanted(msgspec.Struct, kw_only=True):
    """Who is to get a link; for a name that is taken already, role and person change when the link is used."""

    login: str
    role: AccessRole
    person: str | None = None


class Items(msgspec.Struct, kw_only=True):
    """What was promised, the nearest day first."""

    actions: list[PostmortemsItemView]


class Judged(msgspec.Struct, kw_only=True):
    """What a command would do to the world, and why."""

    effect: str
    flags: list[str]
    why: list[str]
    undo: str | None


class KeyMade(msgspec.Struct, kw_only=True):
    """The only time the text of a key is shown."""

    id: int
    key: str
    heartbeat: str | None


class KeyRevoked(msgspec.Struct, kw_only=True):
    """Pings that show it are refused."""

    id: int
    revoked: bool


class KeyView(msgspec.Struct, kw_only=True):
    """A key without its text; `heartbeat` is the one it speaks for, null for all."""

    id: int
    heartbeat: str | None
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


class KeyWanted(msgspec.Struct, kw_only=True):
    """For which job; null for all, and for making new ones."""

    heartbeat: str | None = None


class Keys(msgspec.Struct, kw_only=True):
    """All keys, the newest first."""

    keys: list[KeyView]


Kind: TypeAlias = Literal["absence", "override", "swap"]
"""What an amendment does.

    OVERRIDE: this person is on call at this level, whoever the plan names ("take the pager", ONC-09).
    SWAP: wherever one of two people would be on call, it is the other.
    ABSENCE: this person is not called; the next in the order of the rotation stands in."""

Language: TypeAlias = Literal["bash", "sql"]
"""What a command is written in."""


class LedgerView(msgspec.Struct, kw_only=True):
    """Where the alerts of foreign senders are: accepted = linked + suppressed + pending."""

    requests: int
    accepted: int
    linked: int
    suppressed: int
    pending: int
    balanced: bool
    oldest: datetime | None


class Left(msgspec.Struct, kw_only=True):
    """It is told no more, and its address is forgotten."""

    subscriber: int
    left: bool


Level: TypeAlias = Literal["error", "note", "warning"]
"""How much a diagnostic matters."""


class LevelView(msgspec.Struct, kw_only=True):
    """Who is called at a level now, in order, and the sentences that say why."""

    level: int
    people: list[str]
    because: list[str]


class LineView(msgspec.Struct, kw_only=True):
    """One line of the timeline. `loud` lines are those a tired person needs."""

    at: datetime
    mark: str
    text: str
    detail: list[str]
    evidence: str | None
    loud: bool


class LinkView(msgspec.Struct, kw_only=True):
    """A link and what it is called."""

    text: str
    href: str


class LoadView(msgspec.Struct, kw_only=True):
    """What a person was woken with."""

    person: str
    pages: int
    night: int


class LoginsClosed(msgspec.Struct, kw_only=True):
    """Nobody logs in with it any more, and its sessions have ended."""

    login: str
    closed: bool


class ManualView(msgspec.Struct, kw_only=True):
    """A step only a person can do, and who did it."""

    number: str
    title: str
    links: list[str]
    done_by: str | None
    note: str | None


class Me(msgspec.Struct, kw_only=True):
    """Who the call speaks for, and the most it may do."""

    person: str | None
    scope: AccessRole
    via: str


class MissView(msgspec.Struct, kw_only=True):
    """A deadline that passed without a success."""

    expected_at: datetime
    deadline_at: datetime
    last_state: str


class Move(msgspec.Struct, kw_only=True):
    """The next state; `sha256` is of the text that was read, so that no other text moves on."""

    state: PostmortemState
    sha256: str
    note: str | None = None


class NewText(msgspec.Struct, kw_only=True):
    """The whole new text; `sha256` is of the one that was read, so that nobody's words are overwritten unseen."""

    text: str
    sha256: str


class Note(msgspec.Struct, kw_only=True):
    """Something for the timeline."""

    text: str


class Now(msgspec.Struct, kw_only=True):
    """Every level, as of one moment."""

    at: datetime
    levels: list[LevelView]


class OncallFindingView(msgspec.Struct, kw_only=True):
    """What stands between a page and a person."""

    rule: str
    error: bool
    message: str
    hint: str
    level: int | None
    person: str | None
    start: datetime | None
    end: datetime | None


class OncallWithdrawn(msgspec.Struct, kw_only=True):
    """It does not hold any more; what was stays known."""

    id: int
    withdrawn: bool


class OpenView(msgspec.Struct, kw_only=True):
    """An incident as the public sees it: its public name, ours, what is said, and the promise of the next word."""

    incident: str
    name: str
    said: str
    promise: str | None
    overdue: bool


class OptionView(msgspec.Struct, kw_only=True):
    """One thing that can be done, with the reasons for its place and against it."""

    rank: int
    number: str
    title: str
    text: list[str]
    standing: str
    general: bool
    reasons: list[str]
    against: list[str]


class Options(msgspec.Struct, kw_only=True):
    """What can be done, best first."""

    options: list[OptionView]


class Other(msgspec.Struct, kw_only=True):
    """Another incident, and what both have in common."""

    other: str
    because: str | None = None


class Owner(msgspec.Struct, kw_only=True):
    """Who answers for the document."""

    owner: str


class Pages(msgspec.Struct, kw_only=True):
    """Pages, the newest first."""

    pages: list[HousePageView]


class Parameter(msgspec.Struct, kw_only=True):
    """A value for a hole of the runbook; `secret:NAME` for one of the secret store, never a secret itself."""

    name: str
    value: str


class PasskeyView(msgspec.Struct, kw_only=True):
    """A passkey of an account."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


class PingView(msgspec.Struct, kw_only=True):
    """A ping as it came; `ms` is how long the run took."""

    number: int
    at: datetime
    kind: str
    format: str
    rid: str | None
    exit: int | None
    ms: int | None
    source: str | None
    body: str | None


class Plan(msgspec.Struct, kw_only=True):
    """The plan as `tocsin plan --format json` gives it (docs/reference/plan-json.md)."""

    plan: dict[str, object]


PostmortemState: TypeAlias = Literal["draft", "in review", "published", "reviewed"]
"""How far the document is. A step forward may be taken back; what is published stays published."""


class PostmortemText(msgspec.Struct, kw_only=True):
    """The text as it is now, its hash, and what it lacks."""

    incident: str
    path: str
    sha256: str
    text: str
    findings: list[PostmortemsFindingView]


class PostmortemView(msgspec.Struct, kw_only=True):
    """How far the document of an incident is."""

    incident: str
    severity: str
    state: PostmortemState | None
    owner: str | None
    due: datetime | None
    published_at: datetime | None
    path: str | None
    actions: list[PostmortemsItemView]


class Postmortems(msgspec.Struct, kw_only=True):
    """Every incident that is over, the newest first."""

    postmortems: list[PostmortemView]


class PostmortemsDone(msgspec.Struct, kw_only=True):
    """How one sees that it is done; or, with `done` false, why it will not be."""

    done: bool = True
    note: str | None = None


class PostmortemsFindingView(msgspec.Struct, kw_only=True):
    """One thing to be mended in a post-mortem."""

    rule: str
    severity: Weight
    line: int
    column: int
    message: str
    fix: str


class PostmortemsItemView(msgspec.Struct, kw_only=True):
    """An action item: who does what until when."""

    item: str
    incident: str
    what: str
    owner: str
    due: datetime
    priority: str
    state: str
    note: str | None
    overdue: bool


class Postponed(msgspec.Struct, kw_only=True):
    """For how long the escalation is put off, once, and why."""

    minutes: int
    because: str


class Preview(msgspec.Struct, kw_only=True):
    """What the page would show. `hidden`: something that looks like a secret was taken out."""

    text: str
    html: str
    hidden: bool


class Problem(msgspec.Struct, kw_only=True):
    """Why a call was not carried out (RFC 9457, `application/problem+json`); nothing was changed by it."""

    title: str
    status: int
    detail: str
    hint: str | None = None


class ReadView(msgspec.Struct, kw_only=True):
    """A text of the repository that a step runs and was judged by: where it stands, and the hash of that file."""

    file: str
    line: int
    sha256: str


class Readiness(msgspec.Struct, kw_only=True):
    """Errors first; none at all is ready."""

    ready: bool
    findings: list[OncallFindingView]


class Reason(msgspec.Struct, kw_only=True):
    """Why."""

    because: str


class RefusedView(msgspec.Struct, kw_only=True):
    """A step that was passed over, with the reasons."""

    number: str
    title: str
    text: str
    effect: str
    reasons: list[str]


class Rejection(msgspec.Struct, kw_only=True):
    """A no, and why."""

    reason: str | None = None


class Released(msgspec.Struct, kw_only=True):
    """Who is no longer needed."""

    person: str


class RemarkView(msgspec.Struct, kw_only=True):
    """A remark of the linter about one line."""

    rule: str
    level: Level
    line: int
    column: int
    message: str
    hint: str | None


class Removed(msgspec.Struct, kw_only=True):
    """The passkey is taken no more."""

    id: int
    removed: bool


class ReplayWanted(msgspec.Struct, kw_only=True):
    """Whether to change anything; and whether one whose sender could not prove itself is taken, on your word."""

    dry_run: bool = True
    refused: bool = False


class Replayed(msgspec.Struct, kw_only=True):
    """What reading it again by today's formats comes to; `applied`: something was handed to the engine."""

    request: int
    before: RequestsState
    after: RequestsState
    added: list[str]
    removed: list[str]
    note: str | None
    applied: bool


class Request(msgspec.Struct, kw_only=True):
    """One request with its headers, its body (redacted), and the fate of its alerts."""

    request: RequestView
    headers: dict[str, str]
    body: str
    fates: list[FateView]


class RequestView(msgspec.Struct, kw_only=True):
    """A request as it was kept, without its body; headers hold no secrets."""

    request: int
    integration: str
    kind: str
    method: str
    path: str
    bytes: int
    source: str
    received_at: datetime
    state: RequestsState
    status: int
    alerts: int
    note: str | None
    read_at: datetime | None


class Requests(msgspec.Struct, kw_only=True):
    """Requests, the newest first; `next` is the `before` of the next page, null on the last."""

    requests: list[RequestView]
    next: int | None


RequestsState: TypeAlias = Literal["ignored", "pending", "read", "refused", "repeated", "unparsed"]
"""How far we are with a request."""


class Resolution(msgspec.Struct, kw_only=True):
    """Why it is over; `anyway` is the reason for ending it although a check is not good."""

    because: str = "resolved by hand"
    anyway: str | None = None


class Role(msgspec.Struct, kw_only=True):
    """A role: commander, deputy, scribe, communications, or what other houses call them."""

    role: str


class RowView(msgspec.Struct, kw_only=True):
    """An incident as a list shows it."""

    id: str
    title: str
    severity: str | None
    stage: str
    section: str | None
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    drill: bool


class RuleView(msgspec.Struct, kw_only=True):
    """A rule of the linter, with its page of documentation in Markdown."""

    rule: str
    level: Level
    finding: str
    text: str


RunState: TypeAlias = Literal["finished", "in doubt", "running", "settled"]
"""How a run stands; in doubt means that nobody saw its end."""


class RunView(msgspec.Struct, kw_only=True):
    """One run of one step."""

    id: str
    number: str
    title: str
    text: str
    target: str
    effect: str
    purpose: str
    state: RunState
    outcome: str | None
    sentence: str | None
    exit_status: int | None
    took_seconds: float | None
    facts: dict[str, str]
    evidence: str | None
    evidence_sha256: str | None
    undo: str | None
    undone_by: str | None = None
    undoes: str | None = None
    expectations: list[ExpectationView] = []
    statements: int = 1
    ended_well: int = 0
    previews: str | None = None


class RunbookRunbookView(msgspec.Struct, kw_only=True):
    """The runbook in force, by its text's hash."""

    title: str
    path: str
    sha256: str
    sections: list[SectionView]
    remarks: list[RemarkView]


class RunbookText(msgspec.Struct, kw_only=True):
    """A runbook to be read. Nothing is run."""

    text: str
    path: str = "runbook.md"


class SampleView(msgspec.Struct, kw_only=True):
    """The last sample of a check."""

    check: str
    at: datetime | None
    verdict: Verdict
    took_ms: float | None
    message: str | None


class Samples(msgspec.Struct, kw_only=True):
    """The samples of one check, oldest first."""

    check: str
    samples: list[SampleView]


class Section(msgspec.Struct, kw_only=True):
    """One section: its text, its plan (docs/reference/plan-json.md), the remarks on its lines."""

    section: SectionView
    text: str
    plan: Plan
    remarks: list[RemarkView]


class SectionView(msgspec.Struct, kw_only=True):
    """One section: where it is, what drills have proven of it, and how often incidents went by it."""

    anchor: str
    number: str | None
    title: str
    line: int
    steps: int
    badge: Badge | None
    because: str | None
    used: int
    last_used: datetime | None


class Security(msgspec.Struct, kw_only=True):
    """Why somebody may have broken in, and what everybody else reads."""

    because: str
    codename: str | None = None


class Sent(msgspec.Struct, kw_only=True):
    """Send exactly the text the digest names; `anyway` is the reason for sending it although it was flagged."""

    digest: str
    anyway: str | None = None


class SessionView(msgspec.Struct, kw_only=True):
    """Where somebody is logged in; address and agent as seen at the log-in."""

    id: int
    login: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


class Sessions(msgspec.Struct, kw_only=True):
    """Sessions that stand, the newest first."""

    sessions: list[SessionView]


class SettingsChange(msgspec.Struct, kw_only=True):
    """A change as the log has it; the hashes are SHA-256 of the texts."""

    seq: int
    at: datetime
    by: str
    settings_before: str
    settings: str
    runbook_before: str
    runbook: str
    changed: list[str]
    waits: list[str]


class SettingsChanges(msgspec.Struct, kw_only=True):
    """Changes, the newest first."""

    changes: list[SettingsChange]


class SettingsInForce(msgspec.Struct, kw_only=True):
    """Which texts hold: SHA-256 of tocsin.toml and of the runbook, since when, and what holds from the next start on only."""

    since: datetime
    settings: str
    runbook: str
    waits: list[str]
    refused: SettingsRefused | None


class SettingsRefused(msgspec.Struct, kw_only=True):
    """The newest texts, where they cannot be used: what is wrong with them, and the next step."""

    at: datetime
    by: str
    message: str
    hint: str | None


class SettingsTaken(msgspec.Struct, kw_only=True):
    """What taking the files up changed: tables of tocsin.toml and "the runbook", and what people have to know of it."""

    changed: list[str]
    remarks: list[str]
    in_force: SettingsInForce


class Settlement(msgspec.Struct, kw_only=True):
    """What a person saw of a change that was cut off."""

    took_effect: bool
    note: str | None = None


class Severity(msgspec.Struct, kw_only=True):
    """How bad it is, as the runbook names it; lowering carries a reason."""

    severity: str
    reason: str | None = None


class ShiftView(msgspec.Struct, kw_only=True):
    """A stretch in which one answer holds; without people it is a gap."""

    level: int
    people: list[str]
    start: datetime
    end: datetime


class SilenceBody(msgspec.Struct, kw_only=True):
    """Alerts whose labels meet every matcher open no incident for a while. `lasts`: as in "2 h"."""

    matchers: list[str]
    comment: str
    lasts: str = "1 h"
    starts_at: datetime | None = None


class SilenceView(msgspec.Struct, kw_only=True):
    """A silence: pending, active or expired."""

    id: str
    state: str
    matchers: list[str]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str


class Silences(msgspec.Struct, kw_only=True):
    """Silences that hold or will, and those that ended in the last five days, the newest first."""

    silences: list[SilenceView]


class Snooze(msgspec.Struct, kw_only=True):
    """For how long paging stops."""

    minutes: int


class Spread(msgspec.Struct, kw_only=True):
    """Many values of one measure."""

    count: int
    median_seconds: float
    p90_seconds: float
    worst_seconds: float


Stage: TypeAlias = Literal["acknowledged", "detected", "mitigating", "new", "resolved", "watching"]
"""How far the incident has come, as people see it. Derived from events, never set by hand."""

Standing: TypeAlias = Literal[
    "due", "failed", "late", "missed", "never_seen", "new", "paused", "running", "too_long"
]
"""How a heartbeat stands, for people."""


class StartedView(msgspec.Struct, kw_only=True):
    """One planned time of a job that tocsin starts itself: started, done or failed."""

    job: str
    due_at: datetime
    state: str
    attempts: int
    started_at: datetime
    ended_at: datetime | None
    said: str | None


class StateView(msgspec.Struct, kw_only=True):
    """A state that a run of the drill entered, and how long after its beginning."""

    run: str
    state: str
    what: str
    after_seconds: float


class StatusDraft(msgspec.Struct, kw_only=True):
    """A word to the public, in Markdown."""

    text: str


class StatusView(msgspec.Struct, kw_only=True):
    """The page as it is now: its one sentence, its components, what is open, and the work that is announced."""

    at: datetime
    sentence: str
    components: list[ComponentView]
    open: list[OpenView]
    works: list[WorkView]


class Stored(msgspec.Struct, kw_only=True):
    """The alert is in the store; nothing can lose it now."""

    accepted: bool
    signal: int
    fingerprint: str


class SubscriberView(msgspec.Struct, kw_only=True):
    """Somebody who hears of updates; of a person's address only enough to recognise one's own."""

    subscriber: int
    kind: str
    state: str
    address: str
    asked_at: datetime
    confirmed_at: datetime | None
    sent: int
    waiting: int
    failed: int
    error: str | None


class Subscribers(msgspec.Struct, kw_only=True):
    """Whoever hears of updates."""

    subscribers: list[SubscriberView]


class TeamClosed(msgspec.Struct, kw_only=True):
    """A task is done, or was given up, and what was seen."""

    said: str
    done: bool = True


class Tick(msgspec.Struct, kw_only=True):
    """An item of the checklist, and what was done."""

    item: str
    said: str | None = None


class Timeline(msgspec.Struct, kw_only=True):
    """What happened, in order."""

    incident: str
    lines: list[LineView]


class TokenList(msgspec.Struct, kw_only=True):
    """All tokens, the newest first."""

    tokens: list[TokenView]


class TokenMade(msgspec.Struct, kw_only=True):
    """The only time the text of a token is shown."""

    id: int
    token: str


class TokenRevoked(msgspec.Struct, kw_only=True):
    """It is not taken any more."""

    id: int
    revoked: bool


class TokenView(msgspec.Struct, kw_only=True):
    """A token without its text, which is kept nowhere."""

    id: int
    label: str
    person: str | None
    scope: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class TokenWanted(msgspec.Struct, kw_only=True):
    """What a token is for, in whose name it speaks, the most it may do, and until when."""

    label: str
    scope: AccessRole
    person: str | None = None
    expires_at: datetime | None = None


class Trial(msgspec.Struct, kw_only=True):
    """The test pages that are on their way: look what becomes of them at /api/v1/pages."""

    person: str
    pages: list[str]


class Undo(msgspec.Struct, kw_only=True):
    """Take a change back: now, or when it is due."""

    due: datetime | None = None


class UpdateView(msgspec.Struct, kw_only=True):
    """One message for one audience; `digest` is what a yes to its text binds to."""

    update: str
    audience: str
    state: str
    says: str
    text: str
    digest: str
    drafted_at: datetime
    by: str | None
    approved_by: list[str]
    sent_at: datetime | None
    sent_by: str | None
    delivered: list[str]
    failed: list[str]


class Updates(msgspec.Struct, kw_only=True):
    """Every update of an incident, oldest first."""

    updates: list[UpdateView]


class UpdatesDraft(msgspec.Struct, kw_only=True):
    """One's own words for an audience."""

    audience: Literal["customers", "executives", "public", "team"]
    text: str


class UpdatesItemView(msgspec.Struct, kw_only=True):
    """One line of the communication checklist; `by` is null when tocsin saw it itself."""

    item: str
    text: str
    done: bool
    at: datetime | None
    by: str | None
    said: str


class UpdatesWithdrawn(msgspec.Struct, kw_only=True):
    """Why it no longer holds."""

    because: str


Verdict: TypeAlias = Literal["degraded", "down", "unknown", "up"]
"""What one sample, or a check as a whole, says."""


class Verified(msgspec.Struct, kw_only=True):
    """Whether nobody edited the log; note the head elsewhere to notice a cut end later."""

    ok: bool
    events: int
    head: str
    first_bad: int | None
    reason: str | None


class ViewsPageView(msgspec.Struct, kw_only=True):
    """One page and what became of it."""

    key: str
    person: str
    level: int
    state: str
    urgent: bool
    why: str


class ViewsRunbookView(msgspec.Struct, kw_only=True):
    """The text an incident is pinned to, and where its section begins."""

    path: str
    sha256: str
    line: int | None


class Wanted(msgspec.Struct, kw_only=True):
    """The step to be asked for next, by its number in the runbook ("5.2b")."""

    step: str


class WebhookMade(msgspec.Struct, kw_only=True):
    """The only time the secret is shown by which the receiver verifies."""

    subscriber: int
    secret: str


class WebhookWanted(msgspec.Struct, kw_only=True):
    """Where every public update is to be sent, signed (Standard Webhooks)."""

    url: str


Weight: TypeAlias = Literal["error", "warning"]
"""Whether a finding stops the publication."""


class WorkOver(msgspec.Struct, kw_only=True):
    """It is not announced any more."""

    work: int
    over: bool


class WorkView(msgspec.Struct, kw_only=True):
    """Announced work; `over_at` when it was done before its time, or called off."""

    work: int
    name: str
    text: str
    components: list[str]
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    by: str


class WorkWanted(msgspec.Struct, kw_only=True):
    """Work to be announced; times carry their offset, components are named as in the settings."""

    name: str
    starts_at: datetime
    ends_at: datetime
    components: list[str] = []
    text: str = ""


class Works(msgspec.Struct, kw_only=True):
    """Work that is planned, going on, or was over not long ago; by its start."""

    works: list[WorkView]


class Written(msgspec.Struct, kw_only=True):
    """The hash of the text as it is now."""

    incident: str
    sha256: str
