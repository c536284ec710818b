"""`tocsin drill run` as a process beside the engine: what is started, and the little it is given.

It is given nothing of ours: an engine that watches production must not hand its environment to a drill.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = ("-m", "tocsin")
_KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TOCSIN_DATABASE_URL",
    "TOCSIN_DATA",
    "TOCSIN_TOOLS",
    "TOCSIN_CONTROL_PLANE",
)


def command(
    names: Sequence[str],
    folder: Path,
    tools: Path | None,
    by: str,
    program: Sequence[str] = PROGRAM,
    control_plane: Path | None = None,
) -> tuple[str, ...]:
    """What is started; all scenarios of the folder if none is named.

    Args:
        program: what Python is given in front of `drill`; for those who wrap it.
        control_plane: where the programs of a real one are; None for what the environment says.
    """
    where = ("--tools", str(tools)) if tools is not None else ()
    plane = ("--control-plane", str(control_plane)) if control_plane is not None else ()
    return (
        sys.executable, *program, "drill", "run", *(names or ("--all",)), "--drills", str(folder), *where, *plane, "--by", by,
    )  # fmt: skip


def environment() -> dict[str, str]:
    """Its whole environment."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
