"""tocsin lint: the defects of runbooks, for a terminal, a program, a code scanner or a pull request. Runs nothing."""

import difflib
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from tocsin import __version__
from tocsin.app import lint_settings
from tocsin.app.lint_settings import LintSettings
from tocsin.app.linting import Choice, Linted, Linter, procedures
from tocsin.app.runbook_file import read_runbook, runbook_text
from tocsin.cli.options import json_option
from tocsin.errors import ConfigError, InputError, NotFound
from tocsin.kit.clock import SystemClock
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.github import as_github
from tocsin.runbook.lint.report import as_text
from tocsin.runbook.lint.sarif import Document, as_sarif
from tocsin.runbook.plan.as_json import diagnostic_values

_ORDER = ("error", "warning", "note")
_STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class _Target:
    """A document to lint: its linter, its text, and what it fails on."""

    linter: Linter
    text: str
    fail_on: str


def _rules(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of a repeatable, comma-separated option. Raises a usage error for what is none."""
    rules = tuple(part.strip().upper() for value in values for part in value.split(",") if part.strip())
    for rule in rules:
        if not re.fullmatch(r"TOC\d{0,3}", rule):
            raise click.BadParameter(
                f'"{rule}" is no rule. For example TOC204, or TOC2 for a family.', param=parameter
            )
    return rules


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
)
@click.option(
    "--fail-on", type=click.Choice(lint_settings.LEVELS),
    help="Exit with 1 if there is a finding at least this bad. Default: what the settings say, else error.",
)  # fmt: skip
@click.option("--fix", is_flag=True, help="Mend what is certain, and say what is left.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing.")
@click.option(
    "--facts", is_flag=True, help="Also ask this machine whether it has the programs the document starts."
)
@click.option("--select", multiple=True, callback=_rules, metavar="RULES", help="Only these: TOC204,TOC3.")
@click.option("--ignore", multiple=True, callback=_rules, metavar="RULES", help="Not these.")
@click.option(
    "--config", type=click.Path(path_type=Path), envvar="TOCSIN_CONFIG",
    help="The tocsin.toml to use. Default: for each document the nearest one above it, if any.",
)  # fmt: skip
@json_option
def lint(
    files: tuple[Path, ...], form: str, fail_on: str | None, fix: bool, diff: bool, facts: bool, select: tuple[str, ...],
    ignore: tuple[str, ...], config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Find the defects of runbooks: what cannot run, what would hurt, what lies, what is out of date.

    Of a folder every *.md is read; `-` is standard input.

    \b
    tocsin lint runbook.md
    tocsin lint docs/runbooks --fail-on warning --format github
    tocsin lint runbook.md --fix --diff
    """
    settings = lint_settings.load(config) if config is not None else None
    targets = _targets(files, settings, Choice(select, ignore), fail_on, facts=facts)
    changed = False
    if diff:
        for target in targets:
            changed |= _show_difference(target)
        linted = [target.linter.lint(target.text) for target in targets]
    elif fix:
        linted = [target.linter.lint(_mend(target)) for target in targets]
    else:
        linted = [target.linter.lint(target.text) for target in targets]
    if not diff:
        onto_stdout = fix and any(target.linter.document == _STDIN for target in targets)
        pages = next((t.linter.settings.pages for t in targets if t.linter.settings.pages), None)
        _print(linted, "json" if as_json else form, pages, err=onto_stdout)
    if (changed and fail_on != "never") or any(
        _fails(each, target.fail_on) for each, target in zip(linted, targets, strict=True)
    ):
        sys.exit(1)


# -- what is linted ---------------------------------------------------------------------------------------------------


def _targets(
    files: tuple[Path, ...],
    settings: LintSettings | None,
    choice: Choice,
    fail_on: str | None,
    *,
    facts: bool,
) -> list[_Target]:
    """Every document named, once, in order. Raises ConfigError or NotFound before anything is printed."""
    today = SystemClock().now().date()
    found: dict[Path, tuple[Path, str]] = {}
    for file in files:
        if file == _STDIN:
            content = sys.stdin.buffer.read()
            found.setdefault(_STDIN, (_STDIN, runbook_text(content, "standard input")))
        elif file.is_dir():
            for document in _below(file):
                if text := _text_of(document):
                    found.setdefault(document.resolve(), (document, text))
        else:
            found.setdefault(file.resolve(), (file, read_runbook(file)))
    targets = []
    # Copies of a procedure can only differ where there is more than one document.
    copies = (
        tuple(one for path, text in found.values() for one in procedures(path, text))
        if len(found) > 1
        else ()
    )
    for document, text in found.values():
        own = settings if settings is not None else lint_settings.nearest(document)
        linter = Linter(
            document.as_posix(),
            document,
            own,
            choice,
            today,
            ask=facts,
            copies=copies,
            alone=document == _STDIN,
        )
        targets.append(_Target(linter, text, fail_on or own.fails_on(document)))
    return targets


def _below(folder: Path) -> list[Path]:
    """Every *.md in a folder and below it, sorted; hidden folders and node_modules are nobody's runbooks."""
    found = [
        path
        for path in sorted(folder.rglob("*.md"))
        if not any(
            part.startswith(".") or part == "node_modules" for part in path.relative_to(folder).parts[:-1]
        )
        and path.is_file()
    ]
    if not found:
        raise NotFound(f"There is no *.md in {folder} or below it.", hint="Name a file, or another folder.")
    return found


def _text_of(document: Path) -> str | None:
    """The text of a document that was not named but found; one that is no text is told and passed over."""
    try:
        return read_runbook(document)
    except ConfigError as problem:
        click.echo(f"tocsin: {problem.message} Passed over.", err=True)
        return None


def _fails(linted: Linted, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    bad = {Level(word) for word in _ORDER[: _ORDER.index(fail_on) + 1]}
    return any(found.level in bad for found in linted.outcome.shown)


# -- what is printed --------------------------------------------------------------------------------------------------


def _print(linted: list[Linted], form: str, pages: str | None, *, err: bool) -> None:
    match form:
        case "json":
            rows = [
                diagnostic_values(found, each.book.path) for each in linted for found in each.outcome.shown
            ]
            said = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
        case "sarif":
            documents = (Document(e.book.path, e.source, e.outcome.shown, e.outcome.silenced) for e in linted)
            said = as_sarif(documents, version=__version__, pages=pages) + "\n"
        case "github":
            said = "".join(as_github(each.outcome.shown, each.book.path) for each in linted)
        case _:
            said = "".join(
                as_text(each.outcome.shown, each.source, each.book.path, silenced=len(each.outcome.silenced))
                for each in linted
            )
    click.echo(said, nl=False, err=err)


# -- mending ----------------------------------------------------------------------------------------------------------


def _show_difference(target: _Target) -> bool:
    """Print what mending would change, as a unified diff; whether it would change anything."""
    mended, _ = target.linter.mend(target.text)
    if mended == target.text:
        return False
    name = target.linter.name.lstrip("/")
    lines = difflib.unified_diff(
        _kept_lines(target.text), _kept_lines(mended), f"a/{name}", f"b/{name}", lineterm="\n"
    )
    for line in lines:
        click.echo(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", nl=False)
    return True


def _kept_lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one here, as patch has it."""
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def _mend(target: _Target) -> str:
    """Mend a document where it is, or standard input onto standard output; the text as it is now."""
    mended, made = target.linter.mend(target.text)
    document = target.linter.document
    if document == _STDIN:
        click.echo(mended, nl=False)
    elif made:
        replace_text(document, target.text, mended)
        click.echo(f"{target.linter.name}: mended {made} place{'s' if made != 1 else ''}", err=True)
    return mended


def replace_text(file: Path, old: str, new: str) -> None:
    """Put a new text into a file in one move; mode, byte order mark and line ends stay.

    Raises:
        InputError: the file is not UTF-8, was changed meanwhile, or cannot be written; it is as it was.
    """
    real = file.resolve()
    try:
        content = real.read_bytes()
        mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        if content != mark + old.encode("utf-8", "surrogatepass"):
            raise InputError(
                f"{file} is not UTF-8, or was changed while it was read; it was not mended.",
                hint="Save it as UTF-8 and try again.",
            )
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(mark + new.encode("utf-8", "surrogatepass"))
                out.flush()
                os.fsync(out.fileno())
            os.chmod(temporary, real.stat().st_mode & 0o7777)
            os.replace(temporary, real)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as problem:
        raise InputError(
            f"{file} cannot be written: {problem.strerror}.", hint="It is as it was; --diff shows the change."
        ) from problem
