"""Where set-up puts things, and how it remembers that a thing is done."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
DEBIAN = TOOLS / "debian"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# An ordinary user's PATH on Debian does not have these, and some of the tools live there.
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


def key(*parts: str | Path) -> str:
    """One hash over texts and the contents of files; the place counts, so a moved checkout is set up anew."""
    whole = hashlib.sha256(f"{ROOT}\0{sys.executable}\0{sys.version}".encode())
    for part in parts:
        whole.update(b"\0" + (part.read_bytes() if isinstance(part, Path) else part.encode()))
    return whole.hexdigest()


def is_done(stamp: Path, value: str) -> bool:
    """Whether the stamp says that exactly this was done."""
    try:
        return stamp.read_text() == value
    except OSError:
        return False


def mark_done(stamp: Path, value: str) -> None:
    """Write the stamp; the last act of a step, so that an interrupted step is done again."""
    beside = stamp.with_name(f"{stamp.name}.new")
    beside.write_text(value)
    beside.replace(stamp)


def program(name: str) -> Path | None:
    """A program of the machine's own (never one of ours), or None."""
    folders = [
        folder
        for folder in [*os.environ.get("PATH", os.defpath).split(":"), *SYSTEM_PATH.split(":")]
        if folder and not Path(folder).resolve().is_relative_to(ROOT)
    ]
    found = shutil.which(name, path=":".join(folders))
    return Path(found) if found else None


def write_program(name: str, text: str) -> None:
    """Put a small script into .tools/bin, whole or not at all."""
    BIN.mkdir(parents=True, exist_ok=True)
    beside = BIN / f".{name}.new"
    beside.write_text(text)
    beside.chmod(0o755)
    beside.replace(BIN / name)
