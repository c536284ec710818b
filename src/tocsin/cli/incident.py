"""tocsin incident …: see incidents and act on them."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from tocsin.app.database import open_database
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.cli import sheet, views
from tocsin.cli.common import as_option, config_option, interactive, json_option, print_json, settings, who
from tocsin.engine.history import load, records
from tocsin.engine.intake import Answer, accept_word, wait_for_answer
from tocsin.errors import InputError, NotFound, Refused
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import Ask
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, PersonId, RunId
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.defaults import default_levels
from tocsin.store import evidence, incidents
from tocsin.store.database import Database

_ANSWER_LIMIT = timedelta(seconds=5)
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
    with _open(settings(config)) as database, database.read() as tx:
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
    with _open(settings(config)) as database:
        found, log = _incident(database, name)
    if as_json:
        print_json(views.incident(found, log))
    else:
        sheet.incident(found, log, full)


@incident.command()
@click.argument("name", metavar="INC")
@as_option
@config_option
@json_option
def ack(name: str, person: str | None, config: Path | None, as_json: bool) -> None:
    """ "I have it": stops the paging of this incident."""
    found = settings(config)
    by = who(person, found)
    _say(found, name, ev.Acknowledged(by), by, as_json, f"{by} has {name}.")


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
    _say(found, name, ev.NoteAdded(by, text), by, as_json, "Noted.")


@incident.command()
@click.argument("name", metavar="INC")
@click.argument("ask", required=False)
@click.option(
    "--digest",
    help="First characters of the digest you have seen (from show --json); needed without a terminal.",
)
@click.option("--confirm", help="The typed name of the target, for what destroys.")
@as_option
@config_option
@json_option
def approve(
    name: str,
    ask: str | None,
    digest: str | None,
    confirm: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say yes to the step that waits: shows it whole, then asks you to type its command."""
    found = settings(config)
    by = who(person, found)
    with _open(found) as database:
        waiting = _ask(_incident(database, name)[0], ask)
    made = waiting.made
    if digest is None:
        if not interactive():
            raise InputError(
                "Nobody can be asked here.",
                hint=f"Look at it first (tocsin incident show {name} --json), then pass --digest {made.digest[:_DIGEST_CHARS]}.",
            )
        sheet.question(waiting)
        if not sheet.typed(made.text):
            raise Refused("Not approved: the command was not typed.", hint="Nothing ran.")
        if made.approvals_needed > 1 and confirm is None:
            confirm = click.prompt("Type the name of the target")
    elif len(digest) < _DIGEST_CHARS or not made.digest.startswith(digest):
        raise Refused(
            "That is not the digest of the step that waits.", hint=f"Look again: tocsin incident show {name}."
        )
    event = ev.Approved(made.ask, by, made.digest, confirm)
    _say(found, name, event, by, as_json, f"Approved: {made.text}")


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
    with _open(found) as database:
        waiting = _ask(_incident(database, name)[0], ask)
    _say(
        found, name, ev.Rejected(waiting.made.ask, by, reason), by, as_json, f"Rejected: {waiting.made.text}"
    )


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
    _say(found, name, ev.StepRequested(step, by), by, as_json, f"Step {step} is asked for now.")


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
    with _open(found) as database:
        doubtful = _incident(database, name)[0].in_doubt
    if run is None:
        if not doubtful:
            raise NotFound(f"Nothing in {name} is in doubt.")
        run = doubtful[0].queued.run
    event = ev.DoubtSettled(RunId(run), by, took_effect, said)
    _say(
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
    _say(
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
    _say(found, name, ev.Resolved(by, because, anyway), by, as_json, f"{name} is resolved.")


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
    with _open(settings(config)) as database:
        found, log = _incident(database, name)
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


def _open(found: Settings) -> Database:
    return open_database(found, create=False)


def _incident(database: Database, name: str) -> tuple[Incident, tuple[ev.Recorded, ...]]:
    with database.read() as tx:
        identifier = IncidentId(name.upper())
        if incidents.get(tx, identifier) is None:
            known = ", ".join(row.id for row in incidents.listing(tx, limit=5)) or "none yet"
            raise NotFound(f"There is no incident {name}.", hint=f"Newest: {known}.")
        return load(tx, identifier), records(tx, identifier)


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


def _say(found: Settings, name: str, event: ev.Event, by: PersonId, as_json: bool, done: str) -> None:
    """Hand a person's word to the engine and say what became of it."""
    clock = SystemClock()
    event = _redacted(event, Redactor(found.secrets))
    with _open(found) as database:
        identifier = _incident(database, name)[0].id
        signal = accept_word(database, identifier, event, f"person:{by}", clock.now())
        answer = wait_for_answer(database, signal, clock, _ANSWER_LIMIT)
    _tell(answer, found, as_json, done)


def _redacted(event: ev.Event, redactor: Redactor) -> ev.Event:
    """What a person wrote, with secrets hidden before it is stored: logs are pasted into notes."""

    def hide(text: str | None) -> str | None:
        return redactor.redact(text) if text else text

    match event:
        case ev.NoteAdded():
            return replace(event, text=redactor.redact(event.text))
        case ev.Resolved():
            return replace(event, because=redactor.redact(event.because), anyway=hide(event.anyway))
        case ev.Rejected() | ev.SeverityChanged():
            return replace(event, reason=hide(event.reason))
        case ev.DoubtSettled():
            return replace(event, note=hide(event.note))
        case _:
            return event


def _tell(answer: Answer | None, found: Settings, as_json: bool, done: str) -> None:
    if as_json:
        print_json(
            {
                "schema": views.SCHEMA,
                "accepted": answer.accepted if answer else None,
                "incident": answer.incident if answer else None,
                "refusal": answer.refusal if answer else None,
                "stage": answer.stage if answer else None,
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
        click.echo(done)
