"""tocsin target …: where steps run, who is there, and who has to be."""

from pathlib import Path

import click

from tocsin.app.places import Places
from tocsin.app.settings import Settings
from tocsin.cli import views
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.word import open_store
from tocsin.engine import identities
from tocsin.errors import NotFound, Refused, TocsinError
from tocsin.incident.situation import Identity
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor
from tocsin.store import target_lock


@click.group()
def target() -> None:
    """Where steps run, who is there, and who has to be.

    \b
    tocsin target list
    tocsin target pin web-1 --as ana
    """


@target.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every target with who it has to be, who it says it is now, and which run has it."""
    found = settings(config)
    clock = SystemClock()
    places = Places(found, Redactor(found.secrets), clock)
    with open_store(found) as database, database.read() as tx:
        known = identities.known(tx, found.targets.pins)
        held = {each.target: each for each in target_lock.all_held(tx, clock.now())}
    rows = []
    for name, runner in places.items():
        now, problem = _ask(places, name)
        pinned = known.get(name, Identity()).pinned
        holder = held.get(runner.target)
        rows.append(
            {"target": name, "pinned": pinned, "says": now, "problem": problem,
             "fits": None if pinned is None or now is None else pinned == now,
             "held_by": holder.run if holder is not None else None}
        )  # fmt: skip
    places.close()
    if as_json:
        print_json({"schema": views.SCHEMA, "targets": rows})
        return
    for row in rows:
        mark = {True: "ok", False: "ANOTHER", None: "not pinned" if row["pinned"] is None else "silent"}
        fits = row["fits"]
        click.echo(f"{row['target']}  {mark[fits if isinstance(fits, bool) else None]}")
        if row["pinned"]:
            click.echo(f"    has to be  {row['pinned']}")
        click.echo(f"    says       {row['says'] or row['problem']}")
        if row["held_by"]:
            click.echo(f"    changed by {row['held_by']}")


@target.command()
@click.argument("name", metavar="TARGET")
@click.option("--forget", is_flag=True, help="It was set up anew: the next yes to a change says who it is.")
@as_option
@config_option
def pin(name: str, forget: bool, person: str | None, config: Path | None) -> None:
    """Take a target to be who it says it is now: from then on nothing is changed where anybody else answers."""
    found = settings(config)
    by = who(person, found)
    if name in found.targets.pins:
        raise Refused(f"{found.file} says who {name} is.", hint="Change it there: targets.identity.")
    now = None if forget else _says(found, name)
    with open_store(found) as database, database.write() as tx:
        identities.pin(tx, name, now)
    click.echo(f"{by} takes {name} to be {now}." if now else f"Who {name} is has been forgotten.")


def _says(found: Settings, name: str) -> str:
    places = Places(found, Redactor(found.secrets), SystemClock())
    try:
        if name not in places:
            raise NotFound(f"There is no target {name}.", hint=f"Known: {', '.join(places)}.")
        return places[name].identity()
    finally:
        places.close()


def _ask(places: Places, name: str) -> tuple[str | None, str | None]:
    """Who it says it is, or why it cannot be asked."""
    try:
        return places[name].identity(), None
    except TocsinError as problem:
        return None, problem.message
