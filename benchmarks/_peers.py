"""Peers written in Python, in an environment of their own: never in ours, where their pins would count."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".tools" / "peers"
PINS = ("dbos==3.4.0", "invoke==3.0.3", "nah==0.11.0")
PYTHON = PEERS / "bin" / "python"
_STAMP = PEERS / "pins"
_LIMIT_SECONDS = 300


def install() -> str | None:
    """Make the environment if it is not there. Returns why it could not be made, or None when it is there.

    A peer that cannot be installed (no network, say) gets no number, never an estimate.
    """
    wanted = "\n".join(PINS)
    if _STAMP.exists() and _STAMP.read_text() == wanted and PYTHON.exists():
        return None
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    if Path(uv).exists():
        commands = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PEERS)],
            [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *PINS],
        ]
    elif importlib.util.find_spec("pip") is not None:
        commands = [
            [sys.executable, "-m", "venv", "--clear", str(PEERS)],
            [str(PYTHON), "-m", "pip", "install", "--quiet", *PINS],
        ]
    else:
        return "neither uv nor pip is here"
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_LIMIT_SECONDS)
        except (OSError, subprocess.SubprocessError) as problem:
            said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
            return said[-1] if said else str(problem)
    _STAMP.write_text(wanted)
    return None


def run(program: str, *arguments: str, cwd: Path) -> str:
    """Run a program text in the peers' Python; returns what it printed.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    return _run([str(PYTHON), "-c", program, *arguments], cwd)


def module(name: str, *arguments: str, cwd: Path) -> str:
    """Run a module in the peers' Python; returns what it printed. Raises like `run`."""
    return _run([str(PYTHON), "-m", name, *arguments], cwd)


def _run(command: list[str], cwd: Path) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_LIMIT_SECONDS,
    )
    return ended.stdout
