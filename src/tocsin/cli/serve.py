"""tocsin serve: the engine, until it is told to stop."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from tocsin.app.accounts import first_link
from tocsin.app.build import App, blocked
from tocsin.app.oncall import readiness
from tocsin.app.settings import Settings
from tocsin.cli.common import settings
from tocsin.cli.options import config_option
from tocsin.cli.process import log_to_stderr, shown, stepped, until_closed
from tocsin.errors import TocsinError
from tocsin.kit.clock import SteadyClock, SystemClock
from tocsin.sandbox.drill.attended import Attended
from tocsin.sandbox.drill.schedule import DrillSchedule
from tocsin.web.server import Door


@click.command()
@config_option
@click.option("-v", "--verbose", is_flag=True, help="One line per decision.")
@click.option(
    "--while-stdin-open", is_flag=True, help="Stop when standard input is closed (for whoever starts it)."
)
def serve(config: Path | None, verbose: bool, while_stdin_open: bool) -> None:
    """Watch, decide, page, run: the engine.

    \b
    tocsin serve --config examples/cookcam/tocsin.toml

    Listens on loopback only, unless web.listen says otherwise and TOCSIN_TOKEN is set. Ctrl-C stops it after the
    current step. A changed tocsin.toml or runbook is taken up by itself, by SIGHUP and by `tocsin reload`.
    """
    found = settings(config)
    log_to_stderr(verbose)
    run(found, while_stdin_open)


def run(found: Settings, while_stdin_open: bool = False) -> None:
    """Run until SIGINT or SIGTERM, or until the engine fails; SIGHUP takes changed files up."""
    stop = threading.Event()
    hung_up = threading.Event()
    asks: list[Callable[[], None]] = [hung_up.set]  # what SIGHUP does; once there is an app, that is asked

    def reread(number: int, frame: FrameType | None) -> None:
        asks[-1]()

    def asked(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGHUP, reread)
    if while_stdin_open:
        threading.Thread(target=until_closed, args=(stop,), name="tocsin-stdin", daemon=True).start()
    clock = SteadyClock(SystemClock(), stepped)
    door = Door.bind(found)  # first: a port in use is said before anything is begun
    app = App(found, clock)
    asks.append(app.reload.ask)
    if hung_up.is_set():
        app.reload.ask()
    drills = DrillSchedule(found.drills, clock) if found.drills is not None else None
    attended = Attended(found.drills_at, found.variables.get("TOCSIN_TOOLS"), clock)
    app.drilling = attended
    try:
        _say(found, app)
        if not app.start(stop):
            return
        if door is not None:
            door.open(app)
        if drills is not None:
            drills.start()
        click.echo(
            f"tocsin watches {len(found.checks)} checks for {found.name}; store: {shown(found)}", err=True
        )
        if door is not None:
            click.echo(f"  http://{door.address}/healthz", err=True)
            _say_first_link(found, app, door.address)
        if app.changes_in_doubt:
            click.echo(
                f"  {app.changes_in_doubt} change(s) IN DOUBT: a person has to look (tocsin incident list)",
                err=True,
            )
        while not stop.is_set() and not app.stopped.is_set():
            stop.wait(0.2)
    finally:
        if door is not None:
            door.close()
        attended.close()
        if drills is not None:
            drills.stop()
        app.stop()
    if app.failed is not None:
        raise TocsinError(
            f"The engine stopped: {app.failed}", hint="Start it again; nothing that was stored is lost."
        )


def _say_first_link(found: Settings, app: App, address: str) -> None:
    """While nobody can log in, whoever starts it makes the first admin."""
    secret = first_link(app.database, app.clock.now())
    if secret is not None:
        base = (found.paging.public_url or f"http://{address}").rstrip("/")
        click.echo(f"  Nobody can log in yet. Once, within a day: {base}/welcome/{secret}", err=True)


def _say(found: Settings, app: App) -> None:
    """What will not work, before it matters."""
    book = app.library.current
    for each in readiness(app.database, found, book.policy, app.clock.now()):
        if each.error:
            click.echo(f"tocsin: not ready: {each.message}; {each.hint}", err=True)
    if found.missing_variables:
        names = ", ".join(found.missing_variables)
        click.echo(f"tocsin: not set: {names}; steps that need them stay blocked", err=True)
    for said in blocked(found, book):
        click.echo(f"tocsin: {said}", err=True)
