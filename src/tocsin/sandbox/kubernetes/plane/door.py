"""The node's own API, as a real API server asks a kubelet: logs, exec and port-forward of the pods that run here.

Only the API server may ask, which shows its certificate, and the sandbox itself, which shows the cluster's token.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Protocol

from tocsin.sandbox.kubernetes.answers import TEXT, Answer, ApiError, cannot, no_such_path, unauthorized
from tocsin.sandbox.kubernetes.kinds import PODS
from tocsin.sandbox.kubernetes.objects import Object
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.storage import Storage
from tocsin.sandbox.kubernetes.wire import Takeover

_ENTERING = ("/exec/", "/portForward/")
# What an API server calls the streams of an exec when it asks a kubelet, and what clients call them.
_STREAMS = {"input": "stdin", "output": "stdout", "error": "stderr"}


class Node(Protocol):
    """Where the pods run."""

    def logs(self, pod: Object, request: Request) -> bytes | Iterator[bytes]:
        """What a container of a pod has printed. Raises ApiError."""
        ...

    def enter(self, pod: Object, part: str, request: Request) -> Takeover:
        """Into a pod by "exec" or "portforward". Raises ApiError."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the cluster's surroundings have come.

    Attributes:
        revision: of what the API says now. served: up to which revision the ingress serves.
    """

    revision: int
    served: int


class Door:
    """Answers for the node.

    Args:
        pods: where the pods are known from. token: of those who run the sandbox.
        progress: catches up with the API and says how far the ingress is. Raises ApiError.
    """

    def __init__(self, pods: Storage, node: Node, token: str, progress: Callable[[], Progress]) -> None:
        self._pods = pods
        self._node = node
        self._token = token
        self._progress = progress

    def answer(self, request: Request) -> Answer:
        """Answer one request. An error is plain text, as of a kubelet, and a Status to who wants to enter a pod.

        kubectl takes whatever refuses to let it in for YAML, and of a text with a colon it would show nothing.
        """
        try:
            if not self._may_ask(request):
                raise unauthorized()
            return self._answer(request)
        except ApiError as wrong:
            if request.path.startswith(_ENTERING):
                return Answer(wrong.code, wrong.body())
            return Answer(wrong.code, wrong.message.encode(), TEXT)

    def _may_ask(self, request: Request) -> bool:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        return request.proven or hmac.compare_digest(shown.encode(), self._token.encode())

    def _answer(self, request: Request) -> Answer:
        match request.path.strip("/").split("/"):
            case ["tocsin"]:
                found = self._progress()
                return Answer(HTTPStatus.OK, {"revision": found.revision, "served": found.served})
            case ["healthz"]:
                return Answer(HTTPStatus.OK, b"ok", TEXT)
            case ["containerLogs", namespace, pod, container]:
                printed = self._node.logs(self._pod(namespace, pod), _for(request, container))
                if isinstance(printed, bytes):
                    return Answer(HTTPStatus.OK, printed, TEXT)
                return Answer(HTTPStatus.OK, type=TEXT, stream=printed)
            case ["exec", namespace, pod, container]:
                return self._enter(namespace, pod, "exec", _for(request, container))
            case ["portForward", namespace, pod]:
                return self._enter(namespace, pod, "portforward", request)
            case ["attach", *_]:
                raise cannot("attach is not there; the pod's output is read by logs -f")
            case _:
                raise no_such_path()

    def _enter(self, namespace: str, pod: str, part: str, request: Request) -> Answer:
        entered = self._node.enter(self._pod(namespace, pod), part, request)
        return Answer(HTTPStatus.SWITCHING_PROTOCOLS, takeover=entered)

    def _pod(self, namespace: str, name: str) -> Object:
        found = self._pods.get(PODS, namespace, name)
        if found is None:
            raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", f'pod "{name}" does not exist')
        return found


def _for(request: Request, container: str) -> Request:
    """The request as a client would make it of the API: streams by their other names, the container as a parameter."""
    query = {_STREAMS.get(name, name): value for name, value in request.query.items()}
    return replace(request, query={**query, "container": container})
