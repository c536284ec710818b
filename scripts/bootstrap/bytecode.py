"""Byte code, written once, so that no program compiles when it is started.

A drill sees the checkout read-only, and many containers forbid Python to write byte code (PYTHONDONTWRITEBYTECODE): there
every process of tocsin, and a drill starts several, would compile everything it loads, which takes longer than its work.
"""

import os
import subprocess
from pathlib import Path

from place import PYTHON, ROOT, VENV, is_done, key, mark_done
from say import Report

SOURCE = ROOT / "src" / "tocsin"
LOCK = ROOT / "uv.lock"
# What they load of other packages is compiled by loading it: the rest of those packages nobody needs.
PROGRAMS = ("tocsin.cli.main", "tocsin.cli.serve", "tocsin.cli.drill", "tocsin.sandbox.drill.inside")
FORBIDS = "PYTHONDONTWRITEBYTECODE"


def write(report: Report) -> None:
    """Compile what has changed since the last time. That it cannot is no reason to stop: then it is only slower."""
    steps: tuple[tuple[str, str, list[str | Path]], ...] = (
        ("source", key(*_as_they_are()), ["-m", "compileall", "-q", SOURCE]),
        ("packages", key(LOCK), ["-c", f"import {', '.join(PROGRAMS)}"]),
    )
    due = [step for step in steps if not is_done(_stamp(step[0]), step[1])]
    if not due:
        return
    with report.step("byte code"):
        env = {name: value for name, value in os.environ.items() if name != FORBIDS}
        for what, done, argv in due:
            subprocess.run([PYTHON, *argv], env=env, cwd=ROOT, capture_output=True, check=False)
            mark_done(_stamp(what), done)


def _stamp(what: str) -> Path:
    return VENV / f".tocsin-bytecode-{what}"


def _as_they_are() -> list[str]:
    """Every source file with its time and size, by which Python itself tells whether byte code is too old."""
    found = ((path, path.stat()) for path in sorted(SOURCE.rglob("*.py")))
    return [f"{path} {seen.st_mtime_ns} {seen.st_size}" for path, seen in found]
