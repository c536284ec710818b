"""tocsin incident …: what is told to whom, and what an incident is beside itself."""

from datetime import timedelta
from pathlib import Path

import click

from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.cli import views
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, interactive, json_option, print_json
from tocsin.cli.word import find, open_store, say
from tocsin.comms.checklist import checklist as items
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.errors import InputError, NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.said import AUDIENCES, Update
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, sha256
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.runbook.compile import compile as compile_runbook

_DIGEST_CHARS = 8


@click.command()
@click.argument("name", metavar="INC")
@click.option("--audience", type=click.Choice(AUDIENCES), default="public", show_default=True)
@click.option("--text", help="Your own words instead of the draft; secrets are hidden in them.")
@click.option("--approve", is_flag=True, help="Say yes to exactly this text; somebody else sends it.")
@click.option("--send", is_flag=True, help="Send it.")
@click.option("--withdraw", metavar="UPDATE", help="Withdraw an update by its name, with --because.")
@click.option("--because", default="", help="Why it is withdrawn.")
@click.option("--digest", help="First characters of the digest you have seen; needed without a terminal.")
@click.option("--anyway", help="Send it although it was flagged, with this reason.")
@click.option("--every", help='A long incident: the public hears at this interval from now on ("45 min").')
@as_option
@config_option
@json_option
def update(
    name: str,
    audience: str,
    text: str | None,
    approve: bool,
    send: bool,
    withdraw: str | None,
    because: str,
    digest: str | None,
    anyway: str | None,
    every: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Show the draft for an audience; write your own; say yes to it; send it."""
    found = settings(config)
    by = who(person, found) if (text or approve or send or withdraw or every) else None
    if by is not None and every:
        event = ev.CadenceSet(by, duration.parse(every) or timedelta(0))
        say(found, name, event, by, as_json, f"The public hears every {every}.")
    if by is not None and withdraw:
        key = withdraw if "." in withdraw else f"{name.upper()}.{withdraw}"
        say(found, name, ev.UpdateWithdrawn(key, by, because), by, as_json, f"{key} is withdrawn.")
    if by is not None and text:
        incident = _now(found, name)
        key = f"{incident.id}.u{len(incident.said.updates) + 1}"
        draft = ev.UpdateDrafted(audience, Redactor(found.secrets).redact(text), key, _state(incident), by)
        say(found, name, draft, by, as_json and not (approve or send), f"{key} is drafted.")
    if by is not None and (approve or send):
        waiting = _waiting(_now(found, name), audience)
        seen = _seen(waiting, name, digest)
        key = waiting.drafted.update
        if approve:
            say(
                found,
                name,
                ev.UpdateApproved(key, by, seen),
                by,
                as_json and not send,
                f"{by} says yes to {key}.",
            )
        if send:
            say(found, name, ev.UpdateSent(key, by, seen, anyway), by, as_json, f"{key} is on its way.")
    if by is None:
        _show(_waiting(_now(found, name), audience), as_json)


def _now(found: Settings, name: str) -> Incident:
    with open_store(found) as database:
        return find(database, name)[0]


def _state(incident: Incident) -> str:
    waiting = incident.said.draft("team")
    return waiting.drafted.state if waiting is not None else ""


def _waiting(incident: Incident, audience: str) -> Update:
    waiting = incident.said.draft(audience)
    if waiting is None:
        raise NotFound(
            f"{incident.id} has no draft for {audience}.",
            hint=f'Write one: tocsin incident update {incident.id} --audience {audience} --text "…"',
        )
    return waiting


def _seen(waiting: Update, name: str, digest: str | None) -> str:
    """The digest of the text a person has seen: shown and confirmed here, or named. Raises Refused, InputError."""
    if digest is not None:
        if len(digest) < _DIGEST_CHARS or not waiting.digest.startswith(digest):
            raise Refused(
                "That is not the text that waits.", hint=f"Look again: tocsin incident update {name}."
            )
        return waiting.digest
    if not interactive():
        raise InputError(
            "Nobody can be asked here.",
            hint=f"Look at it first (tocsin incident update {name}), then pass --digest {waiting.digest[:_DIGEST_CHARS]}.",
        )
    _show(waiting, False)
    if not click.confirm("Exactly this text?"):
        raise Refused("Not sent.", hint="Nothing left the house.")
    return waiting.digest


def _show(waiting: Update, as_json: bool) -> None:
    made = waiting.drafted
    if as_json:
        print_json(
            {
                "schema": views.SCHEMA, "update": made.update, "audience": made.audience, "state": made.state,
                "text": made.text, "digest": waiting.digest, "by": made.by, "approved_by": list(waiting.approvals),
            }
        )  # fmt: skip
        return
    click.echo(
        f"{made.update}  for {made.audience}, {made.state or 'draft'}  (digest {waiting.digest[:_DIGEST_CHARS]})\n"
    )
    click.echo("\n".join(printable(line) for line in made.text.splitlines()))


@click.command()
@click.argument("name", metavar="INC")
@click.argument("item", metavar="ITEM", required=False)
@click.option("--said", default="", help="What was done, where.")
@as_option
@config_option
@json_option
def checklist(
    name: str, item: str | None, said: str, person: str | None, config: Path | None, as_json: bool
) -> None:
    """What has to be told or written down, as the runbook lists it; with an ITEM: tick it off."""
    found = settings(config)
    if item is not None:
        by = who(person, found)
        say(found, name, ev.ChecklistTicked(item, by, said), by, as_json, f"{item} is done.")
        return
    book = compile_runbook(read_runbook(found.runbook), str(found.runbook))
    listed = items(book, _now(found, name))
    if as_json:
        rows = [
            {
                "item": i.key,
                "text": i.text,
                "done": i.done,
                "by": i.by,
                "at": i.at.isoformat() if i.at else None,
            }
            for i in listed
        ]
        print_json({"schema": views.SCHEMA, "checklist": rows})
        return
    for i in listed:
        tail = f"  {i.at:%H:%M} {i.by or 'tocsin'} {i.said}".rstrip() if i.at else ""
        click.echo(f"{'[x]' if i.done else '[ ]'} {i.key:<14} {printable(i.text)}{printable(tail)}")


@click.command()
@click.argument("text")
@click.option("--severity", help="As the runbook names it; assessed when left out.")
@click.option("--service", help="What it is about.")
@click.option("--section", help="The section of the runbook, by number or name.")
@click.option("--way", type=click.Choice(["user", "test", "manual"]), default="manual", show_default=True,
              help="How it was noticed.")  # fmt: skip
@click.option("--drill", is_flag=True, help="It is a rehearsal.")
@as_option
@config_option
@json_option
def declare(
    text: str,
    severity: str | None,
    service: str | None,
    section: str | None,
    way: str,
    drill: bool,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Declare an incident in one sentence. If in doubt whether it is one, it is."""
    found = settings(config)
    by = who(person, found)
    said = Redactor(found.secrets).redact(text)
    given = {"severity": severity, "service": service, "section": section, "way": way}
    labels = {name: value for name, value in given.items() if value}
    now = SystemClock().now()
    key = f"person:{by}:{sha256(f'{said}{now.isoformat()}')[:12]}"
    alert = Alert(key, AlertState.FIRING, said, f"person:{by}", now, labels, said, drill=drill)
    with open_store(found) as database:
        accept_alert(database, alert, said, now)
    if as_json:
        print_json({"schema": views.SCHEMA, "fingerprint": key})
    else:
        click.echo("Declared; see tocsin incident list.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("reason")
@as_option
@config_option
@json_option
def drop(name: str, reason: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """A false alarm: end it with a reason. It stays counted and listed."""
    found = settings(config)
    by = who(person, found)
    event = ev.Resolved(by, reason, reason, false_alarm=True)
    say(found, name, event, by, as_json, f"{name} was a false alarm.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("other", metavar="OTHER")
@click.option("--because", default="", help="What they have in common.")
@as_option
@config_option
@json_option
def link(name: str, other: str, because: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Two incidents have to do with each other; both go on."""
    found = settings(config)
    by = who(person, found)
    say(
        found,
        name,
        ev.Linked(IncidentId(other.upper()), by, because),
        by,
        as_json,
        f"{name} and {other} are linked.",
    )


@click.command()
@click.argument("name", metavar="INC")
@click.argument("into", metavar="INTO")
@click.option("--because", default="", help="Why they are the same.")
@as_option
@config_option
@json_option
def merge(name: str, into: str, because: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """INC is the same as INTO: it ends, and INTO goes on with its alerts."""
    found = settings(config)
    by = who(person, found)
    say(
        found,
        name,
        ev.Merged(IncidentId(into.upper()), by, because),
        by,
        as_json,
        f"{name} goes on as {into}.",
    )


@click.command()
@click.argument("name", metavar="INC")
@click.argument("because", metavar="REASON")
@as_option
@config_option
@json_option
def major(name: str, because: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Treat a lesser incident as major: commander, public updates, post-mortem."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.MajorDeclared(by, because), by, as_json, f"{name} is major.")


@click.command()
@click.argument("name", metavar="INC")
@click.argument("because", metavar="REASON")
@click.option("--codename", help="What everybody else reads; one is made up when left out.")
@as_option
@config_option
@json_option
def security(
    name: str, because: str, codename: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Somebody may have broken in. If in doubt, say it: it is restricted from now on."""
    found = settings(config)
    by = who(person, found)
    event = ev.SecurityDeclared(by, because, codename or f"security {name.upper()}")
    say(found, name, event, by, as_json, f'{name} is restricted; others read "{event.codename}".')


COMMANDS = (declare, update, checklist, drop, link, merge, major, security)
