"""What is told to whom: drafts, yes and sending, the list of what is owed."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from tocsin.comms.checklist import checklist
from tocsin.incident import events as ev
from tocsin.incident.said import Update
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Answered, Digest, Name, Words, body, hidden, incident_of, say, speaker, word

_INCIDENT = "/api/v1/incidents/{incident}"
Audience = Literal["public", "customers", "executives", "team"]


class UpdateView(msgspec.Struct):
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


class Updates(msgspec.Struct):
    """Every update of an incident, oldest first."""

    updates: list[UpdateView]


class ItemView(msgspec.Struct):
    """One line of the communication checklist; `by` is null when tocsin saw it itself."""

    item: str
    text: str
    done: bool
    at: datetime | None
    by: str | None
    said: str


class Checklist(msgspec.Struct):
    """What has to be told or written down, as the runbook lists it."""

    checklist: list[ItemView]


class Draft(msgspec.Struct, forbid_unknown_fields=True):
    """One's own words for an audience."""

    audience: Audience
    text: Words


class Agreed(msgspec.Struct, forbid_unknown_fields=True):
    """A yes to exactly the text the digest names."""

    digest: Digest


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """Send exactly the text the digest names; `anyway` is the reason for sending it although it was flagged."""

    digest: Digest
    anyway: Words | None = None


class Withdrawn(msgspec.Struct, forbid_unknown_fields=True):
    """Why it no longer holds."""

    because: Words


class Tick(msgspec.Struct, forbid_unknown_fields=True):
    """An item of the checklist, and what was done."""

    item: Name
    said: Words | None = None


class Cadence(msgspec.Struct, forbid_unknown_fields=True):
    """The time between public updates of a long incident."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)]


def _view(update: Update) -> UpdateView:
    made = update.drafted
    return UpdateView(
        made.update, made.audience, update.state.value, made.state, made.text, update.digest, update.at, made.by,
        list(update.approvals), update.sent_at, update.sent.by if update.sent else None, list(update.delivered),
        list(update.failed),
    )  # fmt: skip


def _updates(call: Call) -> Updates:
    return Updates([_view(update) for update in incident_of(call).said.updates.values()])


def _checklist(call: Call) -> Checklist:
    items = checklist(call.app.library.current, incident_of(call))
    return Checklist([ItemView(i.key, i.text, i.done, i.at, i.by, i.said) for i in items])


def _draft(call: Call) -> Answered:
    given, incident = body(call, Draft), incident_of(call)
    key = f"{incident.id}.u{len(incident.said.updates) + 1}"
    return say(call, ev.UpdateDrafted(given.audience, hidden(call, given.text) or "", key, "", speaker(call)))


def _approve(call: Call) -> Answered:
    return say(call, ev.UpdateApproved(call.path["update"], speaker(call), body(call, Agreed).digest))


def _send(call: Call) -> Answered:
    given = body(call, Sent)
    return say(
        call, ev.UpdateSent(call.path["update"], speaker(call), given.digest, hidden(call, given.anyway))
    )


def _withdraw(call: Call) -> Answered:
    because = hidden(call, body(call, Withdrawn).because) or ""
    return say(call, ev.UpdateWithdrawn(call.path["update"], speaker(call), because))


def _tick(call: Call) -> Answered:
    given = body(call, Tick)
    return say(call, ev.ChecklistTicked(given.item, speaker(call), hidden(call, given.said) or ""))


def _cadence(call: Call) -> Answered:
    return say(call, ev.CadenceSet(speaker(call), timedelta(minutes=body(call, Cadence).minutes)))


OPERATIONS = (
    Operation("GET", f"{_INCIDENT}/updates", "updates", "Every update and draft, with its digest.",
              AccessRole.VIEWER, Updates, _updates),
    Operation("GET", f"{_INCIDENT}/checklist", "checklist", "What has to be told or written down.",
              AccessRole.VIEWER, Checklist, _checklist),
    word("/updates", "draft_update", "Write an update in one's own words.", Draft, _draft),
    word("/updates/{update}/approve", "approve_update", "Yes to exactly this text.", Agreed, _approve),
    word("/updates/{update}/send", "send_update", "Send exactly this text.", Sent, _send),
    word("/updates/{update}/withdraw", "withdraw_update", "It no longer holds.", Withdrawn, _withdraw),
    word("/checklist", "tick", "An item of the checklist is done.", Tick, _tick),
    word("/cadence", "set_cadence", "A long incident: the time between public updates.", Cadence, _cadence),
)  # fmt: skip
