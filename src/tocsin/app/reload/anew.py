"""Whether a process that takes changes up by starting itself again should do so now."""

import logging

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.probing import make_probers
from tocsin.app.reload.difference import Sources, difference
from tocsin.app.reload.texts import settings_text, texts_named
from tocsin.app.settings import Settings, load
from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock
from tocsin.probe.notes import Notes

logger = logging.getLogger("tocsin.reload")


class Files:
    """tocsin.toml and the files it names, beside what they said when this process started."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._file = settings.named or settings.file
        self._held = self._saying(settings.text)
        self._changing: Sources | None = None  # seen once, and waited for to be seen again
        self._refused: Sources | None = None

    def changed(self, *, asked: bool = False) -> bool:
        """Whether a start now would go on with something else; to be asked now and then.

        A change counts when two looks saw the same. What cannot be used is told once, and what held before holds.

        Args:
            asked: a person asks: the files are finished as they are.
        """
        found = self._saying(settings_text(self._file))
        if asked and found != self._held:
            return self._usable(found)
        if found in (self._held, self._refused):
            self._changing = None
            return False
        if found != self._changing:
            self._changing = found
            return False
        return self._usable(found)

    def _saying(self, settings: str) -> Sources:
        return Sources(settings, "", texts_named(self._file, settings))

    def _usable(self, found: Sources) -> bool:
        """Whether a start with these files would go well; remembers and tells that it would not."""
        started = self._settings
        try:
            read = load(self._file, {**started.variables, "TOCSIN_DATA": str(started.data)})
            refuse_wrong(read, make_probers(read, self._clock, Notes()))
            change = difference(self._held, found)
        except TocsinError as problem:
            self._refuse(found, f"{problem.message} {problem.hint or ''}")
            return False
        if "tocsin.data" in change.waits:
            self._refuse(found, "start tocsin serve and tocsin watch again for another tocsin.data")
            return False
        if not change.tables:
            self._held = found
        return bool(change.tables)

    def _refuse(self, found: Sources, why: str) -> None:
        logger.error("not taken up, what held before holds: %s", why)
        self._refused = found
