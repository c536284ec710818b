"""CookCam's git checkout: a few commits, an origin beside it, and packages that every room shares."""

import shutil
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import run_once

CONFIG = "ecosystem.config.production.js"
CORRECTED_CONFIG = "ecosystem.production.config.js"
_APP = Path(__file__).with_name("apps") / "cookcam"
_GIT_WITHIN = timedelta(seconds=180)
_IGNORED = ("node_modules", ".env", ".busy", "*.dump", "*.heapsnapshot", "*.diff")
# Date, message and files of each commit, oldest first.
GOOD_RELEASE = "v1.4.0"
"""The tag of the newest commit: what a rollback goes back to."""
_HISTORY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("2025-10-02T09:12:00Z", "Booking API with a health check", ("package.json", "server.js", "events.js")),
    ("2025-10-03T14:40:00Z", "Leave installed packages out", (".gitignore",)),
    ("2025-10-06T08:05:00Z", "Schema of bookings", ("schema.sql",)),
    ("2025-10-06T16:31:00Z", "Run under PM2 in production", (CONFIG, CORRECTED_CONFIG)),
    ("2025-10-07T11:20:00Z", "Release 1.4.0", ("CHANGELOG.md",)),
)


class Checkout:
    """The directory the runbook's commands run in.

    Attributes:
        path: the working tree, on branch `main`.
        origin: the bare repository that `git push origin` reaches.
    """

    def __init__(self, room: OpenRoom, path: Path, port: int) -> None:
        """Lay it out; nothing is written. Use `make`.

        Args:
            port: where the application listens, instead of 3000.
        """
        self.path = path
        self.origin = room.scratch.path / "origin.git"
        self._room = room
        self._port = port

    def make(self) -> None:
        """Write the history, the origin and the link to the packages. Raises TocsinError."""
        self.path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        with (self.path / ".git/config").open("a", encoding="ascii") as settings:
            settings.write(
                "[user]\n\tname = Ana\n\temail = ana@cookcam.example\n"
                f'[remote "origin"]\n\turl = {self.origin}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
            )
        for date, message, files in _HISTORY:
            for name in files:
                self._write(self.path / name)
            self.commit(message, *files, at=date)
        self.git("tag", GOOD_RELEASE)
        self.git("clone", "--quiet", "--bare", "--no-hardlinks", str(self.path), str(self.origin))
        (self.path / "node_modules").symlink_to(self._room.tools.node_modules)

    def commit(self, message: str, *files: str, at: str = "") -> str:
        """Commit these files; the new commit's full id.

        Args:
            at: author and committer date; now if empty.
        """
        self.git("add", "--", *files)
        self.git("commit", "--quiet", "-m", message, at=at)
        return self.head

    @property
    def head(self) -> str:
        """Full id of the commit that is checked out."""
        return self.git("rev-parse", "HEAD").strip()

    @property
    def branch(self) -> str:
        """The branch that is checked out; "HEAD" if none is."""
        return self.git("rev-parse", "--abbrev-ref", "HEAD").strip()

    def branches(self) -> tuple[str, ...]:
        """Local branches, sorted."""
        return tuple(sorted(self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()))

    @property
    def state(self) -> str:
        """Branch, commit and local changes on one line: what a step that replaces files must not lose."""
        changes = " ".join(self.git("status", "--porcelain").split())
        return f"{self.branch} {self.head[:12]} {changes or 'clean'}"

    def pushed(self) -> dict[str, str]:
        """Branches of the origin and their commits."""
        listed = self.git("ls-remote", "--heads", str(self.origin)).splitlines()
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in (one.split() for one in listed)}

    def git(self, *arguments: str, at: str = "") -> str:
        """One git command in the working tree, as the sandbox gives it. Raises TocsinError."""
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
        environment = {
            **self._room.scratch.base_environment(),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            **dates,
        }
        return run_once((str(self._room.tools.git), *arguments), self.path, environment, _GIT_WITHIN)

    def _write(self, path: Path) -> None:
        match path.name:
            case ".gitignore":
                path.write_text("".join(f"{name}\n" for name in _IGNORED), encoding="utf-8")
            case "CHANGELOG.md":
                path.write_text("# 1.4.0\n\nBookings can be cancelled.\n", encoding="utf-8")
            case name if name == CONFIG:
                text = (_APP / name).read_text(encoding="utf-8")
                path.write_text(text.replace("PORT: '3000'", f"PORT: '{self._port}'"), encoding="utf-8")
            case name:
                shutil.copyfile(_APP / name, path)
