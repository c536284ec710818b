"""Keeps a mirror true: one thread for each kind lists once, then follows every change."""

import http.client
import threading
from collections.abc import Callable, Sequence

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.kinds import (
    CONFIGMAPS,
    ENDPOINTS,
    INGRESSES,
    NODES,
    PODS,
    SECRETS,
    SERVICES,
    Kind,
)
from tocsin.sandbox.kubernetes.objects import Object, text
from tocsin.sandbox.kubernetes.plane.mirror import Mirror

KINDS = (NODES, PODS, SERVICES, ENDPOINTS, SECRETS, CONFIGMAPS, INGRESSES)
"""What a node, its proxies and its ingress look at."""
_AGAIN_AFTER = 0.2  # seconds, when the API does not answer


class Watches:
    """The threads.

    Args:
        told: called with the text of what went wrong.
    """

    def __init__(self, mirror: Mirror, told: Callable[[str], None], kinds: Sequence[Kind] = KINDS) -> None:
        self._mirror = mirror
        self._told = told
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, args=(kind,), name=f"watch {kind.plural}", daemon=True)
            for kind in kinds
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing anew. The threads end with the API, for which they wait."""
        self._over.set()

    def join(self) -> None:
        """Wait for their end, once the API has ended."""
        for thread in self._threads:
            thread.join()

    def _follow(self, kind: Kind) -> None:
        revision = ""
        while not self._over.is_set():
            try:
                revision = revision or self._mirror.relist(kind)
                for type_, one in self._mirror.link.watch(kind, revision):
                    revision = text(one, "metadata", "resourceVersion") or revision
                    self._take(kind, type_, one)
                    if self._over.is_set():
                        return
            except (ApiError, OSError, http.client.HTTPException) as wrong:
                if self._over.is_set():
                    return
                # Too far back, or nobody there: then what we know is old, and we ask for everything.
                revision = ""
                self._told(f"watching {kind.plural}: {wrong}")
                self._over.wait(_AGAIN_AFTER)

    def _take(self, kind: Kind, type_: str, one: Object) -> None:
        match type_:
            case "ADDED" | "MODIFIED":
                self._mirror.absorb(kind, one)
            case "DELETED":
                self._mirror.release(kind, one)
            case _:
                pass  # a bookmark: only its revision matters
