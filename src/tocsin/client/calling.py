"""One call: sent, sent again where that is safe, read, and every refusal told as an error of the same tree as everywhere.

InputError   400, 413, 415      what was sent cannot be understood
NotAllowed   401, 403           the token is missing, not taken, or may not do this
NotFound     404
Refused      409                understood, and not done in the present state
Temporary    503, no answer     may be sent again; `retry_after` says when
Permanent    everything else
"""

import secrets
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from tocsin.errors import InputError, NotFound, Permanent, Refused, Temporary, TocsinError

_LONGEST_WAIT = timedelta(seconds=30)
_FIRST_WAIT = timedelta(milliseconds=500)

Gives = TypeVar("Gives")
Value = str | int | bool


class NotAllowed(Refused):
    """The token is missing, is not taken, or may not do this."""


class _Problem(msgspec.Struct):
    title: str
    status: int
    detail: str
    hint: str | None = None


class Calling:
    """Sends calls.

    Args:
        url: where tocsin's door is: "https://tocsin.example.org", "http://127.0.0.1:8410".
        token: the text of a token, or None on the machine itself while there is none.
        speaks_as: in whose name, where there is no token.
        timeout: of one call. retries: how often one that got no answer, or a 503, is sent again. A POST carries a key by
            which tocsin knows it again, so nothing is done twice.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        speaks_as: str | None = None,
        timeout: timedelta = timedelta(seconds=30),
        retries: int = 2,
    ) -> None:
        headers = {"accept": "application/json", "user-agent": "tocsin-client"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if speaks_as is not None:
            headers["x-tocsin-as"] = speaks_as
        self._retries = retries
        self._pause = threading.Event()
        # A token does not follow a redirect, nor a proxy that a variable happens to name.
        self.http = httpx2.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout.total_seconds(), follow_redirects=False,
            trust_env=False,
        )  # fmt: skip

    def close(self) -> None:
        """Give the connections back; a call that waits for its next try gives up."""
        self._pause.set()
        self.http.close()

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Value],
        body: msgspec.Struct | None,
        gives: type[Gives],
        key: str | None,
    ) -> Gives:
        """Carry one call out.

        Raises:
            TocsinError: as the table above says. Permanent: also when the answer is not what the API promises.
        """
        headers: dict[str, str] = {}
        if method == "POST":
            headers = {"content-type": "application/json", "idempotency-key": key or secrets.token_hex(16)}
        content = msgspec.json.encode(body) if body is not None else None
        asked = {name: _written(value) for name, value in query.items() if value != ""}
        address = f"{path}?{urlencode(asked)}" if asked else path
        answer = self._sent(method, address, content, headers)
        try:
            return msgspec.json.decode(answer.content, type=gives)
        except msgspec.DecodeError as wrong:
            raise Permanent(
                f"{method} {path} answered what this client does not know: {wrong}.",
                hint="Use the client of the same version as the server.",
            ) from wrong

    def _sent(
        self, method: str, address: str, content: bytes | None, headers: Mapping[str, str]
    ) -> httpx2.Response:
        wait = _FIRST_WAIT
        for left in range(self._retries, -1, -1):
            try:
                answer = self.http.request(method, address, content=content, headers=dict(headers))
                problem = problem_of(answer)
                if problem is None:
                    return answer
            except httpx2.RequestError as error:
                problem = Temporary(f"{method} {address}: no whole answer: {error or type(error).__name__}.")
            if not isinstance(problem, Temporary) or not left:
                raise problem
            self._pause.wait(min(problem.retry_after or wait, _LONGEST_WAIT).total_seconds())
            if self._pause.is_set():
                raise problem
            wait *= 2
        raise AssertionError("every way out of the loop is above")


def problem_of(answer: httpx2.Response) -> TocsinError | None:
    """What an answer refuses, as an error; None for a good one."""
    if answer.is_success:
        return None
    try:
        said = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.DecodeError:
        said = _Problem("", answer.status_code, f"HTTP {answer.status_code}")
    match answer.status_code:
        case 400 | 413 | 415:
            return InputError(said.detail, hint=said.hint)
        case 401 | 403:
            return NotAllowed(said.detail, hint=said.hint)
        case 404:
            return NotFound(said.detail, hint=said.hint)
        case 409:
            return Refused(said.detail, hint=said.hint)
        case 429 | 502 | 503 | 504:
            after = answer.headers.get("retry-after", "")
            pause = timedelta(seconds=int(after[:5])) if after.isascii() and after.isdigit() else None
            return Temporary(said.detail, hint=said.hint, retry_after=pause)
        case _:
            return Permanent(said.detail, hint=said.hint)


def segment(value: str | int) -> str:
    """A name as it stands in a path."""
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise InputError(f'"{value}" cannot stand in a path.')
    return text


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
