"""What a person says about an incident: acknowledge, note, approve, reject, settle, severity, resolve.

Each is one event, handed to the engine and answered when the engine has decided; a refusal is a 409 with its reason.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import msgspec

from tocsin.engine.history import load
from tocsin.engine.words import accept_word, wait_for_answer
from tocsin.errors import InputError, NotFound, Refused, StoreError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.ids import AskId, IncidentId, PersonId, RunId
from tocsin.oncall.person import AccessRole
from tocsin.runbook.defaults import default_levels
from tocsin.store import incidents
from tocsin.web.api.operation import Call, Operation

ANSWER_LIMIT = timedelta(seconds=5)
_INCIDENT = "/api/v1/incidents/{incident}"

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Digest = Annotated[str, msgspec.Meta(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")]


class Answered(msgspec.Struct):
    """What became of a word: accepted, and where the incident stands now."""

    accepted: bool
    incident: str
    stage: str | None


class Empty(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing but the word itself."""


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """Something for the timeline."""

    text: Words


class Approval(msgspec.Struct, forbid_unknown_fields=True):
    """A yes to exactly the text and target that the digest names; `confirm` is the typed target of what destroys."""

    digest: Digest
    confirm: Name | None = None
    break_glass: Words | None = None


class Rejection(msgspec.Struct, forbid_unknown_fields=True):
    """A no, and why."""

    reason: Words | None = None


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The step to be asked for next, by its number in the runbook ("5.2b")."""

    step: Name


class Settlement(msgspec.Struct, forbid_unknown_fields=True):
    """What a person saw of a change that was cut off."""

    took_effect: bool
    note: Words | None = None


class Severity(msgspec.Struct, forbid_unknown_fields=True):
    """How bad it is, as the runbook names it; lowering carries a reason."""

    severity: Name
    reason: Words | None = None


class Resolution(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is over; `anyway` is the reason for ending it although a check is not good."""

    because: Words = "resolved by hand"
    anyway: Words | None = None


Body = TypeVar("Body")


class Undecided(StoreError):
    """The word is stored and will be decided; saying it again would say it twice."""


def say(call: Call, event: ev.Event) -> Answered:
    """Hand the word to the engine and wait for what becomes of it.

    Raises:
        NotFound: there is no such incident. Refused: the engine refused it. Undecided: stored, not yet decided.
    """
    identifier = IncidentId(call.path["incident"])
    with call.app.database.read() as tx:
        if not incidents.exists(tx, identifier):
            raise NotFound(f"There is no incident {identifier}.")
    signal = accept_word(call.app.database, identifier, event, f"person:{speaker(call)}", call.now)
    answer = wait_for_answer(call.app.database, signal, call.app.clock, ANSWER_LIMIT)
    if answer is None:
        raise Undecided(
            "Stored, but the engine has not decided yet.", hint="Look at the incident again in a moment."
        )
    if not answer.accepted:
        raise Refused(answer.refusal or "Refused.")
    return Answered(True, identifier, answer.stage)


def speaker(call: Call) -> PersonId:
    """In whose name the call speaks. Raises Refused for a machine."""
    if call.caller.person is None:
        raise Refused(
            f"{call.caller.via} speaks for nobody, and this is a person's word.",
            hint="Use a token that was made for a person (tocsin token make --for ana), or X-Tocsin-As on this machine.",
        )
    return call.caller.person


def body(call: Call, kind: type[Body]) -> Body:
    """The decoded body. The table promises its type; anything else is a defect of ours."""
    if not isinstance(call.body, kind):
        raise InputError("The body is of another shape.")
    return call.body


def hidden(call: Call, text: str | None) -> str | None:
    """A person's words without the secrets they may hold: logs are pasted into notes."""
    return call.app.redactor.redact(text) if text else text


def incident_of(call: Call) -> Incident:
    """The incident of the path. Raises NotFound."""
    identifier = IncidentId(call.path["incident"])
    with call.app.database.read() as tx:
        if not incidents.exists(tx, identifier):
            raise NotFound(f"There is no incident {identifier}.")
        return load(tx, identifier)


def _acknowledge(call: Call) -> Answered:
    return say(call, ev.Acknowledged(speaker(call)))


def _note(call: Call) -> Answered:
    return say(call, ev.NoteAdded(speaker(call), hidden(call, body(call, Note).text) or ""))


def _approve(call: Call) -> Answered:
    given = body(call, Approval)
    glass = hidden(call, given.break_glass)
    return say(call, ev.Approved(AskId(call.path["ask"]), speaker(call), given.digest, given.confirm, glass))


def _reject(call: Call) -> Answered:
    reason = hidden(call, body(call, Rejection).reason)
    return say(call, ev.Rejected(AskId(call.path["ask"]), speaker(call), reason))


def _want(call: Call) -> Answered:
    return say(call, ev.StepRequested(body(call, Wanted).step, speaker(call)))


def _settle(call: Call) -> Answered:
    given = body(call, Settlement)
    note = hidden(call, given.note)
    return say(call, ev.DoubtSettled(RunId(call.path["run"]), speaker(call), given.took_effect, note))


def _severity(call: Call) -> Answered:
    given = body(call, Severity)
    policy = call.app.library.current.policy
    ranks = {known.name: known.rank for known in policy.severities}
    ranks = ranks or {known: rank for rank, known in enumerate(default_levels())}
    if given.severity not in ranks:
        raise InputError(
            f'"{given.severity}" is not a severity of the runbook.', hint=f"Known: {', '.join(ranks)}."
        )
    event = ev.SeverityChanged(
        given.severity, ranks[given.severity], speaker(call), hidden(call, given.reason)
    )
    return say(call, event)


def _resolve(call: Call) -> Answered:
    given = body(call, Resolution)
    because = hidden(call, given.because) or "resolved by hand"
    return say(call, ev.Resolved(speaker(call), because, hidden(call, given.anyway)))


def word(
    path: str, name: str, about: str, takes: type[msgspec.Struct], handle: Callable[[Call], Answered]
) -> Operation:
    """An operation of the incident: a POST that only somebody who may act may make."""
    return Operation(
        "POST", _INCIDENT + path, name, about, AccessRole.RESPONDER, Answered, handle, takes, refuses=(409,)
    )  # fmt: skip


OPERATIONS = (
    word(
        "/acknowledge", "acknowledge", '"I have it": stops the paging of this incident.', Empty, _acknowledge
    ),
    word("/notes", "note", "Write something onto the timeline.", Note, _note),
    word("/asks/{ask}/approve", "approve", "Yes to one exact step.", Approval, _approve),
    word(
        "/asks/{ask}/reject",
        "reject",
        "No to the step that waits; the next option is looked at.",
        Rejection,
        _reject,
    ),
    word("/steps", "want_step", "Have another step of the runbook asked for next.", Wanted, _want),
    word(
        "/runs/{run}/settle",
        "settle",
        "Say whether a change that was cut off took effect.",
        Settlement,
        _settle,
    ),
    word("/severity", "set_severity", "Change how bad it is; the clocks follow.", Severity, _severity),
    word(
        "/resolve",
        "resolve",
        "End it; refused while a check is not good, unless you say why.",
        Resolution,
        _resolve,
    ),
)
