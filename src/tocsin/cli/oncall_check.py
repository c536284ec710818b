"""tocsin oncall check: whether everybody who ought to be woken can be."""

import sys
from collections import Counter
from pathlib import Path

import click
from rich.text import Text

from tocsin.app.document import SCHEMA
from tocsin.app.oncall import standing
from tocsin.app.runbook_file import read_runbook
from tocsin.cli import oncall_views, terminal
from tocsin.cli.common import settings
from tocsin.cli.options import config_option, json_option, print_json
from tocsin.kit.clock import SystemClock
from tocsin.kit.printable import printable
from tocsin.oncall.readiness import DAYS, check, question
from tocsin.runbook.compile import compile as compile_runbook


@click.command("check")
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="How far to look.")
@click.option("--strict", is_flag=True, help="Exit code 1 for warnings too.")
@config_option
@json_option
def check_(days: int, strict: bool, config: Path | None, as_json: bool) -> None:
    """Everything that stands between a page and a person. Exit code 1 if somebody would not be woken.

    \b
    tocsin oncall check
    tocsin oncall check --days 60 --strict --json
    """
    found = settings(config)
    at = SystemClock().now()
    book = compile_runbook(read_runbook(found.runbook), str(found.runbook))
    asked = question(book.policy, at, days, [pager.name for pager in found.pagers])
    findings = check(found.oncall, standing(found, asked.start, asked.end), asked)
    failed = any(each.error or strict for each in findings)
    if as_json:
        counted = Counter("error" if each.error else "warning" for each in findings)
        print_json({
            "schema": SCHEMA, "ready": not any(each.error for each in findings), "days": days,
            "errors": counted["error"], "warnings": counted["warning"],
            "findings": [oncall_views.finding(each) for each in findings],
        })  # fmt: skip
    else:
        out = terminal.console()
        for each in findings:
            word = Text("error    ", style="bold red") if each.error else Text("warning  ", style="yellow")
            terminal.hanging(
                out, word, Text(f"{printable(each.message)} ").append(f"[{each.rule}]", style="dim")
            )
            out.print(Text(f"         {printable(each.hint)}", style="dim"))
        if not findings:
            out.print(f"Ready: every level reaches somebody, at every moment of the next {days} days.")
    if failed:
        sys.exit(1)
