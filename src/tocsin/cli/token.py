"""tocsin token …: who may call the HTTP API."""

from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app import tokens as making
from tocsin.app.database import open_database
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.printable import printable
from tocsin.oncall.person import AccessRole
from tocsin.store import tokens


@click.group()
def token() -> None:
    """Who may call the HTTP API. As soon as one token stands, every call needs one.

    \b
    tocsin token make grafana --scope responder
    tocsin token make "ana's phone" --for ana --scope responder --expires 90d
    tocsin token list
    tocsin token revoke 2
    """


@token.command()
@click.argument("label")
@click.option(
    "--for",
    "speaks_for",
    metavar="PERSON",
    help="In whose name it speaks; without, it only reads and hands in alerts.",
)
@click.option(
    "--scope",
    type=click.Choice([role.value for role in AccessRole]),
    default=AccessRole.VIEWER.value,
    show_default=True,
    help="The most it may do.",
)
@click.option("--expires", help='After this long it is not taken any more ("90d"). Default: never.')
@as_option
@config_option
@json_option
def make(
    label: str,
    speaks_for: str | None,
    scope: str,
    expires: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """A new token. Its text is shown this once and kept nowhere."""
    found = settings(config)
    by = who(person, found)
    now = SystemClock().now()
    with open_database(found, create=False) as database:
        number, text = making.make(
            database,
            found.roster,
            label,
            PersonId(speaks_for) if speaks_for else None,
            AccessRole(scope),
            by,
            now,
            _until(expires, now),
        )
    if as_json:
        print_json({"schema": SCHEMA, "id": number, "token": text})
    else:
        click.echo(text)
        click.echo(f"Token {number}. Keep it now: it is not shown again.", err=True)


@token.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every token ever made: what for, for whom, when last used, and whether it is still taken."""
    now = SystemClock().now()
    with open_database(settings(config), create=False) as database, database.read() as tx:
        rows = tokens.listing(tx)
    if as_json:
        print_json({"schema": SCHEMA, "tokens": [_view(row, now) for row in rows]})
        return
    if not rows:
        click.echo("There is no token. This machine may call without one.")
        return
    table = Table("Token", "For", "Speaks for", "Scope", "Last used", "State", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row.id),
            escape(printable(row.label)),
            row.person or "nobody",
            row.scope,
            f"{row.used_at:%Y-%m-%d %H:%M}" if row.used_at else "never",
            _state(row, now),
        )
    Console().print(table)


@token.command()
@click.argument("number", type=int)
@as_option
@config_option
@json_option
def revoke(number: int, person: str | None, config: Path | None, as_json: bool) -> None:
    """Take a token back for good."""
    found = settings(config)
    by = who(person, found)
    with open_database(found, create=False) as database:
        making.revoke(database, number, by, SystemClock().now())
    if as_json:
        print_json({"schema": SCHEMA, "id": number, "revoked": True})
    else:
        click.echo(f"Token {number} is not taken any more.")


def _until(expires: str | None, now: datetime) -> datetime | None:
    if expires is None:
        return None
    span = duration.parse(expires)
    if span is None:
        raise InputError(f'"{expires}" is no duration.', hint='Write "90d" or "12 h".')
    return now + span


def _state(row: tokens.TokenRow, now: datetime) -> str:
    if row.revoked_at is not None:
        return f"revoked by {row.revoked_by}"
    if not row.stands(now):
        return "expired"
    return f"until {row.expires_at:%Y-%m-%d}" if row.expires_at else "stands"


def _view(row: tokens.TokenRow, now: datetime) -> Document:
    return {
        "id": row.id,
        "label": row.label,
        "person": row.person,
        "scope": row.scope,
        "made_by": row.made_by,
        "made_at": row.made_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "used_at": row.used_at.isoformat() if row.used_at else None,
        "stands": row.stands(now),
    }
