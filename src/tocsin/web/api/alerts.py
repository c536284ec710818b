"""Alerts in. Answered only after the commit."""

import logging
from typing import Annotated

import msgspec

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.kit.ids import sha256
from tocsin.oncall.person import AccessRole
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import body

logger = logging.getLogger("tocsin.web")

_LABELS_MAX = 64


class AlertBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is wrong, or well again. Only the title is required; the same fingerprint is the same trouble."""

    title: Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]
    state: AlertState = AlertState.FIRING
    fingerprint: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    labels: Annotated[dict[str, str], msgspec.Meta(max_length=_LABELS_MAX)] = {}
    impact: str | None = None
    runbook_url: str | None = None
    drill: bool = False


class Stored(msgspec.Struct):
    """The alert is in the store; nothing can lose it now."""

    accepted: bool
    signal: int
    fingerprint: str


def _alert(call: Call) -> Stored:
    given = body(call, AlertBody)
    hide = call.app.redactor.redact
    alert = Alert(
        fingerprint=given.fingerprint or f"api:{sha256(given.title)[:16]}",
        state=given.state,
        title=hide(given.title.strip()),
        source="api",
        at=call.now,
        labels={name: hide(value) for name, value in given.labels.items()},
        impact=hide(given.impact) if given.impact else None,
        runbook_url=hide(given.runbook_url) if given.runbook_url else None,
        drill=given.drill,
    )
    raw = hide(msgspec.json.encode(given).decode())
    signal = accept_alert(call.app.database, alert, raw, call.now)
    return Stored(True, signal, alert.fingerprint)


OPERATIONS = (
    Operation(
        "POST", "/api/v1/alerts", "post_alert", "Hand in an alert; answered after the commit.", AccessRole.RESPONDER,
        Stored, _alert, AlertBody, status=202, tag="alerts",
    ),
)  # fmt: skip
