"""tocsin check …: take the samples of the checks now."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tocsin.app.build import make_probers
from tocsin.cli.common import config_option, json_option, print_json, settings
from tocsin.cli.views import SCHEMA
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import NotFound
from tocsin.kit.clock import SystemClock

_AT_ONCE = 8


@click.group()
def check() -> None:
    """Take the samples of the checks now."""


@check.command()
@click.argument("names", nargs=-1)
@config_option
@json_option
def run(names: tuple[str, ...], config: Path | None, as_json: bool) -> None:
    """One honest sample of each check (or of those named). Opens no incident. Exit code 1 if any is not up."""
    found = settings(config)
    wanted = _wanted(found.checks, names)
    probers = make_probers(found, SystemClock())
    for spec in wanted:
        probers.validate(spec)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        samples = list(pool.map(probers.probe, wanted))
    if as_json:
        print_json({"schema": SCHEMA, "samples": [_view(sample) for sample in samples]})
    else:
        for sample in samples:
            click.echo(f"{sample.verdict.value:<9} {sample.check:<20} {sample.message}")
        if not samples:
            click.echo(f"{found.file} has no checks.")
    if any(sample.verdict is not Verdict.UP for sample in samples):
        sys.exit(1)


def _wanted(specs: tuple[CheckSpec, ...], names: tuple[str, ...]) -> tuple[CheckSpec, ...]:
    known = {spec.name: spec for spec in specs}
    for name in names:
        if name not in known:
            raise NotFound(f'There is no check "{name}".', hint=f"Known: {', '.join(known) or 'none'}.")
    return tuple(spec for spec in specs if not names or spec.name in names)


def _view(sample: Sample) -> dict[str, object]:
    return {
        "check": sample.check,
        "at": sample.at.isoformat(),
        "verdict": sample.verdict.value,
        "took_seconds": sample.took.total_seconds() if sample.took is not None else None,
        "message": sample.message,
        "facts": sample.facts,
    }
