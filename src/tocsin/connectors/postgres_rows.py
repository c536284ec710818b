"""Rows out of PostgreSQL: one query, read only, streamed by COPY.

A server-side cursor costs a round trip per batch and makes Python numbers that we would turn back into text; COPY is one
stream of texts, about three times as fast.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from tocsin.connectors.row_form import RowForm, WrongField
from tocsin.errors import InputError
from tocsin.jobs.reconcile import Row
from tocsin.kit.keys import did_you_mean
from tocsin.kit.redact import Redactor

_FLOATS = frozenset({700, 701})  # real, double precision
_TYPES = {700: "real", 701: "double precision"}


@dataclass(frozen=True, slots=True)
class PostgresQuery:
    """What a query gives.

    Attributes:
        url: where. query: a SELECT; the day is already written into it. within: the server gives up after that.
    """

    url: str
    query: str
    form: RowForm
    within: timedelta = timedelta(minutes=15)
    name: str = "PostgreSQL"

    def rows(self, told: Callable[[str], None]) -> Iterator[Row]:
        """Every row, without a place, for the server promises no order; then `told` gets "query sha256:…".

        Raises InputError: no connection, a wrong query, a missing column, an amount that is a float or no number.
        """
        query = self.query.strip().rstrip(";").rstrip()
        count = 0
        try:
            with psycopg.connect(
                self.url, connect_timeout=10, application_name="tocsin reconcile"
            ) as connection:
                connection.read_only = True
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                milliseconds = int(self.within.total_seconds() * 1000)
                connection.execute(
                    sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(milliseconds))
                )
                # Texts that do not depend on who asks: no "1.234,56 €", no other order of day and month.
                connection.execute("SET LOCAL lc_numeric = 'C'")
                self._check(connection, query)
                read = self.form.reader()
                columns = sql.SQL(", ").join(
                    sql.SQL("q.{}::text").format(sql.Identifier(name)) for name in self.form.columns
                )
                # The line break ends a comment at the query's end.
                asked = sql.SQL("COPY (SELECT {} FROM ({}\n) AS q) TO STDOUT").format(
                    columns, _as_written(query)
                )
                with connection.cursor() as cursor, cursor.copy(asked) as copying:
                    for record in copying.rows():
                        count += 1
                        yield read(record, 0)
        except WrongField as wrong:
            raise InputError(
                f"{self.name}: record {count} of the query: column {self.form.columns[wrong.number]} {wrong.problem}.",
                hint="Mend the data, or the query in tocsin.toml.",
            ) from wrong
        except psycopg.Error as problem:
            said = " ".join(Redactor((self.url,)).redact(str(problem)).split())
            raise InputError(f"{self.name}: the query failed: {said}.", hint="Try it with psql.") from problem
        told(f"query sha256:{hashlib.sha256(query.encode()).hexdigest()}")

    def _check(self, connection: psycopg.Connection[TupleRow], query: str) -> None:
        """Refuse missing columns and floating point amounts before anything is read."""
        cursor = connection.execute(sql.SQL("SELECT * FROM ({}\n) AS q LIMIT 0").format(_as_written(query)))
        found = {column.name: column.type_code for column in cursor.description or ()}
        for wanted in self.form.columns:
            if wanted not in found:
                raise InputError(
                    f"{self.name}: the query gives no column {wanted!r}.", hint=did_you_mean(wanted, found)
                )
        kind = found[self.form.amount]
        if kind in _FLOATS:
            raise InputError(
                f"{self.name}: {self.form.amount} is {_TYPES[kind]}, which cannot hold cents exactly.",
                hint="Store money as numeric or as whole cents; or decide how to round, in the query.",
            )


def _as_written(query: str) -> sql.SQL:
    """The query of the settings as a part of ours. It was judged to observe only before it came here."""
    return sql.SQL(query.replace("{", "{{").replace("}", "}}"))
