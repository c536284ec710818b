"""What a runbook may damage in an object store: objects that were deleted, overwritten or added."""

from pathlib import Path

from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.oracles import files


def objects(root: Path) -> Oracles:
    """Every object of every bucket by size and fingerprint; a bucket is a folder below `root`."""
    return files.tree(root, name="s3")
