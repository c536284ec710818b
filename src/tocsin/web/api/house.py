"""About the installation: is the log whole, do pages reach people, what would a command or a section do."""

import secrets
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec

from tocsin.effects.judge import judge
from tocsin.engine.history import cited
from tocsin.engine.paging.canary import send_trials, trial_pages
from tocsin.errors import NotFound, Refused
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.runbook.document import Text, read
from tocsin.runbook.plan.as_json import document
from tocsin.runbook.plan.outlook import plan
from tocsin.store import deliveries, log
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty, body

_COMMAND_CHARS, _RUNBOOK_CHARS = 20_000, 400_000


class Verified(msgspec.Struct):
    """Whether nobody edited the log; note the head elsewhere to notice a cut end later."""

    ok: bool
    events: int
    head: str
    first_bad: int | None
    reason: str | None


class PageView(msgspec.Struct):
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


class Pages(msgspec.Struct):
    """Pages, the newest first."""

    pages: list[PageView]


class Trial(msgspec.Struct):
    """The test pages that are on their way: look what becomes of them at /api/v1/pages."""

    person: str
    pages: list[str]


class Language(Enum):
    """What a command is written in."""

    BASH = "bash"
    SQL = "sql"


class CommandText(msgspec.Struct, forbid_unknown_fields=True):
    """A command to be judged. Nothing is run."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=_COMMAND_CHARS)]
    language: Language = Language.BASH


class Judged(msgspec.Struct):
    """What a command would do to the world, and why."""

    effect: str
    flags: list[str]
    why: list[str]
    undo: str | None


class RunbookText(msgspec.Struct, forbid_unknown_fields=True):
    """A runbook to be read. Nothing is run."""

    text: Annotated[str, msgspec.Meta(max_length=_RUNBOOK_CHARS)]
    path: Annotated[str, msgspec.Meta(max_length=200)] = "runbook.md"


class Plan(msgspec.Struct):
    """The plan as `tocsin plan --format json` gives it (docs/reference/plan-json.md)."""

    plan: dict[str, object]


def _verify(call: Call) -> Verified:
    head = call.query["head"] or None
    with call.app.database.read() as tx:
        found = log.verify(tx, expected_head=head, cited=cited)
    return Verified(found.ok, found.count, found.head, found.first_bad, found.reason)


def _pages(call: Call) -> Pages:
    person, incident = call.query["person"] or None, call.query["incident"] or None
    with call.app.database.read() as tx:
        rows = deliveries.listing(tx, int(call.query["limit"]), person, incident)
    return Pages(
        [
            PageView(
                row.attempt.page, row.attempt.incident, row.attempt.person, row.attempt.pager, row.state,
                row.attempt.subject, row.detail, row.begun_at, row.sent_at, row.told_at,
            )
            for row in rows
        ]
    )  # fmt: skip


def _trial(call: Call) -> Trial:
    person = call.app.settings.roster.person(PersonId(call.path["person"]))
    if person is None:
        raise NotFound("There is no such person.")
    if not person.methods:
        raise Refused(
            f"{person.id} has no way to be reached.", hint=f"Set people.{person.id}.page in tocsin.toml."
        )
    asked_by = call.caller.person or call.caller.via
    pages = trial_pages(person, f"test.{secrets.token_hex(6)}", asked_by)
    with call.app.database.write() as tx:
        send_trials(tx, pages, call.now)
    return Trial(person.id, [page.key for page in pages])


def _judge(call: Call) -> Judged:
    given = body(call, CommandText)
    found = judge(given.text, "sql" if given.language is Language.SQL else "shell")
    return Judged(
        found.effect.word,
        sorted(flag.value for flag in found.flags),
        [reason.sentence for reason in found.reasons],
        found.undo.reverse if found.undo is not None else None,
    )


def _plan(call: Call) -> Plan:
    given = body(call, RunbookText)
    today: date = call.now.date()
    book = read(Text(Path(given.path), given.text), today)
    return Plan(dict(document(plan(book))))


_VIEWER, _RESPONDER, _ADMIN = AccessRole.VIEWER, AccessRole.RESPONDER, AccessRole.ADMIN
_HEAD = Query("head", "a head noted earlier: it must still be a line of the log")
_PERSON = Query("person", "only theirs")
_INCIDENT = Query("incident", "only of this incident")
_LIMIT = Query("limit", "how many at most", "count", "50")
OPERATIONS = (
    Operation("GET", "/api/v1/audit", "verify_log", "Prove that nobody edited the log.", _VIEWER, Verified, _verify,
              query=(_HEAD,), tag="house"),
    Operation("GET", "/api/v1/pages", "list_pages", "What was handed to which channel, and what became of it.", _VIEWER,
              Pages, _pages, query=(_PERSON, _INCIDENT, _LIMIT), tag="house"),
    Operation("POST", "/api/v1/people/{person}/test-page", "test_page", "Send a test page by every one of a person's methods.",
              _RESPONDER, Trial, _trial, Empty, status=202, refuses=(409,), tag="house"),
    Operation("POST", "/api/v1/judge", "judge", "What a command would do to the world, and why. Runs nothing.", _VIEWER,
              Judged, _judge, CommandText, tag="runbooks"),
    Operation("POST", "/api/v1/plan", "plan", "A runbook read as a program. Runs nothing.", _VIEWER, Plan, _plan,
              RunbookText, tag="runbooks"),
)  # fmt: skip
