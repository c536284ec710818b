"""tocsin plan and judge: what a runbook and its commands would do. These run nothing and need no settings."""

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TextIO

import click

from tocsin.app.lint_settings import nearest
from tocsin.app.project import gather
from tocsin.app.runbook_file import read_runbook
from tocsin.cli.options import json_option
from tocsin.effects.judge import judge as judge_text
from tocsin.effects.tools.table import table_problems
from tocsin.errors import ConfigError, InputError, NotFound
from tocsin.kit.clock import SystemClock
from tocsin.runbook.book import Runbook, Section
from tocsin.runbook.document import Text, read
from tocsin.runbook.fill import fill, unread
from tocsin.runbook.plan import as_json as plan_json
from tocsin.runbook.plan import as_text as plan_text
from tocsin.runbook.plan.outlook import Plan, PlannedStep, target_of
from tocsin.runbook.plan.outlook import plan as make_plan
from tocsin.runbook.project import NOTHING_KNOWN, ProjectFacts
from tocsin.runbook.steps.parameters import canonical_name


@click.command()
@click.argument("where", metavar="FILE[#SECTION]")
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Fill a hole of the text."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@json_option
def plan(where: str, parameters: tuple[str, ...], form: str, as_json: bool) -> None:
    """What would run where: every step with effect, reasons, holes and way back. Runs nothing.

    \b
    tocsin plan runbook.md
    tocsin plan runbook.md#redis-memory-full
    tocsin plan runbook.md#rollback -p previous-stable-commit=1a2b3c4 --json
    """
    path, _, anchor = where.partition("#")
    book = _book(Path(path))
    section = _section(book, anchor) if anchor else None
    found = make_plan(book, section)
    if parameters:
        found = _filled(found, _values(parameters))
    if as_json or form == "json":
        click.echo(plan_json.as_json(found))
    elif form == "markdown":
        click.echo(plan_text.as_markdown(found))
    else:
        click.echo(plan_text.as_text(found))


@click.command()
@click.argument("text", required=False)
@click.option(
    "--lang", "language", type=click.Choice(["bash", "sql", "powershell"]), default="bash", show_default=True
)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Many: lines {"id","cmd","lang"} on stdin give {"id","effect","flags","undo","why"}.',
)
@json_option
def judge(text: str | None, language: str, jsonl: bool, as_json: bool) -> None:
    """What one command would do to the world, and why. Runs nothing.

    \b
    tocsin judge 'kubectl delete pvc data-0'
    tocsin judge --lang sql 'SELECT pg_terminate_backend(42)'
    tocsin judge --lang powershell 'Get-Service w3svc | Restart-Service'
    tocsin judge --jsonl < commands.jsonl
    """
    for told in table_problems():
        click.echo(f"tocsin: {told} Its tools stay unknown.", err=True)
    if jsonl:
        _many(sys.stdin)
        return
    if text is None:
        raise click.UsageError("Name a command, or pass --jsonl and feed lines on stdin.")
    found = _judged(text, language)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(f"{found['effect']}" + (f"  ({', '.join(_texts(found['flags']))})" if found["flags"] else ""))
    for sentence in _texts(found["why"]):
        click.echo(f"  {sentence}")
    click.echo(
        f"  way back: {found['undo'] or 'none'}"
        if found["effect"] != "observe"
        else "  leaves nothing behind"
    )


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _judged(text: str, language: str) -> dict[str, object]:
    judged = judge_text(text, language if language in ("sql", "powershell") else "shell")
    undo = judged.undo
    return {
        "effect": judged.effect.word,
        "flags": sorted(flag.value for flag in judged.flags),
        "undo": {
            "undoable": undo.undoable.value,
            "capture": undo.capture,
            "reverse": undo.reverse,
            "lost": undo.lost,
        }
        if undo
        else None,
        "why": [reason.sentence for reason in judged.reasons],
    }


def _many(lines: TextIO) -> None:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            command, identifier = str(row["cmd"]), row.get("id", number)
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as problem:
            raise InputError(
                f'stdin:{number}: this is not {{"id","cmd","lang"}}: {problem}.',
                hint="One JSON object on each line.",
            ) from problem
        click.echo(
            json.dumps(
                {"id": identifier, **_judged(command, str(row.get("lang") or "bash"))}, ensure_ascii=False
            )
        )


def _book(path: Path) -> Runbook:
    return _compiled(path, read_runbook(path))


def _compiled(path: Path, text: str) -> Runbook:
    book = read(Text(path, text), _today(), around=lambda book: _around(book, path))
    return replace(
        book, diagnostics=tuple(sorted(book.diagnostics, key=lambda d: (d.span.first_line, d.column, d.rule)))
    )


def _around(book: Runbook, path: Path) -> ProjectFacts:
    """What lies around a runbook; nothing where its settings cannot be read, so that a plan never needs any."""
    try:
        return gather(book, path, nearest(path))
    except ConfigError:
        return NOTHING_KNOWN


def _today() -> date:
    return SystemClock().now().date()


def _section(book: Runbook, name: str) -> Section:
    found = book.section(name)
    if found is None:
        known = ", ".join(section.anchor for section in book.incidents()) or ", ".join(
            s.anchor for s in book.walk()[:12]
        )
        raise NotFound(f"{book.path} has no section #{name}.", hint=f"Known: {known}.")
    return found


def _values(parameters: tuple[str, ...]) -> dict[str, str]:
    """The values by canonical name: `previous-stable-commit`, `<previous-stable-commit>` and `$NAME` all name a hole."""
    values = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name:
            raise InputError(
                f'-p "{parameter}" is not NAME=VALUE.', hint="For example -p namespace=prepchef."
            )
        values[canonical_name(name.strip("<>[]{}$ "))] = value
    return values


def _filled(found: Plan, values: dict[str, str]) -> Plan:
    """The plan with its holes filled. Raises InputError for a value that may not stand where its hole is."""
    holes = {
        hole.name: hole
        for section in found.sections
        for planned in section.steps
        for hole in planned.step.placeholders
    }
    for name in values:
        if name not in holes:
            raise InputError(
                f"No step has a parameter {name}.", hint=f"Open here: {', '.join(sorted(holes)) or 'none'}."
            )
        if holes[name].type == "secret":
            raise InputError(
                f"{name} is a secret, and a plan shows its text.",
                hint="Leave it open: it is filled by reference.",
            )
    sections = tuple(
        replace(section, steps=tuple(_filled_step(step, values) for step in section.steps))
        for section in found.sections
    )
    return replace(found, sections=sections)


def _filled_step(planned: PlannedStep, values: dict[str, str]) -> PlannedStep:
    """The step with these of its holes filled; the others stay open, as they are written."""
    step = planned.step
    given = {hole.name: values[hole.name] for hole in step.placeholders if hole.name in values}
    own = tuple(hole for hole in step.placeholders if hole.name in given or hole.default is not None)
    if not given or not step.actions:
        return planned
    # A statement without a hole stays what it was read as, with all that is known around it.
    known = {action.text: action.judgement for action in step.actions}
    done = fill(
        replace(step, placeholders=own),
        given,
        lambda text, language: known[text] if text in known else unread(text, language),
    )
    if done.reasons:
        raise InputError(
            f"Step {step.number} cannot be filled so: {'; '.join(done.reasons)}.",
            hint="Nothing runs in a plan.",
        )
    actions = tuple(
        replace(action, text=text, judgement=judged)
        for action, text, judged in zip(step.actions, done.texts, done.judgements, strict=True)
    )
    left = tuple(hole for hole in step.placeholders if hole not in own)
    judgement = actions[0].judgement if len(actions) == 1 else step.judgement
    final = replace(step, actions=actions, placeholders=left, judgement=judgement)
    return replace(planned, step=final, target=target_of(final))
