"""One transaction, as the other files of the store see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable


class Tx:
    """A transaction in progress. Belongs to the thread that opened it and ends with its `with` block.

    Attributes:
        announced: whether waiting threads and processes should look again after the commit.
    """

    __slots__ = ("announced", "connection")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.announced = False

    # Any: what a row holds is known to the statement, which SQLAlchemy's Core tables do not type.
    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement (or one for each set of parameters)."""
        if isinstance(parameters, list) and len(parameters) == 1:
            parameters = parameters[0]  # a pipeline for one statement costs twice as much as the statement
        return self.connection.execute(statement, parameters)

    def announce(self) -> None:
        """Ask that waiting threads and processes be woken after the commit."""
        self.announced = True
