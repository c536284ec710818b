"""What takes the samples of an installation's checks. Loaded by the watcher too, so nothing of the engine is asked for here."""

import logging
from collections.abc import Callable
from datetime import timedelta

from tocsin.app.settings import Settings
from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.engine.watch import Watch
from tocsin.engine.watching import Measured, Watching
from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.probe.notes import Notes
from tocsin.probe.registry import Probers
from tocsin.store import lease
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.app")

REACH = ("targets", "parameters", "secrets")
"""The tables that say in which environment a program of this machine is asked."""
_SAID_TO_CHECKS = 16 * 1024 * 1024  # a list of all pods of a namespace as JSON is long


def make_probers(settings: Settings, clock: Clock, notes: Notes | None = None) -> Probers:
    """What takes the samples of this installation's checks, going on from what was noted of them."""
    local = LocalRunner(settings.targets.local, settings.environment, Redactor(settings.secrets), clock)

    def run(text: str, limit: timedelta) -> RunResult:
        return local.run(
            RunRequest(text, timeout=limit, cwd=working_folder(settings), output_limit_bytes=_SAID_TO_CHECKS)
        )

    return Probers(clock, run=run, variables=settings.variables, notes=notes)


def measured(settings: Settings, clock: Clock, notes: Notes) -> Measured:
    """The checks of this installation, and what takes their samples."""
    return Measured(settings.checks, lambda: make_probers(settings, clock, notes))


def make_watching(
    database: Database,
    settings: Settings,
    clock: Clock,
    notes: Notes,
    redactor: Redactor,
    leads: Callable[[], lease.Lease] | None = None,
) -> tuple[Watch, Watching]:
    """What takes samples in, and what takes them when it is this process's turn.

    Args:
        leads: the lease of the engine's leader; None: this is a watcher.

    Raises StoreError: what was stored of the checks cannot be read.
    """
    watch = Watch(
        database,
        settings.checks,
        clock,
        settings.drill,
        redactor=redactor,
        notes=notes,
        cut_off=settings.cut_off,
    )
    return watch, Watching(database, watch, clock, measured(settings, clock, notes), leads)


def working_folder(settings: Settings) -> str | None:
    """Where texts are run on this machine; None: where tocsin was started."""
    return str(settings.cwd) if settings.cwd is not None else None


def known_secrets(settings: Settings) -> tuple[str, ...]:
    """The values of every secret that can be told now."""
    values = list(settings.secrets)
    for name, fetch in settings.sources.items():
        try:
            values.append(fetch())
        except TocsinError as problem:
            logger.warning("%s", problem)
        else:
            logger.debug("the secret %s is known", name)
    return tuple(value for value in values if value)
