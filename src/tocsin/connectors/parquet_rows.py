"""Rows out of a Parquet file, by batches. Loaded by its entry point, for pyarrow is an extra (`tocsin[parquet]`)."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from tocsin.connectors.row_form import RowForm, WrongField
from tocsin.errors import InputError
from tocsin.jobs.reconcile import Row
from tocsin.kit.keys import did_you_mean

_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file; amounts are decimals, whole numbers or texts, never floating point."""

    path: Path
    form: RowForm

    @property
    def name(self) -> str:
        """For messages and the report."""
        return self.path.name

    def rows(self, told: Callable[[str], None]) -> Iterator[Row]:
        """Every record, with its number from 1; afterwards `told` gets "sha256:…" of the file's bytes.

        Raises InputError naming file, row and column.
        """
        number = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path) as file:
                self._check(file.schema_arrow)
                row, columns = self.form.reader(), list(self.form.columns)
                for batch in file.iter_batches(
                    batch_size=_BATCH, columns=sorted(set(columns)), use_threads=False
                ):
                    texts = [batch.column(name).cast(pyarrow.string()).to_pylist() for name in columns]
                    for record in zip(*texts, strict=True):
                        number += 1
                        yield row(record, number)
            told(f"sha256:{_hash(self.path)}")
        except WrongField as wrong:
            column = self.form.columns[wrong.number]
            raise InputError(
                f"{self.path}: row {number}: {column} {wrong.problem}.",
                hint="Mend the export, or the columns in tocsin.toml.",
            ) from wrong
        except (
            pyarrow.ArrowException,
            UnicodeDecodeError,
            OSError,
        ) as problem:  # texts are bytes until they are asked for
            said = " ".join(str(problem).split())
            raise InputError(
                f"{self.path} cannot be read as Parquet: {said}.", hint="Check the path, or export it again."
            ) from problem

    def _check(self, schema: pyarrow.Schema) -> None:
        for wanted in self.form.columns:
            if schema.names.count(wanted) != 1:
                raise InputError(
                    f"{self.path}: there is no column {wanted!r}.", hint=did_you_mean(wanted, schema.names)
                )
        kind = schema.field(self.form.amount).type
        if pyarrow.types.is_floating(kind):
            raise InputError(
                f"{self.path}: {self.form.amount} is {kind}, which cannot hold cents exactly.",
                hint="Export it as decimal128, as text, or as whole cents.",
            )


def open_parquet(path: Path, form: RowForm) -> ParquetFile:
    """What the entry point `tocsin.rows: parquet` names."""
    return ParquetFile(path, form)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
