"""What a tocsin.toml says to the linter: `[lint]` and `[[waive]]`. Needs nothing of the rest to be set up."""

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from tocsin.app.settings_file import Place, read
from tocsin.runbook.book import Runbook
from tocsin.runbook.project import Watched
from tocsin.runbook.waive import Waiver, waive

LEVELS = ("error", "warning", "note", "never")


@dataclass(frozen=True, slots=True)
class PathRule:
    """What holds for some documents: `pattern` is relative to the settings' folder."""

    pattern: str
    ignore: tuple[str, ...]
    fail_on: str | None


@dataclass(frozen=True, slots=True)
class LintSettings:
    """The settings the linter knows; those of no file if there is none.

    Attributes:
        folder: of the file, or None. runbook: the document the waivers are about, or None.
        ignore: ids of rules, or their beginnings. fail_on: one of LEVELS, or None. pages: see docs/reference/settings.md.
        cwd: the folder steps run in, or None. checks: as far as they say what they will raise.
        drills: the record of drills, or None.
    """

    folder: Path | None = None
    runbook: Path | None = None
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    pages: str | None = None
    paths: tuple[PathRule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    cwd: Path | None = None
    checks: tuple[Watched, ...] = ()
    drills: Path | None = None

    def ignored(self, document: Path) -> tuple[str, ...]:
        """What is left out for a document."""
        return (*self.ignore, *(rule for each in self._about(document) for rule in each.ignore))

    def fails_on(self, document: Path) -> str:
        """From which finding on a document fails; the last pattern that fits wins."""
        own = [each.fail_on for each in self._about(document) if each.fail_on]
        return own[-1] if own else self.fail_on or "error"

    def waived(self, book: Runbook, document: Path, today: date) -> Runbook:
        """The runbook with the waivers applied, if it is the one they are about."""
        if self.runbook is None or not self.waivers or document.resolve() != self.runbook:
            return book
        return waive(book, self.waivers, today)

    def _about(self, document: Path) -> list[PathRule]:
        if self.folder is None or not self.paths:
            return []
        resolved = document.resolve()
        if not resolved.is_relative_to(self.folder):
            return []
        name = resolved.relative_to(self.folder).as_posix()
        return [each for each in self.paths if fnmatchcase(name, each.pattern)]


def load(file: Path) -> LintSettings:
    """What this tocsin.toml says to the linter.

    Raises:
        ConfigError: it cannot be read, or a key is unknown or wrong; names file, line and key.
    """
    found, place = read(file)
    table = found.lint
    _check("lint", table.ignore, table.fail_on, place)
    for pattern, each in table.paths.items():
        _check(f"lint.paths.{pattern}", each.ignore, each.fail_on, place)
    folder = file.resolve().parent
    return LintSettings(
        folder=folder,
        runbook=(folder / Path(found.tocsin.runbook).expanduser()).resolve(),
        ignore=tuple(table.ignore),
        fail_on=table.fail_on,
        pages=table.pages,
        paths=tuple(PathRule(p, tuple(t.ignore), t.fail_on) for p, t in table.paths.items()),
        waivers=tuple(Waiver(each.rule, each.step, each.reason, each.until) for each in found.waive),
        cwd=_below(folder, found.targets.cwd),
        checks=_checks(found.checks),
        drills=_below(folder, table.drills),
    )


def nearest(document: Path) -> LintSettings:
    """What the nearest tocsin.toml in a document's folder or above it says; empty settings if there is none."""
    folder = document.resolve().parent
    for above in (folder, *folder.parents):
        if (above / "tocsin.toml").is_file():
            return load(above / "tocsin.toml")
    return LintSettings()


def _below(folder: Path, written: str | None) -> Path | None:
    return (folder / Path(written).expanduser()).resolve() if written is not None else None


def _checks(tables: list[dict[str, object]]) -> tuple[Watched, ...]:
    """The checks of a settings file, as far as they say what they will raise."""
    found = []
    for table in tables:
        name = table.get("name")
        if not isinstance(name, str):
            continue
        texts = {key: value for key, value in table.items() if isinstance(value, str)}
        labels = {"check": name, "kind": texts.get("kind", "")}
        found.append(Watched(texts.get("title", name), labels, texts.get("impact"), texts.get("section")))
    return tuple(found)


def _check(key: str, ignore: list[str], fail_on: str | None, place: Place) -> None:
    for rule in ignore:
        if not re.fullmatch(r"TOC\d{0,3}", rule):
            raise place.error(
                f"{key}.ignore", f'"{rule}" is no rule.', 'For example "TOC402", or "TOC4" for a family.'
            )
    if fail_on is not None and fail_on not in LEVELS:
        raise place.error(f"{key}.fail_on", f'"{fail_on}" is no level.', f"Known: {', '.join(LEVELS)}.")
