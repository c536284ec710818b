"""The history of drills in a team's own store: kept, read back, and what it says of the runbook now."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tocsin.app.proofs import proof
from tocsin.app.runbook_file import read_runbook
from tocsin.drill.coverage import Covered, Proof, coverage
from tocsin.drill.record import Run
from tocsin.drill.result import Result
from tocsin.errors import ConfigError
from tocsin.kit import codec
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.store import drills
from tocsin.store.database import Database
from tocsin.store.drills import DrillRow


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a drill, as they are kept."""

    runs: tuple[Run, ...]


class History:
    """The drills that a store remembers.

    Args:
        url: SQLite path or PostgreSQL URL.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @classmethod
    def of(cls, settings: Path, variables: Mapping[str, str] | None = None) -> "History":
        """The history beside a settings file. Only where the store is gets read of it: drills need nothing else.

        Raises:
            ConfigError: the file is missing or not TOML.
        """
        env = os.environ if variables is None else variables
        try:
            found = tomllib.loads(settings.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise ConfigError(
                f"{settings} cannot be read: {problem}.", hint="Name the tocsin.toml of the team."
            ) from problem
        data = Path(env.get("TOCSIN_DATA") or str(found.get("tocsin", {}).get("data", "var"))).expanduser()
        data = data if data.is_absolute() else settings.resolve().parent / data
        return cls(env.get("TOCSIN_DATABASE_URL") or str(data / "tocsin.db"))

    def keep(self, result: Result, by: str) -> int:
        """Remember a drill; its number."""
        row = DrillRow(
            at=result.at,
            scenario=result.scenario,
            runbook=result.runbook,
            section=result.section,
            text_sha256=result.verdict.text_sha256,
            passed=result.verdict.passed,
            expected=result.as_expected,
            verdict=codec.encode(replace(result, runs=())),
            runs=codec.encode(Runs(result.runs)),
            by=by,
        )
        if "://" not in self._url:
            Path(self._url).parent.mkdir(parents=True, exist_ok=True)
        with Database.open(self._url) as database, database.write() as tx:
            return drills.put(tx, row)

    @property
    def exists(self) -> bool:
        """Whether there is a store at all."""
        return "://" in self._url or Path(self._url).exists()

    def newest(self) -> tuple[Result, ...]:
        """The newest drill of each scenario, with its runs; by scenario."""
        if not self.exists:
            return ()
        with Database.open(self._url) as database, database.read() as tx:
            return tuple(_result(row) for row in drills.newest(tx))

    def proofs(self, runbook: Path) -> tuple[Proof, ...]:
        """Every drill of a runbook that this version can read."""
        if not self.exists:
            return ()
        with Database.open(self._url) as database, database.read() as tx:
            rows = drills.history(tx)
        here = runbook.resolve()
        return tuple(
            found for row in rows if Path(row.runbook).resolve() == here and (found := proof(row)) is not None
        )

    def covered(self, runbook: Path, now: datetime) -> tuple[Covered, ...]:
        """How every section of a runbook stands."""
        book = compile_runbook(read_runbook(runbook), path=str(runbook))
        return coverage(book, self.proofs(runbook), now)


def _result(row: DrillRow) -> Result:
    found = codec.decode(row.verdict, Result)
    return replace(found, runs=tuple(codec.decode(row.runs, Runs).runs)) if row.runs else found
