"""What the commands share that needs no settings: their options, the nearest tocsin.toml, printing JSON.

Apart from `common`, so that those that need no settings (`plan`, `lint`, `judge`) start without loading them.
"""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from tocsin.errors import ConfigError

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


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
