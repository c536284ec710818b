"""What a person does on a page: the same operation of the API, with the same rules, from the fields of a form.

A field "path.ask" fills a hole of the operation's path; the others are its body.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from tocsin.errors import InputError, NotFound, Refused
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.table import OPERATIONS
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done
from tocsin.web.pages.serve import problem

BY_NAME = MappingProxyType({each.name: each for each in OPERATIONS if each.method == "POST"})
_OWN = frozenset({"csrf", "next", "said"})
_HOLE = re.compile(r"\{(\w+)\}")
_INCIDENT = re.compile(r"INC-[0-9]{1,9}")


def do(visit: Visit, operation: Operation, incident: str | None = None) -> msgspec.Struct:
    """Carry an operation out as the visitor, with what the form holds.

    Raises:
        TocsinError: the operation refused it. InputError: a field is missing or wrong.
    """
    if not visit.me.role.reaches(operation.needs):
        raise Refused(f"This needs a {operation.needs.value}; you are a {visit.me.role.value} here.")
    path = {}
    for name in _HOLE.findall(operation.path):
        path[name] = incident if name == "incident" and incident is not None else visit.text(f"path.{name}")
    fields = {
        name: value
        for name, value in visit.form.items()
        if name not in _OWN and not name.startswith("path.") and value.strip()
    }
    body: object | None = None
    if operation.takes is not None:
        body = converted(fields, operation.takes)
    return operation.handle(Call(visit.app, visit.caller, visit.now, path, {}, body))


def converted(fields: Mapping[str, object], takes: type[msgspec.Struct]) -> msgspec.Struct:
    """The fields of a form as the body of an operation. Raises InputError, in words, if they are none."""
    try:
        return msgspec.convert(fields, takes, strict=False)
    except msgspec.ValidationError as wrong:
        raise InputError(f"{_plain(str(wrong))}.") from wrong


def incident_of(visit: Visit) -> str:
    """The incident of the path. Raises NotFound for what is no name of one."""
    found = visit.path["incident"].upper()
    if _INCIDENT.fullmatch(found) is None:
        raise NotFound(f'"{found[:40]}" is no name of an incident; they look like INC-12.')
    return found


def _plain(text: str) -> str:
    """What a form's reader understands of what a decoder says."""
    missing = re.search(r"missing required field `(\w+)`", text)
    if missing:
        return f'"{missing[1].replace("_", " ")}" has to be filled in'
    at = re.search(r" - at `\$\.(\w+)`", text)
    return f'"{at[1].replace("_", " ")}": {text.partition(" - at")[0]}' if at else text


def _in_room(visit: Visit) -> Response:
    operation = _operation(visit)
    identifier = incident_of(visit)
    if not operation.path.startswith("/api/v1/incidents/{incident}/"):
        raise NotFound("That is nothing an incident can do.")
    if (refused := _forbidden(visit, operation)) is not None:
        return refused
    do(visit, operation, identifier)
    return done(visit, _SAID.get(operation.name, "Done."), f"/incidents/{identifier}")


def _anywhere(visit: Visit) -> Response:
    operation = _operation(visit)
    if operation.name not in _ELSEWHERE:
        raise NotFound("That cannot be done from here.")
    if (refused := _forbidden(visit, operation)) is not None:
        return refused
    do(visit, operation)
    return done(visit, _SAID.get(operation.name, "Done."))


def _forbidden(visit: Visit, operation: Operation) -> Response | None:
    """The answer to somebody who may not do this, or None."""
    if visit.me.role.reaches(operation.needs):
        return None
    said = f"This needs a {operation.needs.value}; you are a {visit.me.role.value} here. Nothing was done."
    return problem(visit, 403, said, "Ask an admin, or somebody who may.")


def _operation(visit: Visit) -> Operation:
    found = BY_NAME.get(visit.path["operation"])
    if found is None:
        raise NotFound("There is no such thing to do.")
    return found


# What is done outside of a room by the same words; what shows a secret once has a page of its own.
_ELSEWHERE = frozenset(
    {"test_page", "withdraw_amendment", "revoke_token", "run_drill", "stop_drill", "end_work"}
)
_SAID = {
    "acknowledge": "Acknowledged. Nobody else is called for it.",
    "note": "Noted on the timeline.",
    "approve": "Approved and recorded.",
    "reject": "Rejected. The next option is looked at.",
    "want_step": "It is asked for next.",
    "settle": "Recorded.",
    "set_severity": "The severity is changed; the clocks follow.",
    "resolve": "Resolved.",
    "take_role": "Recorded; a role moves when it is free or handed over.",
    "hand_over": "Offered. It moves when they take it.",
    "escalate": "The next level is called.",
    "call_responder": "They are being paged.",
    "draft_update": "The draft is kept. Read it once more, then send it.",
    "send_update": "Sent.",
    "undo": "A yes to the way back is asked for.",
    "keep": "The change stays.",
    "manual_done": "Ticked off.",
    "give_task": "The task is given.",
    "run_drill": "The drill begins.",
    "stop_drill": "The drill ends now.",
    "end_work": "It is not announced any more.",
    "test_page": "A test page is on its way by every method.",
}

PAGES = (
    Page("POST", "/incidents/{incident}/do/{operation}", AccessRole.VIEWER, _in_room),
    Page("POST", "/do/{operation}", AccessRole.VIEWER, _anywhere),
)
