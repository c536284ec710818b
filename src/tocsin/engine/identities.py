"""Who the targets say they are, and who they have to be: asked now and then, kept in the store, compared before a change."""

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from tocsin.connectors.api import Runner
from tocsin.errors import TocsinError
from tocsin.incident.situation import Identity
from tocsin.kit import codec
from tocsin.store import meta
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

_KEY = "targets"
EVERY = timedelta(minutes=5)


def known(tx: Tx, settled: Mapping[str, str]) -> dict[str, Identity]:
    """Every target that was asked or pinned, by its name.

    Args:
        settled: those tocsin.toml pins; they count before what the store has.
    """
    found = _read(tx)
    for target, identity in settled.items():
        seen = found[target].seen if target in found else None
        found[target] = Identity(identity, seen)
    return found


def pin(tx: Tx, target: str, identity: str | None) -> None:
    """From now on this target has to be this; None: whoever it is when somebody next says yes."""
    found = _read(tx)
    seen = found[target].seen if target in found else None
    _write(tx, {**found, target: Identity(identity, seen)})


def saw(tx: Tx, target: str, identity: str | None) -> None:
    """What a target said of itself, or None if it could not be asked."""
    found = _read(tx)
    before = found.get(target, Identity())
    if before.seen != identity or target not in found:
        _write(tx, {**found, target: Identity(before.pinned, identity)})


def ask(runner: Runner) -> str | None:
    """Who a target says it is; None, and a line in the log, if it cannot be asked."""
    try:
        return runner.identity()
    except TocsinError as problem:
        logger.warning("target: %s", problem)
        return None


class Watcher:
    """Asks every target now and then, beside everything else: one that does not answer holds nobody up."""

    def __init__(self, database: Database, runners: Mapping[str, Runner]) -> None:
        self._database = database
        self._runners = runners
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="tocsin-identities", daemon=True)

    def ask_those_near(self, tx: Tx) -> None:
        """Ask those that answer without leaving this machine, at once."""
        for name, runner in self._runners.items():
            if runner.local:
                saw(tx, name, ask(runner))

    def start(self) -> None:
        """Begin to ask the others."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; does not wait for an answer."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for name, runner in self._runners.items():
                if self._stop.is_set():
                    return
                seen = ask(runner)
                try:
                    with self._database.write() as tx:
                        saw(tx, name, seen)
                except TocsinError as problem:
                    logger.error("who %s is could not be kept: %s", name, problem)
            self._stop.wait(EVERY.total_seconds())


def _read(tx: Tx) -> dict[str, Identity]:
    text = meta.get(tx, _KEY)
    return dict(_decoded(text)) if text is not None else {}


@lru_cache(maxsize=4)
def _decoded(text: str) -> Mapping[str, Identity]:
    """Read at every decision, changed every few days: only the text is asked for each time."""
    return codec.decode(text, dict[str, Identity])


def _write(tx: Tx, found: dict[str, Identity]) -> None:
    meta.put(tx, _KEY, codec.encode(found))
