"""What the commands share that act on an installation: its settings, and who is acting."""

import os
from pathlib import Path

from tocsin.app.settings import Settings, load
from tocsin.cli.options import nearest
from tocsin.errors import InputError
from tocsin.kit.ids import PersonId


def settings(config: Path | None) -> Settings:
    """The settings named, or those of the nearest tocsin.toml. Raises ConfigError."""
    return load(nearest(config))


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
