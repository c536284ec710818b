"""The table of operations as HTTP: who calls, is it allowed, is it well formed, do it, answer; problems as RFC 9457."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.errors import InputError, NotFound, OutsideError, Refused, StoreError, TocsinError
from tocsin.web.api import accounts
from tocsin.web.api.once import HEADER, KEY_CHARS, STORED, once
from tocsin.web.api.openapi import document
from tocsin.web.api.operation import Call, Caller, Operation, Problem, Query
from tocsin.web.api.words import Undecided

logger = logging.getLogger("tocsin.web")

BODY_LIMIT_BYTES = 512 * 1024
_INCIDENT = re.compile(r"INC-[0-9]{1,9}", re.IGNORECASE)
_RETRY_SECONDS = "5"
_TITLES = {
    400: "Not understood", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "No such method",
    409: "Refused", 413: "Too large", 415: "Not JSON", 500: "Failed", 503: "Not stored",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    """A request that is answered before its operation is asked."""

    status: int
    detail: str


def routes(app: App, operations: Sequence[Operation]) -> list[Route]:
    """One route per path, and the OpenAPI document itself."""
    paths: dict[str, dict[str, Operation]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method] = each
    described = msgspec.json.encode(document(operations))

    async def openapi(request: Request) -> Response:
        return Response(described, media_type="application/json")

    made = [
        Route(path, _endpoint(app, by_method), methods=list(by_method)) for path, by_method in paths.items()
    ]
    return [Route("/api/v1/openapi.json", openapi), *made]


def problem(status: int, detail: str, hint: str | None = None) -> Response:
    """An answer that says why not."""
    body = msgspec.json.encode(Problem(_TITLES.get(status, "Refused"), status, detail, hint))
    headers = {}
    if status == 503:
        headers["Retry-After"] = _RETRY_SECONDS
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status, headers, media_type="application/problem+json")


def _endpoint(app: App, by_method: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        each = by_method.get("GET" if request.method == "HEAD" else request.method)
        if each is None:
            return problem(405, f"{request.method} is not a method of this path.")
        try:
            call = await _call(app, each, request)
            key = request.headers.get(HEADER, "") if each.method == "POST" else ""
            if len(key) > KEY_CHARS:
                raise _Wrong(400, f"An Idempotency-Key has at most {KEY_CHARS} characters.")
        except _Wrong as wrong:
            return problem(wrong.status, wrong.detail)
        if not key:
            return await run_in_threadpool(_done, each, call)
        path = request.url.path
        return await run_in_threadpool(_once, app, each, call, key, path)

    return answer


def _done(each: Operation, call: Call) -> Response:
    """Carry a call out."""
    try:
        given = each.handle(call)
    except TocsinError as error:
        status = status_of(error)
        if status >= 500:
            logger.error("%s failed: %s", each.name, error)
        answer = problem(status, error.message, error.hint)
        if isinstance(error, Undecided):
            answer.headers[STORED] = "true"
        return answer
    return Response(msgspec.json.encode(given), each.status, media_type="application/json")


def _once(app: App, each: Operation, call: Call, key: str, path: str) -> Response:
    """Carry a named call out, once."""
    try:
        return once(app, each, call, key, path, call.now, lambda: _done(each, call))
    except TocsinError as error:
        return problem(status_of(error), error.message, error.hint)


async def _call(app: App, each: Operation, request: Request) -> Call:
    """The call, authenticated, allowed and decoded. Raises _Wrong."""
    caller = await run_in_threadpool(who, app, request)
    if isinstance(caller, accounts.Stranger):
        raise _Wrong(401, caller.why)
    if not caller.may(each.needs):
        raise _Wrong(403, f"This needs the scope {each.needs.value}; {caller.via} has {caller.scope.value}.")
    path = {name: _in_path(name, str(value)) for name, value in request.path_params.items()}
    query = _query(each.query, request)
    body = await _body(each, request) if each.takes is not None else None
    return Call(app, caller, app.clock.now(), path, query, body)


def who(app: App, request: Request) -> Caller | accounts.Stranger:
    """Who makes this request."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    return accounts.caller(
        app,
        bearer.strip() if kind.casefold() == "bearer" and bearer.strip() else None,
        request.headers.get("host", ""),
        request.headers.get("x-tocsin-as"),
        app.clock.now(),
    )


def _in_path(name: str, value: str) -> str:
    if name != "incident":
        return value
    if _INCIDENT.fullmatch(value) is None:
        raise _Wrong(404, f'"{value[:40]}" is no name of an incident; they look like INC-12.')
    return value.upper()


def _query(known: Sequence[Query], request: Request) -> dict[str, str]:
    named = {each.name: each for each in known}
    for name in request.query_params:
        if name not in named:
            raise _Wrong(
                400, f'"{name[:40]}" is no parameter of this path; there are: {", ".join(named) or "none"}.'
            )
    return {each.name: _checked(each, request.query_params.get(each.name, each.default)) for each in known}


def _checked(query: Query, value: str) -> str:
    match query.kind:
        case "count":
            if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= query.most):
                raise _Wrong(400, f"{query.name} is a whole number from 1 to {query.most}.")
        case "place":
            if not (value.isascii() and value.isdigit() and int(value[:15]) <= query.most):
                raise _Wrong(400, f"{query.name} is a whole number from 0 to {query.most}.")
        case "flag":
            if value not in ("true", "false"):
                raise _Wrong(400, f"{query.name} is true or false.")
        case _:
            if len(value) > 200 or "\0" in value:
                raise _Wrong(400, f"{query.name} has at most 200 characters.")
    return value


async def _body(each: Operation, request: Request) -> object:
    """The decoded body. A page in a browser cannot send it: JSON from another origin has to ask first, and is refused."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" or "origin" in request.headers:
        raise _Wrong(415, "Send application/json, and not from a page of another origin.")
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > BODY_LIMIT_BYTES:
            raise _Wrong(413, f"A body has at most {BODY_LIMIT_BYTES} bytes.")
    try:
        return msgspec.json.decode(bytes(kept), type=each.takes)
    except msgspec.ValidationError as wrong:
        raise _Wrong(400, f"{wrong}.") from wrong
    except (msgspec.DecodeError, UnicodeError) as wrong:
        raise _Wrong(400, f"This is not JSON: {wrong}.") from wrong


def status_of(error: TocsinError) -> int:
    """What an error of ours is in HTTP."""
    match error:
        case NotFound():
            return 404
        case Refused():
            return 409
        case InputError():
            return 400
        case StoreError() | OutsideError():
            return 503
        case _:
            return 500
