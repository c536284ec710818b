"""tocsin insights: how well it went, per severity, per person, over time."""

from dataclasses import asdict
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.engine.history import load, records
from tocsin.errors import InputError
from tocsin.incident.incident import Incident
from tocsin.incident.measures import MEASURES, Measures, Spread, Summary, measure, summary
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.store import incidents
from tocsin.store.database import Database

_ALL = 100_000


@click.command()
@click.option("--since", default="90d", show_default=True, help="How far back, by the time of declaration.")
@click.option("--drills", is_flag=True, help="Count rehearsals too.")
@click.option(
    "--zone", default="UTC", show_default=True, help="The time zone whose nights count (22 to 7 o'clock)."
)
@config_option
@json_option
def insights(since: str, drills: bool, zone: str, config: Path | None, as_json: bool) -> None:
    """How well it went: detect, acknowledge, mitigate, resolve; missed clocks; who was woken; what came back.

    \b
    tocsin insights
    tocsin insights --since 30d --zone Europe/Berlin
    tocsin insights --json
    """
    span = duration.parse(since)
    if span is None:
        raise InputError(f'"{since}" is no duration.', hint='Write "30d" or "12 weeks".')
    now = SystemClock().now()
    with open_database(settings(config), create=False) as database:
        found = [
            (incident, one)
            for incident, one in _measured(database)
            if one.declared_at >= now - span and (drills or not one.drill)
        ]
    whole = summary(found, now, _zone(zone))
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "since": (now - span).isoformat(),
                "measures": MEASURES,
                "summary": _summary(whole),
                "incidents": [_one(one) for _, one in found],
            }
        )
    else:
        _show(whole, span)


def _measured(database: Database) -> list[tuple[Incident, Measures]]:
    with database.read() as tx:
        rows = incidents.listing(tx, limit=_ALL)
        loaded = [(load(tx, row.id), records(tx, row.id)) for row in rows]
    return [(incident, one) for incident, log in loaded if (one := measure(incident, log)) is not None]


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise InputError(f'"{name}" is no time zone.', hint="Write one such as Europe/Berlin.") from problem


def _show(whole: Summary, span: timedelta) -> None:
    console = Console()
    console.print(f"{whole.incidents} incidents in {duration.spell(span)}", highlight=False)
    if not whole.incidents:
        return
    table = Table(
        "Severity", "Incidents", *[name.replace("_", " ") for name in MEASURES], box=None, pad_edge=False
    )
    for severity, kept in whole.by_severity.items():
        cells = [_cell(kept.get(name)) for name in MEASURES]
        table.add_row(escape(severity), str(whole.counts[severity]), *cells)
    console.print(table)
    console.print("median / 90th percentile", style="dim")
    for title, lines in (
        ("Clocks missed", [f"{count} × {name}" for name, count in whole.missed.items()]),
        ("Woken", [f"{one.person}: {one.pages}, {one.night} at night" for one in whole.load]),
        ("Came back", [f"{count} × {name}" for name, count in whole.sections.items()]),
    ):
        if lines:
            console.print(f"\n{title}", style="bold")
            for line in lines:
                console.print(f"  {escape(printable(line))}", highlight=False)
    if whole.open_actions:
        console.print(
            f"\n{whole.open_actions} action items open, {whole.overdue_actions} of them late: tocsin postmortem actions",
            highlight=False,
        )


def _cell(found: Spread | None) -> str:
    return f"{duration.spell(found.median)} / {duration.spell(found.p90)}" if found else "–"


def _one(one: Measures) -> Document:
    return {
        "id": one.id,
        "title": one.title,
        "severity": one.severity,
        "section": one.section,
        "drill": one.drill,
        "declared_at": one.declared_at.isoformat(),
        "seconds": {
            name: took.total_seconds() if took is not None else None for name, took in one.times.items()
        },
        "missed_clocks": list(one.missed),
        "pages": len(one.pages),
        "changes": one.changes,
        "helped": one.helped,
    }


def _summary(whole: Summary) -> Document:
    return {
        "incidents": whole.incidents,
        "counts": whole.counts,
        "by_severity": {
            severity: {
                name: {
                    "count": found.count,
                    "median_seconds": found.median.total_seconds(),
                    "p90_seconds": found.p90.total_seconds(),
                    "worst_seconds": found.worst.total_seconds(),
                }
                for name, found in kept.items()
            }
            for severity, kept in whole.by_severity.items()
        },
        "missed_clocks": whole.missed,
        "load": [asdict(one) for one in whole.load],
        "repeated_sections": whole.sections,
        "open_actions": whole.open_actions,
        "overdue_actions": whole.overdue_actions,
    }
