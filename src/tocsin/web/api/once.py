"""Calls that their caller named (`Idempotency-Key`): sent again, they are answered as before and not done again.

A network that breaks after the call leaves its caller not knowing; without a name the only safe thing is to look.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from starlette.responses import Response

from tocsin.app.build import App
from tocsin.kit.ids import sha256
from tocsin.store import replies
from tocsin.web.api.operation import Call, Operation, Problem

HEADER = "idempotency-key"
STORED = "tocsin-stored"  # on a 503: what was asked is stored all the same
KEY_CHARS = 255
_KEPT_BELOW = 500  # what failed at our end was not done, and may be tried again
_JSON, _PROBLEM = "application/json", "application/problem+json"


def once(
    app: App, each: Operation, call: Call, key: str, path: str, now: datetime, act: Callable[[], Response]
) -> Response:
    """The answer to a named call: of `act`, or the one that was given before.

    Args:
        path: of the request, with its holes filled. act: carries the call out; never raises for what it refuses.
    """
    digest = sha256(f"{call.caller.via}\0{call.caller.person or ''}\0{key}")
    asked = sha256(f"{each.name}\0{path}\0{msgspec.json.encode(call.body, order='sorted').decode()}")
    with app.database.write() as tx:
        before = replies.begin(tx, digest, asked, now)
    if before is None:
        return _first(app, each, digest, act)
    if before.asked != asked:
        return _refused("This Idempotency-Key was used for another call.", "Choose a new key for each call.")
    if before.status is None:
        return _refused("The same call is being carried out.", "Ask again in a moment.")
    if before.body is None:
        return _refused(
            "This was done already; what it showed is shown once.", "Revoke what it made, and make another."
        )
    media = _JSON if before.status < 400 else _PROBLEM
    return Response(before.body, before.status, {"idempotency-replayed": "true"}, media_type=media)


def _first(app: App, each: Operation, digest: str, act: Callable[[], Response]) -> Response:
    answer: Response | None = None
    try:
        answer = act()
        return answer
    finally:
        with app.database.write() as tx:
            if answer is None or (answer.status_code >= _KEPT_BELOW and STORED not in answer.headers):
                replies.drop(tx, digest)
            else:
                secret = each.shows_secret and answer.status_code < 400
                replies.end(tx, digest, answer.status_code, None if secret else bytes(answer.body).decode())


def _refused(detail: str, hint: str) -> Response:
    body = msgspec.json.encode(Problem("Refused", 409, detail, hint))
    return Response(body, 409, media_type=_PROBLEM)
