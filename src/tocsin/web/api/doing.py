"""Words about doing: values for holes, the way back, work by hand; and what can be done."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from tocsin.app import views
from tocsin.app.choices import options as options_of
from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.kit.ids import RunId
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Answered, Name, Words, body, hidden, incident_of, say, speaker, word

Hole = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_]+$")]
Given = Annotated[str, msgspec.Meta(min_length=1, max_length=4_096)]


class Parameter(msgspec.Struct, forbid_unknown_fields=True):
    """A value for a hole of the runbook; `secret:NAME` for one of the secret store, never a secret itself."""

    name: Hole
    value: Given


class Undo(msgspec.Struct, forbid_unknown_fields=True):
    """Take a change back: now, or when it is due."""

    due: datetime | None = None


class Drop(msgspec.Struct, forbid_unknown_fields=True):
    """A way back that waits is not wanted any more."""

    because: Words


class Done(msgspec.Struct, forbid_unknown_fields=True):
    """A step only a person can do was done; `note` says what was seen."""

    number: Name
    note: Words | None = None


class Options(msgspec.Struct):
    """What can be done, best first."""

    options: list[views.OptionView]


def _set(call: Call) -> Answered:
    given = body(call, Parameter)
    text = f"{given.name}={given.value}"
    if hidden(call, text) != text:
        raise InputError(
            f"The value of {given.name} looks like a secret, and would stand in the log.",
            hint="Put it into the secret store and name it: secret:NAME.",
        )
    return say(call, ev.ParameterSet(given.name, given.value, speaker(call)))


def _undo(call: Call) -> Answered:
    due = body(call, Undo).due
    if due is not None and due.tzinfo is None:
        raise InputError("due: a time needs a zone.", hint='Write it like "2026-11-21T03:15:00Z".')
    due = due.astimezone(UTC) if due is not None else None
    return say(call, ev.UndoRequested(RunId(call.path["run"]), speaker(call), due))


def _drop(call: Call) -> Answered:
    because = hidden(call, body(call, Drop).because) or ""
    return say(call, ev.UndoCalledOff(RunId(call.path["run"]), because, speaker(call)))


def _done(call: Call) -> Answered:
    given = body(call, Done)
    return say(call, ev.ManualStepDone(given.number, speaker(call), hidden(call, given.note)))


def _options(call: Call) -> Options:
    app = call.app
    ranked = options_of(app.database, app.settings, incident_of(call), app.clock)
    return Options([views.option(each) for each in ranked])


OPERATIONS = (
    Operation(
        "GET", "/api/v1/incidents/{incident}/options", "options", "What can be done, best first, with reasons.",
        AccessRole.VIEWER, Options, _options,
    ),
    word("/parameters", "set_parameter", "Fill a hole of the runbook.", Parameter, _set),
    word("/runs/{run}/undo", "undo", "Ask for a yes to taking a change back.", Undo, _undo),
    word("/runs/{run}/keep", "keep", "Call a way back off that waits for its time.", Drop, _drop),
    word("/manual", "manual_done", "Tick off a step that only a person can do.", Done, _done),
)  # fmt: skip
