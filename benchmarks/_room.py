"""An installation made for a measurement: runbook, settings, the engine as `tocsin serve` builds it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.kit.clock import SystemClock


def write(folder: Path, runbook: str, settings: str = "", people: str = "", listen: str = "none") -> Path:
    """Put runbook.md and tocsin.toml into a folder; returns the path of the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runbook.md").write_text(runbook)
    file = folder / "tocsin.toml"
    file.write_text(f'{settings}\n{people}\n[web]\nlisten = "{listen}"\n')
    return file


def store(file: Path) -> Path:
    """The SQLite file of an installation."""
    return load(file, {}).data / "tocsin.db"


@contextmanager
def engine(file: Path, path: str | None = None, database: str | None = None) -> Iterator[App]:
    """The real engine of these settings, started, and stopped again behind the block.

    Args:
        path: PATH of the steps. database: another store than the SQLite file of the installation.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    if path is not None:
        variables["PATH"] = path
    if database is not None:
        variables["TOCSIN_DATABASE_URL"] = database
    app = App(load(file, variables), SystemClock())
    try:
        if not app.start(threading.Event()):
            raise RuntimeError("another engine leads on this database")
        yield app
    finally:
        app.stop()


def alarm(app: App, fingerprint: str, title: str = "502 errors", impact: str | None = None) -> int:
    """Store an alert, as the HTTP door does; returns after the commit, with the number of its signal."""
    alert = Alert(fingerprint, AlertState.FIRING, title, "bench", app.clock.now(), {}, impact)
    return accept_alert(app.database, alert, "{}", app.clock.now())
