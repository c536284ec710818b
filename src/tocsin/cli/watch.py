"""tocsin watch: only measure, beside `tocsin serve`."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click

from tocsin.app.settings import Settings
from tocsin.app.watcher import Watcher
from tocsin.cli.common import settings
from tocsin.cli.options import config_option
from tocsin.cli.process import log_to_stderr, shown, stepped, until_closed
from tocsin.kit.clock import SteadyClock, SystemClock
from tocsin.kit.garbage import collect_often


@click.command()
@config_option
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option(
    "--while-stdin-open", is_flag=True, help="Stop when standard input is closed (for whoever starts it)."
)
def watch(config: Path | None, verbose: bool, while_stdin_open: bool) -> None:
    """Only measure: take the samples of the checks, store them, raise alerts.

    \b
    tocsin watch --config examples/cookcam/tocsin.toml

    Runs beside `tocsin serve` on the same store, which then leaves measuring to it, and measures again itself within
    seconds when this process is gone. It needs half the memory, and a busy engine does not make its checks late.
    It decides nothing and wakes nobody. Ctrl-C stops it. A changed tocsin.toml is taken up by itself and by SIGHUP.
    """
    collect_often()
    found = settings(config)
    log_to_stderr(verbose)
    if run(found, while_stdin_open):
        # The same process id: it keeps its right to measure, and whoever supervises us sees no end.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- our own program and words, and no shell


def run(found: Settings, while_stdin_open: bool = False) -> bool:
    """Measure until SIGINT or SIGTERM; True: other settings are to be taken up, by starting again."""
    stop, hung_up, wake = threading.Event(), threading.Event(), threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        stop.set()
        wake.set()

    def reread(number: int, frame: FrameType | None) -> None:
        hung_up.set()
        wake.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGHUP, reread)
    if while_stdin_open:
        threading.Thread(target=until_closed, args=(stop, wake), name="tocsin-stdin", daemon=True).start()
    watcher = Watcher(found, SteadyClock(SystemClock(), stepped))
    again = False
    try:
        watcher.start()
        click.echo(_said(found, watcher.watching.others), err=True)
        pause = found.reload.every.total_seconds() if found.reload.by_itself else None
        while not stop.is_set() and not again:
            wake.wait(pause)
            wake.clear()
            again = not stop.is_set() and watcher.files.changed(asked=hung_up.is_set())
            hung_up.clear()
    finally:
        watcher.stop(anew=again)
    return again


def _said(found: Settings, others: str | None) -> str:
    if others is not None:
        return f"tocsin: {others} measures for {found.name}; this process waits for it to end"
    return f"tocsin measures {len(found.checks)} checks for {found.name}; store: {shown(found)}"
