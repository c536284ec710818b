"""tocsin oncall …: who is on call, why, until when, and whether everybody can be reached."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from tocsin.app.document import SCHEMA
from tocsin.app.moment import moment as read_moment
from tocsin.app.oncall import standing
from tocsin.cli import oncall_views, terminal
from tocsin.cli.common import settings
from tocsin.cli.lazy import Lazy
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.oncall.readiness import DAYS
from tocsin.oncall.schedule import OnCall, Shift, shifts
from tocsin.oncall.walltime import instant, local

_DAY = timedelta(days=1)
_NOBODY = "NOBODY"


class _OnCall(Lazy):
    """Loads what a command needs when it is used: calendars take a library, and the check reads the runbook."""

    commands_by_name = {  # noqa: RUF012 -- click wants it on the class, and nobody changes it
        "now": ("tocsin.cli.oncall", "now", "Who is on call now, why, and until when."),
        "calendar": ("tocsin.cli.oncall", "calendar", "Who is on call on which day, gaps in red."),
        "check": (
            "tocsin.cli.oncall_check",
            "check_",
            "What stands between a page and a person. Exit code 1 if anything.",
        ),
        "list": ("tocsin.cli.oncall_change", "list_", "Overrides, swaps and absences that stand."),
        "override": (
            "tocsin.cli.oncall_change",
            "override",
            "Somebody takes the pager of a level for a while.",
        ),
        "swap": ("tocsin.cli.oncall_change", "swap", "Two people exchange their turns for a while."),
        "absent": (
            "tocsin.cli.oncall_change",
            "absent",
            "Somebody is away: the next in the order stands in.",
        ),
        "withdraw": ("tocsin.cli.oncall_change", "withdraw", "Take an override, swap or absence back."),
        "export": ("tocsin.cli.oncall_calendar", "export", "Shifts as an iCal file, of a person or a level."),
        "import": ("tocsin.cli.oncall_calendar", "import_", "Shifts or absences from an iCal file."),
    }


@click.group(cls=_OnCall)
def oncall() -> None:
    """Who is on call, why, and who takes over when.

    \b
    tocsin oncall now
    tocsin oncall calendar --days 14
    tocsin oncall override ana --level 1 --from "2026-11-27 18:00" --for "12 h" --reason "Bo's birthday"
    tocsin oncall swap ana bo --from 2026-11-23 --to 2026-12-07
    tocsin oncall absent chen --from 2026-12-24 --to 2027-01-02
    tocsin oncall check
    """


@click.command()
@click.option("--at", "moment", default="now", help='Another time: "2026-11-27 18:00", "18:00", "+2 h".')
@config_option
@json_option
def now(moment: str, config: Path | None, as_json: bool) -> None:
    """Who is on call at each level, why, and until when.

    \b
    tocsin oncall now
    tocsin oncall now --at "+12 h"
    """
    found = settings(config)
    plan = found.oncall
    at = read_moment(moment, zone_of(plan), SystemClock().now())
    known = standing(found, at, at + DAYS * _DAY)
    levels = [shifts(plan, known, number, at, at + DAYS * _DAY) for number in range(1, len(plan.levels) + 1)]
    if as_json:
        print_json({
            "schema": SCHEMA, "at": at.astimezone(UTC).isoformat(),
            "levels": [oncall_views.now(plan, of_level, at + DAYS * _DAY) for of_level in levels],
        })  # fmt: skip
        return
    out = terminal.console()
    if not levels:
        out.print(f"Nobody: {found.file} has no levels under oncall.")
    for number, of_level in enumerate(levels, start=1):
        zone = plan.levels[number - 1].zone or UTC
        line = Text(f"level {number}  ", style="dim").append(_names(plan, of_level[0]))
        if len(of_level) > 1:
            line.append(f"  until {_moment(of_level[0].end, zone)}, then ", style="dim").append(
                _names(plan, of_level[1])
            )
        out.print(line)
        for because in of_level[0].because:
            out.print(Text(f"         {printable(because)}", style="dim"))


@click.command()
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="How many days.")
@click.option("--from", "begin", default="now", help='The first day: "2026-12-01". Default: today.')
@click.option(
    "--level", "only", type=click.IntRange(1, 9), multiple=True, help="Only this level; may be repeated."
)
@config_option
@json_option
def calendar(days: int, begin: str, only: tuple[int, ...], config: Path | None, as_json: bool) -> None:
    """Who is on call on which day, with the hours of hand-overs, and gaps in red.

    \b
    tocsin oncall calendar --days 30
    tocsin oncall calendar --from 2026-12-20 --level 1
    """
    found = settings(config)
    plan = found.oncall
    zone = zone_of(plan)
    first = local(read_moment(begin, zone, SystemClock().now()), zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    days_ = [instant(first + number * _DAY, zone) for number in range(days + 1)]
    known = standing(found, days_[0], days_[-1])
    levels = [number for number in range(1, len(plan.levels) + 1) if not only or number in only]
    of_levels = {number: shifts(plan, known, number, days_[0], days_[-1]) for number in levels}
    if as_json:
        print_json({
            "schema": SCHEMA, "zone": str(zone),
            "shifts": [oncall_views.shift(plan, each) for number in levels for each in of_levels[number]],
        })  # fmt: skip
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(str(zone), no_wrap=True)
    for number in levels:
        table.add_column(f"level {number}", overflow="fold")
    for start, end in pairwise(days_):
        if start < end:  # a day that a date line left out has no row
            cells = [_cell(plan, of_levels[number], _Day(start, end, zone)) for number in levels]
            table.add_row(f"{start.astimezone(zone):%a %d %b}", *cells)
    out = terminal.console()
    out.print(table)
    gaps = [shift for number in levels for shift in of_levels[number] if not shift.people]
    if gaps:
        hours = sum((gap.end - gap.start for gap in gaps), timedelta())
        out.print(
            Text(
                f"{len(gaps)} gaps, {duration.spell(hours)} with nobody: tocsin oncall check",
                style="bold red",
            )
        )


@dataclass(frozen=True, slots=True)
class _Day:
    start: datetime
    end: datetime
    zone: tzinfo


def _cell(plan: OnCall, of_level: tuple[Shift, ...], day: _Day) -> Text:
    """Who has a day: whoever it begins with, then each hand-over with its time."""
    cell = Text()
    for shift in of_level:
        if shift.start >= day.end or shift.end <= day.start:
            continue
        begins = shift.start > day.start
        if cell and not begins:
            cell.append(" ")
        if begins:
            cell.append(f"{' ' if cell else ''}{shift.start.astimezone(day.zone):%H:%M} ", style="dim")
        cell.append(_names(plan, shift))
    return cell


def _names(plan: OnCall, shift: Shift) -> Text:
    if not shift.people:
        return Text(_NOBODY, style="bold red")
    known = (plan.person(person) for person in shift.people)
    style = "yellow" if shift.source.startswith("override") else ""
    return Text(", ".join(printable(person.name) for person in known if person is not None), style=style)


def zone_of(plan: OnCall) -> tzinfo:
    """Where times are read and shown: the zone of the first level that has one."""
    return next((level.zone for level in plan.levels if level.zone is not None), UTC)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M %Z}"
