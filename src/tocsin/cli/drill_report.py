"""tocsin drill report and badge: what the history of drills says of the runbook now."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from tocsin.cli import sheet
from tocsin.cli.drill_places import drills_option, places
from tocsin.cli.options import json_option, print_json
from tocsin.drill.coverage import Badge, Covered, share
from tocsin.drill.junit import as_junit
from tocsin.drill.page import as_page
from tocsin.drill.result import Measured, Result, in_words
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.drill import scenarios
from tocsin.sandbox.drill.history import History

_UNKNOWN = (Measured("up", None, None), Measured("detected", None, None), Measured("mitigated", None, None))
_STYLE = {Badge.DRILLED: "green", Badge.FAILED: "bold red", Badge.OUT_OF_DATE: "yellow"}
_COLOUR = {Badge.DRILLED: "#1a7f37", Badge.FAILED: "#b02a27", Badge.OUT_OF_DATE: "#8a5a00"}


def show(results: Sequence[Result]) -> None:
    """The results as a table."""
    out = sheet.console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Drill", "Section", "Up", "Detected", "Green", "Verdict"):
        table.add_column(heading, overflow="fold")
    for each in results:
        style = "green" if each.verdict.passed else ("yellow" if each.as_expected else "bold red")
        table.add_row(
            each.scenario,
            Text(each.section),
            *(Text(one.said, style="yellow" if one.late else "") for one in each.measured or _UNKNOWN),
            Text(in_words(each.verdict), style=style),
        )
    out.print(table)
    for each in results:
        for said in each.wrong:
            out.print(Text(f"{each.scenario}: not as expected: {said}", style="bold red"))
        for said in each.slow:
            out.print(Text(f"{each.scenario}: over budget: {said}", style="yellow"))
    good = sum(1 for each in results if each.as_expected)
    proven = sum(1 for each in results if each.verdict.passed)
    out.print(f"{len(results)} drilled, {proven} proven as written, {good} as expected")


def write_reports(
    results: Sequence[Result],
    html: Path | None,
    junit: Path | None,
    covered: Sequence[tuple[str, Sequence[Covered]]] = (),
) -> None:
    """The files that were asked for. Raises InputError when one cannot be written."""
    for path, text in (
        (html, as_page(results, covered, SystemClock().now()) if html else ""),
        (junit, as_junit(results) if junit else ""),
    ):
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise InputError(
                f"{path} cannot be written: {problem.strerror}.", hint="Name another file."
            ) from problem


@click.command()
@drills_option
@click.option("--html", type=click.Path(path_type=Path), help="Write one HTML page that stands by itself.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML.")
@json_option
def report(drills: tuple[Path, ...], html: Path | None, junit: Path | None, as_json: bool) -> None:
    """What is proven of each runbook, by the newest drill of each scenario."""
    results, covered = _known(drills)
    write_reports(results, html, junit, covered)
    if as_json:
        click.echo(
            codec.encode(
                {
                    "version": 1,
                    "drills": results,
                    "coverage": [{"runbook": path, "sections": list(each)} for path, each in covered],
                }
            )
        )
        return
    if results:
        show(results)
    out = sheet.console()
    for path, sections in covered:
        proven, of = share(tuple(sections))
        out.print()
        out.print(Text(f"{path}: {proven} of {of} sections are proven", style="bold"))
        table = Table(box=None, pad_edge=False, show_header=False)
        for each in sections:
            title = f"{each.number}. {each.title}" if each.number else each.title
            table.add_row(
                Text(title),
                Text(each.badge.value, style=_STYLE.get(each.badge, "dim")),
                Text(each.because, style="dim"),
            )
        out.print(table)


@click.command()
@click.argument("section", required=False)
@drills_option
@click.option(
    "--svg", type=click.Path(path_type=Path), help="Write a picture for a README: of one section, or of all."
)
@json_option
def badge(section: str | None, drills: tuple[Path, ...], svg: Path | None, as_json: bool) -> None:
    """The badge of a section, or of the whole runbook: proven when, on which text, how fast."""
    _, covered = _known(drills)
    found = [each for _, sections in covered for each in sections]
    if section is not None:
        wanted = section.strip().lstrip("#").casefold()
        found = [each for each in found if wanted in (each.anchor, each.title.casefold(), each.number)]
        if not found:
            raise InputError(
                f"No runbook has an incident section {section!r}.", hint="tocsin drill report lists them."
            )
    if svg is not None:
        svg.write_text(_picture(found), encoding="utf-8")
    if as_json:
        print_json(
            {
                "version": 1,
                "badges": [
                    {"section": each.title, "badge": each.badge.value, "because": each.because}
                    for each in found
                ],
            }
        )
        return
    for each in found:
        click.echo(f"{each.title}: {each.badge.value}: {each.because}")


def _known(drills: tuple[Path, ...]) -> tuple[list[Result], list[tuple[str, tuple[Covered, ...]]]]:
    """The newest result of every scenario of these folders, and how the sections of their runbooks stand."""
    now = SystemClock().now()
    found = [scenarios.read(path) for folder in places(drills) for path in scenarios.in_folder(folder)]
    results: list[Result] = []
    covered: dict[Path, tuple[Covered, ...]] = {}
    for settings in dict.fromkeys(each.settings for each in found):
        names = {each.name for each in found if each.settings == settings}
        history = History.of(settings)
        results += [each for each in history.newest() if each.scenario in names]
        for runbook in dict.fromkeys(each.runbook for each in found if each.settings == settings):
            covered[runbook] = history.covered(runbook, now)
    return results, [(_near(path), sections) for path, sections in covered.items()]


def _near(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _picture(found: Sequence[Covered]) -> str:
    """Two words on two colours, as READMEs have them."""
    if len(found) == 1:
        left, right, colour = found[0].title, found[0].badge.value, _COLOUR.get(found[0].badge, "#59636e")
    else:
        proven, of = share(tuple(found))
        left, right = "runbook drilled", f"{proven} of {of}"
        colour = "#1a7f37" if proven == of else "#8a5a00"
    first, second = 7 * len(left) + 14, 7 * len(right) + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{first + second}" height="20" role="img" '
        f'aria-label="{escape(left)}: {escape(right)}" font-family="Verdana,sans-serif" font-size="11" fill="#fff">'
        f'<rect width="{first}" height="20" fill="#57606a"/><rect x="{first}" width="{second}" height="20" fill="{colour}"/>'
        f'<text x="7" y="14">{escape(left)}</text><text x="{first + 7}" y="14">{escape(right)}</text></svg>\n'
    )
