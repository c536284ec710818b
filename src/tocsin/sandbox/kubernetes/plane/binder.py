"""Puts pods on nodes, by the simulator's own rule: the one with the fewest that takes any."""

import threading
from collections.abc import Callable

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.control import place
from tocsin.sandbox.kubernetes.plane.mirror import Mirror

_LOOK_ANYWAY = 0.5  # seconds; what failed is tried again then


class Binder:
    """The thread that places.

    Args:
        told: called with the text of what went wrong.
    """

    def __init__(self, mirror: Mirror, told: Callable[[str], None]) -> None:
        self._mirror = mirror
        self._told = told
        self._changed = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="binder", daemon=True)
        mirror.storage.tell(self._changed.set)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over = True
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over:
            self._changed.wait(_LOOK_ANYWAY)
            self._changed.clear()
            try:
                place(self._mirror)
            except ApiError as wrong:
                self._told(f"placing pods: {wrong.message}")
