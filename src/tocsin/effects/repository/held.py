"""The texts of a repository as the judge is given them, and what a command runs of them.

Source: docs/reference/effects.md, section on commands that run a text of the repository.
"""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tocsin.effects.effect import Effect


@dataclass(frozen=True, slots=True)
class Held:
    """A shell text that stands in the repository.

    Attributes:
        told: how it is called on the command line, for people: "npm run deploy".
        file: where it stands, relative to the repository. sha256: of that whole file.
        text: what runs, in shell. lines: the file's line of each line of `text`, 1-based.
    """

    told: str
    file: str
    sha256: str
    text: str
    lines: tuple[int, ...]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.lines[0] if self.lines else 1

    def line_at(self, offset: int) -> int:
        """The file's line of a character of the text."""
        at = self.text.count("\n", 0, max(0, offset))
        return self.lines[min(at, len(self.lines) - 1)] if self.lines else 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an inner text was read, and what the command was taken for before that: kept if the text says no more."""

    held: Held
    by_name: Effect


@dataclass(frozen=True, eq=False, slots=True)
class Repository:
    """The files a text may run, by name. Pure: somebody else has read them.

    Compared by identity: two of them are never the same, however much they hold. One that does not hold what a command
    runs makes that command unknown, whatever its name says; `NOTHING_HELD` does so for every command.

    Attributes:
        texts: by path relative to the repository's root, "/" between folders.
        folder: where the judged text runs, relative to the root; "" is the root itself.
    """

    texts: Mapping[str, str]
    folder: str = ""

    def find(self, name: str) -> tuple[str, str] | None:
        """The path and the text of a file, by its name as seen from `folder`; None if it is not held."""
        if name.startswith(("/", "~")) or "\\" in name:
            return None
        path = posixpath.normpath(posixpath.join(self.folder, name))
        text = None if path.startswith("..") else self.texts.get(path)
        return None if text is None else (path, text)

    def at(self, folder: str) -> "Repository | None":
        """The same seen from a folder below or beside; None for one that leads outside."""
        if folder.startswith(("/", "~")) or any(mark in folder for mark in "$<{`*?\\"):
            return None
        path = posixpath.normpath(posixpath.join(self.folder, folder))
        return None if path.startswith("..") else replace(self, folder="" if path == "." else path)


NOTHING_HELD = Repository({})


def sha256(text: str) -> str:
    """The hash by which a text is pinned."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
