"""What to try after the demo, or while it runs: commands that work exactly as they are printed."""

import shutil
import sys
from pathlib import Path
from shlex import quote

from tocsin.cli.story import near
from tocsin.sandbox.rehearse import Rehearsal

# Of a room's environment: what would make a person's shell a process of the room, or change how it behaves.
_LEFT_OUT = frozenset(
    {"TOCSIN_ROOM", "HOME", "TMPDIR", "TERM", "LANG", "TZ", "NO_COLOR", "PYTHONPATH", "TOCSIN_LISTEN"}
)


class Trying:
    """The commands of one incident.

    Attributes:
        environment_file: to be read by a shell; makes every tocsin command speak about this incident.
    """

    def __init__(self, rehearsal: Rehearsal, examples: Path) -> None:
        self._rehearsal = rehearsal
        self._config = examples / rehearsal.scene.name / rehearsal.scene.settings
        self.environment_file = rehearsal.folder / "environment"

    def write_environment(self) -> None:
        """Write the file. It holds the password of the room's database, so it is for its owner only."""
        lines = ["# For a shell: makes tocsin speak about this incident.", "unset TOCSIN_DATABASE_URL"]
        for name, value in self._rehearsal.variables.items():
            if name not in _LEFT_OUT and name != "PATH":
                lines.append(f"export {name}={quote(value)}")
        lines.append(f'export PATH={quote(self._rehearsal.variables["PATH"])}:"$PATH"')
        lines.append(f"export TOCSIN_CONFIG={quote(str(self._config))}")
        lines.append("export TOCSIN_AS=ana")
        self.environment_file.touch(mode=0o600)
        self.environment_file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def while_it_runs(self) -> list[str]:
        """Commands for a second terminal."""
        return [
            self._with("incident list --all"),
            self._with("incident show INC-1"),
            self._with("check run"),
            self._with("audit verify"),
            f"(. {self._file}; {self._rehearsal.scene.again})   # and it breaks again",
        ]

    def afterwards(self) -> list[str]:
        """Commands that need nothing but what is stored."""
        return [self._with("incident show INC-1"), self._with("audit verify")]

    @property
    def _file(self) -> str:
        file = near(self.environment_file)
        # Without a slash a shell would look for it on PATH.
        return quote(file if "/" in file else f"./{file}")

    def _with(self, command: str) -> str:
        return f"(. {self._file}; {program()} {command})"


def program() -> str:
    """How `tocsin` is called from here: by name if that finds this one, else by path."""
    own = Path(sys.executable).with_name("tocsin")
    found = shutil.which("tocsin")
    if found is not None and own.exists() and Path(found).resolve() == own.resolve():
        return "tocsin"
    return quote(near(own)) if own.exists() else f"{quote(near(Path(sys.executable)))} -m tocsin"
