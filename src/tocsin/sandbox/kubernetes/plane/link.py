"""How our node talks to the API: one kept connection for each thread, watches as streams, refusals as ApiError."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.client import Client, Named, trust_of
from tocsin.sandbox.kubernetes.kinds import Kind
from tocsin.sandbox.kubernetes.objects import Json, Object, mapping, text

MERGE = "application/merge-patch+json"
_WATCH_SECONDS = 300
# A watch says nothing while nothing happens; after this long without a word it is begun anew where it stopped.
_SILENCE = 320.0


class Link:
    """The API of one cluster, from a node's point of view.

    Args:
        client: where it is, whom to trust, and the node's token.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._own = threading.local()

    def ask(
        self, method: str, path: str, body: Object | None = None, type_: str = "application/json"
    ) -> Object:
        """One request, tried again if the connection had gone stale; what is answered.

        Raises:
            ApiError: the API refuses it, in its words; or (503) nobody answers.
        """
        raw = json.dumps(body).encode() if body is not None else None
        try:
            status, said = self._sent(method, path, raw, type_)
        except (OSError, http.client.HTTPException):
            # What a node asks may be asked twice: a second binding or event is refused, the rest says the same again.
            self.close()
            try:
                status, said = self._sent(method, path, raw, type_)
            except (OSError, http.client.HTTPException) as wrong:
                self.close()
                raise ApiError(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "ServiceUnavailable",
                    f"the API does not answer: {wrong!r}",
                ) from wrong
        found = _object(said)
        if status >= HTTPStatus.BAD_REQUEST:
            raise refusal(status, found)
        return found

    def watch(self, kind: Kind, revision: str) -> Iterator[tuple[str, Object]]:
        """Type and object of every change of a kind after a revision; ends when the API ends it.

        Raises:
            ApiError: the API refuses it; 410 if that far back nothing is remembered.
            OSError, http.client.HTTPException: the connection broke.
        """
        path = (
            f"{collection(kind)}?watch=true&allowWatchBookmarks=true&resourceVersion={revision}"
            f"&timeoutSeconds={_WATCH_SECONDS}"
        )
        connection = Named(
            "127.0.0.1", self._client.port, self._client.name, trust_of(self._client.authority), _SILENCE
        )
        try:
            connection.request("GET", path, headers=self._headers())
            response = connection.getresponse()
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise refusal(response.status, _object(response.read()))
            while line := response.readline():
                told = _object(line)
                one = mapping(told, "object")
                if text(told, "type") == "ERROR":
                    code = one.get("code")
                    raise refusal(code if isinstance(code, int) else HTTPStatus.GONE, one)
                yield text(told, "type"), one
        finally:
            connection.close()

    def close(self) -> None:
        """Part with the connection of this thread."""
        connection: Named | None = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._own.connection = None

    def _sent(self, method: str, path: str, raw: bytes | None, type_: str) -> tuple[int, bytes]:
        connection: Named | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = Named(
                "127.0.0.1", self._client.port, self._client.name, trust_of(self._client.authority)
            )
            self._own.connection = connection
        more = {"Content-Type": type_} if raw is not None else {}
        connection.request(method, path, body=raw, headers={**self._headers(), **more})
        response = connection.getresponse()
        return response.status, response.read()

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._client.token}",
            "Accept": "application/json",
            "User-Agent": "tocsin-node/1",
        }


def collection(kind: Kind, namespace: str = "") -> str:
    """The path of a kind's objects, of one namespace or of all."""
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


def refusal(status: int, said: Object) -> ApiError:
    """What the API answered, as the error it is."""
    try:
        code = HTTPStatus(status)
    except ValueError:
        code = HTTPStatus.INTERNAL_SERVER_ERROR
    return ApiError(code, text(said, "reason"), text(said, "message") or f"status {status}")


def _object(raw: bytes) -> Object:
    found: Json = {}
    with suppress(ValueError):
        found = json.loads(raw)
    return mapping(found)
