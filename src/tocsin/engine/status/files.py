"""The page on disk: every file whole or not at all, the ones nobody links to any more taken away."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import InputError, StoreError

_LIST = ".tocsin-status.json"
INTERNAL = "status-internal.json"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the page goes: the public folder, and the file for ourselves, which must never be served."""

    public: Path
    internal: Path


def write(directory: Path, files: Mapping[str, str]) -> int:
    """Write what changed, in the order given. Returns how many files that were.

    A reader (a web server, a copy to elsewhere) sees the old file or the new one, never a part: each is written
    beside its place, brought to disk and then renamed. What an earlier run wrote and this one does not is removed;
    files of others are left alone.

    Raises:
        InputError: the directory holds a page that is not ours.
        StoreError: it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        before = _before(directory)
        changed = _replace_all({directory / path: text for path, text in files.items()})
        if before != set(files):
            replace(directory / _LIST, json.dumps(sorted(files), indent=0))
            for path in sorted(before - set(files)):
                _remove(directory, path)
    except OSError as problem:
        raise StoreError(
            f"The status page cannot be written to {directory}: {problem.strerror}.",
            hint="Check status.directory, its rights and the space left.",
        ) from problem
    return changed


def replace(path: Path, text: str) -> bool:
    """Put a text in its place, all of it or nothing. Returns False if it stood there already. Raises OSError."""
    return bool(_replace_all({path: text}))


def _replace_all(wanted: Mapping[Path, str]) -> int:
    """All are written before the first is brought to disk, which a file system does for many at once; then all are
    renamed, in order."""
    partials: dict[Path, Path] = {}
    try:
        for path, text in wanted.items():
            content = text.encode("utf-8")
            if _holds(path, content):
                continue
            partials[path] = path.with_name(f".{path.name}.{os.getpid()}.partial")
            partials[path].write_bytes(content)
        for partial in partials.values():
            with partial.open("rb") as written:
                os.fsync(written.fileno())
        for path, partial in partials.items():
            os.replace(partial, path)
    except BaseException:
        for partial in partials.values():
            partial.unlink(missing_ok=True)
        raise
    return len(partials)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return False


def _before(directory: Path) -> set[str]:
    """The files an earlier run wrote."""
    try:
        found = json.loads((directory / _LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (directory / "index.html").exists():
            raise InputError(
                f"{directory} holds an index.html that tocsin did not write; it was not touched.",
                hint="Name an empty folder in status.directory.",
            ) from None
        return set()
    except ValueError:
        return set()
    return {path for path in found if isinstance(path, str)} if isinstance(found, list) else set()


def _remove(directory: Path, path: str) -> None:
    """Take away one of our files; a list that was tampered with leads nowhere else."""
    inside = (directory / path).resolve()
    if inside.is_relative_to(directory.resolve()):
        inside.unlink(missing_ok=True)
