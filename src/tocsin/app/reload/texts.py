"""The texts of tocsin.toml and of the files it names, as they are now."""

from pathlib import Path

from tocsin.app.reload.difference import named_files


def settings_text(file: Path) -> str:
    """The text of tocsin.toml. Never raises: what cannot be read is told by its reason in the text's place."""
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as problem:
        return f"\0{problem.strerror}"


def texts_named(file: Path, settings: str) -> dict[str, str | None]:
    """The files that a text of settings names, by path; None for one that cannot be read."""
    return {path: _or_none(file.resolve().parent / path) for path in named_files(settings)}


def _or_none(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError, ValueError):
        return None
