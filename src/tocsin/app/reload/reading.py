"""Reading an installation's files while people edit them: texts first, then what they mean, both of the same moment."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.app.reload.difference import Sources
from tocsin.app.reload.texts import settings_text, texts_named
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings, load
from tocsin.errors import ConfigError, TocsinError
from tocsin.runbook.document import Text
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Reading:
    """What a running tocsin is to go on with.

    Attributes:
        changed: the tables that say something else, and "the runbook".
        note: writes into a transaction that it was taken up.
    """

    settings: Settings
    text: Text
    changed: frozenset[str]
    note: Callable[[Tx], None]


def begun_with(settings: Settings, runbook: str) -> Sources:
    """The texts a process was started with."""
    return Sources(settings.text, runbook, texts_named(_file(settings), settings.text))


def look(before: Settings) -> Sources:
    """The texts as they are now. Never raises: what cannot be read is told by its reason in the text's place.

    Args:
        before: says where the files are; where the runbook is only while tocsin.toml does not.
    """
    file = _file(before)
    settings = settings_text(file)
    where = _runbook(settings, file.resolve().parent) or before.runbook
    try:
        runbook = where.read_bytes().decode("utf-8-sig", errors="replace")
    except (OSError, ValueError) as problem:  # ValueError: no file can have such a name
        runbook = f"\0{problem}"
    return Sources(settings, runbook, texts_named(file, settings))


def understand(started: Settings) -> tuple[Settings, Text]:
    """The settings and the runbook as they are now; what holds from a start only as it was then.

    Raises:
        ConfigError: they cannot be used; names file, line and key.
    """
    file = _file(started)
    variables: Mapping[str, str] = {**started.variables, "TOCSIN_DATA": str(started.data)}
    try:
        read = load(file, variables)
        text = Text(read.runbook, read_runbook(read.runbook))
    except TocsinError:
        raise
    except Exception as problem:
        # The edge: whatever people write into a file, it is the file that is refused.
        raise ConfigError(
            f"{file} cannot be read: {type(problem).__name__}: {problem}.",
            hint="Look at what was changed last.",
        ) from problem
    found = replace(
        read,
        database=started.database,
        listen=started.listen,
        token=started.token,
        web=started.web,
        drills=started.drills,
        drills_at=started.drills_at,
        variables=started.variables,
    )
    return found, text


def _file(settings: Settings) -> Path:
    return settings.named or settings.file


def _runbook(settings: str, folder: Path) -> Path | None:
    """Where a text of settings says that the runbook is; None if that cannot be told."""
    try:
        table = tomllib.loads(settings).get("tocsin", {})
        written = table.get("runbook", "runbook.md") if isinstance(table, dict) else None
        return folder / Path(written).expanduser() if isinstance(written, str) else None
    except (tomllib.TOMLDecodeError, RecursionError, RuntimeError):
        return None
