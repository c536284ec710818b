"""tocsin incident …: see incidents and act on them."""

import json
from dataclasses import replace
from pathlib import Path

import click

from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.cli import incident_doing, incident_people, incident_words, sheet, views
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, interactive, json_option, print_json
from tocsin.cli.word import find, open_store, say
from tocsin.engine.near_changes import near
from tocsin.errors import InputError, NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.preview import tried
from tocsin.incident.state import Ask
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, RunId
from tocsin.kit.printable import printable
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.defaults import default_levels
from tocsin.store import evidence, incidents

_DIGEST_CHARS = 8


@click.group()
def incident() -> None:
    """See incidents and act on them.

    \b
    tocsin incident list
    tocsin incident show INC-1
    tocsin incident ack INC-1 --as ana
    tocsin incident approve INC-1
    """


@incident.command("list")
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@config_option
@json_option
def list_(everything: bool, config: Path | None, as_json: bool) -> None:
    """Open incidents, newest first."""
    with open_store(settings(config)) as database, database.read() as tx:
        rows = incidents.listing(tx, open_only=not everything)
    if as_json:
        print_json({"schema": views.SCHEMA, "incidents": [views.row(found) for found in rows]})
    else:
        # Titles come from outside; "[/dev/sda1]" is no markup, and must not end the list.
        sheet.listing([replace(found, title=printable(found.title)) for found in rows], everything)


@incident.command()
@click.argument("name", metavar="INC")
@click.option("--full", is_flag=True, help="Every line of the timeline, clocks and receipts too.")
@config_option
@json_option
def show(name: str, full: bool, config: Path | None, as_json: bool) -> None:
    """One incident: where it stands, what waits for you, its timeline."""
    with open_store(settings(config)) as database:
        found, log = find(database, name)
        with database.read() as tx:
            changes = near(tx, found)
    if as_json:
        print_json(views.incident(found, log, changes))
    else:
        sheet.incident(found, log, full, changes)


@incident.command()
@click.argument("name", metavar="INC")
@as_option
@config_option
@json_option
def ack(name: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """ "I have it": stops the paging of this incident."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.Acknowledged(by), by, as_json, f"{by} has {name}.")


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("text")
@as_option
@config_option
@json_option
def note(name: str, text: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Write something onto the timeline."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.NoteAdded(by, text), by, as_json, "Noted.")


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("ask", required=False)
@click.option(
    "--digest",
    help="First characters of the digest you have seen (from show --json); needed without a terminal.",
)
@click.option("--confirm", help="The typed name of the target, for what destroys.")
@click.option(
    "--break-glass", metavar="REASON", help="Do without the second person; everybody above hears of it."
)
@as_option
@config_option
@json_option
def approve(
    name: str,
    ask: str | None,
    digest: str | None,
    confirm: str | None,
    break_glass: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say yes to the step that waits: shows it whole, then asks you to type its command."""
    found = settings(config)
    by = who(person, found)
    with open_store(found) as database:
        about = find(database, name)[0]
    waiting = _ask(about, ask)
    made = waiting.made
    if digest is None:
        if not interactive():
            raise InputError(
                "Nobody can be asked here.",
                hint=f"Look at it first (tocsin incident show {name} --json), then pass --digest {made.digest[:_DIGEST_CHARS]}.",
            )
        sheet.question(waiting, tried(about, waiting, SystemClock().now()))
        if not sheet.typed(made.text):
            raise Refused("Not approved: the command was not typed.", hint="Nothing ran.")
        if made.approvals_needed > 1 and confirm is None:
            confirm = click.prompt("Type the name of the target")
    elif len(digest) < _DIGEST_CHARS or not made.digest.startswith(digest):
        raise Refused(
            "That is not the digest of the step that waits.", hint=f"Look again: tocsin incident show {name}."
        )
    event = ev.Approved(made.ask, by, made.digest, confirm, break_glass)
    say(found, name, event, by, as_json, f"Approved: {made.text}")


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("ask", required=False)
@click.option("--reason", help="Why not; offered, not forced.")
@as_option
@config_option
@json_option
def reject(
    name: str, ask: str | None, reason: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Say no to the step that waits; the next option is offered."""
    found = settings(config)
    by = who(person, found)
    with open_store(found) as database:
        waiting = _ask(find(database, name)[0], ask)
    say(found, name, ev.Rejected(waiting.made.ask, by, reason), by, as_json, f"Rejected: {waiting.made.text}")


@incident.command("ask")
@click.argument("name", metavar="INC")
@click.argument("step", metavar="STEP")
@as_option
@config_option
@json_option
def ask_for(name: str, step: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """Have another step of the runbook asked for next, by its number (5.2b)."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.StepRequested(step, by), by, as_json, f"Step {step} is asked for now.")


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("run", metavar="RUN", required=False)
@click.option("--took-effect/--did-not", "took_effect", default=None, help="What you saw.", required=True)
@click.option("--note", "said", help="How you know.")
@as_option
@config_option
@json_option
def settle(
    name: str,
    run: str | None,
    took_effect: bool,
    said: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say whether a change that was interrupted took effect. tocsin never runs it again by itself."""
    found = settings(config)
    by = who(person, found)
    with open_store(found) as database:
        doubtful = find(database, name)[0].in_doubt
    if run is None:
        if not doubtful:
            raise NotFound(f"Nothing in {name} is in doubt.")
        run = doubtful[0].queued.run
    event = ev.DoubtSettled(RunId(run), by, took_effect, said)
    say(
        found, name, event, by, as_json, f"Settled: {run} {'took' if took_effect else 'did not take'} effect."
    )


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("level", metavar="SEVERITY")
@click.option("--reason", help="Needed for lowering.")
@as_option
@config_option
@json_option
def severity(
    name: str, level: str, reason: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """Change how bad it is; the clocks follow."""
    found = settings(config)
    by = who(person, found)
    say(
        found,
        name,
        ev.SeverityChanged(level, _rank(found, level), by, reason),
        by,
        as_json,
        f"{name} is {level}.",
    )


@incident.command()
@click.argument("name", metavar="INC")
@click.option("--because", default="resolved by hand", show_default=True, help="What ended it.")
@click.option("--anyway", help="Resolve although a check is not good, with this reason.")
@as_option
@config_option
@json_option
def resolve(
    name: str, because: str, anyway: str | None, person: str | None, config: Path | None, as_json: bool
) -> None:
    """End the incident. Refused while a check still says that something is wrong, unless you say why."""
    found = settings(config)
    by = who(person, found)
    say(found, name, ev.Resolved(by, because, anyway), by, as_json, f"{name} is resolved.")


@incident.command()
@click.argument("name", metavar="INC")
@click.option(
    "--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; default: stdout.")
@config_option
@json_option
def export(name: str, form: str, output: Path | None, config: Path | None, as_json: bool) -> None:
    """The whole incident with its evidence, readable without tocsin."""
    with open_store(settings(config)) as database:
        found, log = find(database, name)
        with database.read() as tx:
            kept = evidence.of_incident(tx, found.id)
    if as_json or form == "json":
        document = views.incident(found, log)
        document["evidence"] = [
            {"id": row.id, "run": row.run, "sha256": row.sha256, "stdout": row.stdout, "stderr": row.stderr,
             "meta": json.loads(row.meta)}
            for row in kept
        ]  # fmt: skip
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    else:
        text = sheet.markdown(found, log, kept)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(
            f"{output} cannot be written: {problem.strerror}.", hint="Name another file with -o."
        ) from problem
    click.echo(f"Written to {output}.", err=True)


def _ask(found: Incident, name: str | None) -> Ask:
    if name is not None:
        ask = found.asks.get(AskId(name))
        if ask is None:
            raise NotFound(f"{found.id} has no ask {name}.", hint=f"Look: tocsin incident show {found.id}.")
        return ask
    if found.open_ask is None:
        raise NotFound(
            f"Nothing in {found.id} waits for a yes.", hint=f"Look: tocsin incident show {found.id}."
        )
    return found.open_ask


def _rank(found: Settings, level: str) -> int:
    """The rank of a severity in the team's runbook, or in the default order if the runbook names none."""
    policy = compile_runbook(read_runbook(found.runbook), str(found.runbook)).policy
    ranks = {known.name: known.rank for known in policy.severities}
    ranks = ranks or {known: rank for rank, known in enumerate(default_levels())}
    if level not in ranks:
        raise InputError(
            f'"{level}" is not a severity of {found.runbook}.', hint=f"Known: {', '.join(ranks)}."
        )
    return ranks[level]


for _command in (*incident_doing.COMMANDS, *incident_people.COMMANDS, *incident_words.COMMANDS):
    incident.add_command(_command)
