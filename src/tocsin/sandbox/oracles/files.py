"""What a runbook may damage on disk: the content of files, and who may read them."""

import hashlib
from pathlib import Path

from tocsin.sandbox.fault import Oracles

ABSENT = "absent"


def digest(path: Path) -> str:
    """A short fingerprint of a file's content; "absent" without one."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ABSENT


def tree(folder: Path, *, name: str) -> Oracles:
    """Every file below a folder: its fingerprint, size and mode. Links are not followed.

    Args:
        name: what the observations are called: "s3" gives "s3.bucket/object".
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {f"{name}.{path.relative_to(folder)}": _described(path) for path in files}


def _described(path: Path) -> str:
    about = path.stat()
    return f"{about.st_size} bytes, {digest(path)}, mode {about.st_mode & 0o777:o}"
