"""Looks at what lies around a runbook: the files it names, its checks, its drills. Reads; runs nothing."""

import json
import re
import shutil
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from tocsin.app.lint_settings import LintSettings
from tocsin.effects.repository.held import Repository
from tocsin.engine.looking import Looking, joined, repository_of
from tocsin.errors import ConfigError
from tocsin.runbook.book import Runbook
from tocsin.runbook.lint.programs import programs_of
from tocsin.runbook.project import Drill, Files, ProjectFacts, linked_by, named_by

_MOST_BYTES = 256 * 1024  # a compose file that is longer is nobody's
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def gather(book: Runbook, document: Path, settings: LintSettings, *, ask: bool = False) -> ProjectFacts:
    """What is known around this document.

    Args:
        document: where the runbook's file is. settings: of its tocsin.toml, or those of none.
        ask: also ask this machine which programs it has.

    Raises:
        ConfigError: the record of drills that the settings name cannot be read; names file and line.
    """
    root = _root(document, settings)
    files = _files(book, root, document.resolve().parent, settings) if root is not None else None
    own = settings.runbook is not None and document.resolve() == settings.runbook
    return ProjectFacts(
        files=files,
        programs={name: shutil.which(name) is not None for name in programs_of(book)} if ask else None,
        watched=settings.checks if own and settings.checks else None,
        drills=read_drills(settings.drills) if own and settings.drills is not None else None,
        versions=_versions(root) if root is not None else {},
    )


def _root(document: Path, settings: LintSettings) -> Path | None:
    """The repository the document is in: the nearest folder with .git, else that of its tocsin.toml; None if neither."""
    folder = document.resolve().parent
    found = repository_of(folder)
    if found is None and settings.folder is not None and folder.is_relative_to(settings.folder):
        found = settings.folder
    return found


# -- files ------------------------------------------------------------------------------------------------------------


def _files(book: Runbook, root: Path, folder: Path, settings: LintSettings) -> Files | None:
    own = folder.relative_to(root).as_posix() if folder != root else ""
    cwd = settings.cwd
    if cwd is not None and not cwd.is_relative_to(root):
        return None  # steps run in a place of which we know nothing
    inside = cwd.relative_to(root).as_posix().removeprefix(".") if cwd is not None else None
    looking = Looking(root)
    for base in dict.fromkeys((inside,) if inside is not None else ("", own)):
        looking.look(named_by(book), base)
    for target in linked_by(book):
        looking.exists(joined(own, target))
    looking.exists("")
    return Files(Repository(looking.texts), own, frozenset(looking.asked), frozenset(looking.found), inside)


# -- drills -----------------------------------------------------------------------------------------------------------


class _DrillLine(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the record of drills."""

    section: str
    date: date
    passed: bool
    version: str | None = None
    text_sha256: str | None = None


def read_drills(file: Path) -> tuple[Drill, ...]:
    """The record of drills: one JSON object a line. Raises ConfigError that names file and line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            f"lint.drills: {file} cannot be read: {problem}.", hint="Each line is one drill, as JSON."
        ) from problem
    drills = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line, type=_DrillLine)
        except msgspec.DecodeError as problem:
            hint = 'For example {"section": "redis-memory-full", "date": "2026-01-31", "passed": true}.'
            raise ConfigError(f"{file}:{number}: this is no drill: {problem}.", hint=hint) from problem
        drills.append(Drill(found.section, found.date, found.passed, found.version, found.text_sha256))
    return tuple(drills)


# -- versions ---------------------------------------------------------------------------------------------------------

_IMAGE = re.compile(r"(?:[\w.-]+(?::\d+)?/)*([\w-]+):v?(\d+(?:\.\d+)*)")


@lru_cache(maxsize=32)
def _versions(root: Path) -> dict[str, str]:
    """The version of the project ("") and of the images its compose file pins."""
    found: dict[str, str] = {}
    own = _project_version(root)
    if own:
        found[""] = own
    for name in _COMPOSE:
        for image in _images(root / name):
            pinned = _IMAGE.fullmatch(image.split("@", 1)[0].partition("-")[0])
            if pinned:
                found.setdefault(pinned[1].lower(), pinned[2])
    return found


def _project_version(root: Path) -> str | None:
    try:
        if (root / "package.json").is_file():
            version = json.loads((root / "package.json").read_text(encoding="utf-8")).get("version")
            return version if isinstance(version, str) else None
        if (root / "pyproject.toml").is_file():
            table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
            version = table.get("version")
            return version if isinstance(version, str) else None
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return None


def _images(file: Path) -> list[str]:
    try:
        if not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return []
        services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
        return [
            str(each["image"]) for each in services.values() if isinstance(each, dict) and "image" in each
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return []
