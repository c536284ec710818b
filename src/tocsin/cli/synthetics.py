"""tocsin synthetics …: time the endpoints the runbook promises, judge them, publish, tell."""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import click
from rich.console import Console
from rich.table import Table

from tocsin.app.database import open_database
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.app.synthetics import Plan, incidents, plan, table
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.cli.ticker import Ticker
from tocsin.cli.views import SCHEMA
from tocsin.detection.synthetic import METHOD, Endpoint, Judged, Timed, Verdict
from tocsin.detection.synthetic_report import Report, said, to_json, trend
from tocsin.engine.intake import put_alert
from tocsin.engine.jobs.reconciliation import only_one, whole
from tocsin.engine.jobs.synthetics import Confirmation, History, Impacts, alerts, call, confirm, measure
from tocsin.errors import InputError, OutsideError
from tocsin.kit import codec
from tocsin.kit.clock import Clock, SystemClock
from tocsin.probe.synthetic import Stopwatch
from tocsin.runbook.compile import compile as compile_runbook

_COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "yellow", Verdict.ERROR: "red", Verdict.UNKNOWN: "dim"}
_BARS = "▁▂▃▄▅▆▇█"
_WIDE = 160
_FEW = 10


@click.group()
def synthetics() -> None:
    """Time the endpoints the runbook promises, judge them, publish, tell.

    \b
    tocsin synthetics propose
    tocsin synthetics run --out perf/synthetics/out/latest.json
    tocsin synthetics trend
    """


@synthetics.command("run")
@click.option("--base-url", metavar="URL", help="In front of every path, instead of synthetics.base_url.")
@click.option("--out", type=click.Path(path_type=Path), help="Where latest.json goes.")
@click.option(
    "--alert/--no-alert", default=True, help="Tell the store of confirmed failures, if there is one."
)
@config_option
@json_option
def run_(base_url: str | None, out: Path | None, alert: bool, config: Path | None, as_json: bool) -> None:
    """One run: measure, judge, confirm, write latest.json, call OBS_ALERT_WEBHOOK.

    Exit code 0: every endpoint keeps its promise. 1: one is too slow. 2: one fails, or could not be measured, or the
    webhook took nothing. 5: it is running already.
    """
    found, clock, variables = settings(config), SystemClock(), dict(os.environ)
    made = plan(found, variables, base_url)
    folder = found.data / "synthetics"
    file = out or made.settings.out or folder / "latest.json"
    # Two runs at a time would slow each other down. What a killed leader has started may go on, and goes first.
    with only_one(folder, "tocsin synthetics run"):
        history = History(folder / "runs.jsonl")
        report = _run(made, history, file, clock, variables)
        if alert:
            _alert(found, made, report, history, clock)
        history.add(report)
    if as_json:
        click.echo(to_json(report), nl=False)
    else:
        _show(report, made, file)
    sys.exit(max(report.exit_code, _webhook(made, report, clock, variables)))


@synthetics.command("propose")
@config_option
def propose_(config: Path | None) -> None:
    """The [synthetics] table that the runbook's own words ask for; look it over and put it into tocsin.toml."""
    found = settings(config)
    lines = table(compile_runbook(read_runbook(found.runbook), str(found.runbook)), found.runbook.name)
    if not lines:
        raise InputError(
            f"{found.runbook} promises no latency.",
            hint="Write one, such as: p95 latency < 200 ms across 5 samples.",
        )
    click.echo("\n".join(lines))


@synthetics.command("trend")
@click.option("--last", type=click.IntRange(1, 10_000), default=24, show_default=True, help="How many runs.")
@config_option
@json_option
def trend_(last: int, config: Path | None, as_json: bool) -> None:
    """The percentile of every endpoint over the last runs, oldest first."""
    found = settings(config)
    runs = History(found.data / "synthetics" / "runs.jsonl").runs[-last:]
    names = list(dict.fromkeys(each.name for run in runs for each in run.endpoints))
    points = [[(each.name, each.percentile_ms) for each in run.endpoints] for run in runs]
    lines = {name: trend(points, name) for name in names}
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "method": METHOD,
                "runs": [run.at.isoformat() for run in runs],
                "endpoints": lines,
            }
        )
        return
    if not runs:
        click.echo("No run yet: tocsin synthetics run.")
        return
    highest = max((value for line in lines.values() for value in line if value is not None), default=1.0)
    for name, line in lines.items():
        bars = "".join(
            "·" if value is None else _BARS[min(7, int(value / highest * 7.999))] for value in line
        )
        newest = next((value for value in reversed(line) if value is not None), None)
        shown = "no latency" if newest is None else f"{newest:g} ms"
        click.echo(f"{name:<40} {bars}  p{runs[-1].percentile:g} {shown}")


def _run(made: Plan, history: History, file: Path, clock: Clock, variables: Mapping[str, str]) -> Report:
    """Measure and publish; then confirm what failed, and publish that."""
    began = clock.now()
    watch = Stopwatch(clock, variables, made.settings.timeout, made.settings.headers)
    how = Confirmation(made.settings.extra, made.settings.bad_of_extra)
    progress = _Progress(clock, len(made.endpoints) * made.slo.samples)
    try:
        judged = measure(made.endpoints, made.slo, watch, made.settings.at_once, progress.sample)
        first = _report(
            made, history, judged, Report(uuid4().hex, began, made.slo, made.settings.stale_after, ())
        )
        _publish(first, file)
        if not first.failing:
            return first
        judged = confirm(judged, watch, how, made.settings.at_once, progress.extra)
    finally:
        progress.end()
    report = _report(made, history, judged, first)
    _publish(report, file)
    return report


def _report(made: Plan, history: History, judged: tuple[Judged, ...], before: Report) -> Report:
    report = replace(before, judged=judged)
    since = {each.endpoint.name: history.failing_since(each.endpoint.name, report.at) for each in judged}
    return replace(report, incidents=incidents(made, report, since))


def _publish(report: Report, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as out:
            out.write(to_json(report).encode())
    except OSError as problem:
        raise InputError(
            f"{file} cannot be written: {problem.strerror}.", hint="Name another with --out."
        ) from problem


def _alert(found: Settings, made: Plan, report: Report, history: History, clock: Clock) -> None:
    """Confirmed failures and their end into the store; where there is no store (a CI machine), nowhere."""
    told = alerts(
        report, history, Impacts(made.settings.impact, made.settings.impact_slow), made.settings.section
    )
    if not told or ("://" not in found.database and not Path(found.database).exists()):
        return
    with open_database(found, create=False) as database, database.write() as tx:
        for each in told:
            put_alert(tx, each, codec.encode(each), clock.now(), f"{each.fingerprint}:{report.run_id}")


def _webhook(made: Plan, report: Report, clock: Clock, variables: Mapping[str, str]) -> int:
    """Call OBS_ALERT_WEBHOOK about a failed run; 2 when nobody took it."""
    url = variables.get("OBS_ALERT_WEBHOOK", "").strip()
    wanted = report.confirmed if made.settings.webhook_on == "confirmed" else report.failing
    if not url or not wanted:
        return 0
    try:
        call(url, variables.get("OBS_ALERT_SECRET") or None, report, clock, threading.Event().wait)
    except OutsideError as problem:
        click.echo(f"tocsin: {problem.message}", err=True)
        return 2
    return 0


class _Progress:
    """One moving line: how many samples of how many."""

    def __init__(self, clock: Clock, of: int) -> None:
        self._ticker = Ticker(Console(stderr=True), clock)
        self._lock = threading.Lock()
        self._of, self._count = of, 0

    def sample(self, endpoint: Endpoint, number: int, timed: Timed) -> None:
        """A sample of the run."""
        with self._lock:
            self._count += 1
            self._ticker.say(f"{self._count} of {self._of} samples, {endpoint.name} {_ms(timed)}", "run")

    def extra(self, endpoint: Endpoint, number: int, timed: Timed) -> None:
        """A sample that confirms."""
        with self._lock:
            self._ticker.say(f"confirming {endpoint.name}: sample {number}, {_ms(timed)}", "confirm")

    def end(self) -> None:
        """Take the line away."""
        self._ticker.still()


def _show(report: Report, made: Plan, file: Path) -> None:
    slo = report.slo
    out = Console()
    if not out.is_terminal:
        out = Console(width=_WIDE)  # a log of CI: nothing is gained by folding
    table = Table(box=None, pad_edge=False)
    table.add_column("endpoint", no_wrap=out.width > 100, overflow="fold")
    table.add_column("samples, ms")
    table.add_column(f"p{slo.percentile:g}, ms", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for each in report.judged:
        value = "–" if each.percentile_ms is None else f"{each.percentile_ms:g}"
        verdict = f"[{_COLOURS[each.verdict]}]{each.verdict.value}[/]"
        table.add_row(each.endpoint.name, _samples(each), value, verdict)
    out.print(table)
    lines = [
        f"  {said(each)}{_confirmation(each)}" for each in report.judged if each.verdict is not Verdict.PASS
    ]
    limit = f"p{slo.percentile:g} ({METHOD}) < {slo.threshold_ms:g} ms by {slo.source}"
    lines.append(f"{report.status.value}: {limit}; {file}")
    links = dict.fromkeys(remedy for shown in report.incidents for remedy in shown.remedies)
    lines += [f"  see {remedy.title}: {remedy.url}" for remedy in links]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _samples(judged: Judged) -> str:
    """Each of a few, the extremes of many."""
    if len(judged.samples) <= _FEW or not judged.measured:
        return " ".join(_ms(sample) for sample in judged.samples[:_FEW])
    return f"{len(judged.measured)} from {min(judged.measured):g} to {max(judged.measured):g}"


def _confirmation(judged: Judged) -> str:
    if judged.confirmed is None:
        return ""
    bad = sum(sample.bad(judged.slo) for sample in judged.extra)
    return f"; {'confirmed' if judged.confirmed else 'not confirmed'}: {bad} of {len(judged.extra)} further samples bad"


def _ms(timed: Timed) -> str:
    return "failed" if timed.milliseconds is None else f"{timed.milliseconds:g}"
