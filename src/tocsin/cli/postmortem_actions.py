"""tocsin postmortem actions|done|drop: what was promised after incidents, and whether it was kept."""

import sys
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.postmortem_words import action, everything, is_late, opened, say
from tocsin.cli.views import SCHEMA
from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor


@click.command()
@click.option("--overdue", is_flag=True, help="Only what is late.")
@click.option("--all", "whole", is_flag=True, help="Closed ones too.")
@config_option
@json_option
def actions(overdue: bool, whole: bool, config: Path | None, as_json: bool) -> None:
    """What was promised after incidents: by whom, until when, late or not. Exit code 1 if anything is late."""
    now = SystemClock().now()
    with opened(settings(config)) as database:
        items = [
            (incident, view)
            for incident in everything(database)
            for view in incident.actions.values()
            if (whole or view.closed is None) and (not overdue or is_late(view, now))
        ]
    items.sort(key=lambda item: item[1].opened.due)
    late = any(is_late(view, now) for _, view in items)
    if as_json:
        print_json({"schema": SCHEMA, "actions": [action(incident, view, now) for incident, view in items]})
    elif not items:
        click.echo("Nothing is late." if overdue else "Nothing is promised.")
    else:
        table = Table("Item", "Due", "Owner", "Priority", "What", box=None, pad_edge=False)
        for _, view in items:
            item = view.opened
            due = f"{item.due - timedelta(days=1):%Y-%m-%d}"
            state = " LATE" if is_late(view, now) else ""
            if view.closed is not None:
                state = " done" if view.closed.done else " dropped"
            table.add_row(item.item, due + state, item.owner, item.priority, escape(printable(item.what)))
        Console().print(table)
    if late:
        sys.exit(1)


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--note", help="How one sees that it is done.")
@as_option
@config_option
@json_option
def done(item: str, note: str | None, person: str | None, config: Path | None, as_json: bool) -> None:
    """An action item is done."""
    _close(item, True, note, person, config, as_json)


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--reason", required=True, help="Why it will not be done.")
@as_option
@config_option
@json_option
def drop(item: str, reason: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """An action item will not be done, and why."""
    _close(item, False, reason, person, config, as_json)


def _close(
    item: str, is_done: bool, note: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    found = settings(config)
    by = who(person, found)
    incident, dot, _ = item.rpartition(".")
    if not dot:
        raise InputError(
            f'"{item}" is no action item.', hint="They look like INC-1.t1: tocsin postmortem actions."
        )
    said = Redactor(found.secrets).redact(note) if note else None
    say(
        found,
        incident,
        ev.ActionClosed(item.replace(incident, incident.upper(), 1), by, is_done, said),
        by,
        as_json,
        f"{item} is {'done' if is_done else 'dropped'}.",
    )
