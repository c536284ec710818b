"""tocsin oncall override|swap|absent|withdraw|list: what people change about the plan, with author, time and end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TypeVar

import click
from rich.table import Table
from rich.text import Text

from tocsin.app.database import open_database
from tocsin.app.document import SCHEMA
from tocsin.app.moment import moment
from tocsin.app.oncall import amend
from tocsin.app.oncall import withdraw as take_back
from tocsin.app.settings import Settings
from tocsin.cli import oncall_views, terminal
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.errors import InputError, Refused
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.printable import printable
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.schedule import OnCall, spell
from tocsin.store import amendments
from tocsin.store.amendments import Kept

_Command = TypeVar("_Command", bound=Callable[..., object])
_LATELY = timedelta(days=90)


def _stretch(command: _Command) -> _Command:
    """The options that say from when to when, and why."""
    options = (
        click.option(
            "--from", "begin", default="now", help='"2026-11-27 18:00", "18:00", "+2 h". Default: now.'
        ),
        click.option("--to", "end", help="When it ends, written like --from."),
        click.option("--for", "length", help='How long, instead of --to: "12 h", "1 week".'),
        click.option("--reason", default="", help="Why; everybody who asks who is on call reads it."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class _When:
    """From when to when, as it was typed."""

    begin: str
    end: str | None
    length: str | None

    def read(self, zone: tzinfo, now: datetime) -> tuple[datetime, datetime]:
        """The two instants. Raises InputError if there is no end, or two."""
        start = moment(self.begin, zone, now)
        if (self.end is None) == (self.length is None):
            raise InputError("Until when?", hint='Say --to "2026-11-28 08:00" or --for "12 h"; one of them.')
        if self.length is not None:
            long = duration.parse(self.length)
            if long is None:
                raise InputError(f'"{self.length}" is no duration.', hint='Write it like "12 h" or "1 week".')
            return start, start + long
        return start, moment(self.end or "", zone, start)


@click.command()
@click.argument("name", metavar="PERSON")
@click.option("--level", type=click.IntRange(1, 9), required=True, help="Which level they take.")
@_stretch
@as_option
@config_option
@json_option
def override(
    name: str, level: int, begin: str, end: str | None, length: str | None, reason: str,
    person: str | None, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """PERSON is on call at a level for a while, whoever the plan names. The one written last wins.

    \b
    tocsin oncall override ana --level 1 --for "2 h" --reason "planned work"
    tocsin oncall override bo --level 1 --from "2026-11-27 18:00" --to "2026-11-28 08:00"
    """
    _keep(
        Kind.OVERRIDE, name, None, level, _When(begin, end, length), reason, _Doors(person, config, as_json)
    )


@click.command()
@click.argument("one")
@click.argument("other")
@click.option("--level", type=click.IntRange(1, 9), help="Only at this level. Default: at all.")
@_stretch
@as_option
@config_option
@json_option
def swap(
    one: str, other: str, level: int | None, begin: str, end: str | None, length: str | None, reason: str,
    person: str | None, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Wherever ONE would be on call it is OTHER, and the other way round, for a while that holds both turns.

    \b
    tocsin oncall swap ana bo --from 2026-11-23 --to 2026-12-07 --reason "wedding"
    """
    _keep(Kind.SWAP, one, other, level, _When(begin, end, length), reason, _Doors(person, config, as_json))


@click.command()
@click.argument("name", metavar="PERSON")
@_stretch
@as_option
@config_option
@json_option
def absent(
    name: str, begin: str, end: str | None, length: str | None, reason: str,
    person: str | None, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """PERSON is away and is not called. The next in the order stands in; `tocsin oncall check` tells for which turns.

    \b
    tocsin oncall absent chen --from 2026-12-24 --to 2027-01-02 --reason holidays
    """
    _keep(Kind.ABSENCE, name, None, None, _When(begin, end, length), reason, _Doors(person, config, as_json))


@click.command()
@click.argument("number", type=int)
@as_option
@config_option
@json_option
def withdraw(number: int, person: str | None, config: Path | None, as_json: bool) -> None:
    """Take an override, swap or absence back. It stays in the list, with who took it back.

    \b
    tocsin oncall withdraw 7
    """
    found = settings(config)
    by = author(person, found)
    with open_database(found) as database:
        take_back(database, number, by, SystemClock().now())
    if as_json:
        print_json({"schema": SCHEMA, "withdrawn": number, "by": by})
    else:
        click.echo(f"Withdrawn: {number}.")


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Past and withdrawn ones of the last 90 days too.")
@config_option
@json_option
def list_(everything: bool, config: Path | None, as_json: bool) -> None:
    """Overrides, swaps and absences that stand, now or later, the one written last first.

    \b
    tocsin oncall list
    tocsin oncall list --all --json
    """
    found = settings(config)
    now = SystemClock().now()
    with open_database(found) as database, database.read() as tx:
        kept = amendments.listing(tx, now - _LATELY if everything else now)
    shown = [each for each in kept if everything or each.withdrawn_at is None]
    if as_json:
        print_json({"schema": SCHEMA, "amendments": [oncall_views.kept(each) for each in shown]})
        return
    out = terminal.console()
    if not shown:
        out.print("Nothing amends the plan." if not everything else "Nothing amended the plan.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("No", "What", "From", "To", "Written by", "Why"):
        table.add_column(heading, overflow="fold")
    for each in shown:
        table.add_row(*_row(found.oncall, each))
    out.print(table)


def _row(plan: OnCall, kept: Kept) -> tuple[Text, ...]:
    each = kept.amendment
    zone = zone_at(plan, each.level)
    back = "" if kept.withdrawn_by is None else f"withdrawn by {kept.withdrawn_by}. "
    texts = (
        str(each.id), _what(each), spell(each.start, zone), spell(each.end, zone),
        f"{each.by}, {spell(each.at, zone)}", f"{back}{each.reason}",
    )  # fmt: skip
    return tuple(Text(printable(text), style="dim" if kept.withdrawn_by else "") for text in texts)


def _what(each: Amendment) -> str:
    where = f" at level {each.level}" if each.level is not None else ""
    match each.kind:
        case Kind.OVERRIDE:
            return f"{each.person} is on call{where or ' at every level'}"
        case Kind.SWAP:
            return f"{each.person} and {each.other} swap{where}"
        case Kind.ABSENCE:
            return f"{each.person} is absent"


@dataclass(frozen=True, slots=True)
class _Doors:
    """Who says it, to which installation, and how the answer is wanted."""

    person: str | None
    config: Path | None
    as_json: bool


def _keep(
    kind: Kind, name: str, other: str | None, level: int | None, when: _When, reason: str, doors: _Doors
) -> None:
    found = settings(doors.config)
    plan = found.oncall
    by = author(doors.person, found)
    now = SystemClock().now().replace(microsecond=0)
    zone = zone_at(plan, level)
    start, end = when.read(zone, now)
    second = None if other is None else PersonId(other)
    wanted = Amendment(0, kind, PersonId(name), start, end, by, now, second, level, reason)
    with open_database(found) as database:
        kept = amend(database, plan, wanted)
    if doors.as_json:
        print_json({"schema": SCHEMA, "amendment": oncall_views.amendment(kept)})
    else:
        click.echo(f"{kept.id}: {_what(kept)} from {spell(kept.start, zone)} to {spell(kept.end, zone)}.")


def author(person: str | None, found: Settings) -> PersonId:
    """Who writes it down. Raises Refused for a viewer."""
    by = who(person, found)
    known = found.oncall.person(by)
    if known is not None and not known.access.may_act:
        raise Refused(f'"{by}" is a viewer and may not change who is on call.')
    return by


def zone_at(plan: OnCall, level: int | None) -> tzinfo:
    """Where its times are read: the zone of its level, else of the first level that has one."""
    found = plan.level(level) if level is not None else None
    if found is not None and found.zone is not None:
        return found.zone
    return next((each.zone for each in plan.levels if each.zone is not None), UTC)
