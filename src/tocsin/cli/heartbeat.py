"""tocsin heartbeat …: jobs that have to report, how they stand, and the keys their pings show."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.app.heartbeat_keys import make_key, revoke_key
from tocsin.app.jobs import SYNTHETICS, catalog
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.cli.common import settings, who
from tocsin.cli.options import as_option, config_option, json_option, print_json
from tocsin.cli.views import SCHEMA, Document
from tocsin.detection.heartbeat import Rules, expected
from tocsin.engine.jobs.heartbeat_spec import NAME, Catalog, Spec, possible
from tocsin.engine.jobs.heartbeats import Heartbeats
from tocsin.errors import InputError, NotFound
from tocsin.kit import duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.kit.redact import Redactor
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.store import heartbeats as store
from tocsin.store.database import Database
from tocsin.store.heartbeats import HeartbeatRow

_COLOURS = {"up": "green", "late": "yellow", "down": "red"}


@click.group()
def heartbeat() -> None:
    """Jobs that have to report: those of [[heartbeats]], and those their senders made.

    \b
    tocsin heartbeat list
    tocsin heartbeat show nightly-backup
    tocsin heartbeat key nightly-backup
    tocsin heartbeat pause nightly-backup
    """


@heartbeat.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every heartbeat, and how it stands. Exit code 1 if one is down."""
    found = settings(config)
    with open_database(found, create=False) as database:
        desk = _desk(found, database)
        shown = _all(desk, database)
    if as_json:
        print_json({"schema": SCHEMA, "heartbeats": shown})
    elif not shown:
        click.echo("No heartbeat yet: add [[heartbeats]] to tocsin.toml and start tocsin serve.")
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("heartbeat", "state", "planned", "last success", "expected"):
            table.add_column(name, overflow="fold")
        for each in shown:
            colour = _COLOURS.get(str(each["status"]), "dim")
            table.add_row(
                escape(str(each["name"])), f"[{colour}]{each['state']}[/]", escape(str(each["schedule"])),
                str(each["last_success"] or "–"), str(each["expected_at"] or "–"),
            )  # fmt: skip
        Console().print(table)
    if any(each["status"] == "down" for each in shown):
        raise click.exceptions.Exit(1)


@heartbeat.command("show")
@click.argument("name")
@config_option
@json_option
def show(name: str, config: Path | None, as_json: bool) -> None:
    """One heartbeat: its plan, how it stands, what it missed, how long its runs take."""
    found = settings(config)
    with open_database(found, create=False) as database:
        desk = _desk(found, database)
        with database.read() as tx:
            row, spec = _one(desk, database, name)
            missed = store.misses(tx, row.id, 10)
        shown = _document(desk, row, spec)
    shown["misses"] = [
        {
            "expected_at": each.expected_at.isoformat(), "deadline_at": each.deadline_at.isoformat(),
            "last_state": each.last_state,
        }
        for each in missed
    ]  # fmt: skip
    if as_json:
        print_json({"schema": SCHEMA, "heartbeat": shown})
        return
    for key, value in shown.items():
        if value not in (None, "", []):
            click.echo(f"{key.replace('_', ' ')}: {_plainly(value)}")


@heartbeat.command("history")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, store.KEPT), default=20, show_default=True)
@click.option("--body", is_flag=True, help="With what each ping said.")
@config_option
@json_option
def history(name: str, limit: int, body: bool, config: Path | None, as_json: bool) -> None:
    """The newest pings of a heartbeat."""
    found = settings(config)
    with open_database(found, create=False) as database:
        row, _ = _one(_desk(found, database), database, name)
        with database.read() as tx:
            pings = store.pings(tx, row.id, limit)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "heartbeat": name,
                "pings": [
                    {
                        "number": each.number, "at": each.at.isoformat(), "kind": each.kind, "format": each.format,
                        "rid": each.rid, "exit": each.exit, "ms": each.ms, "method": each.method, "agent": each.agent,
                        "source": each.source, "body": each.body,
                    }
                    for each in pings
                ],
            }
        )  # fmt: skip
        return
    for each in pings:
        words = [f"#{each.number}", f"{each.at:%Y-%m-%d %H:%M:%S}", each.kind]
        words += [f"exit {each.exit}"] if each.exit is not None else []
        words += [f"{each.ms} ms"] if each.ms is not None else []
        words += [f"by {each.format}", each.source or "", printable(each.agent or "")]
        click.echo("  ".join(word for word in words if word))
        if body and each.body:
            for line in each.body.splitlines():
                click.echo(f"    {printable(line)}")


@heartbeat.command("create")
@click.argument("name")
@click.option("--schedule", metavar="CRON", help='Five fields: "0 2 * * *".')
@click.option("--every", metavar="DURATION", help='Or an interval, counted from the last success: "1 h".')
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone of --schedule.")
@click.option("--grace", default="30 min", show_default=True, help="A success must come so long after.")
@click.option("--limit", help="How long a run may take from its start. Default: as --grace.")
@as_option
@config_option
@json_option
def create(
    name: str,
    schedule: str | None,
    every: str | None,
    zone: str,
    grace: str,
    limit: str | None,
    person: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """A heartbeat without an entry in tocsin.toml, and a key of its own; it counts from now on.

    \b
    tocsin heartbeat create nightly-backup --schedule "0 2 * * *" --zone Europe/Berlin --grace "45 min"
    tocsin heartbeat create queue --every "5 min" --grace "2 min"
    """
    found = settings(config)
    by = who(person, found)
    spec = _spec(name, schedule, every, zone, _span(grace, "--grace"), _span(limit or grace, "--limit"))
    with open_database(found) as database:
        _desk(found, database).create(spec)
    _make_key(found, name, by, as_json)


@heartbeat.command("pause")
@click.argument("name")
@config_option
def pause(name: str, config: Path | None) -> None:
    """Expect nothing of it; its next ping resumes it, unless manual_resume is set."""
    _set_paused(name, True, config)


@heartbeat.command("resume")
@click.argument("name")
@config_option
def resume(name: str, config: Path | None) -> None:
    """Expect it again from now on."""
    _set_paused(name, False, config)


@heartbeat.command("key")
@click.argument("name", required=False)
@as_option
@config_option
@json_option
def key_(name: str | None, person: str | None, config: Path | None, as_json: bool) -> None:
    """A new key. Its text is shown this once and kept nowhere.

    With a NAME it speaks for that heartbeat only: in Healthchecks' and Kuma's addresses, as Gatus' token. Without, for
    all, and may make new ones: Healthchecks' ping key, Sentry's public key, Gatus' token.

    \b
    tocsin heartbeat key nightly-backup
    tocsin heartbeat key
    """
    found = settings(config)
    by = who(person, found)
    if name is not None and NAME.fullmatch(name) is None:
        raise InputError(f'"{name}" is no name of a heartbeat.', hint="Lower case letters, digits, - and _.")
    _make_key(found, name, by, as_json)


@heartbeat.command("keys")
@config_option
@json_option
def keys(config: Path | None, as_json: bool) -> None:
    """All keys that were made, without their texts."""
    found = settings(config)
    with open_database(found, create=False) as database, database.read() as tx:
        rows = store.list_keys(tx)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "keys": [
                    {
                        "id": each.id, "heartbeat": each.heartbeat, "made_by": each.made_by,
                        "made_at": each.made_at.isoformat(), "revoked_at": _iso(each.revoked_at),
                    }
                    for each in rows
                ],
            }
        )  # fmt: skip
        return
    for each in rows:
        gone = f"  revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at is not None else ""
        whose = each.heartbeat or "all heartbeats"
        click.echo(f"{each.id}  {whose}  by {each.made_by} {each.made_at:%Y-%m-%d}{gone}")


@heartbeat.command("revoke")
@click.argument("number", type=int)
@config_option
def revoke(number: int, config: Path | None) -> None:
    """Take a key back for good: pings that show it are refused."""
    found = settings(config)
    with open_database(found, create=False) as database:
        revoke_key(database, number, SystemClock().now())
    click.echo(f"Key {number} is taken back.")


def _make_key(found: Settings, name: str | None, by: str, as_json: bool) -> None:
    with open_database(found) as database:
        number, text = make_key(database, name, by, SystemClock().now())
    addresses = _addresses(_base(found), name, text)
    if as_json:
        print_json({"schema": SCHEMA, "id": number, "key": text, "heartbeat": name, "addresses": addresses})
        return
    click.echo(text)
    click.echo(f"Key {number}, shown this once:", err=True)
    for tool, address in addresses.items():
        click.echo(f"  {tool:<13} {address}", err=True)


def _spec(
    name: str, cron: str | None, every: str | None, zone: str, grace: timedelta, limit: timedelta
) -> Spec:
    if NAME.fullmatch(name) is None:
        raise InputError(f'"{name}" is no name of a heartbeat.', hint="Lower case letters, digits, - and _.")
    if (cron is None) == (every is None):
        raise InputError("When does it run?", hint="Say --schedule or --every, one of them.")
    span = _span(every, "--every") if every is not None else timedelta()
    rules = Rules(grace=grace, limit=limit, wall=cron is not None)
    spec = Spec(name, rules, cron=cron, zone=zone, every=span)
    try:
        possible(spec)
    except ValueError as problem:
        raise InputError(f"--schedule: {problem}.", hint='For example --schedule "0 2 * * *".') from problem
    return spec


def _span(text: str, option: str) -> timedelta:
    span = duration.parse(text)
    if span is None or span <= timedelta():
        raise InputError(f'{option}: "{text}" is not a duration.', hint='Write it like "30 min".')
    return span


def _set_paused(name: str, paused: bool, config: Path | None) -> None:
    found = settings(config)
    with open_database(found, create=False) as database:
        desk = _desk(found, database)
        _one(desk, database, name)
        desk.pause(name, paused)
    click.echo(f"{name} is paused." if paused else f"{name} is expected again.")


def _desk(found: Settings, database: Database) -> Heartbeats:
    """Reads and changes heartbeats as the engine does."""
    wanted = Catalog(found.heartbeats.specs, found.heartbeats.keys)
    if found.synthetics is not None and found.synthetics.cron is not None:
        wanted = catalog(found, compile_runbook(read_runbook(found.runbook), str(found.runbook)))
    return Heartbeats(database, wanted, SystemClock(), Redactor(found.secrets))


def _one(desk: Heartbeats, database: Database, name: str) -> tuple[HeartbeatRow, Spec]:
    with database.read() as tx:
        try:
            return desk.find(tx, name)
        except InputError as problem:
            raise NotFound(problem.message, hint=problem.hint) from problem


def _all(desk: Heartbeats, database: Database) -> list[Document]:
    with database.read() as tx:
        rows = store.listing(tx)
    known = ((row, desk.spec(row.name, row.spec)) for row in rows)
    return [_document(desk, row, spec) for row, spec in known if spec is not None]


def _document(desk: Heartbeats, row: HeartbeatRow, spec: Spec) -> Document:
    state, standing = desk.state(row), desk.standing(row, spec)
    due = expected(spec.plan, state)
    return {
        "name": row.name, "state": standing.value, "status": standing.outward, "schedule": spec.schedule,
        "grace_s": spec.rules.grace.total_seconds(), "limit_s": spec.rules.limit.total_seconds(),
        "made_by": "sender" if row.spec is not None else "tocsin" if row.name == SYNTHETICS else "tocsin.toml",
        "section": spec.section, "owner": spec.owner, "last_success": _iso(state.seen), "last_heard": _iso(state.heard),
        "expected_at": _iso(due), "deadline_at": _iso(row.deadline), "since": _iso(state.trouble_at),
        "exit": state.exit, "running": [run.started.isoformat() for run in state.runs],
        "seconds": list(state.seconds), "pings": row.pings, "misses_ever": row.misses, "hint": desk.hint(spec, state),
    }  # fmt: skip


def _base(found: Settings) -> str:
    if found.paging.public_url is not None:
        return found.paging.public_url.rstrip("/")
    host, port = found.listen or ("127.0.0.1", 8410)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _addresses(base: str, name: str | None, text: str) -> dict[str, str]:
    """How the tools write it."""
    scheme, _, rest = base.partition("://")
    if name is None:
        return {
            "Healthchecks": f"{base}/ping/{text}/NAME",
            "Sentry": f"{scheme}://{text}@{rest}/1",
            "Gatus": f"{base}/api/v1/endpoints/GROUP_NAME/external, Authorization: Bearer …",
        }
    return {
        "Healthchecks": f"{base}/ping/{text}",
        "Uptime Kuma": f"{base}/api/push/{text}?status=up&msg=OK&ping=",
        "Gatus": f"{base}/api/v1/endpoints/_{name}/external, Authorization: Bearer …",
    }


def _plainly(value: object) -> str:
    match value:
        case list():
            return "; ".join(_plainly(each) for each in value)
        case dict():
            return ", ".join(f"{key} {_plainly(each)}" for key, each in value.items())
        case float():
            return f"{value:g}"
        case _:
            return printable(str(value))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at is not None else None
