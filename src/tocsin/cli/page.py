"""tocsin page …: prove that pages reach people, and see what became of them."""

import secrets
import sys
from datetime import datetime, timedelta
from pathlib import Path

import click

from tocsin.app.database import open_database
from tocsin.app.document import SCHEMA
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.engine.paging.canary import send_trials, trial_pages
from tocsin.engine.paging.channels import contact_of
from tocsin.errors import InputError, NotFound
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import Person
from tocsin.store import deliveries
from tocsin.store.database import Database
from tocsin.store.deliveries import Delivery

_POLL = timedelta(milliseconds=200)
_STALE = timedelta(days=14)  # a method nobody proved for longer is amber (PAG-21)
_SETTLED = frozenset({"sent", "delivered", "undelivered", "failed"})


@click.group()
def page() -> None:
    """Prove that pages reach people, and see what became of them."""


@page.command()
@click.argument("person")
@click.option("--wait", default="20s", show_default=True, help="How long to wait for the channels to answer.")
@config_option
@json_option
def test(person: str, wait: str, config: Path | None, as_json: bool) -> None:
    """Send a test page to a person by every one of their methods. `tocsin serve` must be running.

    Exit code 1 if a method did not take it.
    """
    found = settings(config)
    whom = _whom(person, found.roster)
    if not whom.methods:
        raise InputError(
            f"{person} has no way to be reached.", hint=f"Set people.{person}.page in {found.file}."
        )
    limit = duration.parse(wait)
    if limit is None:
        raise click.BadParameter(f'"{wait}" is not a duration. Write it like "20s".', param_hint="--wait")
    with open_database(found, create=False) as database:
        rows = _try(database, whom, limit)
    results = [_result(method.pager, rows.get(contact_of(method))) for method in whom.methods]
    if as_json:
        print_json({"schema": SCHEMA, "person": person, "methods": results})
    else:
        for each in results:
            click.echo(f"{each['state']:<11} {each['pager']:<16} {each['detail']}")
    if any(each["state"] not in ("sent", "delivered") for each in results):
        sys.exit(1)


@page.command()
@click.option("--person", help="Only theirs.")
@click.option("--incident", help="Only of this incident.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@config_option
@json_option
def log(person: str | None, incident: str | None, limit: int, config: Path | None, as_json: bool) -> None:
    """What was handed to which channel, newest first: sent, delivered and failed are three things."""
    found = settings(config)
    with open_database(found, create=False) as database, database.read() as tx:
        rows = deliveries.listing(tx, limit, person, incident)
    if as_json:
        print_json({"schema": SCHEMA, "pages": [_view(row) for row in rows]})
        return
    for row in rows:
        at = f"{row.sent_at or row.begun_at:%Y-%m-%d %H:%M:%S}"
        detail = row.detail or row.reference or ""
        about = row.attempt.incident or "test"
        click.echo(
            f"{at} {row.state:<11} {row.attempt.person:<10} {row.attempt.pager:<10} {about:<8} {row.attempt.subject}  {detail}".rstrip()
        )
    if not rows:
        click.echo("Nothing has been handed to any channel yet.")


@page.command()
@config_option
@json_option
def status(config: Path | None, as_json: bool) -> None:
    """Every way to reach every person, and when it was last proven. Exit code 1 if one fails or is unproven for 14 days."""
    found = settings(config)
    now = SystemClock().now()
    with open_database(found, create=False) as database, database.read() as tx:
        rows = deliveries.listing(tx, 10_000)
    results = [
        _proof(
            person.id, method.pager, [row for row in rows if row.attempt.contact == contact_of(method)], now
        )
        for person in found.roster.people
        for method in person.methods
    ]
    if as_json:
        print_json({"schema": SCHEMA, "methods": results})
    else:
        for each in results:
            click.echo(f"{each['state']:<9} {each['person']:<12} {each['pager']:<16} {each['detail']}")
    if any(each["state"] != "proven" for each in results):
        sys.exit(1)


def _whom(name: str, roster: Roster) -> Person:
    found = roster.person(PersonId(name))
    if found is None:
        known = ", ".join(person.id for person in roster.people) or "nobody yet"
        raise NotFound(f'There is no person "{name}".', hint=f"Known: {known}.")
    return found


def _try(database: Database, person: Person, limit: timedelta) -> dict[str, Delivery]:
    """Ask for the test pages and wait for what becomes of them, by contact."""
    clock = SystemClock()
    key = f"test.{secrets.token_hex(6)}"
    with database.write() as tx:
        send_trials(tx, trial_pages(person, key, "Somebody at the command line"), clock.now())
    until = clock.monotonic() + limit.total_seconds()
    while True:
        with database.read() as tx:
            found = {
                row.attempt.contact: row
                for row in deliveries.listing(tx, 200, person=person.id)
                if row.attempt.page.startswith(f"{key}.")
            }
        done = len(found) == len(person.methods) and all(row.state in _SETTLED for row in found.values())
        rest = until - clock.monotonic()
        if done or rest <= 0:
            return found
        database.wait(min(_POLL, timedelta(seconds=rest)))


def _result(pager: str, row: Delivery | None) -> dict[str, str]:
    if row is None:
        return {
            "pager": pager,
            "state": "waiting",
            "detail": "no engine has taken it yet: is `tocsin serve` running?",
        }
    return {"pager": pager, "state": row.state, "detail": row.detail or row.reference or ""}


def _proof(person: str, pager: str, rows: list[Delivery], now: datetime) -> dict[str, str | None]:
    """Newest first: the last outcome decides, and how long ago it was."""
    settled = next((row for row in rows if row.state in _SETTLED), None)
    proven = next((row.sent_at for row in rows if row.state in ("sent", "delivered")), None)
    if settled is not None and settled.state in ("failed", "undelivered"):
        state, detail = "failing", settled.detail or ""
    elif proven is None or now - proven > _STALE:
        state = "unproven"
        detail = "never" if proven is None else f"last on {proven:%Y-%m-%d}"
    else:
        state, detail = "proven", f"{proven:%Y-%m-%d %H:%M} UTC"
    return {
        "person": person,
        "pager": pager,
        "state": state,
        "detail": detail,
        "at": proven.isoformat() if proven else None,
    }


def _view(row: Delivery) -> dict[str, object]:
    return {
        "page": row.attempt.page,
        "message": row.message,
        "incident": row.attempt.incident or None,
        "person": row.attempt.person,
        "pager": row.attempt.pager,
        "kind": row.attempt.kind,
        "drill": row.attempt.drill,
        "subject": row.attempt.subject,
        "state": row.state,
        "tries": row.tries,
        "reference": row.reference,
        "detail": row.detail,
        "begun_at": row.begun_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "told_at": row.told_at.isoformat() if row.told_at else None,
    }
