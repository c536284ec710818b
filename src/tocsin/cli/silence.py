"""tocsin silence …: alerts that open no incident for a while."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.detection.silence import Silence, parse_matcher
from tocsin.engine.foreign import silencing
from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.store import silences

_LISTED = timedelta(days=5)


@click.group()
def silence() -> None:
    """Alerts that open no incident for a while. They are kept, shown, and resolve all the same.

    \b
    tocsin silence add alertname="DiskFull" instance=~"db-.*" --for 2h --comment "disk is being replaced"
    tocsin silence list
    tocsin silence expire 93af5f41-35b7-4c9f-b6cc-ec1d6b1cd109
    """


@silence.command()
@click.argument("matchers", nargs=-1, required=True)
@click.option("--for", "lasts", default="1 h", show_default=True, help="How long.")
@click.option("--from", "begins", help="When it begins (ISO 8601). Default: now.")
@click.option("--comment", required=True, help="Why.")
@as_option
@config_option
@json_option
def add(
    matchers: tuple[str, ...], lasts: str, begins: str | None, comment: str, person: str | None, config: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Hold alerts back whose labels meet every matcher: name="value", with one of = != =~ !~."""
    found = settings(config)
    by = who(person, found)
    span = duration.parse(lasts)
    if span is None:
        raise InputError(f'"{lasts}" is no duration.', hint='Write "2 h" or "30 min".')
    now = SystemClock().now()
    starts = _moment(begins) if begins else now
    with open_database(found, create=False) as database:
        made = silencing.make(
            database, [parse_matcher(each) for each in matchers], starts, starts + span, by, comment, now
        )
    if as_json:
        print_json({"schema": SCHEMA, **view(made, now)})
    else:
        click.echo(made.id)
        click.echo(
            f"Until {made.ends_at:%Y-%m-%d %H:%M} UTC no alert of these labels opens an incident.", err=True
        )


@silence.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Silences that hold or will, and those that ended lately."""
    now = SystemClock().now()
    with open_database(settings(config), create=False) as database, database.read() as tx:
        rows = silences.listing(tx, now - _LISTED)
    if as_json:
        print_json({"schema": SCHEMA, "silences": [view(row, now) for row in rows]})
        return
    if not rows:
        click.echo("There is no silence.")
        return
    table = Table("Silence", "State", "Until (UTC)", "By", "Matchers", "Comment", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row.id, row.state(now), f"{row.ends_at:%Y-%m-%d %H:%M}", escape(printable(row.by)),
            escape(printable(", ".join(map(str, row.matchers)))), escape(printable(row.comment)),
        )  # fmt: skip
    Console().print(table)


@silence.command()
@click.argument("name", metavar="ID")
@config_option
@json_option
def expire(name: str, config: Path | None, as_json: bool) -> None:
    """End a silence now. What fires all the same is decided at once."""
    now = SystemClock().now()
    with open_database(settings(config), create=False) as database:
        ended = silencing.expire(database, name, now)
    if as_json:
        print_json({"schema": SCHEMA, **view(ended, now)})
    else:
        click.echo(f"{ended.id} ended {ended.ends_at:%Y-%m-%d %H:%M:%S} UTC.")


def view(found: Silence, now: datetime) -> Document:
    """A silence as a JSON document."""
    return {
        "id": found.id, "state": found.state(now), "matchers": [str(each) for each in found.matchers],
        "starts_at": found.starts_at.isoformat(), "ends_at": found.ends_at.isoformat(), "by": found.by,
        "comment": found.comment,
    }  # fmt: skip


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise InputError(f'"{text}" is no moment.', hint="Write 2026-11-21T03:00:00Z.") from problem
    if found.tzinfo is None:
        raise InputError(f'"{text}" names no zone.', hint="Write 2026-11-21T03:00:00Z.")
    return found
