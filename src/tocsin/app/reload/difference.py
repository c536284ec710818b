"""What is different between two readings of an installation's files. Pure: texts in, a value out."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tocsin.app.settings_file import SettingsFile
from tocsin.kit.ids import sha256

RUNBOOK = "the runbook"
# What holds from a start only: where we stand and listen, who may come in, what drills were planned.
FROM_A_START = (
    "tocsin.data", "web.listen", "web.token_variable", "web.key_variable", "web.oidc", "drills",
)  # fmt: skip
_FILE = re.compile(r"\$\{file:([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts an installation is set up from.

    Attributes:
        settings: tocsin.toml. runbook: the runbook. files: those that tocsin.toml names as ${file:PATH}, by that path;
            None for one that cannot be read.
    """

    settings: str = field(repr=False)
    runbook: str = field(repr=False)
    files: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def settings_sha256(self) -> str:
        """Names the text of tocsin.toml."""
        return sha256(self.settings)

    @property
    def runbook_sha256(self) -> str:
        """Names the text of the runbook."""
        return sha256(self.runbook)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a reading says that the one before did not.

    Attributes:
        tables: top-level tables of tocsin.toml that say something else. runbook: whether that does.
        waits: the keys among them that hold from the next start on only.
    """

    tables: frozenset[str] = frozenset()
    runbook: bool = False
    waits: tuple[str, ...] = ()

    @property
    def changed(self) -> frozenset[str]:
        """The tables, and the runbook, by name."""
        return self.tables | {RUNBOOK} if self.runbook else self.tables


def named_files(settings: str) -> tuple[str, ...]:
    """The files that a text of settings refers to, in order."""
    return tuple(dict.fromkeys(_FILE.findall(settings)))


def difference(before: Sources, after: Sources) -> Difference:
    """Compare two readings that are valid. Comments, order, blank lines and defaults written out are no difference."""
    was, now = _tables(before.settings), _tables(after.settings)
    files = {
        path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path)
    }
    tables = {
        table for table in {*was, *now} if was.get(table) != now.get(table) or _names(now.get(table), files)
    }
    waits = tuple(key for key in FROM_A_START if _at(was, key) != _at(now, key))
    return Difference(frozenset(tables), before.runbook != after.runbook, waits)


def waiting(started: Sources, now: Sources) -> tuple[str, ...]:
    """The keys that say something else than they did at the start, and hold from the next one on only."""
    return difference(started, now).waits


def _tables(settings: str) -> dict[str, object]:
    """Every table with every default."""
    read = msgspec.convert(tomllib.loads(settings), SettingsFile)
    return msgspec.convert(msgspec.to_builtins(read), dict[str, object])


def _names(value: object, files: set[str]) -> bool:
    """Whether a value refers to one of these files."""
    match value:
        case str():
            return any(path in files for path in _FILE.findall(value))
        case dict():
            return any(_names(each, files) for each in value.values())
        case list():
            return any(_names(each, files) for each in value)
        case _:
            return False


def _at(table: object, key: str) -> object:
    for part in key.split("."):
        table = table.get(part) if isinstance(table, dict) else None
    return table
