"""tocsin status …: the public status page as files, announced work, and who hears of updates."""

from datetime import UTC, datetime
from pathlib import Path

import click

from tocsin.app.database import open_database
from tocsin.app.moment import moment
from tocsin.app.status_page import look, wanted
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.status import subscribe as status_subscribe
from tocsin.engine.status.files import Places
from tocsin.engine.status.keeper import build as write
from tocsin.errors import InputError, NotFound
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.status import v2, words
from tocsin.store import status as store
from tocsin.store import subscribers


@click.group()
def status() -> None:
    """The public status page, and who hears of it.

    \b
    tocsin status build /srv/status
    tocsin status show
    tocsin status work plan "Database upgrade" --component API --from "2026-11-30 02:00" --until "2026-11-30 03:00"
    tocsin status subscribe https://hooks.example.org/status
    """


@status.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path, file_okay=False))
@config_option
@json_option
def build(directory: Path | None, config: Path | None, as_json: bool) -> None:
    """Write the page as plain files now. A running engine does so by itself after every change."""
    found = settings(config)
    places = wanted(found).places
    if directory is not None:
        places = Places(directory.resolve(), places.internal)
    with open_database(found, create=False) as database:
        board = look(database, found, SystemClock())
    changed = write(board, places)
    if as_json:
        print_json({"schema": SCHEMA, "directory": str(places.public), "changed": changed})
    else:
        click.echo(f"{places.public / 'index.html'}: {words.sentence(board)} ({changed} files changed)")


@status.command()
@config_option
@json_option
def show(config: Path | None, as_json: bool) -> None:
    """What the page says now."""
    found = settings(config)
    with open_database(found, create=False) as database:
        board = look(database, found, SystemClock(), count=False)
    if as_json:
        click.echo(v2.internal(board), nl=False)
        return
    click.echo(words.sentence(board))
    for each in board.components:
        click.echo(f"  {words.STATE[each.state]:<15} {printable(each.name):<28} {words.uptime(each)}")
    for incident in board.open_incidents:
        said = words.promise(incident, board.at) or "no next update promised"
        late = f", {words.overdue(incident, board.at)}" if incident.overdue(board.at) else ""
        click.echo(
            f"{incident.internal} {printable(incident.name)}: {words.SAID[incident.state]}; {said}{late}"
        )
    for work in board.maintenance("in_progress", "scheduled"):
        click.echo(
            f"{words.SAID[work.status(board.at)]}: {printable(work.name)}, {words.moment(work.starts_at)}"
        )


@status.group()
def work() -> None:
    """Planned work that the page announces."""


@work.command()
@click.argument("name")
@click.option(
    "--from", "starts", required=True, help='When it begins ("2026-11-30 02:00"; UTC unless it says more).'
)
@click.option("--until", "ends", required=True, help="When it ends.")
@click.option("--component", "components", multiple=True, help="What it affects; may be given several times.")
@click.option("--text", default="", help="What users will notice, in Markdown.")
@as_option
@config_option
@json_option
def plan(
    name: str,
    starts: str,
    ends: str,
    components: tuple[str, ...],
    text: str,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Announce work. While it goes on its components are shown under maintenance."""
    found = settings(config)
    by, now = who(person, found), SystemClock().now()
    begin, end = moment(starts, UTC, now), moment(ends, UTC, now)
    known = [each.name for each in wanted(found).plan.components]
    for each in components:
        if each not in known:
            raise NotFound(
                f'There is no component "{each}".', hint=f"Known: {', '.join(known) or 'none yet'}."
            )
    if not name.strip() or end <= begin or end <= now:
        raise InputError(
            "Work needs a name and ends after it begins and after now.", hint="See --from and --until."
        )
    with open_database(found, create=False) as database, database.write() as tx:
        number = store.announce(tx, name.strip(), text, components, begin, end, by, now)
    if as_json:
        print_json({"schema": SCHEMA, "work": number})
    else:
        click.echo(f"Work {number} is announced: {words.moment(begin)} to {words.moment(end)}.")


@work.command("over")
@click.argument("number", type=int)
@config_option
@json_option
def over(number: int, config: Path | None, as_json: bool) -> None:
    """It is done before its time, or called off."""
    with open_database(settings(config), create=False) as database, database.write() as tx:
        store.over(tx, number, SystemClock().now())
    if as_json:
        print_json({"schema": SCHEMA, "work": number, "over": True})
    else:
        click.echo(f"Work {number} is over.")


@work.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Work that is planned, going on, or was over not long ago."""
    now = SystemClock().now()
    with open_database(settings(config), create=False) as database, database.read() as tx:
        rows = store.works(tx, datetime(now.year, now.month, 1, tzinfo=now.tzinfo))
    if as_json:
        print_json({"schema": SCHEMA, "works": [_work(each) for each in rows]})
        return
    for each in rows:
        called = " (over)" if each.over_at is not None else ""
        click.echo(f"{each.id}  {words.moment(each.starts_at)}  {printable(each.name)}{called}")
    if not rows:
        click.echo("No work is planned.")


@status.command()
@click.argument("url")
@config_option
@json_option
def subscribe(url: str, config: Path | None, as_json: bool) -> None:
    """Send every public update to a webhook, signed. The secret is shown this once."""
    with open_database(settings(config), create=False) as database:
        hook = status_subscribe.add_webhook(database, url, SystemClock().now())
    if as_json:
        print_json({"schema": SCHEMA, "subscriber": hook.number, "secret": hook.secret})
    else:
        click.echo(hook.secret)
        click.echo(f"Subscriber {hook.number}. Keep the secret now: it is not shown again.", err=True)


@status.command("subscribers")
@config_option
@json_option
def subscribers_(config: Path | None, as_json: bool) -> None:
    """Who hears of updates, and what did not reach them. Addresses of people are shown in part."""
    with open_database(settings(config), create=False) as database, database.read() as tx:
        rows = subscribers.listing(tx)
    if as_json:
        print_json({"schema": SCHEMA, "subscribers": [_subscriber(each, sums) for each, sums in rows]})
        return
    for each, sums in rows:
        line = f"{each.id}  {each.kind:<8} {each.state:<10} {_address(each):<36} {sums.sent} sent"
        trouble = f", {sums.failed} not: {printable(sums.error)}" if sums.failed and sums.error else ""
        click.echo(f"{line}{f', {sums.waiting} waiting' if sums.waiting else ''}{trouble}")
    if not rows:
        click.echo("Nobody is subscribed.")


@status.command()
@click.argument("number", type=int)
@as_option
@config_option
@json_option
def unsubscribe(number: int, person: str | None, config: Path | None, as_json: bool) -> None:
    """Tell a subscriber no more, and forget the address."""
    found = settings(config)
    by = who(person, found)
    with open_database(found, create=False) as database, database.write() as tx:
        if not subscribers.leave(tx, number, SystemClock().now(), f"removed by {by}"):
            raise NotFound(f"There is no subscriber {number}.", hint="See: tocsin status subscribers.")
    if as_json:
        print_json({"schema": SCHEMA, "subscriber": number, "state": subscribers.GONE})
    else:
        click.echo(f"Subscriber {number} is told no more.")


def _address(each: subscribers.Subscriber) -> str:
    """Enough to recognise one's own: "b…@example.org", or scheme and host of a webhook."""
    if each.address is None:
        return each.why or ""
    if each.kind == subscribers.WEBHOOK:
        return "/".join(each.address.split("/", 3)[:3])
    name, _, host = each.address.partition("@")
    return f"{name[:1]}…@{host}"


def _subscriber(each: subscribers.Subscriber, sums: subscribers.Sums) -> Document:
    return {
        "id": each.id,
        "kind": each.kind,
        "state": each.state,
        "address": _address(each),
        "asked_at": each.asked_at.isoformat(),
        "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
        "sent": sums.sent,
        "waiting": sums.waiting,
        "failed": sums.failed,
        "error": sums.error,
    }


def _work(each: store.Work) -> Document:
    return {
        "id": each.id,
        "name": each.name,
        "text": each.text,
        "components": list(each.components),
        "starts_at": each.starts_at.isoformat(),
        "ends_at": each.ends_at.isoformat(),
        "over_at": each.over_at.isoformat() if each.over_at else None,
        "by": each.by,
    }
