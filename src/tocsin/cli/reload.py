"""tocsin reload: have the running tocsin take up what changed in its files, and say what became of it."""

import os
from datetime import timedelta
from pathlib import Path

import click

from tocsin.app.settings_file import SettingsFile, read
from tocsin.cli.options import config_option, json_option, nearest, print_json
from tocsin.cli.views import SCHEMA
from tocsin.client.client import Client
from tocsin.client.types import SettingsTaken
from tocsin.errors import ConfigError, Temporary

_ANSWERS_WITHIN = timedelta(seconds=90)


@click.command()
@click.option("--url", envvar="TOCSIN_URL", help="Where it listens. Default: what web.listen says.")
@config_option
@json_option
def reload(url: str | None, config: Path | None, as_json: bool) -> None:
    """Have the running tocsin take up a changed tocsin.toml and runbook now.

    \b
    tocsin reload
    kill -HUP PID        does the same without an answer

    All of it is taken up, or nothing: what cannot be used is refused with file, line and key, and what held before
    holds. Needs a token of an admin where there are tokens (TOCSIN_TOKEN).
    """
    file = nearest(config)
    found, _ = read(file)
    address = url or _address(found, file)
    token = os.environ.get(found.web.token_variable) or None
    with Client(address, token, timeout=_ANSWERS_WITHIN, retries=0) as tocsin:
        try:
            taken = tocsin.reload_settings()
        except Temporary as problem:
            raise Temporary(
                f"No tocsin answers at {address}: {problem.message}",
                hint="Name the address with --url, or send SIGHUP to the process.",
            ) from problem
    _say(taken, as_json)


def _address(found: SettingsFile, file: Path) -> str:
    listen = os.environ.get("TOCSIN_LISTEN") or found.web.listen or "none"
    host, _, port = listen.rpartition(":")
    if not host or port == "0":
        raise ConfigError(
            f'{file}: web.listen is "{listen}", which tells no address.',
            hint="Name it with --url, or send SIGHUP to the process.",
        )
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 -- compared, not bound


def _say(taken: SettingsTaken, as_json: bool) -> None:
    held = taken.in_force
    if as_json:
        print_json(
            {
                "schema": SCHEMA, "changed": taken.changed, "remarks": taken.remarks, "settings": held.settings,
                "runbook": held.runbook, "since": held.since.isoformat(), "waits": held.waits,
            }
        )  # fmt: skip
        return
    click.echo(f"Taken up: {', '.join(taken.changed)}." if taken.changed else "Nothing has changed.")
    for remark in taken.remarks:
        click.echo(f"  {remark}")
