"""tocsin audit …: prove that nobody edited the log."""

import sys
from pathlib import Path

import click

from tocsin.app.database import open_database
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.cli.views import SCHEMA
from tocsin.engine.history import cited
from tocsin.store import log


@click.group()
def audit() -> None:
    """Prove that nobody edited the log."""


@audit.command()
@click.option("--head", help="A head noted earlier: it must still be a line of the log.")
@config_option
@json_option
def verify(head: str | None, config: Path | None, as_json: bool) -> None:
    """Check the hash chain over every event, and that all evidence is what its event says.

    Note the head somewhere else: with --head a log whose end was cut off is found too. Exit code 1 when it does not
    verify.
    """
    found = settings(config)
    with open_database(found, create=False) as database, database.read() as tx:
        result = log.verify(tx, expected_head=head, cited=cited)
    if as_json:
        print_json(
            {"schema": SCHEMA, "ok": result.ok, "events": result.count, "head": result.head,
             "first_bad": result.first_bad, "reason": result.reason}
        )  # fmt: skip
    elif result.ok:
        click.echo(f"Intact: {result.count} events, evidence included. Head {result.head}")
    else:
        where = f" at event {result.first_bad}" if result.first_bad is not None else ""
        click.echo(f"NOT INTACT{where}: {result.reason}", err=True)
    if not result.ok:
        sys.exit(1)
