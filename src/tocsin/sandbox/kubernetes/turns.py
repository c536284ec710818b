"""A thread that looks whenever it is told of a change: how controllers, proxies, binder and ingress run."""

import threading
from collections.abc import Callable


class Turns:
    """Runs `look` in a thread of its own, once for all that has changed since it looked last.

    Args:
        name: the thread's name, for whoever reads a stack.
        look: does what is to be done now; it tells its own errors.
        anyway: seconds after which it looks although nothing was told; None waits for a change.
    """

    def __init__(self, name: str, look: Callable[[], None], anyway: float | None = None) -> None:
        self._look = look
        self._anyway = anyway
        self._changed = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def over(self) -> bool:
        """Whether it is to end; a long look asks."""
        return self._over

    def tell(self) -> None:
        """Something has changed."""
        self._changed.set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; when this returns it looks no more."""
        self._over = True
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._changed.wait(self._anyway)
            self._changed.clear()
            if self._over:
                return
            self._look()
