"""tocsin postmortem …: write up what was learned, have it reviewed, publish it, and keep its promises."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.postmortem_actions import actions, done, drop
from tocsin.cli.postmortem_words import ANSWER_LIMIT, everything, incident_of, opened, say, tell, view
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.publish import Reading, move, read
from tocsin.engine.words import wait_for_answer
from tocsin.errors import NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import PostmortemState
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.postmortem.lint import RULES, Finding, Weight

file_option = click.option(
    "--file", "file", type=click.Path(path_type=Path), help="The text. Default: the draft of the incident."
)


@click.group()
def postmortem() -> None:
    """Write up what was learned: from the draft to publication, and until every promise is kept.

    \b
    tocsin postmortem list
    tocsin postmortem lint INC-1
    tocsin postmortem own INC-1 bo --as ana
    tocsin postmortem move INC-1 "in review" --as bo
    tocsin postmortem publish INC-1 --as chen
    tocsin postmortem actions --overdue
    """


@postmortem.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every incident that is over: how far its post-mortem is, and when it is due."""
    with opened(settings(config)) as database:
        found = [incident for incident in everything(database) if incident.resolved_at is not None]
    if as_json:
        print_json({"schema": SCHEMA, "postmortems": [view(incident) for incident in found]})
        return
    if not found:
        click.echo("No incident is over yet.")
        return
    now = SystemClock().now()
    table = Table("Incident", "Severity", "State", "Owner", "Due", "File", box=None, pad_edge=False)
    for incident in found:
        table.add_row(
            incident.id,
            incident.severity,
            incident.postmortem_state.value if incident.postmortem else "no draft yet",
            incident.postmortem_owner or "nobody",
            _due(incident, now),
            escape(printable(incident.postmortem.path)) if incident.postmortem else "",
        )
    Console().print(table)


@postmortem.command()
@click.argument("name", metavar="INC")
@as_option
@config_option
@json_option
def new(name: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """A fresh draft from the log, in a file of its own. What a person has written is never overwritten."""
    found = settings(config)
    by = who(person, found)
    with opened(found) as database:
        _over(incident_of(database, name))
    say(
        found,
        name,
        ev.PostmortemWanted(by),
        by,
        as_json,
        "A fresh draft is being written: tocsin postmortem list.",
    )


@postmortem.command("lint")
@click.argument("what", metavar="INC|FILE")
@config_option
@json_option
def lint_(what: str, config: Path | None, as_json: bool) -> None:
    """What it still lacks before others may read it. Exit code 1 if anything stops its publication."""
    found = settings(config)
    path = Path(what)
    if not path.is_file():
        with opened(found) as database:
            path = _path(incident_of(database, what), None)
    reading = read(path, found.roster.people, _today())
    if as_json:
        print_json([_finding(reading, finding) for finding in reading.findings])
    else:
        _show(reading)
    if any(finding.weight is Weight.ERROR for finding in reading.findings):
        sys.exit(1)


@postmortem.command()
@click.argument("name", metavar="INC")
@click.argument("owner", metavar="PERSON")
@as_option
@config_option
@json_option
def own(name: str, owner: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Name the one person who answers for it."""
    found = settings(config)
    by = who(person, found)
    event = ev.PostmortemOwned(PersonId(owner), by)
    say(found, name, event, by, as_json, f"{owner} owns the post-mortem of {name}.")


@postmortem.command("move")
@click.argument("name", metavar="INC")
@click.argument(
    "state",
    type=click.Choice([state.value for state in PostmortemState if state is not PostmortemState.PUBLISHED]),
)
@click.option("--note", help="What the reviewer says.")
@file_option
@as_option
@config_option
@json_option
def move_(
    name: str,
    state: str,
    note: str | None,
    file: Path | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Take it a step on (or back): draft, in review, reviewed. A commander or an admin says reviewed."""
    _move(name, PostmortemState(state), note, file, person, config, as_json)


@postmortem.command()
@click.argument("name", metavar="INC")
@click.option("--note", help="A word that goes with it.")
@file_option
@as_option
@config_option
@json_option
def publish(
    name: str, note: str | None, file: Path | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Publish what was reviewed: HTML beside the text, action items with their clocks, the 48 hours stopped.

    Refused while an error of `tocsin postmortem lint` stands.
    """
    _move(name, PostmortemState.PUBLISHED, note, file, person, config, as_json)


for command in (actions, done, drop):
    postmortem.add_command(command)


@postmortem.command()
def rules() -> None:
    """What `lint` looks for."""
    for rule, (weight, text) in RULES.items():
        click.echo(f"{rule} {weight.value:<8} {text}")


def _move(
    name: str,
    state: PostmortemState,
    note: str | None,
    file: Path | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    found = settings(config)
    by = who(person, found)
    clock = SystemClock()
    people = found.roster.people
    said = Redactor(found.secrets).redact(note) if note else None
    with opened(found) as database:
        incident = incident_of(database, name)
        reading = read(_path(incident, file), people, _today())
        signals = move(database, incident, reading, state, by, people, clock.now(), said)
        answers = [wait_for_answer(database, signal, clock, ANSWER_LIMIT) for signal in signals]
        after = incident_of(database, name)
    refused = next((answer for answer in answers if answer is not None and not answer.accepted), answers[-1])
    tell(refused, found, as_json, f"The post-mortem of {incident.id} is {state.value}.", view(after))
    if state is PostmortemState.PUBLISHED and not as_json:
        click.echo(f"  {reading.path.with_suffix('.html')}")
        for item in after.actions.values():
            click.echo(
                f"  {item.opened.item}: {item.opened.owner} until {item.opened.due - timedelta(days=1):%Y-%m-%d}"
            )


def _over(incident: Incident) -> None:
    if incident.resolved_at is None:
        raise Refused(f"{incident.id} is not over.", hint="Its post-mortem is drafted when it is.")


def _path(incident: Incident, file: Path | None) -> Path:
    if file is not None:
        return file
    if incident.postmortem is None:
        raise NotFound(
            f"{incident.id} has no draft yet.",
            hint="It is written when the incident ends; or name a text with --file.",
        )
    return Path(incident.postmortem.path)


def _show(reading: Reading) -> None:
    for finding in reading.findings:
        click.echo(
            f"{reading.path}:{finding.line}:{finding.column}: {finding.weight.value} {finding.rule} {finding.message}"
        )
        click.echo(f"    {finding.fix}")
    errors = sum(1 for finding in reading.findings if finding.weight is Weight.ERROR)
    warnings = len(reading.findings) - errors
    if errors or warnings:
        click.echo(f"{errors} to be mended before it may be published, {warnings} to be looked at.")
    else:
        click.echo(f"{reading.path} is complete.")


def _finding(reading: Reading, finding: Finding) -> Document:
    return {
        "doc": str(reading.path),
        "line": finding.line,
        "column": finding.column,
        "severity": finding.weight.value,
        "rule": finding.rule,
        "message": finding.message,
        "fix": finding.fix,
    }


def _due(incident: Incident, now: datetime) -> str:
    draft = incident.postmortem
    if incident.postmortem_published_at is not None:
        return f"published {incident.postmortem_published_at:%Y-%m-%d}"
    if draft is None or draft.due is None:
        return "not required"
    left = draft.due - now
    return f"{draft.due:%Y-%m-%d %H:%M} UTC" if left > timedelta() else f"LATE by {duration.spell(-left)}"


def _today() -> date:
    return SystemClock().now().astimezone(UTC).date()
