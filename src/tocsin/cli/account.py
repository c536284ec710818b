"""tocsin account …: who may log in to the pages."""

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app import accounts as making
from tocsin.app.database import open_database
from tocsin.app.settings import Settings
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.printable import printable
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts


@click.group()
def account() -> None:
    """Who may log in to the pages.

    \b
    tocsin account invite bo --for bo --role responder
    tocsin account list
    tocsin account close bo

    Somebody lost the phone or the password? Invite them again: their old sessions end when the link is used.
    """


@account.command()
@click.argument("login")
@click.option(
    "--for", "speaks_for", metavar="PERSON", help="In whose name they act; without, they only look."
)
@click.option(
    "--role",
    type=click.Choice([role.value for role in AccessRole]),
    default=AccessRole.RESPONDER.value,
    show_default=True,
    help="The most they may do.",
)
@as_option
@config_option
@json_option
def invite(
    login: str, speaks_for: str | None, role: str, person: str | None, config: Path | None, as_json: bool
) -> None:
    """A link that lets somebody choose a password, once, within a day. Its text is shown this once."""
    found = settings(config)
    by = who(person, found)
    with open_database(found, create=False) as database:
        secret = making.invite(
            database, found.roster, login, PersonId(speaks_for) if speaks_for else None, AccessRole(role), by,
            SystemClock().now(),
        )  # fmt: skip
    link = f"{_base(found)}/welcome/{secret}"
    if as_json:
        print_json({"schema": SCHEMA, "login": login, "link": link})
        return
    click.echo(link)
    click.echo("Give it to nobody else; it works once, within a day.", err=True)


@account.command(name="list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every account: in whose name it acts, what it may do, where it is logged in."""
    found = settings(config)
    now = SystemClock().now()
    with open_database(found, create=False) as database, database.read() as tx:
        known = accounts.listing(tx)
        standing = [each.account for each in accounts.sessions_of(tx) if each.stands(now)]
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "accounts": [
                    {
                        "login": each.login, "person": each.person, "role": each.role, "made_by": each.made_by,
                        "made_at": each.made_at.isoformat(), "sessions": standing.count(each.id),
                        "closed_at": each.closed_at.isoformat() if each.closed_at else None,
                    }
                    for each in known
                ],
            }
        )  # fmt: skip
        return
    if not known:
        click.echo("Nobody can log in yet; tocsin serve prints the first admin's link.")
        return
    table = Table("Login", "Acts as", "Role", "Sessions", "State", box=None, pad_edge=False)
    for each in known:
        state = f"closed {each.closed_at:%Y-%m-%d}" if each.closed_at else "open"
        table.add_row(
            escape(printable(each.login)),
            each.person or "nobody",
            each.role,
            str(standing.count(each.id)),
            state,
        )
    Console().print(table)


@account.command()
@click.argument("login")
@as_option
@config_option
def close(login: str, person: str | None, config: Path | None) -> None:
    """Nobody logs in with it any more; its sessions end at once."""
    found = settings(config)
    by = who(person, found)
    with open_database(found, create=False) as database:
        making.close(database, login, by, SystemClock().now())
    click.echo(f"{login} is closed.")


def _base(found: Settings) -> str:
    """Where the pages are, as far as the settings say."""
    if found.paging.public_url is not None:
        return found.paging.public_url.rstrip("/")
    host, port = found.listen or ("127.0.0.1", 8410)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
