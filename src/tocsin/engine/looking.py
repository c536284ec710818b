"""Looks for the files a text names below a folder, and reads those that commands run. Reads; runs nothing."""

import os
from collections.abc import Collection
from pathlib import Path

from tocsin.runbook.project import RECIPES, paths_in

_MOST_BYTES = 256 * 1024  # a script that is longer is nobody's runbook step
_ROUNDS = 4  # scripts that name scripts


class Looking:
    """One look at the files below a root; what was seen is not looked at again.

    Attributes:
        root: without symbolic links. texts: what commands may run, by path from the root.
        asked: every path that was looked for. found: those that are there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.texts: dict[str, str] = {}
        self.asked: set[str] = set()
        self.found: set[str] = set()

    def look(self, names: Collection[str], base: str) -> None:
        """Look for these names as seen from a folder, and for what the scripts among them name."""
        wanted = {joined(base, name) for name in names}
        seen: set[str] = set()
        for _ in range(_ROUNDS):
            inner: set[str] = set()
            for path in sorted(wanted - seen):
                if not path or not self.exists(path):
                    continue
                text = self.texts[path] if path in self.texts else self._script(path)
                if text is not None:
                    self.texts[path] = text
                    named = [name for name in paths_in(text) if not name.startswith("..")]
                    # Recipes run where their file lies, scripts where they are called from.
                    inner |= {
                        joined(folder, name) for name in named for folder in (base, path.rpartition("/")[0])
                    }
            seen |= wanted
            wanted = inner
            if not wanted:
                break

    def exists(self, path: str) -> bool:
        """Whether it is there, inside the root; remembered, with its folders."""
        if path not in self.asked:
            self.asked.add(path)
            there = self.root / path
            try:
                os.stat(there)
                if Path(os.path.realpath(there)).is_relative_to(self.root):
                    self.found.add(path)
            except (FileNotFoundError, NotADirectoryError):
                pass
            except (OSError, ValueError):
                self.asked.discard(path)  # a name this system cannot have, or a folder we may not look into
            if "/" in path:
                self.exists(path.rpartition("/")[0])
        return path in self.found

    def _script(self, path: str) -> str | None:
        """The text of a file that a command may run; None for any other, and for one whose name may lead elsewhere."""
        file = self.root / path
        if os.path.realpath(file.parent) != str(file.parent):
            return None  # behind a linked folder `..` is another folder than the name says
        return script(file)


def script(file: Path) -> str | None:
    """The text of a file that a command may run: recipes, `*.sh` and what begins with `#!`; None for any other."""
    try:
        if not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return None
        content = file.read_bytes()
    except OSError:
        return None
    if file.name not in RECIPES and file.suffix not in (".sh", ".bash") and not content.startswith(b"#!"):
        return None
    if b"\0" in content or b"\r" in content:
        return None  # a carriage return is a character of the command to every shell
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def repository_of(folder: Path) -> Path | None:
    """The nearest folder with `.git`, this one or above it; None if there is none."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def joined(base: str, path: str) -> str:
    """A path from the root, without `.` and `..`; "" for one that leads outside."""
    parts: list[str] = []
    for part in f"{base}/{path}".split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
