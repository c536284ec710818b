"""tocsin postmortem …: write up what was learned, have it reviewed, publish it, and keep its promises."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.app.settings import Settings
from tocsin.cli.common import as_option, config_option, json_option, print_json, settings, who
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.history import load
from tocsin.engine.intake import Answer, accept_word, wait_for_answer
from tocsin.engine.publish import Reading, move, read
from tocsin.errors import InputError, NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import ActionView, PostmortemState
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.postmortem.lint import RULES, Finding, Weight
from tocsin.store import incidents
from tocsin.store.database import Database

_ANSWER_LIMIT = timedelta(seconds=5)
_ALL = 10_000

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
    with _open(settings(config)) as database:
        found = [incident for incident in _everything(database) if incident.resolved_at is not None]
    if as_json:
        print_json({"schema": SCHEMA, "postmortems": [_view(incident) for incident in found]})
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
    with _open(found) as database:
        _over(_incident(database, name))
    _say(
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
        with _open(found) as database:
            path = _path(_incident(database, what), None)
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
    _say(found, name, event, by, as_json, f"{owner} owns the post-mortem of {name}.")


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


@postmortem.command()
@click.option("--overdue", is_flag=True, help="Only what is late.")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@config_option
@json_option
def actions(overdue: bool, everything: bool, config: Path | None, as_json: bool) -> None:
    """What was promised after incidents: by whom, until when, late or not. Exit code 1 if anything is late."""
    now = SystemClock().now()
    with _open(settings(config)) as database:
        items = [
            (incident, view)
            for incident in _everything(database)
            for view in incident.actions.values()
            if (everything or view.closed is None) and (not overdue or _late(view, now))
        ]
    items.sort(key=lambda item: item[1].opened.due)
    late = any(_late(view, now) for _, view in items)
    if as_json:
        print_json({"schema": SCHEMA, "actions": [_action(incident, view, now) for incident, view in items]})
    elif not items:
        click.echo("Nothing is late." if overdue else "Nothing is promised.")
    else:
        table = Table("Item", "Due", "Owner", "Priority", "What", box=None, pad_edge=False)
        for _, view in items:
            opened = view.opened
            due = f"{opened.due - timedelta(days=1):%Y-%m-%d}"
            state = " LATE" if _late(view, now) else ""
            if view.closed is not None:
                state = " done" if view.closed.done else " dropped"
            table.add_row(
                opened.item, due + state, opened.owner, opened.priority, escape(printable(opened.what))
            )
        Console().print(table)
    if late:
        sys.exit(1)


@postmortem.command()
@click.argument("item", metavar="ITEM")
@click.option("--note", help="How one sees that it is done.")
@as_option
@config_option
@json_option
def done(item: str, note: str | None, person: str | None, config: Path | None, as_json: bool) -> None:
    """An action item is done."""
    _close(item, True, note, person, config, as_json)


@postmortem.command()
@click.argument("item", metavar="ITEM")
@click.option("--reason", required=True, help="Why it will not be done.")
@as_option
@config_option
@json_option
def drop(item: str, reason: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """An action item will not be done, and why."""
    _close(item, False, reason, person, config, as_json)


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
    with _open(found) as database:
        incident = _incident(database, name)
        reading = read(_path(incident, file), people, _today())
        signals = move(database, incident, reading, state, by, people, clock.now(), said)
        answers = [wait_for_answer(database, signal, clock, _ANSWER_LIMIT) for signal in signals]
        after = _incident(database, name)
    refused = next((answer for answer in answers if answer is not None and not answer.accepted), answers[-1])
    _tell(refused, found, as_json, f"The post-mortem of {incident.id} is {state.value}.", _view(after))
    if state is PostmortemState.PUBLISHED and not as_json:
        click.echo(f"  {reading.path.with_suffix('.html')}")
        for view in after.actions.values():
            click.echo(
                f"  {view.opened.item}: {view.opened.owner} until {view.opened.due - timedelta(days=1):%Y-%m-%d}"
            )


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
    _say(
        found,
        incident,
        ev.ActionClosed(item.replace(incident, incident.upper(), 1), by, is_done, said),
        by,
        as_json,
        f"{item} is {'done' if is_done else 'dropped'}.",
    )


def _open(found: Settings) -> Database:
    return open_database(found, create=False)


def _everything(database: Database) -> list[Incident]:
    with database.read() as tx:
        return [load(tx, row.id) for row in incidents.listing(tx, limit=_ALL) if not row.drill]


def _incident(database: Database, name: str) -> Incident:
    with database.read() as tx:
        identifier = IncidentId(name.upper())
        if not incidents.exists(tx, identifier):
            known = ", ".join(row.id for row in incidents.listing(tx, limit=5)) or "none yet"
            raise NotFound(f"There is no incident {name}.", hint=f"Newest: {known}.")
        return load(tx, identifier)


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


def _say(found: Settings, name: str, event: ev.Event, by: PersonId, as_json: bool, text: str) -> None:
    clock = SystemClock()
    with _open(found) as database:
        identifier = _incident(database, name).id
        signal = accept_word(database, identifier, event, f"person:{by}", clock.now())
        answer = wait_for_answer(database, signal, clock, _ANSWER_LIMIT)
        view = _view(_incident(database, name))
    _tell(answer, found, as_json, text, view)


def _tell(answer: Answer | None, found: Settings, as_json: bool, text: str, view: Document) -> None:
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "accepted": answer.accepted if answer else None,
                "refusal": answer.refusal if answer else None,
                "postmortem": view,
            }
        )
    if answer is None:
        raise Refused(
            "Stored, but no engine has taken it up yet.",
            hint=f"Start one: tocsin serve --config {found.file}. It will be taken up then.",
        )
    if not answer.accepted:
        raise Refused(answer.refusal or "Refused.", hint=None)
    if not as_json:
        click.echo(text)


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


def _view(incident: Incident) -> Document:
    draft = incident.postmortem
    return {
        "incident": incident.id,
        "severity": incident.severity,
        "state": incident.postmortem_state.value if draft else None,
        "owner": incident.postmortem_owner,
        "due": draft.due.isoformat() if draft and draft.due else None,
        "published_at": incident.postmortem_published_at.isoformat()
        if incident.postmortem_published_at
        else None,
        "path": draft.path if draft else None,
        "actions": [_action(incident, view, None) for view in incident.actions.values()],
    }


def _action(incident: Incident, view: ActionView, now: datetime | None) -> Document:
    opened, closed = view.opened, view.closed
    document: Document = {
        "item": opened.item,
        "incident": incident.id,
        "what": opened.what,
        "owner": opened.owner,
        "due": opened.due.isoformat(),
        "priority": opened.priority,
        "state": "open" if closed is None else "done" if closed.done else "dropped",
        "note": closed.note if closed else None,
    }
    if now is not None:
        document["overdue"] = _late(view, now)
    return document


def _late(view: ActionView, now: datetime) -> bool:
    return view.closed is None and view.opened.due <= now


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
