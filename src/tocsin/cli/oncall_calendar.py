"""tocsin oncall export|import: the calendars people already have."""

import sys
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import click
from rich.text import Text

from tocsin.app.database import open_database
from tocsin.app.moment import moment
from tocsin.app.oncall import Imported, standing, take_over
from tocsin.app.settings_oncall import zone_named
from tocsin.cli import oncall_views, sheet
from tocsin.cli.common import settings
from tocsin.cli.oncall_change import author, zone_at
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA
from tocsin.errors import InputError, Refused
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.kit.printable import printable
from tocsin.oncall.amendment import Kind
from tocsin.oncall.ical_read import Asked, Read, read
from tocsin.oncall.ical_write import calendar
from tocsin.oncall.schedule import LOOK_BACK, spell, whole_shifts

_DAY = timedelta(days=1)
_MOST_BYTES = 20_000_000


@click.command()
@click.option("--person", "name", help="Only the shifts of this person, at every level.")
@click.option("--level", type=click.IntRange(1, 9), help="Only the shifts of this level.")
@click.option("--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="How many days.")
@click.option("--from", "begin", default="now", help='From when: "2026-12-01". Default: now.')
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. Default: stdout."
)
@config_option
@json_option
def export(
    name: str | None,
    level: int | None,
    days: int,
    begin: str,
    out: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Shifts as an iCal file, for the calendar of a person or of a team. An event keeps its UID while its shift stays.

    \b
    tocsin oncall export --person ana --out ana.ics
    tocsin oncall export --level 1 --days 365 > level-1.ics
    """
    found = settings(config)
    plan = found.oncall
    if name is not None and plan.person(PersonId(name)) is None:
        raise InputError(f'"{name}" is not among the people of {found.file}.')
    now = SystemClock().now().replace(microsecond=0)
    start = moment(begin, zone_at(plan, level), now)
    end = start + days * _DAY
    known = standing(found, start - LOOK_BACK, end)
    numbers = [number for number in range(1, len(plan.levels) + 1) if level in (None, number)]
    wanted = [
        shift
        for number in numbers
        for shift in whole_shifts(plan, known, number, start, end)
        if shift.people and name in (None, *shift.people)
    ]
    title = f"On call: {name or (f'level {level}' if level else found.name)}"
    content = calendar(plan, wanted, title, now)
    if out is not None:
        out.write_bytes(content)
    if as_json:
        shown: object = content.decode() if out is None else str(out.resolve())
        print_json({"schema": SCHEMA, "shifts": len(wanted), "calendar" if out is None else "file": shown})
    elif out is None:
        sys.stdout.buffer.write(content)
    else:
        click.echo(f"{len(wanted)} shifts in {out}.")


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--level", type=click.IntRange(1, 9), help="The level of events that do not say themselves.")
@click.option(
    "--person", "about", help="Whom it is about, where a title does not name anybody of tocsin.toml."
)
@click.option("--absences", is_flag=True, help="Its events are absences, not shifts.")
@click.option(
    "--name",
    help="What it is kept under: importing the same name again replaces it. Default: the file's name.",
)
@click.option("--days", type=click.IntRange(1, 3660), default=366, show_default=True, help="How far to read.")
@click.option("--zone", "zone_name", help="The zone of times that have none. Default: that of the level.")
@click.option("--plan", "dry", is_flag=True, help="Only say what would be done.")
@as_option
@config_option
@json_option
def import_(
    file: BinaryIO, level: int | None, about: str | None, absences: bool, name: str | None, days: int,
    zone_name: str | None, dry: bool, person: str | None, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Shifts (or absences) from an iCal FILE, "-" for stdin. All of it or nothing; what vanished from it is withdrawn.

    \b
    tocsin oncall import team.ics --level 1 --plan
    tocsin oncall import holidays.ics --absences --person ana
    curl -s https://calendar.example/team.ics | tocsin oncall import - --name team --level 1
    """
    found = settings(config)
    plan = found.oncall
    by = author(person, found)
    now = SystemClock().now().replace(microsecond=0)
    called = name or Path(getattr(file, "name", "-")).stem
    if "#" in called or not called.strip("-<> "):
        raise InputError("A calendar needs a name without #.", hint="Say --name team.")
    zone = _zone(zone_name) if zone_name is not None else zone_at(plan, level)
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(f"{called} is larger than {_MOST_BYTES // 1_000_000} MB.")
    kind = Kind.ABSENCE if absences else Kind.OVERRIDE
    whom = None if about is None else PersonId(about)
    said = read(content, plan, Asked(called, kind, level, whom, zone, now, now + days * _DAY, by, now))
    if said.problems:
        raise Refused(f"{called}: {'; '.join(said.problems)}", hint="Nothing was imported.")
    with open_database(found) as database:
        done = take_over(database, plan, called, said.amendments, by, now, dry=dry)
    _tell(called, done, said, dry, as_json)


def _tell(called: str, done: Imported, said: Read, dry: bool, as_json: bool) -> None:
    if as_json:
        print_json({
            "schema": SCHEMA, "calendar": called, "planned": dry, "unchanged": done.unchanged,
            "added": [oncall_views.amendment(each) for each in done.added],
            "withdrawn": [oncall_views.amendment(each) for each in done.withdrawn],
            "remarks": list(said.remarks),
        })  # fmt: skip
        return
    out = sheet.console()
    for sign, style, entries in (("+", "green", done.added), ("-", "red", done.withdrawn)):
        for each in entries:
            where = f"level {each.level} " if each.level is not None else ""
            line = f"{sign} {where}{each.person} {spell(each.start, None)} to {spell(each.end, None)}"
            out.print(Text(printable(line), style=style))
    for remark in said.remarks:
        out.print(Text(f"! {printable(remark)}", style="yellow"))
    would = "would be " if dry else ""
    out.print(
        f"{called}: {len(done.added)} {would}added, {len(done.withdrawn)} {would}withdrawn, {done.unchanged} unchanged."
    )


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zone_named(name)
    except ValueError as problem:
        raise InputError(f'There is no time zone "{name}".', hint=str(problem)) from problem
