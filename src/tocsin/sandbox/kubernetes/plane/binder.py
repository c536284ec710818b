"""Puts pods on nodes, by the simulator's own rule: the one with the fewest that takes any."""

from collections.abc import Callable

from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.control import place
from tocsin.sandbox.kubernetes.plane.mirror import Mirror
from tocsin.sandbox.kubernetes.turns import Turns

_LOOK_ANYWAY = 0.5  # seconds; what failed is tried again then


class Binder:
    """The thread that places.

    Args:
        told: called with the text of what went wrong.
    """

    def __init__(self, mirror: Mirror, told: Callable[[str], None]) -> None:
        self._mirror = mirror
        self._told = told
        self._turns = Turns("binder", self._place, _LOOK_ANYWAY)
        mirror.storage.tell(self._turns.tell)

    def start(self) -> None:
        """Begin."""
        self._turns.start()

    def stop(self) -> None:
        """End."""
        self._turns.stop()

    def _place(self) -> None:
        try:
            place(self._mirror)
        except ApiError as wrong:
            self._told(f"placing pods: {wrong.message}")
