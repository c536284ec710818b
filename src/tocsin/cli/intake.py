"""tocsin intake …: every request of a foreign sender as it came, and what became of it."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.app.intake import SPOOL
from tocsin.app.settings import Settings
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.foreign.integrations import Integrations
from tocsin.engine.foreign.replay import Replayed, replay
from tocsin.engine.foreign.spool import Spool
from tocsin.engine.foreign.unpack import Means
from tocsin.errors import InputError, StoreError
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.store import alert_rows, requests
from tocsin.store.requests import Ledger, NewRequest, State, Stored

_states = click.Choice([state.value for state in State])
_from = click.option("--integration", help="Only of this integration.")
_since = click.option("--since", help='Only of this long ("2 h", "7 d").')


@click.group()
def intake() -> None:
    """Every request of a foreign sender as it came, and what became of it.

    \b
    tocsin intake list --state unparsed
    tocsin intake show 4711
    tocsin intake replay 4711 --dry-run
    tocsin intake ledger
    """


@intake.command("list")
@_from
@_since
@click.option("--state", "states", type=_states, multiple=True, help="Only in this state; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@config_option
@json_option
def list_(
    integration: str | None, since: str | None, states: tuple[str, ...], limit: int, config: Path | None, as_json: bool
) -> None:  # fmt: skip
    """The newest requests; before them those that wait in the spool to be stored."""
    found = settings(config)
    spooled = () if states else _spooled(found, integration, since)
    if spooled and not as_json:
        _show_spooled(spooled, limit)
    rows = _chosen(found, integration, since, tuple(State(each) for each in states), limit)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "requests": [_view(row, found) for row in rows],
                "spooled": [_spooled_view(each) for each in spooled],
            }
        )
        return
    if not rows and spooled:
        return
    if not rows:
        click.echo("Nothing has come in.")
        return
    table = Table(
        "Request", "At", "Integration", "State", "Alerts", "Answered", "Note", box=None, pad_edge=False
    )
    for row in rows:
        one = row.request
        table.add_row(
            str(row.id), f"{one.received_at:%Y-%m-%d %H:%M:%S}", escape(one.integration), one.state.value,
            str(one.alerts), str(one.status), escape(printable((one.note or "")[:80])),
        )  # fmt: skip
    Console().print(table)


@intake.command()
@click.argument("number", type=int)
@config_option
@json_option
def show(number: int, config: Path | None, as_json: bool) -> None:
    """One request: its headers, its body, and what became of each of its alerts."""
    found = settings(config)
    with open_database(found, create=False) as database, database.read() as tx:
        stored = requests.get(tx, number)
        fates = alert_rows.of_request(tx, number)
    told = [{"alert": raw, "incident": incident, "suppressed": why} for raw, incident, why in fates]
    if as_json:
        print_json({"schema": SCHEMA, **_view(stored, found), "body": _body(stored, found), "fates": told})
        return
    one = stored.request
    click.echo(
        f"{one.method} {printable(one.path)} from {one.source} at {one.received_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    click.echo(f"integration {one.integration} ({one.kind}), {one.state.value}, answered {one.status}")
    if one.note:
        click.echo(f"note: {printable(one.note)}")
    for name, value in one.headers.items():
        click.echo(f"{name}: {printable(value)}")
    click.echo()
    click.echo("\n".join(printable(line) for line in _body(stored, found).splitlines()))
    for raw, incident, why in fates:
        click.echo(f"{incident or 'suppressed, ' + (why or 'not decided yet')}: {printable(raw[:160])}")


@intake.command("replay")
@click.argument("numbers", type=int, nargs=-1)
@_from
@_since
@click.option("--state", "states", type=_states, multiple=True, help="Only in this state; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=10_000, show_default=True)
@click.option("--dry-run", is_flag=True, help="Say what would be different, and change nothing.")
@click.option(
    "--refused", is_flag=True, help="Take requests whose sender could not prove itself, on your word."
)
@config_option
@json_option
def replay_(
    numbers: tuple[int, ...], integration: str | None, since: str | None, states: tuple[str, ...], limit: int,
    dry_run: bool, refused: bool, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Read stored requests again with today's formats. With unchanged code and settings this changes nothing.

    Needs numbers, or at least one of --integration, --since and --state. Exit code 1: something is different.
    """
    found = settings(config)
    if not numbers and integration is None and since is None and not states:
        raise InputError("Which requests?", hint="Name their numbers, or --integration, --since or --state.")
    means = Means(Integrations(found.integrations), Redactor(found.secrets))
    now = SystemClock().now()
    with open_database(found, create=False) as database:
        if numbers:
            with database.read() as tx:
                rows = tuple(requests.get(tx, number) for number in numbers)
        else:
            with database.read() as tx:
                chosen = tuple(State(each) for each in states)
                rows = requests.listing(
                    tx, limit, integration=integration, states=chosen, since=_moment(since)
                )
        told = [
            replay(database, row, means, now, dry_run, refused)
            for row in sorted(rows, key=lambda row: row.id)
        ]
    different = [each for each in told if each.changes]
    if as_json:
        print_json({"schema": SCHEMA, "read": len(told), "dry_run": dry_run, "different": [_told(each) for each in different]})  # fmt: skip
    else:
        for each in different:
            click.echo(f"request {each.request}: was {each.before.value}, is {each.after.value} today")
            for sign, texts in (("+", each.added), ("-", each.removed)):
                for text in texts:
                    click.echo(f"  {sign} {printable(text[:200])}")
        applied = sum(each.applied for each in told)
        click.echo(f"{len(told)} read, {len(different)} different, {applied} handed to the engine")
    if different:
        raise click.exceptions.Exit(1)


@intake.command()
@config_option
@json_option
def ledger(config: Path | None, as_json: bool) -> None:
    """Where every accepted alert is: accepted = linked + suppressed + pending. Exit code 1 if it is not."""
    with open_database(settings(config), create=False) as database, database.read() as tx:
        found = requests.ledger(tx)
    if as_json:
        print_json({"schema": SCHEMA, **_ledger(found)})
    else:
        sign = "=" if found.balanced else "IS NOT"
        click.echo(
            f"{found.accepted} accepted {sign} {found.linked} linked + {found.suppressed} suppressed + {found.pending} pending"
        )
        if found.oldest is not None:
            click.echo(f"the oldest pending one waits since {found.oldest:%Y-%m-%d %H:%M:%S} UTC")
        if found.odd:
            click.echo(
                f"{found.odd} requests were read to another number of alerts than was counted when they came"
            )
    if not found.balanced:
        raise click.exceptions.Exit(1)


def _chosen(
    found: Settings, integration: str | None, since: str | None, states: tuple[State, ...], limit: int
) -> tuple[Stored, ...]:
    with open_database(found, create=False) as database, database.read() as tx:
        return requests.listing(tx, limit, integration=integration, states=states, since=_moment(since))


def _spooled(found: Settings, integration: str | None, since: str | None) -> tuple[NewRequest, ...]:
    """What was answered and is not stored yet, the oldest first; without the database all that the spool holds."""
    after = _moment(since)
    waiting = tuple(
        each
        for each in Spool.look(found.data / SPOOL)
        if integration in (None, each.integration) and (after is None or each.received_at >= after)
    )
    if not waiting:
        return ()
    try:
        with open_database(found, create=False) as database, database.read() as tx:
            stored = requests.stored_of(tx, (each.key for each in waiting))
    except StoreError:
        return waiting
    return tuple(each for each in waiting if each.key not in stored)


def _show_spooled(spooled: tuple[NewRequest, ...], limit: int) -> None:
    word = "request waits" if len(spooled) == 1 else "requests wait"
    click.echo(f"{len(spooled)} {word} in the spool to be stored, the oldest first:")
    for each in spooled[:limit]:
        click.echo(
            f"  {each.received_at:%Y-%m-%d %H:%M:%S} {printable(each.integration)} {each.method} "
            f"{printable(each.path)} {len(each.body)} bytes, answered {each.status}"
        )


def _spooled_view(each: NewRequest) -> Document:
    return {
        "key": each.key, "integration": each.integration, "kind": each.kind, "method": each.method, "path": each.path,
        "bytes": len(each.body), "source": each.source, "received_at": each.received_at.isoformat(),
        "status": each.status,
    }  # fmt: skip


def _moment(since: str | None) -> datetime | None:
    if since is None:
        return None
    span: timedelta | None = duration.parse(since)
    if span is None:
        raise InputError(f'"{since}" is no duration.', hint='Write "2 h" or "7 d".')
    return SystemClock().now() - span


def _body(stored: Stored, found: Settings) -> str:
    """The body as text, without anything secret in it."""
    return Redactor(found.secrets).redact(stored.request.body.decode("utf-8", "replace"))


def _view(stored: Stored, found: Settings) -> Document:
    one = stored.request
    return {
        "id": stored.id, "key": one.key, "integration": one.integration, "kind": one.kind, "method": one.method,
        "path": one.path, "headers": dict(one.headers), "bytes": len(one.body), "source": one.source,
        "received_at": one.received_at.isoformat(), "state": one.state.value, "status": one.status,
        "alerts": one.alerts, "delivery": one.delivery, "note": one.note,
        "read_at": stored.read_at.isoformat() if stored.read_at else None,
    }  # fmt: skip


def _told(each: Replayed) -> Document:
    return {
        "request": each.request, "before": each.before.value, "after": each.after.value, "added": list(each.added),
        "removed": list(each.removed), "note": each.note, "applied": each.applied,
    }  # fmt: skip


def _ledger(found: Ledger) -> Document:
    return {
        "requests": found.requests, "accepted": found.accepted, "linked": found.linked,
        "suppressed": found.suppressed, "pending": found.pending, "odd": found.odd, "balanced": found.balanced,
        "oldest": found.oldest.isoformat() if found.oldest else None,
    }  # fmt: skip
