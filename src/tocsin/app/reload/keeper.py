"""The one owner of taking up changed files: it looks now and then, is asked, and says what became of it.

It reads, compiles and compares in a thread of its own; the engine is only touched to exchange what is ready. A text that
cannot be used is refused whole and told: in the log, in the metrics and on every page, until a good one comes.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.app.reload.difference import Sources, difference
from tocsin.app.reload.notes import SettingsTakenUp, note, note_start
from tocsin.app.reload.reading import Reading, begun_with, look, understand
from tocsin.app.settings import Settings
from tocsin.errors import ConfigError, StoreError, Temporary, TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.runbook.document import Text
from tocsin.store import lease
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.reload")

BY_FILE, BY_SIGNAL = "the file", "SIGHUP"
ANSWERED_WITHIN = timedelta(seconds=60)
_SETTLED = timedelta(seconds=1)  # after a change was seen: when to look whether it is still the same
_TRIES = 5  # to read texts that nobody writes meanwhile


@dataclass(frozen=True, slots=True)
class Refusal:
    """A text that was not taken up. by: who or what asked for it."""

    at: datetime
    by: str
    message: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds, and what does not.

    Attributes:
        since: when what holds was taken up; the start if nothing was. settings, runbook: SHA-256 of the texts that hold.
        refused: the newest text, if that is not the one that holds. waits: keys that hold from the next start on only.
    """

    since: datetime
    settings: str
    runbook: str
    refused: Refusal | None = None
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What came of taking the files up.

    Attributes:
        changed: tables that say something else, and "the runbook"; empty if nothing does.
        remarks: what people have to know of it.
    """

    standing: Standing
    changed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Wish:
    """Somebody asks. answered: set when one of the other two is there."""

    by: str
    answered: threading.Event = field(default_factory=threading.Event)
    done: TakenUp | None = None
    problem: TocsinError | None = None


class Reload:
    """Takes up what changed in tocsin.toml, the runbook and the files that tocsin.toml names.

    Args:
        settings, runbook: what the process was started with. take: exchanges the parts; returns remarks.
    """

    def __init__(
        self,
        settings: Settings,
        runbook: str,
        take: Callable[[Reading], tuple[str, ...]],
        clock: Clock,
        redactor: Redactor,
    ) -> None:
        self._started = self._settings = settings
        self._begun = self._sources = begun_with(settings, runbook)
        self._take = take
        self._clock = clock
        self._redactor = redactor
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._changing: Sources | None = None  # seen once, and waited for to be seen again
        self._bad: Sources | None = None  # refused: not tried again before it changes
        self._standing = Standing(clock.now(), self._sources.settings_sha256, self._sources.runbook_sha256)
        self._thread = threading.Thread(target=self._work, name="tocsin-reload", daemon=True)

    @property
    def standing(self) -> Standing:
        """What holds now."""
        return self._standing

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is just being taken up is waited for."""
        self._wishes.put(None)
        if self._thread.is_alive():
            self._thread.join(ANSWERED_WITHIN.total_seconds())

    def note_start(self, tx: Tx) -> None:
        """Write down what this process leads with, if that is something new."""
        note_start(tx, self._sources, self._clock.now())

    def ask(self, by: str = BY_SIGNAL) -> None:
        """Have the files taken up soon, whether they seem changed or not. May be called by a signal's handler."""
        self._wishes.put(_Wish(by))

    def now(self, by: str, within: timedelta = ANSWERED_WITHIN) -> TakenUp:
        """Have the files taken up, and wait for what comes of it.

        Raises:
            ConfigError: they cannot be used; what held before holds. StoreError: the store did not take it.
            Temporary: it takes longer than that; it goes on.
        """
        wish = _Wish(by)
        self._wishes.put(wish)
        if not wish.answered.wait(within.total_seconds()) or (wish.done is None and wish.problem is None):
            raise Temporary("The settings are still being taken up.", hint="Look again in a moment.")
        if wish.problem is not None:
            raise wish.problem
        assert wish.done is not None
        return wish.done

    # -- the thread --------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            try:
                wish = self._wishes.get(timeout=self._pause())
            except queue.Empty:
                wish = self._noticed()
                if wish is None:
                    continue
            if wish is None:
                return
            try:
                wish.done = self._turn(wish.by)
            except lease.Lost:
                logger.error("another process leads now; nothing is taken up here any more")
                return
            except TocsinError as problem:
                wish.problem = problem
            except Exception as defect:
                # The edge: a defect of ours must not end the looking; what it left behind is said aloud.
                logger.critical("a defect while taking up the settings: start again", exc_info=defect)
                wish.problem = StoreError(f"{type(defect).__name__}: {defect}", hint="Start tocsin again.")
                self._bad = look(self._settings)
                self._refuse(wish.by, wish.problem)
            finally:
                wish.answered.set()

    def _pause(self) -> float | None:
        wanted = self._settings.reload
        if not wanted.by_itself:
            return None
        pause = wanted.every if self._changing is None else min(wanted.every, _SETTLED)
        return pause.total_seconds()

    def _noticed(self) -> _Wish | None:
        """A wish of the file itself: it says something new, and did so the last time too."""
        found = look(self._settings)
        if found == self._sources:
            self._changing = self._bad = None
            if self._standing.refused is not None:
                self._say_well()
            return None
        if found == self._bad:
            return None
        if found != self._changing:
            self._changing = found
            return None
        return _Wish(BY_FILE)

    def _turn(self, by: str) -> TakenUp:
        """Take the files up as they are. Raises ConfigError, StoreError, lease.Lost."""
        found = look(self._settings)
        try:
            for _ in range(_TRIES):
                settings, text = understand(self._started)
                if found.settings == settings.text and found.runbook == text.text:
                    return self._exchange(by, found, settings, text)
                found = look(settings)  # somebody wrote between the two
            raise Temporary("The files are written again and again.", hint="Ask again when that has ended.")
        except ConfigError as problem:
            self._bad, self._changing = found, None
            self._refuse(by, problem)
            raise
        except StoreError as problem:
            logger.error("changed settings are not taken up yet: %s", problem)
            raise

    def _exchange(self, by: str, found: Sources, settings: Settings, text: Text) -> TakenUp:
        before = self._sources
        if found == before:
            self._say_well()
            return TakenUp(self._standing)
        change = difference(before, found)
        waits = difference(self._begun, found).waits
        now = self._clock.now()
        what = SettingsTakenUp(
            by, before.settings_sha256, found.settings_sha256, before.runbook_sha256, found.runbook_sha256,
            tuple(sorted(change.changed)), waits,
        )  # fmt: skip
        remarks = self._take(Reading(settings, text, change.changed, lambda tx: note(tx, what, now)))
        self._settings, self._sources = settings, found
        self._standing = Standing(now, what.settings, what.runbook, None, waits)
        self._changing = self._bad = None
        if waits:
            remarks = (*remarks, f"from the next start on only: {', '.join(waits)}")
        logger.warning("taken up, asked by %s: %s", by, ", ".join(what.changed) or "nothing that matters")
        for remark in remarks:
            logger.warning("%s", remark)
        return TakenUp(self._standing, what.changed, remarks)

    # -- what is said ------------------------------------------------------------------------------------

    def _refuse(self, by: str, problem: TocsinError) -> None:
        hide = self._redactor.redact
        message, hint = hide(problem.message), hide(problem.hint) if problem.hint else None
        logger.error("not taken up, what held before holds: %s %s", message, hint or "")
        held = self._standing
        refused = Refusal(self._clock.now(), by, message, hint)
        self._standing = Standing(held.since, held.settings, held.runbook, refused, held.waits)

    def _say_well(self) -> None:
        held = self._standing
        if held.refused is not None:
            logger.warning("the files say again what holds")
        self._bad = self._changing = None
        self._standing = Standing(held.since, held.settings, held.runbook, None, held.waits)
