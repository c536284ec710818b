"""How a sandbox itself asks its cluster: without kubectl, so that what a runbook's commands did is seen by other eyes."""

import http.client
import json
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tocsin.errors import Temporary, TocsinError
from tocsin.sandbox.kubernetes.objects import Json, Object, listed, mapping, text

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered."""

    code: int
    type: str
    raw: bytes

    @property
    def body(self) -> Object:
        """The object in it; empty if there is none."""
        try:
            found: Json = json.loads(self.raw)
        except ValueError:
            return {}
        return mapping(found)


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to the API of one cluster.

    Attributes:
        port: on 127.0.0.1. authority: PEM file. name: on the API's certificate. token: what it must carry.
    """

    port: int
    authority: Path
    name: str
    token: str

    def ask(
        self,
        method: str,
        path: str,
        body: Object | list[Json] | bytes | None = None,
        type_: str = "application/json",
        accept: str = "application/json",
    ) -> Reply:
        """One request. Raises Temporary if nobody answers; an error of the API is a Reply."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept, "User-Agent": "tocsin/1"}
        if raw is not None:
            headers["Content-Type"] = type_
        connection = Named("127.0.0.1", self.port, self.name, trust_of(self.authority))
        try:
            connection.request(method, path, body=raw, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, response.getheader("Content-Type", ""), response.read())
        except (OSError, http.client.HTTPException) as wrong:
            raise Temporary(f"The cluster at 127.0.0.1:{self.port} does not answer: {wrong}") from wrong
        finally:
            connection.close()

    def get(self, path: str) -> Object:
        """An object or a list. Raises TocsinError with the API's own words if it is not there."""
        return self._good(self.ask("GET", path), path)

    def items(self, path: str) -> list[Object]:
        """The objects of a collection: "/apis/apps/v1/namespaces/prepchef/deployments"."""
        return listed(self.get(path), "items")

    def create(self, path: str, one: Object) -> Object:
        """Make an object in a collection. Raises TocsinError if that is refused."""
        return self._good(self.ask("POST", path, one), path)

    def merge(self, path: str, patch: Object) -> Object:
        """Change an object by a merge patch. Raises TocsinError if that is refused."""
        return self._good(self.ask("PATCH", path, patch, "application/merge-patch+json"), path)

    def delete(self, path: str) -> None:
        """Delete an object; nothing happens if it is not there. Raises TocsinError if that is refused."""
        reply = self.ask("DELETE", path)
        if reply.code != http.client.NOT_FOUND:
            self._good(reply, path)

    @staticmethod
    def _good(reply: Reply, path: str) -> Object:
        if reply.code >= http.client.BAD_REQUEST:
            said = text(reply.body, "message") or f"status {reply.code}"
            raise TocsinError(f"The cluster refuses {path}: {said}")
        return reply.body


@lru_cache(maxsize=4)
def trust_of(authority: Path) -> ssl.SSLContext:
    """What is needed to trust an authority; made once, for a sandbox asks often while it waits."""
    return ssl.create_default_context(cafile=str(authority))


class Named(http.client.HTTPSConnection):
    """A connection to 127.0.0.1 whose certificate is checked for another name.

    Args:
        seconds: how long it may be silent.
    """

    def __init__(
        self, host: str, port: int, name: str, trust: ssl.SSLContext, seconds: float = _SECONDS
    ) -> None:
        super().__init__(host, port, timeout=seconds, context=trust)
        self._name = name
        self._trust = trust

    def connect(self) -> None:
        """Connect, and greet by the name."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self._name)
