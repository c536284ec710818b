"""What was learned: drafts, their way to publication, action items."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from tocsin.app.postmortem_text import write
from tocsin.engine.history import load
from tocsin.engine.publish import Reading, move, read
from tocsin.engine.words import wait_for_answer
from tocsin.errors import NotFound, Refused, StoreError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import ActionView, PostmortemState
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.postmortem.lint import Weight
from tocsin.store import incidents
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import (
    ANSWER_LIMIT,
    Answered,
    Empty,
    Name,
    Words,
    body,
    hidden,
    incident_of,
    say,
    speaker,
    word,
)

_INCIDENT = "/api/v1/incidents/{incident}/postmortem"

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500_000)]


class ItemView(msgspec.Struct):
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


class PostmortemView(msgspec.Struct):
    """How far the document of an incident is."""

    incident: str
    severity: str
    state: PostmortemState | None
    owner: str | None
    due: datetime | None
    published_at: datetime | None
    path: str | None
    actions: list[ItemView]


class Postmortems(msgspec.Struct):
    """Every incident that is over, the newest first."""

    postmortems: list[PostmortemView]


class Items(msgspec.Struct):
    """What was promised, the nearest day first."""

    actions: list[ItemView]


class FindingView(msgspec.Struct):
    """One thing to be mended in a post-mortem."""

    rule: str
    severity: Weight
    line: int
    column: int
    message: str
    fix: str


class PostmortemText(msgspec.Struct):
    """The text as it is now, its hash, and what it lacks."""

    incident: str
    path: str
    sha256: str
    text: str
    findings: list[FindingView]


class Owner(msgspec.Struct, forbid_unknown_fields=True):
    """Who answers for the document."""

    owner: Name


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """The next state; `sha256` is of the text that was read, so that no other text moves on."""

    state: PostmortemState
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    note: Words | None = None


class Done(msgspec.Struct, forbid_unknown_fields=True):
    """How one sees that it is done; or, with `done` false, why it will not be."""

    done: bool = True
    note: Words | None = None


def _view(incident: Incident, now: datetime) -> PostmortemView:
    draft = incident.postmortem
    return PostmortemView(
        incident.id,
        incident.severity,
        incident.postmortem_state if draft else None,
        incident.postmortem_owner,
        draft.due if draft else None,
        incident.postmortem_published_at,
        draft.path if draft else None,
        [_item(incident, view, now) for view in incident.actions.values()],
    )


def _item(incident: Incident, view: ActionView, now: datetime) -> ItemView:
    opened, closed = view.opened, view.closed
    state = "open" if closed is None else "done" if closed.done else "dropped"
    note = closed.note if closed is not None else None
    late = closed is None and opened.due <= now
    return ItemView(
        opened.item, incident.id, opened.what, opened.owner, opened.due, opened.priority, state, note, late
    )


class Written(msgspec.Struct):
    """The hash of the text as it is now."""

    incident: str
    sha256: str


class NewText(msgspec.Struct, forbid_unknown_fields=True):
    """The whole new text; `sha256` is of the one that was read, so that nobody's words are overwritten unseen."""

    text: Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


def _everything(call: Call) -> list[Incident]:
    with call.app.database.read() as tx:
        return [
            load(tx, row.id) for row in incidents.listing(tx, limit=int(call.query["limit"])) if not row.drill
        ]


def _list(call: Call) -> Postmortems:
    return Postmortems([_view(each, call.now) for each in _everything(call) if each.resolved_at is not None])


def _items(call: Call) -> Items:
    found = [
        _item(incident, view, call.now)
        for incident in _everything(call)
        for view in incident.actions.values()
        if call.query["closed"] == "true" or view.closed is None
    ]
    return Items(sorted(found, key=lambda item: item.due))


def _reading(call: Call, incident: Incident) -> Reading:
    if incident.postmortem is None:
        raise NotFound(f"{incident.id} has no draft yet.")
    today = call.now.astimezone(UTC).date()
    return read(Path(incident.postmortem.path), call.app.settings.roster.people, today)


def _text(call: Call) -> PostmortemText:
    incident = incident_of(call)
    found = _reading(call, incident)
    return PostmortemText(
        incident.id,
        str(found.path),
        found.sha256,
        found.document.text,
        [
            FindingView(each.rule, each.weight, each.line, each.column, each.message, each.fix)
            for each in found.findings
        ],
    )


def _own(call: Call) -> Answered:
    return say(call, ev.PostmortemOwned(PersonId(body(call, Owner).owner), speaker(call)))


def _again(call: Call) -> Answered:
    return say(call, ev.PostmortemWanted(speaker(call)))


def _move(call: Call) -> Answered:
    wanted = body(call, Move)
    incident, by = incident_of(call), speaker(call)
    found = _reading(call, incident)
    if found.sha256 != wanted.sha256:
        raise Refused("The text was changed since it was read.", hint="Read it again, then move it.")
    people = call.app.settings.roster.people
    note = hidden(call, wanted.note)
    signals = move(call.app.database, incident, found, wanted.state, by, people, call.now, note)
    answers = [wait_for_answer(call.app.database, each, call.app.clock, ANSWER_LIMIT) for each in signals]
    for answer in answers:
        if answer is None:
            raise StoreError("Stored, but the engine has not decided yet.")
        if not answer.accepted:
            raise Refused(answer.refusal or "Refused.")
    last = answers[-1]
    return Answered(True, incident.id, last.stage if last else None)


def _write(call: Call) -> Written:
    speaker(call)
    given = body(call, NewText)
    incident = incident_of(call)
    text = (hidden(call, given.text) or "").replace("\r\n", "\n")
    return Written(incident.id, write(incident, text, given.sha256))


def _close(call: Call) -> Answered:
    given = body(call, Done)
    return say(call, ev.ActionClosed(call.path["item"], speaker(call), given.done, hidden(call, given.note)))


_VIEWER = AccessRole.VIEWER
_LIMIT = Query("limit", "how many incidents at most", "count", "100")
_CLOSED = Query("closed", "those that are done or dropped too", "flag", "false")
OPERATIONS = (
    Operation("GET", "/api/v1/postmortems", "list_postmortems", "Every incident that is over, and how far its post-mortem is.",
              _VIEWER, Postmortems, _list, query=(_LIMIT,), tag="postmortems"),
    Operation("GET", "/api/v1/actions", "list_actions", "What was promised after incidents.", _VIEWER, Items, _items,
              query=(_LIMIT, _CLOSED), tag="postmortems"),
    Operation("GET", _INCIDENT, "get_postmortem", "The text as it is now, and what it lacks.", _VIEWER, PostmortemText,
              _text, tag="postmortems"),
    Operation("POST", f"{_INCIDENT}/text", "write_postmortem", "The whole new text, over the one that was read.",
              AccessRole.RESPONDER, Written, _write, NewText, refuses=(409,), tag="postmortems"),
    word("/postmortem/draft", "draft_postmortem", "A fresh draft from the log, in a file of its own.", Empty, _again),
    word("/postmortem/owner", "own_postmortem", "Name the one person who answers for it.", Owner, _own),
    word("/postmortem/state", "move_postmortem", "A step on, or back; published at the end.", Move, _move),
    word("/actions/{item}", "close_action", "An action item is done, or will not be done.", Done, _close),
)  # fmt: skip
