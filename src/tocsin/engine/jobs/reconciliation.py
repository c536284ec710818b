"""Runs a reconciliation: reads both sides, sorts them on disk, compares them, writes what was found.

What is written stands whole or not at all, and a rerun of the same records writes the same bytes.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Protocol

from tocsin.connectors.sorted_rows import SortedRows
from tocsin.errors import InputError, Refused
from tocsin.jobs.reconcile import Finding, Kind, Row, Rule, Totals, reconcile
from tocsin.jobs.summary import SHOWN, Source, Summary, finding_value, to_json, to_markdown

Progress = Callable[[str, int], None]
_STEP = 20_000  # rows between two words about progress


class Reads(Protocol):
    """A source of rows."""

    @property
    def name(self) -> str:
        """File name or "PostgreSQL"."""
        ...

    def rows(self, told: Callable[[str], None]) -> Iterator[Row]:
        """Every row; afterwards the proof of what was read. Raises InputError."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be compared, and where the result goes.

    Attributes:
        names: of the left and the right side, in the team's words.
    """

    job: str
    day: date
    names: tuple[str, str]
    left: Reads
    right: Reads
    rule: Rule
    folder: Path
    may_be_empty: bool = False


@contextmanager
def only_one(folder: Path, job: str) -> Iterator[None]:
    """Nobody else runs this job meanwhile; the lock goes with the process. Raises Refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise Refused(
                f"{job} is running already.", hint="Wait for it, or look for the other process."
            ) from problem
        yield


def run(work: Work, progress: Progress) -> Summary:
    """Compare both sides and write `DAY.json`, `DAY.md` and `DAY.findings.jsonl` into the folder.

    Raises InputError: a side cannot be read, or the disk is full; then nothing is written.
    """
    try:
        work.folder.mkdir(parents=True, exist_ok=True)
        return _run(work, progress)
    except OSError as problem:
        raise InputError(
            f"{work.job}: {problem.filename or work.folder}: {problem.strerror or problem}.",
            hint="Sorting needs about the size of both sides on the disk of tocsin.data.",
        ) from problem


def _run(work: Work, progress: Progress) -> Summary:
    proofs: list[str] = []
    totals = Totals()
    with SortedRows(work.folder) as left, SortedRows(work.folder) as right:
        for held, source, name in ((left, work.left, work.names[0]), (right, work.right, work.names[1])):
            held.take(_counted(source.rows(proofs.append), name, progress))
        differences = reconcile(left.rows(), right.rows(), work.rule, totals)
        shown, proof = _write_findings(work, differences)
    summary = Summary(
        job=work.job,
        day=work.day,
        left=Source(work.names[0], work.left.name, proofs[0]),
        right=Source(work.names[1], work.right.name, proofs[1]),
        rule=work.rule,
        totals=totals,
        shown=shown,
        findings_file=_findings(work).name,
        findings_sha256=proof,
        may_be_empty=work.may_be_empty,
    )
    with whole(work.folder / f"{work.day}.md") as file:
        file.write(to_markdown(summary).encode())
    with whole(work.folder / f"{work.day}.json") as file:
        file.write(to_json(summary).encode())
    return summary


def _findings(work: Work) -> Path:
    return work.folder / f"{work.day}.findings.jsonl"


def _counted(rows: Iterator[Row], name: str, progress: Progress) -> Iterator[Row]:
    number = 0
    for row in rows:
        number += 1
        if number % _STEP == 0:
            progress(name, number)
        yield row
    progress(name, number)


def _write_findings(work: Work, differences: Iterator[Finding]) -> tuple[tuple[Finding, ...], str]:
    """All findings into their file; the first of each kind, and the file's SHA-256."""
    hashed = hashlib.sha256()
    shown: dict[Kind, list[Finding]] = {kind: [] for kind in Kind}
    with whole(_findings(work)) as file:
        for finding in differences:
            line = (
                json.dumps(finding_value(finding), ensure_ascii=False).encode("utf-8", "backslashreplace")
                + b"\n"
            )
            hashed.update(line)
            file.write(line)
            if len(shown[finding.kind]) < SHOWN:
                shown[finding.kind].append(finding)
    return tuple(finding for found in shown.values() for finding in found), hashed.hexdigest()


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole and on the disk, and not at all otherwise."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
