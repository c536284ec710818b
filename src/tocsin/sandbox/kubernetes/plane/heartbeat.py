"""Says that the nodes are alive, as a kubelet does: by renewing a lease for each, or the controllers would drain them."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.objects import Object
from tocsin.sandbox.kubernetes.plane.link import MERGE, Link

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_EVERY = 10.0  # seconds, as a kubelet; the controllers wait 40
_LASTS = 40
_NOT_FOUND = 404


class Heartbeat:
    """The thread that renews."""

    def __init__(self, link: Link, names: Sequence[str], clock: Clock, told: Callable[[str], None]) -> None:
        self._link = link
        self._names = names
        self._clock = clock
        self._told = told
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def beat(self) -> None:
        """Renew every lease once; make it if there is none. Raises ApiError."""
        for name in self._names:
            renewed: Object = {"renewTime": _stamp(self._clock.now())}
            try:
                self._link.ask("PATCH", f"{LEASES}/{name}", {"spec": renewed}, MERGE)
            except ApiError as wrong:
                if wrong.code != _NOT_FOUND:
                    raise
                spec: Object = {"holderIdentity": name, "leaseDurationSeconds": _LASTS, **renewed}
                self._link.ask("POST", LEASES, {"metadata": {"name": name}, "spec": spec})

    def _run(self) -> None:
        while True:
            pause = _EVERY
            try:
                self.beat()
            except ApiError as wrong:
                self._told(f"the nodes' leases: {wrong.message}")
                pause = 1.0
            if self._over.wait(pause):
                return


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
