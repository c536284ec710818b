"""tocsin worker: the same tocsin driven by Temporal, when one machine is not enough."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click

from tocsin.cli.common import settings
from tocsin.cli.options import config_option
from tocsin.cli.process import log_to_stderr, until_closed
from tocsin.errors import InputError, TocsinError
from tocsin.kit.clock import SystemClock

try:
    from tocsin.app.distributed import Temporal, Worker
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "temporalio":
        raise
    raise InputError(
        "This needs Temporal's client, which is not installed.",
        hint='Install it: pip install "tocsin[temporal]".',
    ) from missing


@click.command()
@click.option(
    "--temporal",
    "address",
    default="127.0.0.1:7233",
    show_default=True,
    envvar="TOCSIN_TEMPORAL",
    help="Where Temporal is.",
)
@click.option("--namespace", default="default", show_default=True, help="Temporal's namespace.")
@click.option(
    "--site", default="", help="Only run the steps of this site. Default: decide, send and watch as well."
)
@click.option(
    "--reaches",
    "reaches",
    multiple=True,
    metavar="TARGET=SITE",
    help="Which site's workers reach a target; main site only.",
)
@click.option(
    "--while-stdin-open", is_flag=True, help="Stop when standard input is closed (for whoever starts it)."
)
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@config_option
def worker(
    address: str,
    namespace: str,
    site: str,
    reaches: tuple[str, ...],
    while_stdin_open: bool,
    verbose: bool,
    config: Path | None,
) -> None:
    """Work for incidents that Temporal drives: in place of `tocsin serve`, on as many machines as you like.

    \b
    tocsin worker --temporal temporal.internal:7233 --reaches db-1=fra
    tocsin worker --temporal temporal.internal:7233 --site fra
    """
    found = settings(config)
    log_to_stderr(verbose)
    temporal = Temporal(address, namespace, site, dict(_pair(each) for each in reaches))
    stop = threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
    if while_stdin_open:
        threading.Thread(target=until_closed, args=(stop,), name="tocsin-stdin", daemon=True).start()
    made = Worker(found, temporal, SystemClock())
    try:
        if not made.start(stop):
            return
        click.echo(
            f"tocsin works for {site or 'the main site'} of {found.name}, driven by {address}", err=True
        )
        while not stop.is_set() and not made.stopped.is_set():
            stop.wait(0.2)
    finally:
        made.stop()
    if made.failed is not None:
        raise TocsinError(
            f"The worker stopped: {made.failed}", hint="Start it again; nothing that was stored is lost."
        )


def _pair(text: str) -> tuple[str, str]:
    target, equals, site = text.rpartition("=")
    if not equals or not target or not site:
        raise InputError(f'--reaches {text}: this is no "TARGET=SITE".', hint="Write --reaches db-1=fra.")
    return target, site
