"""tocsin init: propose settings from a runbook."""

import re
from pathlib import Path

import click

from tocsin.app.propose_file import settings_text
from tocsin.app.runbook_file import read_runbook
from tocsin.errors import ConfigError, InputError
from tocsin.runbook.compile import compile as compile_runbook


@click.command()
@click.argument("runbook", type=click.Path(path_type=Path))
@click.option(
    "--write", is_flag=True, help="Write tocsin.toml beside the runbook; never over an existing one."
)
@click.option("--name", help="Of the installation. Default: the folder of the runbook.")
def init(runbook: Path, write: bool, name: str | None) -> None:
    """Propose a tocsin.toml for RUNBOOK: checks, people, levels, targets, jobs, each with the line it comes from.

    Nothing is invented: what the runbook leaves open stays a comment. Prints the file, or writes it with --write.
    """
    book = compile_runbook(read_runbook(runbook), runbook.name)
    folder = runbook.resolve().parent
    called = name or re.sub(r"[^A-Za-z0-9-]+", "-", folder.name).strip("-") or "tocsin"
    text = settings_text(book, runbook.name, called)
    if not write:
        click.echo(text, nl=False)
        return
    file = folder / "tocsin.toml"
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as problem:
        raise InputError(
            f"{file} is there already.", hint="Without --write the proposal is printed; compare the two."
        ) from problem
    except OSError as problem:
        raise ConfigError(
            f"{file} cannot be written: {problem.strerror}.", hint="Check the folder's rights."
        ) from problem
    click.echo(f"{file} is written. Read it, complete it, then: tocsin check run --config {file}")
