"""The status page from inside: how it stands, how a word to the public will look, planned work, who hears of updates."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from tocsin.app import status_page as pages
from tocsin.app.settings_status import StatusSettings
from tocsin.engine.status import subscribe as status_subscribe
from tocsin.errors import InputError, NotFound, Refused
from tocsin.oncall.person import AccessRole
from tocsin.status import words
from tocsin.status.board import State
from tocsin.status.pages import rendered
from tocsin.store import status as store
from tocsin.store import subscribers
from tocsin.web.api.logins import number_in
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Empty, Name, body, hidden

_PATH = "/api/v1/status"
_SUBSCRIBERS_MAX = 1_000

PublicText = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class ComponentView(msgspec.Struct):
    """A component as the public sees it; `uptime` in the words of the page."""

    name: str
    state: State
    uptime: str


class OpenView(msgspec.Struct):
    """An incident as the public sees it: its public name, ours, what is said, and the promise of the next word."""

    incident: str
    name: str
    said: str
    promise: str | None
    overdue: bool


class WorkView(msgspec.Struct):
    """Announced work; `over_at` when it was done before its time, or called off."""

    work: int
    name: str
    text: str
    components: list[str]
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    by: str


class StatusView(msgspec.Struct):
    """The page as it is now: its one sentence, its components, what is open, and the work that is announced."""

    at: datetime
    sentence: str
    components: list[ComponentView]
    open: list[OpenView]
    works: list[WorkView]


class Works(msgspec.Struct):
    """Work that is planned, going on, or was over not long ago; by its start."""

    works: list[WorkView]


class WorkWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Work to be announced; times carry their offset, components are named as in the settings."""

    name: Name
    starts_at: datetime
    ends_at: datetime
    components: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    text: Annotated[str, msgspec.Meta(max_length=4_000)] = ""


class WorkOver(msgspec.Struct):
    """It is not announced any more."""

    work: int
    over: bool


class Draft(msgspec.Struct, forbid_unknown_fields=True):
    """A word to the public, in Markdown."""

    text: PublicText


class Preview(msgspec.Struct):
    """What the page would show. `hidden`: something that looks like a secret was taken out."""

    text: str
    html: str
    hidden: bool


class SubscriberView(msgspec.Struct):
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


class Subscribers(msgspec.Struct):
    """Whoever hears of updates."""

    subscribers: list[SubscriberView]


class WebhookWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Where every public update is to be sent, signed (Standard Webhooks)."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class WebhookMade(msgspec.Struct):
    """The only time the secret is shown by which the receiver verifies."""

    subscriber: int
    secret: str


class Left(msgspec.Struct):
    """It is told no more, and its address is forgotten."""

    subscriber: int
    left: bool


def _board(call: Call) -> StatusView:
    _wanted(call)
    board = pages.look(call.app.database, call.app.settings, call.app.clock, count=False)
    components = [ComponentView(each.name, each.state, words.uptime(each)) for each in board.components]
    opened = [
        OpenView(
            each.internal, each.name, words.SAID[each.state], words.promise(each, board.at), each.overdue(board.at)
        )
        for each in board.open_incidents
    ]  # fmt: skip
    return StatusView(board.at, words.sentence(board), components, opened, _works(call).works)


def _works(call: Call) -> Works:
    since = call.now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with call.app.database.read() as tx:
        return Works([_view(each) for each in store.works(tx, since)])


def _view(each: store.Work) -> WorkView:
    return WorkView(
        each.id, each.name, each.text, list(each.components), each.starts_at, each.ends_at, each.over_at, each.by
    )  # fmt: skip


def _plan(call: Call) -> WorkView:
    given, known = body(call, WorkWanted), [each.name for each in _wanted(call).plan.components]
    for name, moment in (("starts_at", given.starts_at), ("ends_at", given.ends_at)):
        if moment.tzinfo is None:
            raise InputError(f"{name}: a time has an offset, such as 2026-12-31T22:00:00Z.")
    for each in given.components:
        if each not in known:
            raise NotFound(
                f'There is no component "{each}".', hint=f"Known: {', '.join(known) or 'none yet'}."
            )
    begin, end = given.starts_at.astimezone(UTC), given.ends_at.astimezone(UTC)
    if not given.name.strip() or end <= begin or end <= call.now:
        raise InputError("Work needs a name, and ends after it begins and after now.")
    name, text = hidden(call, given.name.strip()) or "", hidden(call, given.text) or ""
    by = call.caller.person or call.caller.via
    with call.app.database.write() as tx:
        number = store.announce(tx, name, text, given.components, begin, end, by, call.now)
    return WorkView(number, name, text, given.components, begin, end, None, by)


def _over(call: Call) -> WorkOver:
    number = number_in(call, "work")
    with call.app.database.write() as tx:
        store.over(tx, number, call.now)
    return WorkOver(number, True)


def _preview(call: Call) -> Preview:
    given = body(call, Draft).text
    shown = hidden(call, given) or ""
    return Preview(shown, rendered(shown), shown != given)


def _subscribers(call: Call) -> Subscribers:
    with call.app.database.read() as tx:
        rows = subscribers.listing(tx)[:_SUBSCRIBERS_MAX]
    return Subscribers(
        [
            SubscriberView(
                each.id, each.kind, each.state, _address(each), each.asked_at, each.confirmed_at, sums.sent,
                sums.waiting, sums.failed, sums.error,
            )
            for each, sums in rows
        ]
    )  # fmt: skip


def _subscribe(call: Call) -> WebhookMade:
    hook = status_subscribe.add_webhook(call.app.database, body(call, WebhookWanted).url, call.now)
    return WebhookMade(hook.number, hook.secret)


def _leave(call: Call) -> Left:
    number = number_in(call, "subscriber")
    with call.app.database.write() as tx:
        by = call.caller.person or call.caller.via
        if not subscribers.leave(tx, number, call.now, f"removed by {by}"):
            raise NotFound(f"There is no subscriber {number}.")
    return Left(number, True)


def _address(each: subscribers.Subscriber) -> str:
    if each.address is None:
        return each.why or ""
    if each.kind == subscribers.WEBHOOK:
        return "/".join(each.address.split("/", 3)[:3])
    name, _, host = each.address.partition("@")
    return f"{name[:1]}…@{host}"


def _wanted(call: Call) -> StatusSettings:
    if call.app.settings.status is None:
        raise Refused("There is no status page.", hint="[status] of tocsin.toml makes one.")
    return call.app.settings.status


_VIEWER, _RESPONDER, _ADMIN = AccessRole.VIEWER, AccessRole.RESPONDER, AccessRole.ADMIN
OPERATIONS = (
    Operation("GET", _PATH, "get_status", "The public's page as it is now.", _VIEWER, StatusView, _board, refuses=(409,),
              tag="status"),
    Operation("POST", _PATH + "/preview", "preview_status", "How a word to the public will look. Keeps nothing.", _RESPONDER,
              Preview, _preview, Draft, tag="status"),
    Operation("GET", _PATH + "/works", "list_works", "Planned work that is announced.", _VIEWER, Works, _works, tag="status"),
    Operation("POST", _PATH + "/works", "plan_work", "Announce work; its components are under maintenance meanwhile.",
              _RESPONDER, WorkView, _plan, WorkWanted, status=201, refuses=(404, 409), tag="status"),
    Operation("POST", _PATH + "/works/{work}/over", "end_work", "It is done before its time, or called off.", _RESPONDER,
              WorkOver, _over, Empty, tag="status"),
    Operation("GET", _PATH + "/subscribers", "list_subscribers", "Who hears of updates, and what did not reach them.", _ADMIN,
              Subscribers, _subscribers, tag="status"),
    Operation("POST", _PATH + "/subscribers", "subscribe_webhook", "Send every public update to a webhook, signed.", _ADMIN,
              WebhookMade, _subscribe, WebhookWanted, status=201, refuses=(409,), tag="status", shows_secret=True),
    Operation("POST", _PATH + "/subscribers/{subscriber}/remove", "remove_subscriber", "Tell a subscriber no more.", _ADMIN,
              Left, _leave, Empty, tag="status"),
)  # fmt: skip
