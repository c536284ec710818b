"""The Python packages of uv.lock, in .venv, on the machine's own Python."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from place import PYTHON, ROOT, TOOLS, VENV, is_done, key, mark_done, program
from say import Report, Stop
from sources import Sources
from uv import find_or_fetch

PLACE = VENV / ".tocsin-place"
HINT = "Check the network and the disk (df -h .), then run this again: it goes on where it stopped."


def install(report: Report, sources: Sources, *, dev: bool) -> None:
    """Make .venv what uv.lock says; with `dev` also what tests and checks need.

    An environment that has more than asked for is left alone: the demo does not take pytest away.

    Raises:
        Stop: uv or a package could not be fetched, or the disk is full.
    """
    stamp = VENV / ".tocsin-setup"
    done = key(ROOT / "uv.lock", ROOT / "pyproject.toml")
    with_dev = f"{done} dev"
    if (is_done(stamp, with_dev) or (not dev and is_done(stamp, done))) and _starts():
        return
    _needs_no_compiler()
    _forget_if_moved()
    uv = find_or_fetch(report, sources)
    with report.step(f"Python packages{' with those for tests' if dev else ''} (130 MB the first time)"):
        env = sources.environment()
        if not _can_write(Path(env.get("UV_CACHE_DIR") or Path.home() / ".cache")):
            env["UV_CACHE_DIR"] = str(TOOLS / "cache" / "uv")
        group = ["--group", "dev"] if dev else ["--no-default-groups"]
        if sources.is_mirror:
            _from_mirror(report, uv, env, group)
        else:
            report.run(
                [uv, "sync", "--frozen", "--inexact", "--all-extras", *group, "--python", sys.executable],
                failure="the Python packages could not be installed", hint=HINT, env=env, cwd=ROOT,
            )  # fmt: skip
        mark_done(PLACE, str(VENV))
        mark_done(stamp, with_dev if dev else done)


def _forget_if_moved() -> None:
    """The programs of an environment name its folder in their first line: a moved one is made anew."""
    if PLACE.exists() and not is_done(PLACE, str(VENV)):
        shutil.rmtree(VENV)


def _needs_no_compiler() -> None:
    """Redis and the SQLite library come as ready-made files for one kind of machine only."""
    here = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {platform.machine()}"
    if (platform.machine() != "x86_64" or sys.version_info >= (3, 13)) and not program("cc"):
        raise Stop(
            f"some packages have ready-made files for Python 3.11 and 3.12 on x86_64 only; this is {here}, without a compiler.",
            "Put python3.11 or python3.12 on PATH, or a C compiler and Python's headers, and run this again.",
        )


def _from_mirror(report: Report, uv: Path, env: dict[str, str], group: list[str]) -> None:
    """uv.lock names addresses; where a person set another index, the same files are taken from there by hash."""
    wanted = TOOLS / "requirements.txt"
    steps: tuple[list[str | Path], ...] = (
        ["venv", "--allow-existing", "--python", sys.executable, VENV],
        [
            "export",
            "--quiet",
            "--frozen",
            "--all-extras",
            *group,
            "--no-emit-project",
            "--output-file",
            wanted,
        ],
        ["pip", "install", "--python", PYTHON, "--require-hashes", "--requirement", wanted],
        ["pip", "install", "--python", PYTHON, "--no-deps", "--editable", ROOT],
    )
    for step in steps:
        report.run(
            [uv, *step],
            failure="the Python packages could not be installed from your index",
            hint=HINT,
            env=env,
            cwd=ROOT,
        )


def _starts() -> bool:
    """Whether the environment's Python is still there: a system upgrade may have taken it away."""
    try:
        return subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".tocsin-setup-probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
