"""tocsin drill: break a copy of your services on purpose, and see whether the runbook mends them."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import click
import msgspec
from rich.table import Table
from rich.text import Text

from tocsin.cli import sheet
from tocsin.cli.drill_places import (
    any_scenario_folder,
    drills_option,
    places,
    plane_option,
    tools_option,
)
from tocsin.cli.drill_report import badge, report, show, write_reports
from tocsin.cli.options import json_option, print_json
from tocsin.cli.process import until_closed
from tocsin.drill.result import Result, in_words, spent
from tocsin.drill.scenario import Scenario
from tocsin.errors import InputError
from tocsin.kit import codec, duration
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.drill import attended, cell, scenarios
from tocsin.sandbox.drill.attended import Line
from tocsin.sandbox.drill.cell import Told
from tocsin.sandbox.drill.exercise import Asked, Place, exercise
from tocsin.sandbox.drill.history import History
from tocsin.sandbox.drill.job import STOP
from tocsin.sandbox.state import rooms


@click.group()
def drill() -> None:
    """Break a copy of your services on purpose, and see whether the runbook mends them.

    \b
    tocsin drill list
    tocsin drill run redis-memory-full
    tocsin drill run --all --controls --html drills.html
    tocsin drill report
    """


@drill.command("list")
@drills_option
@json_option
def list_(drills: tuple[Path, ...], as_json: bool) -> None:
    """The scenarios there are, and how each went the last time."""
    found = [scenarios.read(path) for folder in places(drills) for path in scenarios.in_folder(folder)]
    last = {
        (str(one.settings), result.scenario): result
        for one in {each.settings: each for each in found}.values()
        for result in History.of(one.settings).newest()
    }
    rows = [(one, last.get((str(one.settings), one.name))) for one in found]
    if as_json:
        print_json({"version": 1, "drills": [_row(one, result) for one, result in rows]})
        return
    out = sheet.console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Drill", "Section", "Room", "Last", "Verdict"):
        table.add_column(heading, overflow="fold")
    for one, result in rows:
        room = one.room if isinstance(one.room, str) else "own"
        table.add_row(
            one.name,
            Text(one.section),
            room,
            f"{result.at:%Y-%m-%d}" if result else "never",
            Text(in_words(result.verdict), style=_style(result)) if result else Text("-", style="dim"),
        )
    out.print(table)


@drill.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every scenario there is.")
@drills_option
@tools_option
@plane_option
@click.option("--controls", is_flag=True, help="Also without fault, without runbook, and without each step.")
@click.option("--repeat", type=click.IntRange(1, 100), default=1, help="How many trials of each.")
@click.option("--seed", type=int, default=0, help="Jitter before the fault; 0 is none.")
@click.option("--every", help='How often the checks look, such as "500 ms". Default: as the settings say.')
@click.option("--jobs", type=click.IntRange(1, 16), default=1, help="How many at once; in capsules only.")
@click.option(
    "--open-room", is_flag=True, help="Do without namespaces: nothing then stops a command from reaching out."
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="A folder for store, log and post-mortem of each run."
)
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as one HTML page.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write the report as JUnit XML.")
@click.option("--no-history", is_flag=True, help="Do not remember it: for trying things out.")
@click.option("--by", default="person", hidden=True)
@click.option(attended.FLAG, "lines", is_flag=True, hidden=True)
@json_option
def run(
    names: tuple[str, ...], everything: bool, drills: tuple[Path, ...], tools_dir: Path, plane: Path | None, controls: bool, repeat: int,
    seed: int, every: str | None, jobs: int, open_room: bool, keep: Path | None, html: Path | None, junit: Path | None,
    no_history: bool, by: str, lines: bool, as_json: bool,
) -> None:  # fmt: skip
    """Drill one scenario, several, or all.

    \b
    tocsin drill run redis-memory-full
    tocsin drill run my/drills/checkout-down.toml
    tocsin drill run --all --controls --junit drills.xml

    Exit code 0: every verdict is the expected one. 1: one is not. Nothing of a drill reaches outside its sandbox.
    """
    if bool(names) == everything:
        raise InputError("Which drill?", hint="Name one or more (tocsin drill list), or say --all.")
    if every is not None and duration.parse(every) is None:
        raise InputError(f'--every: "{every}" is not a duration.', hint='Write it like "500 ms".')
    chosen = _chosen(names, drills, everything)
    place = Place(
        rooms(), tools_dir.absolute(), SystemClock(), plane.absolute() if plane is not None else None
    )
    walls = cell.choose_walls(place.tools, place.control_plane, open_room=open_room)
    asked = Asked(
        controls=controls, repeat=repeat, seed=seed, every=every, open_room=open_room,
        keep=keep.absolute() if keep is not None else None,
    )  # fmt: skip
    at_once = jobs if walls.kind == "capsule" else 1
    progress = Lines() if lines else Progress(quiet=as_json)
    progress.opening(walls.kind, walls.why, len(chosen))
    results = _carry_out(chosen, asked, place, at_once, progress)
    if not no_history:
        for scenario, result in zip(chosen, results, strict=True):
            progress.kept(History.of(scenario.settings).keep(result, by))
    write_reports(results, html, junit)
    if lines:
        return
    if as_json:
        click.echo(codec.encode({"version": 1, "drills": list(results)}))
    else:
        show(results)
    if any(not result.as_expected for result in results):
        sys.exit(1)


@drill.command()
def stop() -> None:
    """The kill switch: end every drill of yours at once, and let no new one begin."""
    switch = rooms() / STOP
    switch.touch()
    click.echo(
        f"Every drill ends now, and none begins while {switch} is there. tocsin drill resume takes it away."
    )


@drill.command()
def resume() -> None:
    """Let drills begin again."""
    (rooms() / STOP).unlink(missing_ok=True)
    click.echo("Drills may begin.")


drill.add_command(report)
drill.add_command(badge)


class Progress:
    """What is said while it goes on: one line for each state, on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._clock = SystemClock()
        self._began: dict[str, float] = {}

    def opening(self, walls: str, why: str, count: int) -> None:
        """What is about to happen."""
        note = f" ({why})" if why else ""
        self._say(
            f"{count} drill{'s' if count != 1 else ''}, each in {'a' if walls == 'capsule' else 'an'} {walls}{note}"
        )

    def told(self, scenario: str, run: str, told: Told) -> None:
        """A state was entered."""
        key = f"{scenario}/{run}"
        began = self._began.setdefault(key, self._clock.monotonic())
        name = scenario if run == "trial" else f"{scenario} ({run})"
        self._say(f"{self._clock.monotonic() - began:6.1f} s  {name}: {told.state.value}: {told.what}")

    def done(self, result: Result) -> None:
        """A scenario is over."""
        mark = "ok" if result.as_expected else "NOT AS EXPECTED"
        self._say(f"          {result.scenario}: {in_words(result.verdict)} [{mark}]")

    def kept(self, number: int) -> None:
        """It is in the history; people find it there by its scenario."""

    def _say(self, line: str) -> None:
        if not self._quiet:
            click.echo(line, err=True)


class Lines(Progress):
    """The same for the pages: one JSON object per line, and an end when nobody listens any more."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        threading.Thread(target=_until_closed, name="tocsin-listener", daemon=True).start()

    def told(self, scenario: str, run: str, told: Told) -> None:
        """A state was entered."""
        self._line(Line(run=run, state=told.state.value, what=told.what))

    def done(self, result: Result) -> None:
        """A scenario is over."""
        self._line(Line(verdict=in_words(result.verdict), proven=result.verdict.passed))

    def kept(self, number: int) -> None:
        """It is in the history, under this number."""
        self._line(Line(drill=number))

    def _line(self, line: Line) -> None:
        click.echo(msgspec.json.encode(line))


def _until_closed() -> None:
    """Whoever started us is gone: the watchdog sees that we are too, and ends what we began."""
    until_closed()
    os.kill(os.getpid(), signal.SIGTERM)


def _chosen(names: Sequence[str], drills: tuple[Path, ...], everything: bool) -> list[Scenario]:
    if everything:
        files = [path for folder in places(drills) for path in scenarios.in_folder(folder)]
    else:
        files = [
            Path(name)
            if name.endswith(scenarios.SUFFIX)
            else scenarios.named(name, any_scenario_folder(drills))
            for name in names
        ]
    return [scenarios.read(path) for path in files]


def _carry_out(
    chosen: Sequence[Scenario], asked: Asked, place: Place, at_once: int, progress: Progress
) -> tuple[Result, ...]:
    def one(scenario: Scenario) -> Result:
        result = exercise(scenario, asked, place, lambda run, told: progress.told(scenario.name, run, told))
        progress.done(result)
        return result

    if at_once == 1:
        return tuple(map(one, chosen))
    with ThreadPoolExecutor(at_once) as pool:
        running: list[Future[Result]] = [pool.submit(one, scenario) for scenario in chosen]
        try:
            return tuple(future.result() for future in running)
        except KeyboardInterrupt:
            # The other threads wait for their drills. Each watchdog sees that we are gone and ends its drill, and each
            # keeper clears the cell away: the same as after a kill.
            click.echo("interrupted: every drill ends now", err=True)
            os._exit(130)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _row(one: Scenario, result: Result | None) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "section": one.section,
        "runbook": str(one.runbook),
        "expected": one.expect.fixed.value,
        "last": result.at.isoformat() if result else None,
        "verdict": in_words(result.verdict) if result else None,
        "passed": result.verdict.passed if result else None,
        "detected": spent(result.verdict.detected_in) if result else None,
    }


def _style(result: Result) -> str:
    return "green" if result.verdict.passed else ("yellow" if result.as_expected else "bold red")
