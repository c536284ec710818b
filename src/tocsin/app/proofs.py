"""What drills have proven about a runbook, from the history in the store."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tocsin import __version__
from tocsin.drill.coverage import Covered, Proof, coverage
from tocsin.drill.result import Result
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.runbook.book import Runbook
from tocsin.store import drills
from tocsin.store.drills import DrillRow
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Library:
    """A runbook's drills and how each of its sections stands."""

    proofs: tuple[Proof, ...]
    covered: tuple[Covered, ...]


def proven(tx: Tx, runbook: Path, book: Runbook, now: datetime) -> Library:
    """Every drill of a runbook on record, and the badge of each of its sections.

    Args:
        runbook: its file; a drill is of it when its scenario named the same file.
    """
    here = runbook.resolve()
    found = tuple(
        one
        for row in drills.history(tx)
        if Path(row.runbook).resolve() == here and (one := proof(row)) is not None
    )
    return Library(found, coverage(book, found, now))


def proof(row: DrillRow) -> Proof | None:
    """A row as a proof; None for one that another version wrote and this one cannot read."""
    try:
        verdict = codec.decode(row.verdict, Result).verdict
    except InputError:
        return None
    return Proof(
        id=row.id, scenario=row.scenario, section=row.section, text_sha256=row.text_sha256, at=row.at,
        passed=row.passed, expected=row.expected, fixed=verdict.fixed, walls=verdict.walls,
        detected_in=verdict.detected_in, mitigated_in=verdict.mitigated_in, tocsin=__version__,
    )  # fmt: skip
