"""The ways by which people are reached, how each stands, and a test of one to oneself."""

import secrets
from datetime import datetime

import msgspec

from tocsin.engine.paging.canary import send_trials, trial_pages
from tocsin.errors import NotFound, Refused
from tocsin.oncall.person import AccessRole
from tocsin.store import deliveries
from tocsin.web.api.house import Trial
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Empty


class ChannelView(msgspec.Struct):
    """One pager; `people` are those it reaches, the times are of its last try, failing means that the last one failed."""

    channel: str
    kind: str
    drill: bool
    people: list[str]
    sent_at: datetime | None
    failed_at: datetime | None
    failed_why: str | None
    failing: bool


class Channels(msgspec.Struct):
    """Every channel in the order of the settings."""

    channels: list[ChannelView]


def _list(call: Call) -> Channels:
    settings = call.app.settings
    with call.app.database.read() as tx:
        standings = {each.pager: each for each in deliveries.standings(tx)}
    found = []
    for each in settings.pagers:
        people = [
            str(one.id)
            for one in settings.roster.people
            if any(way.pager == each.name for way in one.methods)
        ]
        last = standings.get(each.name)
        sent, failed = (last.sent_at, last.failed_at) if last is not None else (None, None)
        failing = failed is not None and (sent is None or failed > sent)
        why = last.failed_why if last is not None else None
        found.append(ChannelView(each.name, each.kind, each.drill, people, sent, failed, why, failing))
    return Channels(found)


def _test(call: Call) -> Trial:
    """A test page to oneself by one channel: the methods of others are theirs to test."""
    name = call.path["channel"]
    if not any(each.name == name for each in call.app.settings.pagers):
        raise NotFound("There is no such channel.")
    person = call.app.settings.roster.person(call.caller.person) if call.caller.person is not None else None
    if person is None:
        raise Refused("You are nobody of tocsin.toml, so no channel reaches you.", hint="Log in as a person.")
    pages = trial_pages(person, f"test.{secrets.token_hex(6)}", person.id)
    wanted = tuple(each for each, way in zip(pages, person.methods, strict=True) if way.pager == name)
    if not wanted:
        raise Refused(
            f"{name} does not reach you.",
            hint="Ask somebody whom it reaches, or test theirs on the on-call page.",
        )
    with call.app.database.write() as tx:
        send_trials(tx, wanted, call.now)
    return Trial(person.id, [page.key for page in wanted])


OPERATIONS = (
    Operation("GET", "/api/v1/channels", "list_channels", "By what people are reached, and how it stands.",
              AccessRole.VIEWER, Channels, _list, tag="house"),
    Operation("POST", "/api/v1/channels/{channel}/test", "test_channel", "Send yourself a test page by one channel.",
              AccessRole.RESPONDER, Trial, _test, Empty, status=202, refuses=(409,), tag="house"),
)  # fmt: skip
