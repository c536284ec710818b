"""tocsin incident set, undo, options: values for holes, the way back, and what can be done."""

from datetime import timedelta
from pathlib import Path

import click
from rich.text import Text

from tocsin.app.choices import options as options_of
from tocsin.cli import sheet, views
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.word import find, open_store, say
from tocsin.errors import InputError, Refused
from tocsin.incident import events as ev
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import RunId
from tocsin.kit.redact import Redactor
from tocsin.response.options import Option, Standing

_STYLE = {
    Standing.NEXT: "bold yellow", Standing.ASKED: "bold yellow", Standing.LATER: "default", Standing.RAN: "green",
    Standing.FAILED: "red", Standing.REJECTED: "red", Standing.BLOCKED: "dim",
}  # fmt: skip


@click.command("set")
@click.argument("name", metavar="INC")
@click.argument("values", metavar="NAME=VALUE", nargs=-1, required=True)
@as_option
@config_option
@json_option
def set_(name: str, values: tuple[str, ...], person: str | None, config: Path | None, as_json: bool) -> None:
    """Fill a hole of the runbook, by its name: namespace=shop, new_key=secret:NAME for one of the secret store."""
    found = settings(config)
    by = who(person, found)
    for given in values:
        hole, equals, value = given.partition("=")
        if not equals or not hole:
            raise InputError(f'"{given}" is not NAME=VALUE.', hint="For example: namespace=shop.")
        if Redactor(found.secrets).redact(given) != given:
            raise Refused(
                f"The value of {hole} looks like a secret, and would stand in the log.",
                hint=f"Put it into the secret store ([secrets] in tocsin.toml) and say {hole}=secret:NAME.",
            )
        say(found, name, ev.ParameterSet(hole, value, by), by, as_json, f"{hole} = {value}")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("run", metavar="RUN")
@click.option("--in", "later", metavar="DURATION", help='Ask for it then, not now: "15 min".')
@click.option(
    "--drop", "because", metavar="REASON", help="Not wanted any more: forget a way back that waits."
)
@as_option
@config_option
@json_option
def undo(
    name: str,
    run: str,
    later: str | None,
    because: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Take a change back: asks for a yes to the exact reverse of what was captured before it ran."""
    found = settings(config)
    by = who(person, found)
    key = RunId(run.upper().replace(".R", ".r") if "." in run else f"{name.upper()}.{run.lower()}")
    if because is not None:
        say(found, name, ev.UndoCalledOff(key, because, by), by, as_json, f"{key} stays.")
        return
    wait = _length(later) if later is not None else None
    due = SystemClock().now() + wait if wait is not None else None
    done = (
        f"Taking {key} back is asked for now." if due is None else f"It is asked for at {due:%H:%M:%S} UTC."
    )
    say(found, name, ev.UndoRequested(key, by, due), by, as_json, done)


@click.command("options")
@click.argument("name", metavar="INC")
@config_option
@json_option
def options(name: str, config: Path | None, as_json: bool) -> None:
    """What can be done, best first, each with the reasons for its place and against it."""
    found = settings(config)
    with open_store(found) as database:
        incident, _ = find(database, name)
        ranked = options_of(database, found, incident, SystemClock())
    if as_json:
        documents = [views.plain(views.option(each)) for each in ranked]
        print_json({"schema": views.SCHEMA, "incident": incident.id, "options": documents})
        return
    out = sheet.console()
    for option in ranked:
        _print(option)
    if not ranked:
        out.print("The runbook offers nothing for this.")


def _print(option: Option) -> None:
    out = sheet.console()
    remedy = option.remedy
    head = Text(f"{option.rank:>3}  ", style="dim")
    body = Text(f"{option.standing.value:<9}", style=_STYLE[option.standing])
    body.append(f"{remedy.number}  {remedy.title}", style="default")
    sheet.hanging(out, head, body)
    blank = " " * len(head)
    for step in remedy.steps:
        for action in step.actions:
            for line in action.text.splitlines():
                sheet.hanging(out, Text(blank), Text(line, style="bold"))
    sheet.hanging(out, Text(blank), Text("; ".join(option.reasons), style="dim"))
    for against in option.against:
        sheet.hanging(out, Text(blank), Text(f"not offered: {against}", style="red"))


def _length(text: str) -> timedelta:
    found = duration.parse(text)
    if found is None or found <= timedelta(0):
        raise InputError(f'"{text}" is not a duration.', hint='Write it like "15 min" or "1 h".')
    return found


COMMANDS = (set_, undo, options)
