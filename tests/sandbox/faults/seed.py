"""The seed's own commands, read from the document itself, and a shell in a room to type them into."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RUNBOOK = ROOT / "examples/prepchef/runbook.md"
CORRECTED = ROOT / "examples/prepchef/runbook.corrected.md"
_HEADING = re.compile(r"^##+ (?:\d+\. )?(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^( *)```\w*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did. Status 124: it had not ended when we stopped it."""

    status: int
    out: str
    errors: str


def fences(heading: str, runbook: Path = RUNBOOK) -> list[str]:
    """The fenced texts below a heading, in order, word for word."""
    text = runbook.read_text(encoding="utf-8")
    found = {match[1]: match for match in _HEADING.finditer(text)}
    begin = next(match.end() for name, match in found.items() if name.startswith(heading))
    after = [match.start() for match in re.finditer(r"^##+ ", text, re.MULTILINE) if match.start() > begin]
    return [
        textwrap.dedent(match[2]) for match in _FENCE.finditer(text[begin : min(after, default=len(text))])
    ]


def commands(fence: str) -> list[str]:
    """The commands of a fence without its comments; a line that goes on stays one command."""
    joined = fence.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def only(fence: str, part: str) -> str:
    """The one command of a fence that has this part."""
    (found,) = [line for line in commands(fence) if part in line]
    return found


class Shell:
    """Types into a room: with nothing but its environment, and with a /tmp of its own, as the drills have it."""

    def __init__(self, environment: Mapping[str, str], scratch: Path) -> None:
        self.environment = dict(environment)
        self._scratch = scratch
        self.tmp = Path(tempfile.mkdtemp(dir=scratch))

    def run(self, text: str, *, limit: float = 300, stdin: int = subprocess.DEVNULL) -> Done:
        """One text, as bash takes it. What has not ended within the limit (seconds) is stopped."""
        # The room itself may lie below /tmp, and this checkout with its programs too: they are shown again at their
        # places. Mounting is allowed in a user namespace of its own; what runs in there is who we are, and no root by
        # name, to whom nginx would want to give its files away.
        below = [place for place in (self._scratch, ROOT) if place.is_relative_to("/tmp")]
        again = "".join(
            f"mkdir -p {self.tmp / place.relative_to('/tmp')} && mount --rbind {place} {self.tmp / place.relative_to('/tmp')} && "
            for place in below
        )
        inner = f'{again}mount --rbind {self.tmp} /tmp && exec /bin/bash -c "$0"'
        alone = ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount")
        argv = [*alone, "/bin/bash", "-c", inner, text]
        with subprocess.Popen(
            argv, env=self.environment, cwd=self._scratch, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        ) as child:  # fmt: skip
            try:
                out, errors = child.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                out, errors = child.communicate()
                return Done(124, out, errors)
        return Done(child.returncode, out, errors)

    def sql(self, text: str) -> Done:
        """SQL of the document, given to the database the settings name, as the engine does."""
        program = shutil.which("psql", path=self.environment["PATH"])
        assert program is not None
        done = subprocess.run(
            [program, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.environment["DATABASE_URL"], "-c", text],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)
