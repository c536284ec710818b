"""What probers remember of a check from one look to the next, so that a restart of tocsin does not forget it.

A note is one text for each check, the whole of what its prober remembers: whichever note was stored last is true in itself.
Whoever takes samples in stores the note with the sample (`engine/watch`), and loads the notes before the first look.
"""

import hashlib
import threading
from collections.abc import Iterable, Mapping

from tocsin.kit.ids import CheckName


class Notes:
    """The notes of all checks. May be used by many threads at once."""

    def __init__(self) -> None:
        self._texts: dict[CheckName, str] = {}
        self._lock = threading.Lock()

    def recall(self, check: CheckName) -> str | None:
        """The last note of a check, or None."""
        with self._lock:
            return self._texts.get(check)

    def keep(self, check: CheckName, text: str) -> None:
        """From now on this is the note of a check."""
        with self._lock:
            self._texts[check] = text

    def of(self, checks: Iterable[CheckName]) -> dict[CheckName, str]:
        """The notes of those of these checks that have one."""
        with self._lock:
            return {name: self._texts[name] for name in checks if name in self._texts}

    def load(self, stored: Mapping[CheckName, str]) -> None:
        """Trust what is stored, as long as nothing was looked at yet: another process watched until now."""
        with self._lock:
            self._texts = dict(stored)


def source_of(*parts: object) -> str:
    """A short name of what a check looks at, so that a note about something else is not taken for one about this.

    A digest, for a name of a server or a pattern may hold what nobody shall read in a store.
    """
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:16]
