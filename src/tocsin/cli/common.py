"""What the commands share: finding the settings, saying who is acting, printing JSON."""

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from tocsin.app.settings import Settings, load
from tocsin.errors import ConfigError, InputError
from tocsin.kit.ids import PersonId

# It warns on the terminal about statements it does not know; for us those are simply not harmless.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

Command = TypeVar("Command", bound=Callable[..., object])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, with a schema version.")
config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    envvar="TOCSIN_CONFIG",
    help="The tocsin.toml to use. Default: the nearest one, upwards from here.",
)
as_option = click.option(
    "--as",
    "person",
    envvar="TOCSIN_AS",
    help="Who you are: a person of tocsin.toml. Default: your login name.",
)


def settings(config: Path | None) -> Settings:
    """The settings named, or those of the nearest tocsin.toml. Raises ConfigError."""
    return load(nearest(config))


def nearest(config: Path | None) -> Path:
    """The tocsin.toml that was named, or the nearest one. Raises ConfigError if there is none."""
    if config is not None:
        return config
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "tocsin.toml").is_file():
            return folder / "tocsin.toml"
    raise ConfigError(
        f"No tocsin.toml in {here} or above it.",
        hint="Name one: --config examples/cookcam/tocsin.toml, or set TOCSIN_CONFIG.",
    )


def who(person: str | None, found: Settings) -> PersonId:
    """The person acting. Raises InputError naming the flag when that cannot be told."""
    people = [known.id for known in found.roster.people]
    name = person or os.environ.get("USER") or os.environ.get("LOGNAME") or ""
    if name in people or (person and not people):
        return PersonId(name)
    known = ", ".join(people) or "nobody yet"
    if person:
        raise InputError(f'"{person}" is not among the people of {found.file}.', hint=f"Known: {known}.")
    raise InputError("Who are you?", hint=f"Say --as NAME or set TOCSIN_AS. Known: {known}.")


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
