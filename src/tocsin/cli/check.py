"""tocsin check …: take the samples of the checks now, list what is known of them, explain how each is judged."""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from tocsin.app.check_problems import refuse_wrong
from tocsin.app.database import open_database
from tocsin.app.probing import make_probers
from tocsin.app.settings import Settings
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.cli.terminal import console
from tocsin.cli.views import SCHEMA
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState
from tocsin.detection.explain import explained
from tocsin.errors import InputError, NotFound, StoreError
from tocsin.kit import codec, duration
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.kit.printable import printable
from tocsin.store import checks as stored

_AT_ONCE = 8
_COLOUR = {Verdict.UP: "green", Verdict.DEGRADED: "yellow", Verdict.DOWN: "bold red", Verdict.UNKNOWN: "dim"}


@click.group()
def check() -> None:
    """See the checks, and take their samples now."""


@check.command()
@click.argument("names", nargs=-1)
@config_option
@json_option
def run(names: tuple[str, ...], config: Path | None, as_json: bool) -> None:
    """One honest sample of each check (or of those named). Opens no incident. Exit code 1 if any is not up."""
    found = settings(config)
    wanted = _wanted(found.checks, names)
    probers = make_probers(found, SystemClock())
    refuse_wrong(found, probers, [spec.name for spec in wanted])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        samples = list(pool.map(probers.probe, wanted))
    if as_json:
        print_json({"schema": SCHEMA, "samples": [_view(sample) for sample in samples]})
    elif samples:
        _print(
            [(sample.check, sample.verdict, _took(sample.took), sample.message) for sample in samples], "Took"
        )
    else:
        click.echo(f"{found.file} has no checks.")
    if any(sample.verdict is not Verdict.UP for sample in samples):
        sys.exit(1)


@check.command(name="list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Every check and what the engine knows of it: verdict, since when, whether an alert is open or held back.

    A kind or a key that cannot be used is refused with its line, all of them at once.
    """
    found = settings(config)
    refuse_wrong(found, make_probers(found, SystemClock()))
    states = _states(found)
    if as_json:
        print_json({"schema": SCHEMA, "checks": [_known(spec, states[spec.name]) for spec in found.checks]})
    elif found.checks:
        rows = [
            (
                spec.name,
                states[spec.name].verdict,
                _moment(states[spec.name].since),
                _said(spec, states[spec.name]),
            )
            for spec in found.checks
        ]
        _print(rows, "Since")
    else:
        click.echo(f"{found.file} has no checks.")


@check.command()
@click.argument("name")
@config_option
@json_option
def explain(name: str, config: Path | None, as_json: bool) -> None:
    """How one check is judged: when it opens an alert, when that ends, what holds it back, and how it stands."""
    found = settings(config)
    (spec,) = _wanted(found.checks, (name,))
    refuse_wrong(found, make_probers(found, SystemClock()), [spec.name])
    state = _states(found)[spec.name]
    sentences = explained(spec)
    if as_json:
        print_json({"schema": SCHEMA, **_known(spec, state), "rules": list(sentences)})
        return
    click.echo(f"{spec.name} ({spec.kind})")
    for sentence in sentences:
        click.echo(f"  {sentence}")
    click.echo(f"Now {state.verdict.value}: {_said(spec, state)}")
    click.echo(
        f"  {state.bad_streak} down and {state.good_streak} up in a row"
        + (", flapping" if state.flapping else "")
        + (f"; the last measured: {' '.join(each.value for each in state.recent)}" if state.recent else "")
    )


def _wanted(specs: tuple[CheckSpec, ...], names: tuple[str, ...]) -> tuple[CheckSpec, ...]:
    known = {spec.name: spec for spec in specs}
    for name in names:
        if name not in known:
            raise NotFound(f'There is no check "{name}".', hint=f"Known: {', '.join(known) or 'none'}.")
    return tuple(spec for spec in specs if not names or spec.name in names)


def _states(found: Settings) -> Mapping[CheckName, CheckState]:
    """What the store knows of each check; nothing yet where the engine never ran."""
    kept: dict[CheckName, str] = {}
    try:
        with open_database(found, create=False) as database, database.read() as tx:
            kept = stored.states(tx)
    except StoreError:
        if "://" in found.database or Path(found.database).exists():
            raise
    return {spec.name: _state(kept.get(spec.name)) for spec in found.checks}


def _state(text: str | None) -> CheckState:
    if text is None:
        return CheckState()
    try:
        return codec.decode(text, CheckState)
    except InputError:
        return CheckState()  # of another version; the engine begins anew as well


def _said(spec: CheckSpec, state: CheckState) -> str:
    if state.held is not None:
        often = "once" if state.held_count == 1 else f"{state.held_count} times"
        return f"alert held back {often}, {state.held}"
    if state.last is None:
        return f"not looked at yet ({spec.kind})"
    open_ = "alert open: " if state.firing else ""
    return f"{open_}{state.last.message}"


def _print(rows: Sequence[tuple[str, Verdict, str, str]], third: str) -> None:
    table = Table("Check", "Verdict", third, "What", box=None, pad_edge=False, header_style="dim")
    for name, verdict, value, message in rows:
        safe = "".join(map(printable, message))
        table.add_row(Text(name), Text(verdict.value, style=_COLOUR[verdict]), Text(value), Text(safe))
    out = console()
    if not out.is_terminal:
        # Piped, a line stays one line: whoever searches in it must find whole sentences.
        for name, verdict, value, message in rows:
            click.echo(f"{verdict.value:<9} {name:<20} {value:<8} {''.join(map(printable, message))}")
        return
    out.print(table)


def _took(took: timedelta | None) -> str:
    return "" if took is None else f"{took.total_seconds() * 1000:.0f} ms"


def _moment(since: datetime | None) -> str:
    return "" if since is None else f"{since:%m-%d %H:%M}"


def _known(spec: CheckSpec, state: CheckState) -> dict[str, object]:
    return {
        "check": spec.name,
        "kind": spec.kind,
        "every": duration.spell(spec.interval),
        "verdict": state.verdict.value,
        "since": state.since.isoformat() if state.since is not None else None,
        "firing": state.firing,
        "flapping": state.flapping,
        "held": state.held,
        "held_count": state.held_count,
        "last": _view(state.last) if state.last is not None else None,
    }


def _view(sample: Sample) -> dict[str, object]:
    return {
        "check": sample.check,
        "at": sample.at.isoformat(),
        "verdict": sample.verdict.value,
        "took_seconds": sample.took.total_seconds() if sample.took is not None else None,
        "message": sample.message,
        "facts": sample.facts,
    }
